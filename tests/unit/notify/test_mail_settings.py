"""What the environment says about mail: read whole, or told whole."""

from pathlib import Path

import pytest
import trustme

from bots.config.outputs import Email
from bots.notify.mail import mail_notifiers
from bots.notify.mail.settings import Tls, mailing_from
from strategies.errors import StartError

GOOD = {
    "SMTP_HOST": "smtp.example.org", "SMTP_PORT": "465", "SMTP_USER": "bots", "SMTP_PASSWORD": "hunter2",
    "EMAIL_FROM": "bots@example.org", "EMAIL_TO": "you@example.org",
}  # fmt: skip


def test_all_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(StartError) as caught:
        mailing_from({"SMTP_PORT": "smtps", "SMTP_PASSWORD": "hunter2", "SMTP_CA_FILE": "/nowhere/ca.pem"})
    told = str(caught.value)

    assert told.startswith("email cannot be sent, check the environment: SMTP_HOST must be ")
    for name in ("SMTP_PORT", "SMTP_USER", "EMAIL_FROM", "EMAIL_TO", "SMTP_CA_FILE"):
        assert f"; {name}" in told
    assert "\n" not in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_HOST", "smtps://smtp.example.org"),
        ("SMTP_HOST", "smtp.example.org:465"),
        ("SMTP_HOST", "smtp example"),
        ("SMTP_HOST", "smtp.example.org\r\nRSET"),
        ("SMTP_PORT", "0"),
        ("SMTP_PORT", "65536"),
        ("SMTP_PORT", "4_6_5"),
        ("SMTP_PORT", "٤٦٥"),
        ("SMTP_PASSWORD", " "),
        ("EMAIL_FROM", "bots"),
        ("EMAIL_FROM", "a@example.org, b@example.org"),
        ("EMAIL_FROM", "bots@example.org\nBcc: all@example.org"),
        ("EMAIL_FROM", "Bots\x1b <bots@example.org>"),
        ("EMAIL_TO", ","),
        ("EMAIL_TO", "you@example.org, me"),
        ("EMAIL_TO", "you@example.org; me@example.org"),
        ("EMAIL_TO", "you@example.org>\r\nDATA"),
        ("EMAIL_TO", "jürgen@example.org"),
        ("EMAIL_TO", "a b@example.org"),
        ("EMAIL_TO", "you@"),
        ("EMAIL_TO", "@example.org"),
    ],
)
def test_a_malformed_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(StartError, match=name):
        mailing_from(GOOD | {name: value})


@pytest.mark.parametrize("name", ["SMTP_HOST", "SMTP_PORT", "EMAIL_FROM", "EMAIL_TO", "SMTP_CA_FILE"])
def test_what_was_put_into_the_wrong_variable_is_not_repeated(name: str) -> None:
    with pytest.raises(StartError, match=name) as caught:
        mailing_from(GOOD | {name: "my secret password"})
    assert "secret" not in str(caught.value)


def test_a_file_that_holds_no_certificate_is_told(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("not a certificate")
    with pytest.raises(StartError, match="SMTP_CA_FILE must be a readable file"):
        mailing_from(GOOD | {"SMTP_CA_FILE": str(file)})


def test_addresses_may_have_names_and_each_counts_once() -> None:
    mailing = mailing_from(
        GOOD
        | {"EMAIL_FROM": "Bots <bots@example.org>", "EMAIL_TO": '"Doe, J." <j@example.org>, k@x.org, J@example.org'}
    )
    assert str(mailing.sender) == "Bots <bots@example.org>"
    assert [reader.addr_spec for reader in mailing.recipients] == ["j@example.org", "k@x.org"]


@pytest.mark.parametrize(
    ("host", "port", "tls"),
    [
        ("smtp.example.org", "465", Tls.FROM_THE_START),
        ("smtp.example.org", "587", Tls.BY_STARTTLS),
        ("smtp.example.org", "25", Tls.BY_STARTTLS),
        ("smtp.example.org", "", Tls.BY_STARTTLS),
        ("10.0.0.7", "25", Tls.BY_STARTTLS),
        ("localhost.example.org", "25", Tls.BY_STARTTLS),
        ("localhost", "25", Tls.NOT_AT_ALL),
        ("127.0.0.2", "1025", Tls.NOT_AT_ALL),
        ("::1", "25", Tls.NOT_AT_ALL),
        ("localhost", "465", Tls.FROM_THE_START),
    ],
)
def test_only_a_server_on_this_machine_is_spoken_to_without_tls(host: str, port: str, tls: Tls) -> None:
    assert mailing_from(GOOD | {"SMTP_HOST": host, "SMTP_PORT": port}).server.tls is tls


def test_a_certificate_authority_of_ones_own_means_tls_here_too(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    here = GOOD | {"SMTP_HOST": "localhost", "SMTP_PORT": "2525", "SMTP_CA_FILE": str(tmp_path / "ca.pem")}
    assert mailing_from(here).server.tls is Tls.BY_STARTTLS


def test_the_first_reader_has_the_plain_name() -> None:
    made = mail_notifiers(Email(notify_on=("error",)), GOOD | {"EMAIL_TO": "a@x.org, b@x.org, c@x.org"})
    assert [each.name for each in made] == ["email", "email-2", "email-3"]
    assert all(each.kinds == frozenset({"error"}) for each in made)


def test_nothing_shows_the_password() -> None:
    mailing = mailing_from(GOOD)
    assert "hunter2" not in f"{mailing!r} {mailing.server} {mail_notifiers(Email(), GOOD)!r}"
