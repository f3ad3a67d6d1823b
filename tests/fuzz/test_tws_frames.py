"""Whatever frames come where TWS should be: bars and orders that can be, or one of our own errors, and no deaf line."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import strategies as st

from adapters.feeds import BrokerSettings, Endpoints, FeedSettings
from adapters.ibkr.broker import IbkrBroker
from adapters.ibkr.patience import Patience
from adapters.ibkr.source import IbkrSource
from adapters.live.broker import OrderRequest
from strategies.errors import (
    OrderNotSentError,
    OrderRefusedError,
    OutcomeUnknownError,
    VenueLostError,
    VenueRefusedError,
)
from tests.fuzz.budget import fuzz
from tests.fuzz.followed import followed
from tests.fuzz.gateway import NUMBER, Frame, Gateway
from tests.fuzz.sense import assert_bars, assert_order, assert_spec
from tests.fuzz.spoiling import ODD, Raw, garbage
from tests.made_bars import made_bars
from tests.venues.tws import answers
from tests.venues.tws.books import Books, Execution, Order
from tests.venues.tws.instruments import AAPL
from tests.venues.tws.wire import SERVER_VERSION, frame

_MINUTE = timedelta(minutes=1)
_ID = "0001-2601010000-B1-1"
_ACCOUNT = "DU1234567"
_PATIENCE = Patience(
    connect=0.5, answer=0.5, history=0.5, idle=9.0, heartbeat=0.5, grace=0.02, grace_at_close=0.02, retry=0.01,
    outage=0.2, id_held=0.2, commission=0.02, reason=0.01, executions=0.05, absent=0.1,
)  # fmt: skip
_NOW = datetime.now(UTC).replace(second=0, microsecond=0)
_BARS = [bar._replace(time=_NOW + (number - 8) * _MINUTE) for number, bar in enumerate(made_bars(9))]
_ORDER = Order(
    1, 77, 1_700_000_001, AAPL, _ACCOUNT, "BUY", Decimal(3), "MKT", None, None, "DAY", _ID, status="Filled",
    filled=Decimal(3), value=Decimal(300),
)  # fmt: skip
_RESTING = Order(
    2, 77, 1_700_000_002, AAPL, _ACCOUNT, "SELL", Decimal(3), "STP LMT", Decimal(94), Decimal(95), "GTC",
    "0001-2601010000-S1-1", status="PreSubmitted",
)  # fmt: skip
_DONE = Execution("0000e0d5.00000001.01.01", _ORDER, Decimal(3), Decimal(100), _NOW, Decimal(3), Decimal(100),
                  Books(()).commission, "USD")  # fmt: skip


def _frame(*fields: object) -> Frame:
    return Frame(tuple(str(field) for field in fields))


GOOD: dict[str, tuple[Frame, ...]] = {
    "startApi": (_frame(15, 1, f"{_ACCOUNT},"), _frame(9, 1, 1), _frame(*answers.error(-1, 2104, "is OK:usfarm"))),
    "reqCurrentTime": (_frame(49, 1, int(datetime.now(UTC).timestamp())),),
    "reqContractDetails": (_frame(*answers.contract_details(NUMBER, AAPL)), _frame(52, 1, NUMBER)),
    "reqHistoricalData": (
        _frame(*answers.history(NUMBER, _BARS, "1 min", "TRADES")),
        _frame(*answers.bar_update(NUMBER, _BARS[-1], "1 min", "TRADES")),
        _frame(*answers.bar_update(NUMBER, _BARS[-1]._replace(time=_NOW + _MINUTE), "1 min", "TRADES")),
    ),
    "reqAccountSummary": (
        _frame(63, 1, NUMBER, _ACCOUNT, "CashBalance", "1000.5", "USD"),
        _frame(63, 1, NUMBER, _ACCOUNT, "AvailableFunds", "900", "USD"),
        _frame(63, 1, NUMBER, _ACCOUNT, "ExchangeRate", "1", "USD"),
        _frame(64, 1, NUMBER),
    ),
    "reqPositions": (_frame(*answers.position(_ACCOUNT, AAPL, Decimal(3))), _frame(62, 1)),
    "reqAllOpenOrders": (_frame(*answers.open_order(_RESTING)), _frame(*answers.order_status(_RESTING)), _frame(53, 1)),
    "reqExecutions": (
        _frame(*answers.execution(NUMBER, _DONE)), _frame(*answers.commission_report(_DONE)), _frame(55, 1, NUMBER),
    ),
    "reqCompletedOrders": (_frame(*answers.completed_order(_ORDER, "20260105 10:00:00 UTC")), _frame(102)),
    "placeOrder": (
        _frame(*answers.open_order(_ORDER)), _frame(*answers.order_status(_ORDER)),
        _frame(*answers.execution("-1", _DONE)), _frame(*answers.commission_report(_DONE)),
    ),
}  # fmt: skip
_ODD_FIELDS = [str(odd) for odd in ODD if isinstance(odd, str | int | float) and not isinstance(odd, Raw)]
_ODD_FIELDS += ["nan", "inf", "-inf", "1.7976931348623157E308", "9" * 5000, "\ud800", "202601", "99999999", "1e30"]


@st.composite
def spoilt(draw: st.DrawFn, *names: str) -> dict[str, tuple[Frame, ...]]:
    """Return the answer to one of these questions, spoilt in one or two places."""
    name = draw(st.sampled_from(names))
    frames = list(GOOD[name])
    for _ in range(draw(st.integers(1, 2))):
        if not frames or not all(each.fields for each in frames):
            break
        at = draw(st.integers(0, len(frames) - 1))
        kind = draw(st.sampled_from(("field",) * 6 + ("swap", "swap", "lack", "more", "drop", "double", "turn", "raw")))
        fields = list(frames[at].fields)
        where, other = draw(st.integers(0, len(fields) - 1)), draw(st.integers(0, len(fields) - 1))
        match kind:
            case "field":
                fields[where] = draw(st.sampled_from(_ODD_FIELDS))
            case "swap":
                fields[where], fields[other] = fields[other], fields[where]
            case "lack":
                del fields[where]
            case "more":
                fields.insert(where, fields[other])
            case "drop":
                del frames[at]
                continue
            case "double":
                frames.insert(at, frames[at])
            case "turn":
                frames.reverse()
                continue
            case "raw":
                length = draw(st.sampled_from((None, 0, 1, 2**24, 2**31, 2**32 - 1)))
                frames.insert(at, Frame(tuple(fields[:where]), length, draw(garbage)))
                continue
        frames[at] = Frame(tuple(fields))
    return {name: tuple(frames)}


_GREETINGS = st.sampled_from(
    [frame(SERVER_VERSION, "20260105 09:30:00 UTC")] * 6
    + [frame("x", "y"), frame(""), frame("9" * 5000, ""), frame(1, ""), frame(SERVER_VERSION), b"\0\0\0\0",
       b"\xff" * 40, b"HTTP/1.1 400 Bad Request\r\n\r\n"]
)  # fmt: skip


@pytest.fixture(scope="module")
def gateway(loop: asyncio.Runner) -> Iterator[Gateway]:
    server = loop.run(Gateway().start())
    yield server
    loop.run(server.stop())


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What cannot be read is logged with its traceback, for whoever has to look into it: here by the thousand."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@fuzz(
    100,
    told=spoilt("reqHistoricalData", "reqHistoricalData", "reqContractDetails", "reqCurrentTime", "startApi"),
    greeting=_GREETINGS,
)
def test_no_frame_about_the_market_becomes_a_bar_that_cannot_be_or_ends_in_another_error(
    told: dict[str, tuple[Frame, ...]], greeting: bytes, gateway: Gateway, loop: asyncio.Runner
) -> None:
    gateway.answers, gateway.greeting = GOOD | told, greeting

    async def trade() -> None:
        at = Endpoints(host="127.0.0.1", port=gateway.port)
        source = IbkrSource(FeedSettings("AAPL", _MINUTE, Decimal(0), endpoints=at, client_id=77), _PATIENCE)
        try:
            given = await followed(source, _MINUTE)
        finally:
            await source.close()
        assert_bars(given.bars)
        assert_spec(source.spec)
        skew = source.clock_skew()
        assert skew is None or abs(skew) < 1e9

    loop.run(trade())


@fuzz(
    100,
    told=spoilt("reqAccountSummary", "reqPositions", "reqAllOpenOrders", "reqExecutions", "reqCompletedOrders",
                "placeOrder", "placeOrder", "reqContractDetails"),
)  # fmt: skip
def test_no_frame_about_orders_becomes_an_execution_that_cannot_be_or_ends_in_another_error(
    told: dict[str, tuple[Frame, ...]], gateway: Gateway, loop: asyncio.Runner
) -> None:
    gateway.answers, gateway.greeting = GOOD | told, frame(SERVER_VERSION, "20260105 09:30:00 UTC")

    async def trade() -> None:
        at = Endpoints(host="127.0.0.1", port=gateway.port)
        broker = IbkrBroker(BrokerSettings("0001", "AAPL", Decimal(0), endpoints=at, client_id=77), _PATIENCE)
        try:
            with suppress(VenueLostError, VenueRefusedError):
                await broker.prepare(broker._desk.fees.spec)
            with suppress(OrderRefusedError, OrderNotSentError, OutcomeUnknownError):
                assert_order(await broker.submit(OrderRequest(_ID, "buy", Decimal(3))))
            with suppress(VenueLostError, VenueRefusedError):
                if (state := await broker.ask(_ID)) is not None:
                    assert_order(state)
            with suppress(VenueLostError, VenueRefusedError):
                holdings = await broker.holdings()
                for amount in (holdings.base_total, holdings.base_free, holdings.quote_total, holdings.quote_free):
                    assert amount.is_finite(), holdings
                assert holdings.base_free >= 0, holdings
                assert holdings.quote_free >= 0, holdings
            with suppress(VenueLostError, VenueRefusedError):
                async with broker.reports() as states:
                    async for each in states:
                        assert_order(each)
        finally:
            await broker.close()

    loop.run(trade())
