"""A message as a letter: nothing in it can become a header, a tag or a second letter."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bots.notify.mail.letter import letter_of
from bots.notify.message import Message

ME, YOU = Address("Trading bots", addr_spec="bots@example.org"), Address(addr_spec="you@example.org")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def arrived(message: Message) -> EmailMessage:
    return message_from_bytes(bytes(letter_of(message, ME, YOU, NOON)), policy=default)


def part(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_the_subject_is_the_title() -> None:
    letter = arrived(Message("0003 (LIVE): sold ETHUSDT, +61.05 USDT (+2.70 %)", ("because of: target",)))
    assert letter["Subject"] == "0003 (LIVE): sold ETHUSDT, +61.05 USDT (+2.70 %)"
    assert parsedate_to_datetime(str(letter["Date"])) == NOON
    assert part(letter, "plain").splitlines()[:2] == [str(letter["Subject"]), "because of: target"]


def test_a_title_cannot_become_a_header() -> None:
    letter = arrived(Message("sold\r\nBcc: thief@example.org\r\n\r\nbody"))
    assert letter["Bcc"] is None
    assert letter["Subject"] == "sold Bcc: thief@example.org body"


def test_words_cannot_become_tags() -> None:
    page = part(arrived(Message("<script>1</script>", ('<img src="https://thief.example">', "a & b"))), "html")
    assert "<script" not in page
    assert "<img" not in page
    assert "a &amp; b" in page


def test_nothing_is_fetched_from_anywhere() -> None:
    page = part(arrived(Message("sold", ("because of: target",), picture=b"\x89PNG")), "html")
    assert "http" not in page
    assert "url(" not in page
    assert page.count("src=") == page.count('src="cid:') == 1


def test_what_alarms_stands_out() -> None:
    assert arrived(Message("ERROR", alarming=True))["Importance"] == "high"
    assert arrived(Message("sold"))["Importance"] is None


def test_no_holiday_notice_answers() -> None:
    assert arrived(Message("sold"))["Auto-Submitted"] == "auto-generated"


def test_a_letter_is_plain_ascii_on_the_way() -> None:
    bytes(letter_of(Message("Öl fällt 🛢", ("≤ 5 €",) * 3, picture=b"\xff" * 90), ME, YOU, NOON)).decode("ascii")


def test_half_a_character_keeps_no_letter_from_being_written() -> None:
    assert arrived(Message("a\ud800b", ("c\udc80",)))["Subject"] == "ab"


def test_two_letters_have_two_names() -> None:
    first, second = (arrived(Message("sold"))["Message-ID"] for _ in range(2))
    assert first != second


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300), st.lists(st.text(max_size=200), max_size=4), st.booleans())
def test_any_words_make_one_letter_with_the_same_headers(title: str, lines: list[str], alarming: bool) -> None:
    letter = arrived(Message(title, tuple(lines), alarming, picture=b"\x89PNG"))
    headers = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", *(["Importance"] if alarming else [])]

    assert [name for name in letter.keys() if name not in {"MIME-Version", "Content-Type"}] == headers  # noqa: SIM118
    assert [each.get_content_type() for each in letter.walk()] == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
    ]  # fmt: skip
    assert all(len(line) <= 998 for line in bytes(letter).split(b"\n"))
