"""What the bot answers over HTTP."""

import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import ClientSession
from prometheus_client import CollectorRegistry, Gauge

from bots.running.health import Health
from bots.seen import server as module
from bots.seen.server import BotServer
from bots.trading.records import EquityPoint, Trade
from strategies.errors import JournalError, PortTakenError

START = datetime(2024, 1, 1, tzinfo=UTC)
WELL = Health(True, True, ())


@dataclass
class Bot:
    """A bot as the server sees it."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    well: Health = WELL
    asked: list[int] = field(default_factory=list)

    def get_status(self) -> Mapping[str, Any]:
        return {"bot": "0001", "state": "running"}

    def health(self) -> Health:
        return self.well

    def trades(self) -> list[Trade]:
        return [Trade(1, START, Decimal("100.5"), Decimal(2), Decimal("0.1"))]

    def equity_curve(self, limit: int) -> list[EquityPoint]:
        self.asked.append(limit)
        return [EquityPoint(START, Decimal("1000.5"), Decimal(900), Decimal(1))]


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.fixture
async def get(bot: Bot) -> AsyncIterator[Any]:
    """Ask a served bot and return (status, content type, body)."""
    server = BotServer(bot)
    address = await server.start("127.0.0.1", 0)
    async with ClientSession() as session:

        async def ask(path: str) -> tuple[int, str, Any]:
            async with session.get(address + path) as answer:
                body = await (answer.json() if answer.content_type == "application/json" else answer.text())
                return answer.status, answer.headers["Content-Type"], body

        yield ask
    await server.stop()


@pytest.mark.parametrize(
    ("health", "healthz", "readyz"),
    [
        (Health(True, True, ()), 200, 200),
        (Health(True, False, ("warming up",)), 200, 503),
        (Health(False, False, ("no bar",)), 503, 503),
    ],
)
async def test_probes_answer_with_a_code_and_the_reasons(
    bot: Bot, get: Any, health: Health, healthz: int, readyz: int
) -> None:
    bot.well = health
    for path, code in (("/healthz", healthz), ("/readyz", readyz)):
        status, _, body = await get(path)
        assert status == code
        assert body == {"ok": code == 200, "reasons": list(health.reasons)}


async def test_metrics_come_in_prometheus_own_form(bot: Bot, get: Any) -> None:
    Gauge("tradingbot_equity", "Equity.", registry=bot.registry).set(7)
    status, kind, body = await get("/metrics")
    assert status == 200
    assert kind.startswith("text/plain; version=")
    assert "tradingbot_equity 7.0" in body


async def test_the_status_is_served(get: Any) -> None:
    assert (await get("/status"))[2] == {"bot": "0001", "state": "running"}


async def test_trades_have_money_as_numbers_and_times_as_text(get: Any) -> None:
    (trade,) = (await get("/trades"))[2]
    assert trade["entry_bar"] == "2024-01-01T00:00:00Z"
    assert trade["entry_price"] == 100.5
    assert trade["exit_bar"] is None


async def test_the_equity_curve_is_served_up_to_a_limit(bot: Bot, get: Any) -> None:
    assert (await get("/equity?limit=5"))[2] == [
        {"time": "2024-01-01T00:00:00Z", "equity": 1000.5, "cash": 900.0, "position": 1.0}
    ]
    await get("/equity")
    await get("/equity?limit=100000")
    assert bot.asked == [5, 1000, 100_000]


@pytest.mark.parametrize("limit", ["bad", "0", "-1", "1.5", "100001", "", "9" * 5000, "²"])
async def test_a_limit_that_is_no_number_in_range_is_refused(get: Any, limit: str) -> None:
    status, _, body = await get(f"/equity?limit={limit}")
    assert (status, body) == (400, "limit is a number from 1 to 100000")


async def test_the_first_page_says_what_there_is(get: Any) -> None:
    assert "/status" in (await get("/"))[2]["see"]


async def test_an_unknown_address_is_not_found(get: Any) -> None:
    assert (await get("/secrets"))[0] == 404


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


async def test_a_taken_port_that_was_asked_for_is_refused(bot: Bot, taken: int) -> None:
    server = BotServer(bot)
    with pytest.raises(PortTakenError, match=f"port {taken} on 127.0.0.1 is in use; choose another with --port"):
        await server.start("127.0.0.1", taken)
    await server.stop()


async def test_without_a_port_the_next_free_one_is_chosen(
    bot: Bot, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DEFAULT_PORT", taken)
    server = BotServer(bot)
    address = await server.start("127.0.0.1", None)
    await server.stop()
    assert taken < int(address.rpartition(":")[2]) < taken + 100


async def test_when_no_port_is_free_all_that_were_tried_are_told(
    bot: Bot, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DEFAULT_PORT", taken)
    monkeypatch.setattr(module, "_PORTS_TRIED", 1)
    server = BotServer(bot)
    with pytest.raises(PortTakenError, match=f"port {taken}"):
        await server.start("127.0.0.1", None)
    await server.stop()


async def test_a_host_that_is_not_this_machine_is_refused(bot: Bot) -> None:
    server = BotServer(bot)
    with pytest.raises(PortTakenError, match=r"cannot listen on 192\.0\.2\.1:"):
        await server.start("192.0.2.1", 0)
    await server.stop()


def has_ipv6_loopback() -> bool:
    """Ask the machine itself: the server's own failure must not pass for a missing network."""
    if not socket.has_ipv6:
        return False
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


@pytest.mark.skipif(not has_ipv6_loopback(), reason="this machine has no IPv6 loopback")
async def test_an_ipv6_address_is_written_in_brackets(bot: Bot) -> None:
    server = BotServer(bot)
    try:
        address = await server.start("::1", 0)
    finally:
        await server.stop()
    assert address.startswith("http://[::1]:")


async def test_a_journal_that_cannot_be_read_is_told_in_a_line(
    bot: Bot, get: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> list[Trade]:
        raise JournalError("cannot read the journal of 0001: disk I/O error")

    monkeypatch.setattr(bot, "trades", refuse)
    status, _, body = await get("/trades")
    assert (status, body) == (503, {"error": "cannot read the journal of 0001: disk I/O error"})
