"""Mail through a real SMTP server in this process, with TLS and passwords: what arrives, and what waits."""

import asyncio
import contextlib
import logging
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bots.config.outputs import Email
from bots.journal.store import SqlJournal
from bots.notify import courier as courier_module
from bots.notify.courier import Courier
from bots.notify.mail import mail_notifiers
from bots.notify.mail.notifier import MailNotifier
from bots.notify.mail.settings import Mailing, Server, Tls, mailing_from
from bots.notify.message import Identity, Message, Notifier
from bots.trading.events import Event, EventKind
from bots.trading.keeping import Change
from strategies.errors import MessageRefusedError, NotToldError
from tests.unit.journal.databases import START, on_disk, opened

USER, PASSWORD = "bots", "s3cr3t-päss"
WHOSE = Identity("0003", "ETHUSDT", "live", "ETH", "USDT")
EVENTS: dict[EventKind, dict[str, Any]] = {
    EventKind.TRADE_ENTRY: {
        "lot": 1, "price": "3012.50", "quantity": "0.75", "value": "2259.375", "reason": "ema_cross",
    },
    EventKind.TRADE_EXIT: {
        "lot": 1, "price": "3100.00", "profit": "61.05", "reason": "target", "quantity": "0.75",
        "entry_price": "3012.50", "percent": "2.70", "fees": "4.58", "held_seconds": 8100,
    },
    EventKind.ERROR: {},
    EventKind.STATUS: {"state": "started"},
    EventKind.DAILY_SUMMARY: {
        "day": "2026-11-22", "until": "2026-11-23T00:00:00+00:00", "trades": 3, "won": 2, "profit": "35.40",
        "fees": "6.10", "equity": "10035.40", "drawdown_pct": "1.25", "position": "0", "unrealised": "0",
        "uptime_seconds": 90_000, "starts": 1, "rebuilt": 0,
    },
}  # fmt: skip


class PostOffice:
    """An SMTP server that keeps what it took; each entry of `answers` is given to the next letter instead."""

    def __init__(self, tls: ssl.SSLContext, *, mode: Tls = Tls.BY_STARTTLS) -> None:
        self.letters: list[EmailMessage] = []
        self.readers: list[str] = []
        self.answers: list[str] = []
        self.refused_readers: dict[str, list[str]] = {}
        self.password = PASSWORD
        self.parrot = False
        self.deaf = False
        self.port = 0
        self._tls, self._mode = tls, mode
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(
                self,
                loop=loop,
                hostname="localhost",
                tls_context=self._tls if self._mode is Tls.BY_STARTTLS else None,
                require_starttls=self._mode is Tls.BY_STARTTLS,
                auth_required=self._mode is Tls.BY_STARTTLS,
                auth_require_tls=self._mode is Tls.BY_STARTTLS,
                authenticator=self._authenticate,
            ),
            "127.0.0.1",
            self.port,
            ssl=self._tls if self._mode is Tls.FROM_THE_START else None,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: object
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        if (given.login.decode(), given.password.decode()) == (USER, self.password):
            return AuthResult(success=True)
        said = f"535 no such password: {b64encode(given.password).decode()}" if self.parrot else None
        return AuthResult(success=False, handled=False, message=said)

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self._mode is Tls.FROM_THE_START and not session.authenticated:
            return "530 5.7.0 a password is asked for"
        if self.refused_readers.get(address):
            return self.refused_readers[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        self.readers += envelope.rcpt_tos
        if self.deaf:
            # The letter is taken, and whoever sent it never hears of it.
            self.deaf = False
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 OK"

    @property
    def subjects(self) -> list[str]:
        return [str(letter["Subject"]) for letter in self.letters]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


def certificate(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    return context


@contextlib.asynccontextmanager
async def opened_office(tls: ssl.SSLContext, mode: Tls = Tls.BY_STARTTLS) -> AsyncIterator[PostOffice]:
    office = PostOffice(tls, mode=mode)
    await office.open()
    try:
        yield office
    finally:
        await office.shut()


@pytest.fixture
async def office(authority: trustme.CA) -> AsyncIterator[PostOffice]:
    async with opened_office(certificate(authority, "localhost", "127.0.0.1")) as office:
        yield office


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqlJournal]:
    journal = opened(on_disk(tmp_path))
    yield journal
    journal.close()


@pytest.fixture(autouse=True)
def _with_short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier_module, "_FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(courier_module, "_LONGEST_PAUSE_SECONDS", 0.05)


def environ(office: PostOffice, ca_file: Path | None, to: str = "trader@example.org", **changes: str) -> dict[str, str]:
    found = {
        "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(office.port), "SMTP_USER": USER, "SMTP_PASSWORD": PASSWORD,
        "EMAIL_FROM": "Trading bots <bots@example.org>", "EMAIL_TO": to,
    }  # fmt: skip
    return found | ({"SMTP_CA_FILE": str(ca_file)} if ca_file else {}) | changes


def notifiers(
    office: PostOffice, ca_file: Path | None, to: str = "trader@example.org", **changes: str
) -> list[Notifier]:
    return mail_notifiers(
        Email(notify_on=("trade_entry", "trade_exit", "error", "status", "daily_summary")),
        environ(office, ca_file, to, **changes),
    )


def commit(journal: SqlJournal, *events: Event) -> None:
    journal.commit(Change(events=list(events)), lambda: None, urgent=True)


def status(text: str) -> Event:
    return Event(EventKind.STATUS, START, text)


@contextlib.asynccontextmanager
async def carrying(journal: SqlJournal, *channels: Notifier) -> AsyncIterator[list[Courier]]:
    couriers = [Courier(channel, journal.outbox(), lambda: WHOSE) for channel in channels]
    for courier in couriers:
        courier.begin()
    tasks = [asyncio.create_task(courier.run()) for courier in couriers]
    try:
        yield couriers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def news(couriers: list[Courier]) -> None:
    for courier in couriers:
        courier.poke()


async def until(condition: Callable[[], bool], seen: Callable[[], object]) -> None:
    try:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"still {seen()}") from None


def part(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body((kind,))
    assert body is not None, f"no {kind} in {[each.get_content_type() for each in letter.walk()]}"
    return str(body.get_content())


@pytest.mark.parametrize("kind", EVENTS)
async def test_each_kind_of_event_arrives_as_text_and_as_html(
    kind: EventKind, office: PostOffice, ca_file: Path, journal: SqlJournal
) -> None:
    async with carrying(journal, *notifiers(office, ca_file)) as couriers:
        commit(journal, Event(kind, START, "the feed is lost <b>", EVENTS[kind]))
        news(couriers)
        await until(lambda: bool(office.letters), lambda: couriers[0].delivery)
    letter = office.letters[0]

    assert str(letter["Subject"]).removeprefix("ERROR ").startswith("0003 (LIVE): ")
    assert part(letter, "plain").startswith(str(letter["Subject"]))
    assert str(letter["Subject"]).replace("<b>", "&lt;b&gt;") in part(letter, "html")
    assert (letter["From"], letter["To"]) == ("Trading bots <bots@example.org>", "trader@example.org")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert abs(parsedate_to_datetime(str(letter["Date"])) - datetime.now(UTC)).total_seconds() < 60
    assert str(letter["Message-ID"]).endswith("@example.org>")
    assert letter["Importance"] == ("high" if kind is EventKind.ERROR else None)


async def test_a_picture_lies_in_the_letter_and_nothing_is_fetched(office: PostOffice, ca_file: Path) -> None:
    await notifiers(office, ca_file)[0].send(Message("sold", ("because of: target",), picture=b"\x89PNG..."))
    page = part(office.letters[0], "html")
    picture = next(each for each in office.letters[0].walk() if each.get_content_type() == "image/png")

    assert picture.get_content() == b"\x89PNG..."
    assert picture.get_content_disposition() == "inline"
    assert f'src="cid:{str(picture["Content-ID"])[1:-1]}"' in page
    assert "http" not in page


async def test_a_line_that_is_a_single_dot_ends_no_letter(office: PostOffice, ca_file: Path) -> None:
    await notifiers(office, ca_file)[0].send(Message("one", (".", "after", ". two")))
    assert part(office.letters[0], "plain").splitlines()[:4] == ["one", ".", "after", ". two"]


async def test_tls_from_the_start(authority: trustme.CA, ca_file: Path) -> None:
    tls = certificate(authority, "127.0.0.1")
    async with opened_office(tls, Tls.FROM_THE_START) as office:
        read = mailing_from(environ(office, ca_file))
        server = Server("127.0.0.1", office.port, Tls.FROM_THE_START, USER, PASSWORD, read.server.trust)
        mailing = Mailing(server, read.sender, read.recipients)
        await MailNotifier("email", ["error"], mailing, read.recipients[0]).send(Message("hello"))
        assert office.subjects == ["hello"]


async def test_a_server_on_this_machine_is_spoken_to_without_tls(authority: trustme.CA) -> None:
    async with opened_office(certificate(authority, "127.0.0.1"), Tls.NOT_AT_ALL) as office:
        await notifiers(office, None, SMTP_USER="", SMTP_PASSWORD="")[0].send(Message("hello"))
        assert office.subjects == ["hello"]


async def test_nothing_is_sent_where_tls_is_due_and_not_offered(authority: trustme.CA, ca_file: Path) -> None:
    async with opened_office(certificate(authority, "127.0.0.1"), Tls.NOT_AT_ALL) as office:
        with pytest.raises(NotToldError, match=r"offers no STARTTLS.*SMTP_PORT"):
            await notifiers(office, ca_file)[0].send(Message("hello"))
        assert office.letters == []


@pytest.mark.parametrize("mode", [Tls.BY_STARTTLS, Tls.FROM_THE_START])
async def test_a_certificate_of_another_name_is_refused(mode: Tls, authority: trustme.CA, ca_file: Path) -> None:
    async with opened_office(certificate(authority, "mail.example.org"), mode) as office:
        read = mailing_from(environ(office, ca_file))
        server = Server("127.0.0.1", office.port, mode, USER, PASSWORD, read.server.trust)
        mailing = Mailing(server, read.sender, read.recipients)
        with pytest.raises(NotToldError, match=r"certificate is not accepted: IP address mismatch.*SMTP_CA_FILE"):
            await MailNotifier("email", [], mailing, read.recipients[0]).send(Message("hello"))
        assert office.letters == []


async def test_a_certificate_of_an_unknown_authority_is_refused(ca_file: Path) -> None:
    async with opened_office(certificate(trustme.CA(), "127.0.0.1")) as office:
        with pytest.raises(NotToldError, match=r"certificate is not accepted: .*SMTP_CA_FILE"):
            await notifiers(office, ca_file)[0].send(Message("hello"))
        assert office.letters == []


@pytest.mark.parametrize("parrot", [False, True], ids=["silently", "and repeated"])
async def test_a_wrong_password_is_told_to_a_person_and_shown_nowhere(
    parrot: bool, office: PostOffice, ca_file: Path, journal: SqlJournal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    # What the server here logs of what it hears is its own affair.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    office.password, office.parrot = "another", parrot
    async with carrying(journal, *notifiers(office, ca_file)) as couriers:
        commit(journal, status("started"))
        news(couriers)
        await until(lambda: couriers[0].delivery.errors == 1, lambda: couriers[0].delivery)
    trouble = couriers[0].delivery.trouble

    assert trouble.endswith("535, it does not take the password: check SMTP_USER and SMTP_PASSWORD")
    for secret in (PASSWORD, b64encode(PASSWORD.encode()).decode()):
        assert secret not in trouble + caplog.text + repr(mailing_from(environ(office, ca_file)))
    assert office.letters == []


async def test_what_waited_while_the_server_was_away_is_sent_once(
    office: PostOffice, ca_file: Path, journal: SqlJournal
) -> None:
    async with carrying(journal, *notifiers(office, ca_file)) as couriers:
        commit(journal, status("before"))
        news(couriers)
        await until(lambda: couriers[0].delivery.sent == 1, lambda: couriers[0].delivery)
        await office.shut()
        commit(journal, status("one"), status("two"))
        news(couriers)
        await until(lambda: couriers[0].delivery.errors >= 3, lambda: couriers[0].delivery)
        await office.open()
        await until(lambda: couriers[0].delivery.sent == 3, lambda: couriers[0].delivery)
        await couriers[0].finish(5)
    assert office.subjects == ["0003 (LIVE): before", "0003 (LIVE): one", "0003 (LIVE): two"]


async def test_whom_the_server_greylists_is_written_later_and_nobody_twice(
    office: PostOffice, ca_file: Path, journal: SqlJournal
) -> None:
    office.refused_readers["you@example.org"] = ["451 4.7.1 greylisted, come again"] * 2
    async with carrying(journal, *notifiers(office, ca_file, "trader@example.org, you@example.org")) as couriers:
        commit(journal, status("one"), status("two"))
        news(couriers)
        await until(lambda: all(each.delivery.sent == 2 for each in couriers), lambda: office.readers)
    assert [each.delivery.errors for each in couriers] == [0, 2]
    assert sorted(office.readers) == ["trader@example.org"] * 2 + ["you@example.org"] * 2
    assert {str(letter["To"]) for letter in office.letters} == {"trader@example.org", "you@example.org"}


async def test_a_letter_that_the_server_never_takes_is_left_out_and_the_next_one_sent(
    office: PostOffice, ca_file: Path, journal: SqlJournal
) -> None:
    office.answers = ["451 4.3.0 try again", "554 5.7.1 looks like spam"]
    async with carrying(journal, *notifiers(office, ca_file)) as couriers:
        commit(journal, status("one"), status("two"))
        news(couriers)
        await until(lambda: bool(office.letters), lambda: couriers[0].delivery)
    assert office.subjects == ["0003 (LIVE): two"]
    assert couriers[0].delivery.errors == 2


async def test_a_letter_taken_without_a_word_has_the_same_name_when_it_comes_again(
    office: PostOffice, ca_file: Path
) -> None:
    office.deaf = True
    notifier = notifiers(office, ca_file)[0]
    with pytest.raises(NotToldError):
        await notifier.send(Message("one", picture=b"drawn"))
    await notifier.send(Message("one", picture=b"drawn anew"))
    await notifier.send(Message("one"))
    names = [str(letter["Message-ID"]) for letter in office.letters]

    assert names[0] == names[1]
    assert names[2] != names[1], "a second message with the same words is another letter"


async def test_the_same_words_after_a_refused_letter_are_another_letter(office: PostOffice, ca_file: Path) -> None:
    notifier = notifiers(office, ca_file)[0]
    office.answers = ["554 5.3.4 too large"]
    with pytest.raises(MessageRefusedError):
        await notifier.send(Message("one", picture=b"large" * 1000))
    await notifier.send(Message("one"))

    assert "image/png" not in [each.get_content_type() for each in office.letters[0].walk()]


@pytest.mark.parametrize(
    ("answer", "waits", "names"),
    [
        ("452 4.3.1 no room", None, "452 4.3.1 no room"),
        ("550 5.4.5 daily limit exceeded", 900, "550 5.4.5 daily limit exceeded"),
    ],
)
async def test_a_refusal_that_is_not_about_the_letter_lets_it_wait(
    answer: str, waits: float | None, names: str, office: PostOffice, ca_file: Path
) -> None:
    office.answers = [answer]
    with pytest.raises(NotToldError, match=names) as caught:
        await notifiers(office, ca_file)[0].send(Message("one"))
    assert not isinstance(caught.value, MessageRefusedError)
    assert caught.value.retry_after == waits


async def test_a_reader_whom_the_server_does_not_know_is_named_by_the_variable(
    office: PostOffice, ca_file: Path
) -> None:
    office.refused_readers["trader@example.org"] = ["550 5.1.1 no such user"]
    with pytest.raises(NotToldError, match="check EMAIL_TO") as caught:
        await notifiers(office, ca_file)[0].send(Message("one"))
    assert caught.value.retry_after == 900


@pytest.mark.parametrize(
    "noise",
    [b"", b"\r\n", b"hello\r\n", b"220", b"220 hi\r\n250 \xff\xfe\r\n" * 3, b"\x00" * 5000, b"554 go away\r\n"],
)
async def test_a_server_that_talks_nonsense_is_one_more_reason_to_wait(
    noise: bytes, office: PostOffice, ca_file: Path
) -> None:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(noise)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(NotToldError, match=f"mail server 127.0.0.1:{port}: "):
            await notifiers(office, ca_file, SMTP_PORT=str(port))[0].send(Message("one"))


@pytest.mark.parametrize("host", ["a" * 70, "smtp..example.org"])
async def test_a_name_that_no_server_can_have_is_told(host: str, office: PostOffice, ca_file: Path) -> None:
    with pytest.raises(NotToldError, match=f"mail server {host}:"):
        await notifiers(office, ca_file, SMTP_HOST=host)[0].send(Message("one"))
