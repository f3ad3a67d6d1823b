"""Orders through the gateway: what is sent, what comes back, and what is told of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from adapters.ibkr.broker import IbkrBroker
from adapters.live.broker import LiveBroker, OrderPhase, OrderRequest, OrderState
from adapters.registry import open_broker
from strategies.errors import (
    OrderNotSentError,
    OrderRefusedError,
    OutcomeUnknownError,
    VenueLostError,
    VenueRefusedError,
)
from tests.venues.tws.books import Order
from tests.venues.tws.double import TwsDouble
from tests.venues.tws.instruments import AAPL
from tests.venues.tws.scene import (
    PATIENCE,
    Watched,
    a_broker,
    bar,
    broker_settings,
    follow_orders,
    this_minute,
    until,
    watching,
)

BUY = OrderRequest("bot-1", "buy", Decimal(10))
STOP = OrderRequest("bot-2", "sell", Decimal(10), Decimal("90.00"), Decimal("89.50"))


@asynccontextmanager
async def trading(double: TwsDouble | None = None) -> AsyncIterator[tuple[TwsDouble, IbkrBroker, Watched]]:
    """Have a broker that listens to reports; at the end they must add up to what the account holds."""
    with double or TwsDouble() as double:
        double.past("AAPL", "1 min", [bar(this_minute(), 100.0)])
        watched = Watched()
        async with a_broker(double) as broker, watching(follow_orders(broker, watched)):
            await until(lambda: watched.begun)
            yield double, broker, watched
            await until(lambda: net(watched) == double.position("AAPL"), "all executions")
        assert double.complaints == []


def net(watched: Watched) -> Decimal:
    """Return what the bot holds by the reports of its orders, of which the stop alone sells."""
    told = watched.executed()
    return sum(told.values(), Decimal(0)) - 2 * told.get(STOP.client_order_id, Decimal(0))


def last(watched: Watched, ref: str) -> OrderState | None:
    return next((state for state in reversed(watched.states) if state.client_order_id == ref), None)


def phase(watched: Watched, ref: str) -> OrderPhase | None:
    state = last(watched, ref)
    return None if state is None else state.phase


async def test_a_market_order_is_filled_and_its_fee_is_told() -> None:
    async with trading() as (double, broker, watched):
        state = await broker.submit(BUY)
        assert state.client_order_id == "bot-1"
        await until(lambda: phase(watched, "bot-1") is OrderPhase.FILLED, "the fill")
        sent = double.received("placeOrder")[0]

    told = last(watched, "bot-1")
    assert told is not None
    assert [(each.quantity, each.price, each.commission, each.commission_currency) for each in told.executions] == [
        (Decimal(10), Decimal(100), Decimal("1.0"), "USD")
    ]
    assert told.venue_order_id == str(double.orders[0].perm_id)
    assert (sent["type"], sent["tif"], sent["ref"], sent["quantity"], sent["account"], sent["outside_rth"]) == (
        "MKT", "DAY", "bot-1", "10", "DU1234567", "0",
    )  # fmt: skip


async def test_a_stop_rests_until_it_is_cancelled_and_sells_in_regular_hours_only() -> None:
    async with trading() as (double, broker, _):
        await broker.submit(BUY)
        state = await broker.submit(STOP)
        sent = double.received("placeOrder")[-1]

        assert state.phase is OrderPhase.OPEN
        assert (sent["type"], sent["aux"], sent["limit"], sent["tif"], sent["outside_rth"]) == (
            "STP LMT", "90.00", "89.50", "GTC", "0",
        )  # fmt: skip


async def test_a_stop_that_the_market_reaches_is_executed() -> None:
    async with trading() as (double, broker, watched):
        await broker.submit(BUY)
        await broker.submit(STOP)
        double.trade("AAPL", 89.8)
        await until(lambda: phase(watched, "bot-2") is OrderPhase.FILLED, "the stop")

        assert double.position("AAPL") == 0


async def test_a_fall_through_stop_and_limit_leaves_the_order_open() -> None:
    async with trading() as (double, broker, _):
        await broker.submit(BUY)
        await broker.submit(STOP)
        double.trade("AAPL", 80.0)

        state = await broker.ask("bot-2")
        assert state is not None
        assert (state.phase, state.executions) == (OrderPhase.OPEN, ())


async def test_a_resting_order_is_taken_back() -> None:
    async with trading() as (double, broker, watched):
        await broker.submit(BUY)
        await broker.submit(STOP)
        state = await broker.cancel("bot-2")

        assert state is not None
        assert state.phase is OrderPhase.ENDED
        assert double.orders[-1].status == "Cancelled"
        await until(lambda: phase(watched, "bot-2") is OrderPhase.ENDED, "the report")


async def test_taking_back_an_order_that_was_filled_meanwhile_tells_the_fill() -> None:
    async with trading() as (double, broker, _):
        await broker.submit(BUY)
        await broker.submit(STOP)
        double.fill("bot-2")
        state = await broker.cancel("bot-2")

        assert state is not None
        assert (state.phase, len(state.executions)) == (OrderPhase.FILLED, 1)


async def test_taking_back_an_order_that_there_never_was() -> None:
    async with trading() as (_, broker, _watched):
        assert await broker.cancel("bot-9") is None


async def test_a_cancellation_that_nobody_answers_is_unknown() -> None:
    async with trading() as (double, broker, _):
        await broker.submit(BUY)
        await broker.submit(STOP)
        double.misbehaving.swallow_cancels = True
        with pytest.raises(OutcomeUnknownError, match="bot-2 was taken back"):
            await broker.cancel("bot-2")


@pytest.mark.parametrize(
    ("order", "code", "text"),
    [
        (OrderRequest("x", "buy", Decimal("0.5")), "10243", "Fractional-sized order"),
        (OrderRequest("x", "buy", Decimal(10_000)), "201", "insufficient funds"),
        (OrderRequest("x", "sell", Decimal(1), Decimal("90.001"), Decimal("89.50")), "110", "minimum price variation"),
        (OrderRequest("x", "buy", Decimal(0)), "434", "cannot be zero"),
    ],
)
async def test_what_the_venue_refuses_is_refused(order: OrderRequest, code: str, text: str) -> None:
    async with trading() as (_, broker, _watched):
        with pytest.raises(OrderRefusedError, match=text) as refused:
            await broker.submit(order)
        assert refused.value.code == code
        assert await broker.ask("x") is None


async def test_an_order_that_is_refused_after_it_was_taken_ends() -> None:
    async with trading() as (double, broker, watched):
        double.misbehaving.market_fills = False
        await broker.submit(BUY)
        double.end_order("bot-1", "Inactive", 201, "Order rejected - reason:The exchange said no")
        await until(lambda: phase(watched, "bot-1") is OrderPhase.ENDED, "the end")

        ends = [state for state in watched.states if state.phase is OrderPhase.ENDED]
        assert "The exchange said no" in ends[0].detail, "who is told of the end is told why"


async def test_an_order_that_ends_without_a_reason_ends_all_the_same() -> None:
    async with trading() as (double, broker, watched):
        double.misbehaving.market_fills = False
        await broker.submit(BUY)
        double.end_order("bot-1", "Cancelled")
        await until(lambda: phase(watched, "bot-1") is OrderPhase.ENDED, "the end")


async def test_an_order_in_parts() -> None:
    async with trading() as (double, broker, watched):
        double.misbehaving.partial_fills = 3
        await broker.submit(BUY)
        await until(lambda: phase(watched, "bot-1") is OrderPhase.FILLED, "the fill")

    told = last(watched, "bot-1")
    assert told is not None
    assert [each.quantity for each in told.executions] == [3, 3, 4]
    assert len({each.trade_id for each in told.executions}) == 3


async def test_a_part_is_filled_and_the_rest_taken_back() -> None:
    async with trading() as (double, broker, watched):
        double.misbehaving.market_fills = False
        await broker.submit(BUY)
        double.fill("bot-1", Decimal(4))
        state = await broker.cancel("bot-1")

        assert state is not None
        assert (state.phase, [each.quantity for each in state.executions]) == (OrderPhase.ENDED, [Decimal(4)])
        await until(lambda: phase(watched, "bot-1") is OrderPhase.ENDED, "the report")


async def test_fills_that_only_executions_tell() -> None:
    async with trading() as (double, broker, watched):
        double.misbehaving.withhold_statuses = True
        await broker.submit(BUY)
        await until(lambda: phase(watched, "bot-1") is OrderPhase.FILLED, "the fill")


async def test_fills_that_only_a_status_tells_are_asked_for() -> None:
    async with trading() as (double, broker, watched):
        double.misbehaving.withhold_executions = True
        await broker.submit(BUY)
        await until(lambda: phase(watched, "bot-1") is OrderPhase.FILLED, "the fill")

        assert len(double.received("reqExecutions")) >= 2


async def test_a_fee_that_comes_late_is_waited_for() -> None:
    async with trading() as (double, broker, watched):
        double.misbehaving.commission_delay = PATIENCE.commission / 2
        await broker.submit(BUY)
        await until(lambda: phase(watched, "bot-1") is OrderPhase.FILLED, "the fill")

    assert all(each.commission == 1 for state in watched.states for each in state.executions)


async def test_a_fee_that_is_not_told_by_itself_is_asked_for_once() -> None:
    async with trading() as (double, broker, watched):
        double.misbehaving.commission_delay, double.misbehaving.charges_when_asked = None, True
        double.venue.books.commission = Decimal("1.25")
        before = len(double.received("reqExecutions"))
        await broker.submit(BUY)
        await until(lambda: phase(watched, "bot-1") is OrderPhase.FILLED, "the fill")
        await asyncio.sleep(PATIENCE.commission)
        assert len(double.received("reqExecutions")) == before + 1

    told = last(watched, "bot-1")
    assert told is not None
    assert told.executions[0].commission == Decimal("1.25")


async def test_a_fee_that_never_comes_is_estimated() -> None:
    async with trading() as (double, broker, watched):
        double.misbehaving.commission_delay = None
        await broker.submit(BUY)
        await until(lambda: phase(watched, "bot-1") is OrderPhase.FILLED, "the fill")

    told = last(watched, "bot-1")
    assert told is not None
    assert told.executions[0].commission == 1, "a thousandth of 10 at 100"


async def test_an_order_while_the_market_is_closed_is_held_and_not_refused() -> None:
    async with trading() as (double, broker, _):
        double.close_market()
        state = await broker.submit(BUY)

        assert state.phase is OrderPhase.OPEN
        assert "[399]" in state.detail


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_connection_that_breaks_with_an_order_on_its_way_leaves_it_unknown(moment: str) -> None:
    async with trading() as (double, broker, _):
        double.misbehaving.hang_up_on_order = moment
        with pytest.raises(OutcomeUnknownError, match="bot-1 was sent, but"):
            await broker.submit(BUY)

        state = await broker.ask("bot-1")
        if moment == "before":
            assert state is None
        else:
            assert state is not None
            assert (state.phase, len(state.executions)) == (OrderPhase.FILLED, 1)
        assert len(double.received("placeOrder")) == 1, "nothing is sent twice"


async def test_an_order_that_nobody_answers_is_unknown() -> None:
    async with trading() as (double, broker, _):
        double.misbehaving.swallow_orders = True
        with pytest.raises(OutcomeUnknownError, match="has not confirmed it"):
            await broker.submit(BUY)


async def test_an_order_that_has_no_way_was_not_sent() -> None:
    async with trading() as (double, broker, watched):
        double.drop(refuse=1.0)
        await until(lambda: watched.lost)
        with pytest.raises(OrderNotSentError, match="nobody listens") as refused:
            await broker.submit(BUY)
        assert refused.value.code == "504"


async def test_no_order_is_sent_to_a_gateway_without_interactive_brokers() -> None:
    async with trading() as (double, broker, _):
        double.lose_upstream()
        session = await broker._session()
        await until(lambda: not session.has_upstream, "the news")
        with pytest.raises(VenueLostError, match="no connection to Interactive Brokers"):
            await broker.ask("bot-1")
        with pytest.raises(OrderNotSentError, match="no connection to Interactive Brokers"):
            await broker.submit(BUY)
        double.restore_upstream()
        assert double.received("placeOrder") == []


async def test_an_order_is_sent_once_though_it_is_submitted_twice() -> None:
    async with trading() as (double, broker, _):
        await broker.submit(BUY)
        await broker.submit(BUY)
        await broker.ask("bot-1")

        assert len(double.received("placeOrder")) == 1


async def test_an_order_of_an_earlier_run_is_known_by_its_reference() -> None:
    async with trading() as (double, broker, watched):
        await broker.submit(BUY)
        await broker.submit(STOP)
        await until(lambda: phase(watched, "bot-1") is OrderPhase.FILLED)
        await broker.close()
        async with a_broker(double) as later:
            filled, resting, never = [await later.ask(ref) for ref in ("bot-1", "bot-2", "bot-3")]
            assert filled is not None
            assert resting is not None
            assert never is None
            assert (filled.phase, len(filled.executions)) == (OrderPhase.FILLED, 1)
            assert (resting.phase, resting.executions) == (OrderPhase.OPEN, ())
            taken_back = await later.cancel("bot-2")
            assert taken_back is not None
            assert taken_back.phase is OrderPhase.ENDED


async def test_of_yesterdays_orders_only_those_that_stand_are_told() -> None:
    async with trading() as (double, broker, watched):
        await broker.submit(BUY)
        await broker.submit(STOP)
        await until(lambda: phase(watched, "bot-1") is OrderPhase.FILLED)
        await broker.close()
        double.begin_day()
        async with a_broker(double) as later:
            assert await later.ask("bot-1") is None, "which says nothing: see what the account holds"
            assert (await later.holdings()).base_total == 10
            stands = await later.ask("bot-2")
            assert stands is not None
            assert stands.phase is OrderPhase.OPEN


async def test_an_order_that_is_gone_without_a_word_has_ended() -> None:
    async with trading() as (double, broker, _):
        await broker.submit(BUY)
        await broker.submit(STOP)
        double.venue.books.orders.pop()
        with pytest.raises(VenueLostError, match="does not tell how order bot-2 ended yet"):
            await broker.ask("bot-2")
        await asyncio.sleep(PATIENCE.executions)
        state = await broker.ask("bot-2")
        assert state is not None
        assert state.phase is OrderPhase.ENDED


def somebody_elses(ref: str, order_id: int = 3) -> Order:
    return Order(
        order_id, 12, 42, AAPL, "DU1234567", "SELL", Decimal(2), "LMT", Decimal(300), None, "GTC", ref,
        status="Submitted",
    )  # fmt: skip


async def test_another_clients_orders_are_seen_and_not_ours() -> None:
    async with trading() as (double, broker, watched):
        double.place_elsewhere(somebody_elses("other-1"))
        await broker.submit(BUY)
        await broker.submit(STOP)
        held = await broker.holdings()
        double.drop()
        await until(lambda: watched.begun == 2)
        await until(lambda: phase(watched, "bot-2"))

        assert held.open_orders == ("other-1", "bot-2")
        assert phase(watched, "other-1") is None
        with pytest.raises(OutcomeUnknownError, match="placed under client id 12, and only that one"):
            await broker.cancel("other-1")


async def test_what_the_account_has() -> None:
    async with trading() as (double, broker, _):
        await broker.submit(BUY)
        await broker.submit(STOP)
        held = await broker.holdings()

        assert (held.base_total, held.base_free) == (Decimal(10), Decimal(0)), "all of it is in the stop"
        assert held.quote_total == held.quote_free == double.cash["USD"]
        assert held.open_orders == ("bot-2",)


async def test_asking_for_the_account_again_and_again() -> None:
    async with trading() as (double, broker, _):
        for _ in range(4):
            await broker.holdings()
        assert len(double.received("cancelAccountSummary")) == len(double.received("reqAccountSummary"))


async def test_currencies_are_held_as_cash() -> None:
    with TwsDouble() as double:
        double.trade("EUR.USD", 1.1)
        async with a_broker(double, "EUR.USD") as broker:
            await broker.submit(OrderRequest("fx-1", "buy", Decimal(20_000)))
            sent = double.received("placeOrder")[0]
            held = await broker.holdings()

        assert (sent["symbol"], sent["sec_type"], sent["exchange"]) == ("EUR", "CASH", "IDEALPRO")
        assert held.base_total == 20_000
        assert held.quote_total == Decimal(100_000) - 22_000 - 1
        assert double.complaints == []


async def test_the_account_is_the_one_that_the_document_names() -> None:
    with TwsDouble(accounts=("DU1", "DU2")) as double:
        broker = IbkrBroker(broker_settings(double, account="DU2"), PATIENCE)
        await broker.prepare(broker._desk.fees.spec)
        assert (broker.account, broker.real_money) == ("DU2", False)
        await broker.submit(BUY)
        assert (await broker.holdings()).base_total == 10
        assert (double.position("AAPL", "DU1"), double.position("AAPL", "DU2")) == (Decimal(0), Decimal(10))
        await broker.close()


async def test_several_accounts_and_none_named_is_refused() -> None:
    with TwsDouble(accounts=("DU1", "DU2")) as double, pytest.raises(VenueRefusedError, match="name one as broker"):
        async with a_broker(double):
            pass


async def test_real_money_is_known_once_the_gateway_was_asked() -> None:
    with TwsDouble(accounts=("U7654321",)) as double:
        broker = IbkrBroker(broker_settings(double), PATIENCE)
        assert broker.real_money, "any other port than the paper ones may be live"
        await broker.prepare(broker._desk.fees.spec)
        assert broker.real_money
        await broker.close()


async def test_a_gateway_that_may_only_look_is_refused_before_the_first_order() -> None:
    with TwsDouble() as double:
        double.misbehaving.read_only = True
        with pytest.raises(VenueRefusedError, match="switch off 'Read-Only API'"):
            async with a_broker(double):
                pass


async def test_the_registry_finds_it_and_nothing_connects_before_it_is_asked_to() -> None:
    with TwsDouble() as double:
        made = open_broker("ibkr", broker_settings(double))
        as_the_port_wants: LiveBroker = IbkrBroker(broker_settings(double))
        assert type(made) is type(as_the_port_wants)
        await asyncio.sleep(0.05)
        await made.close()
        await made.close()
        assert double.received() == []
