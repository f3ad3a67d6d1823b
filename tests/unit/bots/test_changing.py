"""Changes over HTTP: who may make them, what their bodies say, and what is answered."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from prometheus_client import CollectorRegistry

from bots.running.health import Health
from bots.seen.authorisation import NO_TOKEN, NOT_CONFIGURED, WRONG_TOKEN, Denial, deny, read_token
from bots.seen.bodies import BadBodyError, read_halt, read_hold, read_resume
from bots.seen.changing import Changing
from bots.seen.server import BotServer
from bots.trading.halts import HaltMode
from bots.trading.records import EquityPoint, Trade
from strategies.errors import JournalError

HALT = {"mode": "block-entries", "reason": "maintenance"}
OPEN = {"halt": None, "hold_until": None, "position": 0.5, "open_orders": ["0001-2401010000-S1-1"]}
GOOD = [("/halt", json.dumps(HALT).encode()), ("/resume", b"{}"), ("/hold", b'{"seconds": 30}')]


@dataclass
class Bot:
    """A bot as its server sees it; remembers what was asked of it."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    asked: list[object] = field(default_factory=list)
    broken: bool = False
    by: str = ""

    def get_status(self) -> Mapping[str, Any]:
        return {"bot": "0001"}

    def health(self) -> Health:
        return Health(True, True, ())

    def trades(self) -> list[Trade]:
        return []

    def equity_curve(self, limit: int) -> list[EquityPoint]:
        return []

    def halt(self, mode: HaltMode, reason: str, *, by: str) -> Mapping[str, Any]:
        self.by = by
        return self._take((mode, reason))

    def resume(self, *, by: str) -> Mapping[str, Any]:
        self.by = by
        return self._take("resume")

    def hold(self, seconds: int) -> Mapping[str, Any]:
        return self._take(seconds)

    def _take(self, what: object) -> Mapping[str, Any]:
        if self.broken:
            raise JournalError("the journal cannot be used: database is locked")
        self.asked.append(what)
        return OPEN


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    return file


def put(file: Path, content: str) -> None:
    file.write_text(content)


@pytest.fixture
async def post(bot: Bot, token_file: Path) -> AsyncIterator[Any]:
    """Send a body to a served bot and return (status, body, headers)."""
    server = BotServer(bot, Changing(bot, token_file))
    address = await server.start("127.0.0.1", 0)
    async with ClientSession() as session:

        async def send(
            path: str, body: Any = b"", authorization: str | None = "Bearer s3cret", method: str = "POST"
        ) -> tuple[int, Any, Mapping[str, str]]:
            headers = {"Authorization": authorization} if authorization is not None else {}
            async with session.request(method, address + path, data=body, headers=headers) as answer:
                told = await (answer.json() if answer.content_type == "application/json" else answer.text())
                return answer.status, told, answer.headers

        yield send
    await server.stop()


# --- Who may ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "denial"),
    [
        ("Bearer s3cret", None),
        ("bearer  s3cret ", None),
        ("Bearer s3cre", WRONG_TOKEN),
        ("Bearer s3cret2", WRONG_TOKEN),
        ("Bearer \udcff", WRONG_TOKEN),
        ("Bearer", NO_TOKEN),
        ("Basic s3cret", NO_TOKEN),
        ("s3cret", NO_TOKEN),
        ("", NO_TOKEN),
        (None, NO_TOKEN),
    ],
)
def test_only_the_very_token_opens(header: str | None, denial: Denial | None) -> None:
    assert deny(b"s3cret", header) == denial


@pytest.mark.parametrize("header", [None, "Bearer ", "Bearer None", "Bearer s3cret"])
def test_without_a_token_of_its_own_a_bot_takes_none(header: str | None) -> None:
    assert deny(None, header) == NOT_CONFIGURED


def test_a_token_is_read_without_the_white_space_around_it(token_file: Path) -> None:
    assert read_token(token_file) == b"s3cret"


@pytest.mark.parametrize("content", [b"", b" \n"])
def test_an_empty_file_is_no_token(token_file: Path, content: bytes) -> None:
    token_file.write_bytes(content)
    assert read_token(token_file) is None


def test_a_file_that_is_not_there_is_no_token(tmp_path: Path) -> None:
    assert read_token(tmp_path / "none") is None
    assert read_token(tmp_path) is None
    assert read_token(None) is None


@pytest.mark.parametrize(("path", "body"), GOOD)
@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic s3cret"])
async def test_whoever_shows_no_token_or_a_wrong_one_changes_nothing(
    bot: Bot, post: Any, path: str, body: bytes, authorization: str | None
) -> None:
    status, told, headers = await post(path, body, authorization)
    assert status == 401
    assert headers["WWW-Authenticate"].startswith("Bearer")
    assert "s3cret" not in json.dumps(told)
    assert bot.asked == []


@pytest.mark.parametrize(("path", "body"), GOOD)
async def test_a_bot_without_a_token_says_how_it_gets_one(
    bot: Bot, post: Any, token_file: Path, path: str, body: bytes
) -> None:
    put(token_file, "\n")
    status, told, _ = await post(path, body)
    assert (status, bot.asked) == (403, [])
    assert "TRADINGBOT_TOKEN_FILE" in told["error"]


async def test_a_token_that_was_replaced_counts_at_once(bot: Bot, post: Any, token_file: Path) -> None:
    put(token_file, "another")
    assert (await post("/resume"))[0] == 401
    assert (await post("/resume", authorization="Bearer another"))[0] == 200


async def test_a_body_is_not_looked_at_before_the_token(post: Any) -> None:
    assert (await post("/halt", b"x" * 100_000, None))[0] == 401


@pytest.mark.parametrize("path", ["/", "/status", "/healthz", "/readyz", "/metrics", "/trades", "/equity"])
async def test_looking_needs_no_token(post: Any, path: str) -> None:
    assert (await post(path, authorization=None, method="GET"))[0] == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_change_is_a_post(bot: Bot, post: Any, method: str) -> None:
    assert (await post("/resume", method=method))[0] == 405
    assert bot.asked == []


async def test_a_server_without_changes_has_no_such_address(bot: Bot) -> None:
    server = BotServer(bot)
    address = await server.start("127.0.0.1", 0)
    async with ClientSession() as session, session.post(address + "/resume") as answer:
        assert answer.status == 404
    await server.stop()


# --- What is asked ----------------------------------------------------------------------------------------------


async def test_what_is_asked_reaches_the_bot_and_its_answer_comes_back(bot: Bot, post: Any) -> None:
    for path, body in [*GOOD, ("/resume", b""), ("/hold", b'{"seconds": 0}')]:
        status, told, _ = await post(path, body)
        assert (status, told) == (200, OPEN)
    assert bot.asked == [(HaltMode.BLOCK_ENTRIES, "maintenance"), "resume", 30, "resume", 0]


async def test_a_journal_that_takes_nothing_is_told(bot: Bot, post: Any) -> None:
    bot.broken = True
    status, told, _ = await post(*GOOD[0])
    assert (status, told) == (503, {"error": "the journal cannot be used: database is locked"})


@pytest.mark.parametrize("size", [4097, 1_000_000])
async def test_a_body_that_is_too_large_is_refused(bot: Bot, post: Any, size: int) -> None:
    status, told, _ = await post("/halt", b" " * size)
    assert (status, told) == (413, {"error": "the body is larger than 4096 bytes"})
    assert bot.asked == []


async def test_a_body_of_unknown_length_that_is_too_large_is_refused(bot: Bot, post: Any) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b" " * 1000

    assert (await post("/halt", pieces()))[0] == 413
    assert bot.asked == []


async def test_a_large_body_that_fits_is_read(post: Any) -> None:
    assert (await post("/halt", GOOD[0][1] + b" " * 4000))[0] == 200


NO_JSON = [b"{", b"\xff", b"[" * 4000, b"'x'"]
NO_OBJECT = [b"[]", b"7", b"null", b'"x"']


@pytest.mark.parametrize(("path", "_body"), GOOD)
@pytest.mark.parametrize("body", [*NO_JSON, *NO_OBJECT])
async def test_a_body_that_is_no_json_object_is_refused_in_a_line(
    bot: Bot, post: Any, path: str, _body: bytes, body: bytes
) -> None:
    status, told, _ = await post(path, body)
    assert status == 400
    assert told["error"] in ("the body is not JSON", "the body is not a JSON object")
    assert bot.asked == []


def halt_body(**keys: Any) -> bytes:
    return json.dumps(HALT | keys).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"mode": "block-entries"}',
        b'{"reason": "x"}',
        b'{"mode": "block-entries", "reason": "x", "reason": "x"}',
        b'{"mode": NaN, "reason": "x"}',
        halt_body(mode="stop"),
        halt_body(mode="BLOCK_ENTRIES"),
        halt_body(mode=None),
        halt_body(mode=["block-entries"]),
        halt_body(mode={}),
        halt_body(reason=""),
        halt_body(reason="  "),
        halt_body(reason="x" * 201),
        halt_body(reason="two\nlines"),
        halt_body(reason="\x1b[2J"),
        halt_body(reason="\ud800"),
        halt_body(reason=7),
        halt_body(close=True),
        halt_body(by=""),
        halt_body(by=None),
        halt_body(by="x" * 61),
        halt_body(by="Ada\nall is well"),
    ],
)
def test_a_halt_that_is_not_clear_is_refused(body: bytes) -> None:
    with pytest.raises(BadBodyError) as caught:
        read_halt(body)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("mode", HaltMode)
def test_a_halt_has_a_mode_and_a_reason(mode: HaltMode) -> None:
    asked = read_halt(halt_body(mode=mode, reason=" " + "ü" * 199))
    assert (asked.mode, asked.reason) == (mode, "ü" * 199)


@pytest.mark.parametrize(
    "told", ["-1", "301", "1.0", "1e2", "true", "null", '"30"', "[30]", "9" * 4000, "NaN", "Infinity"]
)
def test_a_hold_that_is_no_whole_number_of_seconds_in_range_is_refused(told: str) -> None:
    with pytest.raises(BadBodyError) as caught:
        read_hold(b'{"seconds": %s}' % told.encode())
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize("seconds", [0, 1, 300])
def test_a_hold_lasts_up_to_five_minutes(seconds: int) -> None:
    assert read_hold(b'{"seconds": %d}' % seconds) == seconds


def test_a_resume_takes_nothing_but_who_it_was() -> None:
    for body in (b"", b" ", b"{}"):
        assert read_resume(body) == "api"
    assert read_resume(b'{"by": " Ada "}') == "Ada"
    with pytest.raises(BadBodyError, match="'mode' is no key of this body; its keys: by"):
        read_resume(b'{"mode": "block-entries"}')


@pytest.mark.parametrize(("said", "told"), [({}, "api"), ({"by": "Ada (console)"}, "Ada (console)")])
async def test_who_changes_a_bot_is_told_if_they_say_so(bot: Bot, post: Any, said: dict[str, str], told: str) -> None:
    for path, body in (("/halt", HALT | said), ("/resume", said)):
        assert (await post(path, json.dumps(body).encode()))[0] == 200
        assert bot.by == told
