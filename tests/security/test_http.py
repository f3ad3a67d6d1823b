"""Whoever reaches a bot's port: a neighbour on the machine, a web page, somebody who only wants to keep it busy."""

import asyncio
import contextlib
import hmac
import json
import threading
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from click.testing import CliRunner
from prometheus_client import CollectorRegistry

from bots.cli import main
from bots.running.health import Health
from bots.running.options import RunOptions
from bots.seen.authorisation import deny
from bots.seen.changing import Changing
from bots.seen.server import BotServer
from bots.trading.halts import HaltMode
from bots.trading.records import EquityPoint, Trade
from tests.unit.report.account import START

TOKEN = "s3cret"


class Watched(Decimal):
    """An amount that notes in which threads it is copied for an answer."""

    threads: set[threading.Thread] = set()  # noqa: RUF012

    def __deepcopy__(self, memo: dict[int, Any]) -> "Watched":
        self.threads.add(threading.current_thread())
        return self


@dataclass
class Bot:
    """A bot as its server sees it; remembers what was changed."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    changed: list[object] = field(default_factory=list)

    def get_status(self) -> Mapping[str, Any]:
        return {"bot": "0001", "equity": 1000}

    def health(self) -> Health:
        return Health(True, True, ())

    def trades(self) -> list[Trade]:
        return [Trade(1, START, Watched("100.5"), Decimal(2), Decimal("0.1"))]

    def equity_curve(self, limit: int) -> list[EquityPoint]:
        return [EquityPoint(START, Watched("1000.5"), Decimal(900), Decimal(1))]

    def halt(self, mode: HaltMode, reason: str, *, by: str) -> Mapping[str, Any]:
        self.changed.append(mode)
        return {}

    def resume(self, *, by: str) -> Mapping[str, Any]:
        self.changed.append("resume")
        return {}

    def hold(self, seconds: int) -> Mapping[str, Any]:
        self.changed.append(seconds)
        return {}


@pytest.fixture
def bot() -> Bot:
    return Bot()


@contextlib.asynccontextmanager
async def served(bot: Bot, folder: Path, host: str = "127.0.0.1") -> AsyncIterator[str]:
    (folder / "token").write_text(TOKEN)
    server = BotServer(bot, Changing(bot, folder / "token"))
    address = await server.start(host, 0)
    try:
        yield address.replace("0.0.0.0", "127.0.0.1")
    finally:
        await server.stop()


@pytest.fixture
async def address(bot: Bot, tmp_path: Path) -> AsyncIterator[str]:
    """Where the bot serves."""
    async with served(bot, tmp_path) as listening:
        yield listening


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    """Whoever asks."""
    async with ClientSession() as made:
        yield made


# --- Where it listens -------------------------------------------------------------------------------------------


def test_a_bot_listens_to_this_machine_alone_unless_it_is_told_otherwise() -> None:
    assert RunOptions().host == "127.0.0.1"
    (host,) = [option for option in main.commands["run"].params if option.name == "host"]
    assert host.default == "127.0.0.1"
    assert "--host" in CliRunner().invoke(main, ["run", "--help"]).output


# --- A web page in a browser on this machine --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("evil.example", 421),
        ("evil.example:8080", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example", 421),
        ("[", 421),
        ("localhost:8080", 200),
        ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200),
    ],
)
async def test_a_page_whose_name_is_made_to_lead_here_reads_nothing(
    host: str, code: int, address: str, session: ClientSession
) -> None:
    async with session.get(f"{address}/status", headers={"Host": host}) as answer:
        assert answer.status == code
        assert ("equity" in await answer.json()) is (code == 200)


async def test_a_bot_that_listens_to_others_is_asked_by_any_name(
    bot: Bot, tmp_path: Path, session: ClientSession
) -> None:
    named = {"Host": "first.trading.svc"}
    async with served(bot, tmp_path, "0.0.0.0") as address, session.get(f"{address}/status", headers=named) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"])
async def test_a_page_sends_no_change_with_its_visitors_browser(
    kind: str, bot: Bot, address: str, session: ClientSession
) -> None:
    """What a page may send unasked has no Authorization; what it would have to ask for is not permitted."""
    headers = {"Content-Type": kind, "Origin": "http://evil.example", "Cookie": f"token={TOKEN}"}
    body = json.dumps({"mode": "close-positions", "reason": "x"})
    async with session.post(f"{address}/halt", data=body, headers=headers) as answer:
        assert answer.status == 401
    asks = {"Origin": "http://evil.example", "Access-Control-Request-Headers": "authorization"}
    async with session.options(f"{address}/halt", headers=asks) as answer:
        assert answer.status == 405
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert bot.changed == []


# --- The token --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", [f"token={TOKEN}", f"access_token={TOKEN}", f"Authorization=Bearer%20{TOKEN}"])
async def test_a_token_in_an_address_opens_nothing(query: str, bot: Bot, address: str, session: ClientSession) -> None:
    async with session.post(f"{address}/resume?{query}", data=b"{}") as answer:
        assert answer.status == 401
    assert bot.changed == []


async def test_with_the_token_a_bot_is_halted_resumed_and_held_and_nothing_else(bot: Bot) -> None:
    routes = Changing(bot, None).routes()
    assert {(route.method, route.path) for route in routes} == {
        ("POST", "/halt"),
        ("POST", "/resume"),
        ("POST", "/hold"),
    }


@pytest.mark.parametrize("shown", ["", "s", TOKEN[:-1], TOKEN + "x", "x" * 1000])
def test_how_long_a_wrong_token_takes_says_nothing_of_the_right_one(
    shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []
    honest = hmac.compare_digest

    def noted(mine: bytes, theirs: bytes) -> bool:
        compared.append((mine, theirs))
        return honest(mine, theirs)

    monkeypatch.setattr("bots.seen.authorisation.hmac.compare_digest", noted)
    assert deny(TOKEN.encode(), f"Bearer {shown}") is not None
    assert all(len(mine) == len(theirs) == 32 for mine, theirs in compared)
    assert len(compared) == (1 if shown else 0)


# --- Keeping it busy --------------------------------------------------------------------------------------------


async def test_clients_that_never_end_their_request_keep_nobody_waiting(address: str, session: ClientSession) -> None:
    host, _, port = address.removeprefix("http://").partition(":")
    slow = [await asyncio.open_connection(host, int(port)) for _ in range(200)]
    for _, writer in slow:
        writer.write(b"POST /halt HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    try:
        async with asyncio.timeout(10), session.get(f"{address}/healthz") as answer:
            assert answer.status == 200
    finally:
        for _, writer in slow:
            writer.close()


@pytest.mark.parametrize("path", ["/trades", "/equity?limit=100000"])
async def test_a_long_answer_is_not_written_by_the_thread_that_trades(
    path: str, address: str, session: ClientSession
) -> None:
    Watched.threads.clear()
    async with session.get(address + path) as answer:
        assert len(await answer.json()) == 1
    assert Watched.threads
    assert threading.current_thread() not in Watched.threads
