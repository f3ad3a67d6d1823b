"""What a mail server answers, as what to do next."""

import aiosmtplib
import pytest

from bots.notify.mail.settings import Server, Tls
from bots.notify.mail.troubles import UNTIL_MENDED_SECONDS, told_as
from strategies.errors import MessageRefusedError

SERVER = Server("smtp.example.org", 587, Tls.BY_STARTTLS, "bots", "hunter2")
YOU = "you@example.org"


def refused(code: int, message: str) -> aiosmtplib.SMTPRecipientsRefused:
    return aiosmtplib.SMTPRecipientsRefused([aiosmtplib.SMTPRecipientRefused(code, message, YOU)])


@pytest.mark.parametrize(
    "error",
    [
        aiosmtplib.SMTPDataError(554, "5.7.1 looks like spam"),
        aiosmtplib.SMTPDataError(552, "5.3.4 too large"),
        aiosmtplib.SMTPSenderRefused(552, "5.3.4 message too large", "bots@example.org"),
    ],
)
def test_a_letter_that_is_never_taken_is_left_out(error: Exception) -> None:
    assert isinstance(told_as(error, SERVER), MessageRefusedError)


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (aiosmtplib.SMTPAuthenticationError(535, "5.7.8 no"), "check SMTP_USER and SMTP_PASSWORD"),
        (aiosmtplib.SMTPSenderRefused(553, "5.7.1 not yours", "x@example.org"), "check EMAIL_FROM"),
        (aiosmtplib.SMTPSenderRefused(530, "5.7.0 authenticate first", "x@example.org"), "SMTP_USER"),
        (refused(550, "5.1.1 no such user"), "check EMAIL_TO"),
        (aiosmtplib.SMTPDataError(550, "5.4.5 daily limit exceeded"), "daily limit exceeded"),
        (aiosmtplib.SMTPException("SMTP STARTTLS extension not supported by server."), "check SMTP_PORT"),
    ],
)
def test_what_a_person_has_to_mend_waits_long_and_says_what_to_do(error: Exception, hint: str) -> None:
    told = told_as(error, SERVER)
    assert not isinstance(told, MessageRefusedError)
    assert told.retry_after == UNTIL_MENDED_SECONDS
    assert hint in str(told)
    assert str(told).startswith("mail server smtp.example.org:587: ")


@pytest.mark.parametrize(
    "error",
    [
        aiosmtplib.SMTPDataError(451, "4.3.0 later"),
        aiosmtplib.SMTPAuthenticationError(454, "4.7.0 temporary"),
        refused(450, "4.2.0 greylisted"),
        aiosmtplib.SMTPResponseException(421, "shutting down"),
        aiosmtplib.SMTPServerDisconnected("Connection lost"),
        aiosmtplib.SMTPConnectError("Error connecting"),
        TimeoutError(),
        ConnectionResetError(),
    ],
)
def test_what_passes_by_itself_is_tried_again_soon(error: Exception) -> None:
    told = told_as(error, SERVER)
    assert not isinstance(told, MessageRefusedError)
    assert told.retry_after is None


@pytest.mark.parametrize("form", ["hunter2", "aHVudGVyMg==", "AGJvdHMAaHVudGVyMg=="])
def test_a_server_that_repeats_the_password_is_not_quoted(form: str) -> None:
    for error in (
        aiosmtplib.SMTPDataError(500, f"what is {form}?"),
        aiosmtplib.SMTPAuthenticationError(535, f"not {form}"),
        aiosmtplib.SMTPException(f"after {form}"),
    ):
        assert form not in str(told_as(error, SERVER))


def test_an_answer_is_one_short_line() -> None:
    told = str(told_as(aiosmtplib.SMTPDataError(451, "a\r\n\x1b[31mb" + "c" * 5000), SERVER))
    assert told.isprintable()
    assert len(told) < 300
