"""The double itself: it speaks the protocol to the letter, and refuses what TWS would refuse."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from ib_async import IB, Forex, LimitOrder, MarketOrder, Stock
from ib_async.util import getLoop

from tests.venues.tws.double import TwsDouble
from tests.venues.tws.scene import MINUTE, bar, minutes, this_minute, until
from tests.venues.tws.wire import frame


@asynccontextmanager
async def stock_client(double: TwsDouble, client_id: int = 5) -> AsyncIterator[IB]:
    """Have somebody else's client of the protocol, as it comes."""
    getLoop.cache_clear()
    ib = IB()
    await ib.connectAsync("127.0.0.1", double.port, client_id, timeout=2, raiseSyncErrors=True)
    try:
        yield ib
    finally:
        ib.disconnect()


class Raw:
    """A connection that sends what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, *fields: object) -> None:
        self._writer.write(frame(*fields))

    async def hear(self) -> list[str]:
        """Return the next message; nothing once the other side has hung up."""
        try:
            (length,) = struct.unpack(">I", await self._reader.readexactly(4))
            return (await self._reader.readexactly(length)).decode().split("\0")[:-1]
        except (asyncio.IncompleteReadError, ConnectionError):
            return []

    async def hear_error(self) -> tuple[str, str]:
        """Return number and code of the next error that is no note."""
        while message := await self.hear():
            if message[0] == "4" and not message[3].startswith("21"):
                return message[2], message[3]
        return ("", "hung up")


@asynccontextmanager
async def raw(double: TwsDouble, client_id: int = 5) -> AsyncIterator[Raw]:
    reader, writer = await asyncio.open_connection("127.0.0.1", double.port)
    writer.write(b"API\0" + struct.pack(">I", 9) + b"v157..178")
    connection = Raw(reader, writer)
    assert (await connection.hear())[0] == "176"
    connection.send(71, 2, client_id, "")
    try:
        yield connection
    finally:
        writer.close()


async def test_another_client_of_the_protocol_understands_everything(caplog: pytest.LogCaptureFixture) -> None:
    now = this_minute()
    with TwsDouble() as double:
        double.past("AAPL", "1 min", minutes(now - 5 * MINUTE, 6))
        double.past("EUR.USD", "1 hour", minutes(now - 5 * 60 * MINUTE, 6, timedelta(hours=1)))
        async with stock_client(double) as ib:
            assert ib.managedAccounts() == ["DU1234567"]
            apple = (await ib.reqContractDetailsAsync(Stock("AAPL", "SMART", "USD")))[0]
            assert (apple.longName, apple.minTick, apple.sizeIncrement) == ("APPLE INC", 0.01, 0.0001)
            assert apple.contract is not None
            stop = LimitOrder("SELL", 3, 200, orderRef="rest")
            ib.placeOrder(apple.contract, stop)
            bought = ib.placeOrder(apple.contract, MarketOrder("BUY", 7, orderRef="now"))
            await until(lambda: bought.isDone() and bought.fills and bought.fills[0].commissionReport.commission)
            assert [each.order.orderRef for each in await ib.reqAllOpenOrdersAsync()] == ["rest"]
            done = await ib.reqCompletedOrdersAsync(False)
            assert [(each.order.orderRef, each.orderStatus.status, each.order.filledQuantity) for each in done] == [
                ("now", "Filled", 7)
            ]
            assert [each.execution.orderRef for each in await ib.reqExecutionsAsync()] == ["now"]
            assert [(each.contract.symbol, each.position) for each in await ib.reqPositionsAsync()] == [("AAPL", 7)]
            assert ("CashBalance", "USD") in [(each.tag, each.currency) for each in await ib.accountSummaryAsync()]
            bars = await ib.reqHistoricalDataAsync(apple.contract, "", "1 D", "1 min", "TRADES", True, 2, True)
            double.show("AAPL", "1 min", bar(now + MINUTE, 123))
            await until(lambda: bars[-1].close == 123)
            middles = await ib.reqHistoricalDataAsync(Forex("EURUSD"), "", "1 W", "1 hour", "MIDPOINT", False, 2)
            assert len(middles) == 6
            seconds = ib.reqRealTimeBars(apple.contract, 5, "TRADES", True)
            await until(lambda: double.received("reqRealTimeBars"))
            double.real_time("AAPL", bar(now, 99))
            await until(lambda: len(seconds) == 1)
            ib.cancelOrder(stop)
            await until(lambda: double.orders[0].status == "Cancelled")
        assert double.complaints == []

    assert [each.message for each in caplog.records if "Error handling fields" in each.message] == []


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ((777, 1), ("-1", "505")),
        ((49,), ("-1", "320")),
        ((49, 2), ("-1", "320")),
        ((25, 1, "x"), None),
        ((9, 8, 4, 0, "AAPL"), ("4", "320")),
        ((9, 8, 4, 0, "NOSUCH", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "", 0, "", "", ""), ("4", "200")),
        ((9, 8, 4, 0, "AAPL", "STK", "", "zero", "", "", "SMART", "", "USD", "", "", 0, "", "", ""), ("4", "320")),
        ((4, 1, 99, ""), ("99", "10147")),
        ((25, 1, 99), ("99", "366")),
    ],
)
async def test_what_is_not_the_protocol_is_refused(message: tuple[Any, ...], answer: tuple[str, str] | None) -> None:
    with TwsDouble() as double:
        async with raw(double) as connection:
            connection.send(*message)
            assert await connection.hear_error() == (answer or ("-1", "hung up")) or answer is None


def history(
    end: str = "", size: str = "1 min", duration: str = "1 D", shows: str = "TRADES", keep: int = 0
) -> list[Any]:
    contract = (0, "AAPL", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "")
    return [20, 8, *contract, 0, end, size, duration, 1, shows, 2, keep, ""]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (history(size="7 mins"), "321"),
        (history(duration="1 X"), "321"),
        (history(duration="1 Y"), "162"),
        (history(duration="90000 S"), "162"),
        (history(shows="MIDPOINT"), "162"),
        (history(end="20260101-00:00:00", keep=1), "321"),
        (history(end="2026-01-01"), "10314"),
    ],
)
async def test_bars_that_cannot_be_asked_for_so(asked: list[Any], code: str) -> None:
    with TwsDouble() as double:
        async with raw(double) as connection:
            connection.send(*asked)
            assert await connection.hear_error() == ("8", code)


async def test_a_client_id_is_given_once() -> None:
    with TwsDouble() as double:
        async with raw(double) as first:
            await first.hear()
            async with raw(double) as second:
                assert await second.hear_error() == ("-1", "326")
                assert await second.hear() == []


async def test_an_order_number_is_used_once() -> None:
    with TwsDouble() as double:
        async with stock_client(double) as ib:
            contract = Stock("AAPL", "SMART", "USD")
            first = ib.placeOrder(contract, MarketOrder("BUY", 1, orderRef="a"))
            await until(first.isDone)
            troubles: list[int] = []
            ib.errorEvent += lambda number, code, *_: troubles.append(code)
            client: Any = ib.client
            client.placeOrder(first.order.orderId, contract, MarketOrder("BUY", 1, orderRef="b"))
            await until(lambda: 103 in troubles)
        assert double.position("AAPL") == Decimal(1)


async def test_two_summaries_of_the_account_at_a_time() -> None:
    with TwsDouble() as double:
        async with raw(double) as connection:
            for number in (1, 2, 3):
                connection.send(62, 1, number, "All", "NetLiquidation")
            assert await connection.hear_error() == ("3", "322")
