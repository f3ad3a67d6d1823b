"""Whatever bytes come to the bot's own port: an answer or a hang-up, no change without the token, no bot kept busy."""

import asyncio
import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Gauge

from bots.running.health import Health
from bots.seen.bodies import LONGEST_HOLD, LONGEST_NAME, LONGEST_REASON
from bots.seen.changing import LARGEST_BODY, Changing
from bots.seen.server import BotServer
from bots.trading.halts import HaltMode
from bots.trading.records import EquityPoint, Trade
from tests.fuzz.budget import fuzz
from tests.fuzz.spoiling import garbage, odd, spoilt_bytes, spoilt_json, written
from tests.made_bars import made_bars

_TOKEN = "s3cret"  # a test's
_START = made_bars(1)[0].time
_QUIET_SECONDS, _LONGEST_SECONDS = 0.03, 5.0
_GOOD_BODIES: tuple[dict[str, Any], ...] = ({"mode": "close-positions", "reason": "maintenance"}, {"seconds": 30}, {})


@dataclass
class Bot:
    """A bot as its server sees it; remembers what was changed."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    changed: list[Any] = field(default_factory=list)

    def get_status(self) -> Mapping[str, Any]:
        return {"bot": "0001"}

    def health(self) -> Health:
        return Health(True, True, ())

    def trades(self) -> list[Trade]:
        return [Trade(1, _START, Decimal("100.5"), Decimal(2), Decimal("0.1"))]

    def equity_curve(self, limit: int) -> list[EquityPoint]:
        assert 0 < limit <= 100_000
        return [EquityPoint(_START, Decimal(1000), Decimal(900), Decimal(1))]

    def halt(self, mode: HaltMode, reason: str, *, by: str) -> Mapping[str, Any]:
        assert isinstance(mode, HaltMode)
        assert reason.strip() == reason
        assert reason.isprintable()
        assert 0 < len(reason) <= LONGEST_REASON
        assert by.isprintable()
        assert 0 < len(by) <= LONGEST_NAME
        return self._change("halt")

    def resume(self, *, by: str) -> Mapping[str, Any]:
        return self._change("resume")

    def hold(self, seconds: int) -> Mapping[str, Any]:
        assert type(seconds) is int
        assert 0 <= seconds <= LONGEST_HOLD
        return self._change("hold")

    def _change(self, what: str) -> Mapping[str, Any]:
        self.changed.append(what)
        return {"halt": None}


@dataclass
class Served:
    """A bot on a port, and what its server has complained of."""

    bot: Bot
    port: int
    complaints: list[str]


class _Listening(logging.Handler):
    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self._heard.append(f"{record.getMessage()}: {record.exc_info[1]!r}")


@pytest.fixture(scope="module")
def served(loop: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    file: Path = tmp_path_factory.mktemp("token") / "token"
    file.write_text(f"{_TOKEN}\n")
    bot = Bot()
    Gauge("tradingbot_equity", "Equity.", registry=bot.registry).set(7)
    server = BotServer(bot, Changing(bot, file))
    address = loop.run(server.start("127.0.0.1", 0))
    complaints: list[str] = []
    handler = _Listening(complaints)
    for name in ("aiohttp", "tradingbot"):
        logging.getLogger(name).addHandler(handler)
    yield Served(bot, int(address.rpartition(":")[2]), complaints)
    for name in ("aiohttp", "tradingbot"):
        logging.getLogger(name).removeHandler(handler)
    loop.run(server.stop())


@dataclass(frozen=True)
class Request:
    """A request's bytes, and whether the token is in them as it should be."""

    sent: bytes
    has_token: bool


_PATHS = ("/", "/status", "/healthz", "/readyz", "/metrics", "/trades", "/equity", "/halt", "/resume", "/hold")
_METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "CONNECT", "PATCH", "PROPFIND", "get", "PRI", "G\x00T")
_TAILS = (
    "",
    "?limit=5",
    "?limit=٣",
    "?limit=-1",
    "?limit=" + "9" * 5000,
    "?limit=1&limit=x",
    "?%00",
    "/..",
    "#",
    "%ff",
)
_TOKENS = ("Bearer s3cre", "Bearer s3cret s", "bearer", "Basic s3cret", "Bearer \xff", "Bearer " + "x" * 9000, "")
_ACCEPTS = (
    "*/*", "application/openmetrics-text; version=1.0.0; escaping=nonsense", "application/openmetrics-text;version=9",
    "text/plain;version=x;escaping=", ";;;,,,==", "application/openmetrics-text; version=1.0.0; =", "\xff",
    "text/plain; version=1.0.0; escaping=allow-utf-8; q=NaN", "application/vnd.google.protobuf;;", "a/b;" * 500,
)  # fmt: skip
_LENGTHS = ("-1", "0", "1", "4096", "99999999999999999999", "0x10", "1, 2", "+5", "٣", "")
_HEADERS = (
    "X: " + "y" * 20_000, "\r\n".join(f"H{n}: {n}" for n in range(300)), "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked", "Content-Encoding: gzip", "Content-Encoding: deflate", "Expect: 100-continue",
    "Expect: nonsense", "Upgrade: websocket\r\nConnection: Upgrade", "Host: evil.example", "Host: [::", "Host:",
    "no colon", " folded: header", "Content-Type: application/json; charset=nonsense", "Range: bytes=0-",
    "Cookie: =;=;=", "If-None-Match: *", "Connection: keep-alive", "\x00: \x00",
)  # fmt: skip


_reasons = st.text("a \n\x00\x1b\u2028\u202e\ud800", max_size=4) | st.sampled_from(("x" * (LONGEST_REASON + 1), 7))
_bodies = st.sampled_from(_GOOD_BODIES).flatmap(spoilt_json) | garbage
_bodies_of = {
    "/halt": st.builds(
        lambda mode, reason: written({"mode": mode, "reason": reason}).encode(), st.sampled_from(HaltMode), _reasons
    ),
    "/hold": st.builds(lambda seconds: written({"seconds": seconds}).encode(), odd),
}


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Return a request, mostly nearly right."""
    path = draw(st.sampled_from(_PATHS + ("/halt", "/resume", "/hold") * 3))
    changes = path in ("/halt", "/resume", "/hold")
    method = "POST" if changes and draw(st.integers(0, 5)) else draw(st.sampled_from(_METHODS))
    body = draw(_bodies | _bodies_of.get(path, _bodies)) if method == "POST" else b""
    if draw(st.integers(0, 9)) == 0:
        body = draw(
            st.sampled_from((b"[" * LARGEST_BODY, b"x" * (LARGEST_BODY + 1), b"1;ext\r\nx\r\n0\r\n\r\n", b"zz\r\n"))
        )
    has_token = draw(st.booleans())
    shown = f"Bearer {_TOKEN}" if has_token else draw(st.sampled_from(_TOKENS))
    length = str(len(body)) if draw(st.integers(0, 7)) else draw(st.sampled_from(_LENGTHS))
    tail, version = draw(st.sampled_from(("",) * 3 + _TAILS)), draw(st.sampled_from(("1.1",) * 8 + ("1.0", "2.0", "9")))
    lines = [
        f"{method} {path}{tail} HTTP/{version}",
        f"Host: 127.0.0.1\r\nAuthorization: {shown}\r\nContent-Length: {length}\r\nConnection: close",
        f"Accept: {draw(st.sampled_from(_ACCEPTS))}",
        *(draw(st.lists(st.sampled_from(_HEADERS), max_size=1)) if draw(st.booleans()) else ()),
    ]
    head = "\r\n".join(lines).encode("utf-8", "surrogatepass") + b"\r\n\r\n"
    sent = draw(spoilt_bytes(head + body)) if draw(st.integers(0, 2)) == 0 else head + body
    return Request(sent, has_token and sent.count(f"Bearer {_TOKEN}".encode()) > 0)


async def _answer(port: int, content: bytes, *, slowly: bool = False) -> bytes:
    """Return what is answered until the other side hangs up, or says no more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in (content[:20], content[20:40], content[40:]) if slowly else (content,):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        told = b""
        while True:
            async with asyncio.timeout(_LONGEST_SECONDS if told else _QUIET_SECONDS):
                part = await reader.read(65_536)
            if not part:
                return told
            told += part
            if b"100 Continue" in told or b"101 Switching" in told or b"keep-alive" in content:
                return told
    except (TimeoutError, ConnectionError):
        return b""
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@fuzz(request_=requests() | garbage.map(lambda sent: Request(sent, False)), slowly=st.booleans())
def test_no_request_ends_in_a_traceback_or_changes_a_bot_without_its_token_or_silences_it(
    request_: Request, slowly: bool, served: Served, loop: asyncio.Runner
) -> None:
    served.bot.changed.clear()
    served.complaints.clear()

    told = loop.run(_answer(served.port, request_.sent, slowly=slowly))

    begin = re.match(rb"HTTP/\d\.\d (\d{3}) ", told)
    status = int(begin[1]) if begin else None
    assert status != 500, told[:500]
    assert status is not None or not told, told[:500]
    assert not served.complaints
    assert len(served.bot.changed) <= request_.sent.count(b"POST")
    if not request_.has_token:
        assert not served.bot.changed
    begun = time.monotonic()
    well = loop.run(_answer(served.port, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"))
    assert b'"ok": true' in well or time.monotonic() - begun >= _QUIET_SECONDS, well


@fuzz(20, started=st.lists(requests(), min_size=1, max_size=30), rest=st.integers(1, 60))
def test_no_number_of_clients_that_never_finish_keeps_the_bot_from_answering_others(
    started: list[Request], rest: int, served: Served, loop: asyncio.Runner
) -> None:
    async def crowd() -> bytes:
        writers = []
        for request in started:
            _, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(request.sent[:-rest])
            writers.append(writer)
        well = b""
        async with asyncio.timeout(_LONGEST_SECONDS):
            while b'"ok": true' not in well:
                well = await _answer(
                    served.port, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
                )
        for writer in writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)
        return well

    assert b"200 OK" in loop.run(crowd())


def test_every_good_body_is_taken_with_the_token(served: Served, loop: asyncio.Runner) -> None:
    served.bot.changed.clear()
    for path, body in zip(("/halt", "/hold", "/resume"), _GOOD_BODIES, strict=True):
        content = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {_TOKEN}\r\nConnection: close\r\n"
        told = b""
        while not told:
            sent = f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content
            told = loop.run(_answer(served.port, sent))
        assert b"200 OK" in told
    assert sorted(set(served.bot.changed)) == ["halt", "hold", "resume"]
