"""The addresses that look back."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import ClientSession, web

from bots.seen.history import History
from bots.seen.recent import MOST, RecentBars
from strategies.bar import Bar

START = datetime(2024, 1, 1, tzinfo=UTC)


def bar(number: int) -> Bar:
    return Bar(START + number * timedelta(minutes=5), 1.0, 2.0, 0.5, 1.5, 10.0)


class Bot:
    """A bot that remembers."""

    interval = "5m"

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def bars(self, limit: int) -> Sequence[Bar]:
        self.asked.append(("bars", limit))
        return [bar(0), bar(1)]

    def orders(self, limit: int) -> Sequence[Mapping[str, Any]]:
        self.asked.append(("orders", limit))
        fill = {"time": START, "quantity": Decimal("0.5"), "price": Decimal(100), "commission": Decimal(0)}
        return [{"client_order_id": "one", "quantity": Decimal("0.5"), "stop_price": None, "fills": [fill]}]

    def events(self, limit: int) -> Sequence[Mapping[str, Any]]:
        self.asked.append(("events", limit))
        return [{"number": 7, "kind": "status", "time": START, "text": "begins", "data": {"state": "started"}}]

    def curve(self, points: int) -> Sequence[Mapping[str, Any]]:
        self.asked.append(("curve", points))
        return [{"time": START, "equity": 1000.0, "drawdown_pct": 0.0}]


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.fixture
async def ask(bot: Bot) -> AsyncIterator[Any]:
    """Ask and return status and answer."""
    app = web.Application()
    app.add_routes(History(bot).routes())
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    async with ClientSession() as session:

        async def ask(path: str) -> tuple[int, Any]:
            async with session.get(f"http://{host}:{port}{path}") as answer:
                return answer.status, await answer.json()

        yield ask
    await runner.cleanup()


async def test_bars_come_with_their_length_and_the_times_of_their_opening(ask: Any) -> None:
    code, told = await ask("/bars")
    first = {"time": "2024-01-01T00:00:00Z", "open": 1.0, "high": 2.0, "low": 0.5, "close": 1.5, "volume": 10.0}
    assert (code, told["interval"], told["bars"][0]) == (200, "5m", first)


async def test_money_is_told_as_numbers_in_fills_too(ask: Any) -> None:
    _, told = await ask("/orders")
    assert told[0]["quantity"] == 0.5
    assert told[0]["fills"] == [{"time": "2024-01-01T00:00:00Z", "quantity": 0.5, "price": 100.0, "commission": 0.0}]


async def test_what_is_not_asked_for_otherwise_is_a_screenful(ask: Any, bot: Bot) -> None:
    for path in ("/bars", "/orders", "/events", "/curve"):
        await ask(path)
    assert bot.asked == [("bars", 300), ("orders", 100), ("events", 100), ("curve", 300)]


@pytest.mark.parametrize(
    "path", ["/bars?limit=0", "/bars?limit=1001", "/orders?limit=-1", "/events?limit=x", "/curve?points=1",
             "/curve?points=2001", "/curve?points=", "/bars?limit=%D9%A1"]
)  # fmt: skip
async def test_a_number_that_is_none_or_too_large_is_refused_in_a_line(ask: Any, bot: Bot, path: str) -> None:
    code, told = await ask(path)
    assert code == 400
    assert "is a number from" in told["error"]
    assert bot.asked == []


def test_bars_that_are_told_again_are_known_and_their_number_is_bounded() -> None:
    recent = RecentBars()
    for number in (*range(MOST + 5), MOST + 4, MOST):
        recent.saw(bar(number))
    assert [each.time for each in recent.last(2)] == [bar(MOST + 3).time, bar(MOST + 4).time]
    assert len(recent.last(5000)) == MOST
