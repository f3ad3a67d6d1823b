"""Every fault of the wire at an entry, at an exit and at a stop: in the end the venue has what the journal says."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.venues import agreement
from tests.venues.agreement import AtVenue, drive_until
from tests.venues.binance import CANCEL, ORDER, BinanceDouble, Fault
from tests.venues.bots import VenueBot, drive
from tests.venues.test_binance_bots import coming, live

pytestmark = pytest.mark.slow

# Two bars before the first entry.
PAST = 42
BARS = 14
# Where the venue has asked for silence, entries are refused for a while.
MORE_BARS = 300
# What an undisturbed run asks for is about sixty; a loop without a limit is in the thousands.
MOST_REQUESTS = 400


@dataclass(frozen=True, slots=True)
class Case:
    """A fault of the answer to an order, and whether a person has to be told of it."""

    name: str
    fault: Fault
    told: bool = True


def answers(
    name: str, status: int, code: int | None = None, message: str = "", *, executed: bool = False, told: bool = True
) -> Case:
    return Case(name, Fault(ORDER, "answer", executed, status=status, code=code, message=message), told)


def slows(name: str, status: int, code: int, message: str, retry_after: int) -> Case:
    return Case(name, Fault(ORDER, "answer", status=status, code=code, message=message, retry_after=retry_after))


CASES = [
    answers("500, not executed", 500),
    answers("502, not executed", 502),
    answers("503, not executed", 503),
    answers("504, executed", 504, executed=True),
    answers("504, not executed", 504),
    answers("-1000, executed", 400, -1000, "An unknown error occurred while processing the request.", executed=True),
    answers("-1001, not executed", 400, -1001, "Internal error; unable to process your request."),
    answers("-1006, executed", 400, -1006, "An unexpected response was received from the message bus.", executed=True),
    answers("-1007, executed", 408, -1007, "Timeout waiting for response from backend server.", executed=True),
    answers("-1007, not executed", 408, -1007, "Timeout waiting for response from backend server."),
    # What the streams tell meanwhile counts as well: then there is no trouble to tell.
    Case("no answer, executed", Fault(ORDER, "hang", executed=True), told=False),
    Case("no answer, not executed", Fault(ORDER, "hang"), told=False),
    Case("connection cut, executed", Fault(ORDER, "reset", executed=True)),
    Case("connection cut, not executed", Fault(ORDER, "reset")),
    slows("429", 429, -1003, "Too many requests.", 1),
    slows("418", 418, -1003, "Way too many requests; IP banned.", 2),
    slows("-1015, too many orders", 429, -1015, "Too many new orders.", 1),
    answers("-2010, no balance", 400, -2010, "Account has insufficient balance for requested action."),
    answers("-1013, a filter", 400, -1013, "Filter failure: LOT_SIZE"),
    # Not looked at, hence measured anew and sent again: nothing is left to tell.
    answers("-1021, out of time", 400, -1021, "Timestamp for this request is outside of the recvWindow.", told=False),
    Case("a late answer", Fault(ORDER, delay=1.0), told=False),
]

AT: dict[str, Callable[[Mapping[str, str]], bool]] = {
    "entry": lambda asked: asked["side"] == "BUY",
    "exit": lambda asked: asked["side"] == "SELL" and asked["type"] == "MARKET",
    "stop": lambda asked: asked["type"] == "STOP_LOSS_LIMIT",
}


def double_of(count: int) -> BinanceDouble:
    bars = coming(PAST + count + MORE_BARS, timedelta(hours=4), PAST)
    return BinanceDouble(bars, past=PAST, interval="4h", symbol="ETHUSDT")


def agree(double: BinanceDouble, bot: VenueBot) -> dict[str, Any]:
    """Hold the venue against the journal, once nothing is on its way, and the requests against what is reasonable."""
    status = agreement.agree(bot, partial(at_venue, double), MOST_REQUESTS)
    assert double.doubled == []
    return status


def at_venue(double: BinanceDouble) -> AtVenue:
    """Return what the double has, as it is compared with a journal."""
    resting = [order.client_order_id for order in double.open_orders() if order.side == "SELL"]
    taken = [order.client_order_id for order in double.orders]
    return AtVenue(double.position(), tuple(taken), tuple(resting), len(double.requests))


@pytest.mark.parametrize("where", AT)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_after_a_fault_at_an_order_the_venue_has_what_the_journal_says(case: Case, where: str, tmp_path: Path) -> None:
    with double_of(BARS) as double:
        fault = double.misbehave.add(replace(case.fault, where=AT[where]))
        with VenueBot(live(double, tmp_path), tmp_path, live=True) as bot:
            drive(double, bot, BARS)
            if fault.retry_after is not None:
                # Bars come faster than time here, and the silence that the venue asks for does not.
                time.sleep(fault.retry_after)
            # A bot that gives up after a fault would agree with the venue, too.
            drive_until_traded(double, bot)
            status = agree(double, bot)
        assert fault.times == 0, "the fault was never met"
        assert status["restarts"] == 0
        if case.told:
            assert "ERROR" in bot.printed()


CANCELS = [
    Case("504, taken back", Fault(CANCEL, "answer", executed=True, status=504)),
    Case("504, not taken back", Fault(CANCEL, "answer", status=504)),
    Case("no answer, taken back", Fault(CANCEL, "hang", executed=True)),
    Case("connection cut, not taken back", Fault(CANCEL, "reset")),
    Case(
        "-2011 though it rests", Fault(CANCEL, "answer", status=400, code=-2011, message="Unknown order sent."), False
    ),
]


@pytest.mark.parametrize("case", CANCELS, ids=lambda case: case.name)
def test_a_stop_whose_taking_back_goes_wrong_leaves_neither_two_sales_nor_none(case: Case, tmp_path: Path) -> None:
    with double_of(BARS) as double:
        fault = double.misbehave.add(replace(case.fault))
        with VenueBot(live(double, tmp_path), tmp_path, live=True) as bot:
            drive(double, bot, BARS)
            status = agree(double, bot)
        assert fault.times == 0
        assert status["trades"] >= 1


@pytest.mark.parametrize("how", ["withheld", "doubled", "reversed", "in portions"])
def test_however_executions_are_told_each_is_booked_once(how: str, tmp_path: Path) -> None:
    with double_of(BARS) as double:
        told = double.misbehave.user_data
        told.lose, told.copies, told.reverse = how == "withheld", 2 if how == "doubled" else 1, how == "reversed"
        for _ in range(2 * BARS if how == "in portions" else 0):
            double.misbehave.fill_in_parts("0.3", "0.4", "0.3", seconds=0.02)
        with VenueBot(live(double, tmp_path), tmp_path, live=True) as bot:
            drive(double, bot, BARS)
            assert agree(double, bot)["trades"] >= 1


@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_an_order_that_the_exchange_ends_halfway_leaves_a_lot_that_is_known_to_the_last_digit(
    side: str, tmp_path: Path
) -> None:
    with double_of(BARS) as double, VenueBot(live(double, tmp_path), tmp_path, live=True) as bot:
        if side == "SELL":
            drive_until_held(double, bot)
        # Half of it in two parts, and the end a moment after the answer.
        double.misbehave.expire_after("0.25", "0.25", seconds=0.02)

        def ended_halfway() -> bool:
            return any(order.status == "EXPIRED" and order.side == side for order in double.orders)

        while not ended_halfway():
            drive(double, bot, 1)
        agree(double, bot)
        drive_until_traded(double, bot)
        agree(double, bot)


@pytest.mark.parametrize("what", ["market stream", "user data stream", "everything, in maintenance"])
def test_a_stream_that_breaks_off_with_a_position_open_comes_back_and_nothing_is_lost(
    what: str, tmp_path: Path
) -> None:
    with double_of(BARS) as double, VenueBot(live(double, tmp_path), tmp_path, live=True) as bot:
        drive(double, bot, 4)
        with broken(double, what):
            bot.wait_for("the outage", lambda status: not status["ready"])
            double.push(2)
        bot.wait_for("the end of the outage", lambda status: status["ready"])
        drive(double, bot, BARS - 6)
        agree(double, bot)
        told = bot.printed()
        assert told.count("is lost") == told.count("is back") >= 1


@contextmanager
def broken(double: BinanceDouble, what: str) -> Iterator[None]:
    """Cut streams, and take none of them until the end of a with statement."""
    if "maintenance" in what:
        with double.maintenance():
            yield
        return
    double.refuse_connections("streams" if what == "market stream" else "ws_api")
    (double.drop_streams if what == "market stream" else double.drop_user_data)()
    try:
        yield
    finally:
        double.accept_connections()


def test_a_stream_that_is_only_half_open_is_noticed(tmp_path: Path) -> None:
    with double_of(BARS) as double, VenueBot(live(double, tmp_path), tmp_path, live=True) as bot:
        drive(double, bot, 2)
        double.half_open_streams()
        double.push(3)
        bot.wait_for(
            "the bars behind the silence", lambda status: status["data_feed_status"]["data_points"] >= PAST + 5
        )
        drive(double, bot, 4)
        agree(double, bot)
        assert "is lost" in bot.printed()


def test_a_stop_that_the_price_reaches_is_filled_by_the_exchange_and_booked(tmp_path: Path) -> None:
    with double_of(BARS) as double, VenueBot(live(double, tmp_path), tmp_path, live=True) as bot:
        stop = until_a_stop_rests(double, bot)
        double.slide(stop.stop_price - Decimal("0.01"))
        status = bot.wait_for("the stop's fill", lambda status: status["trades"] >= 1)
        assert bot.trades()[0]["exit_reason"] == "risk_stop_loss"
        agree(double, bot)
        assert status["position"]["lots"] == []
        assert double.requested("DELETE", "/api/v3/order") == []


def test_a_stop_that_the_price_reaches_while_the_bot_is_down_is_booked_at_the_next_start(tmp_path: Path) -> None:
    with double_of(BARS) as double:
        document = live(double, tmp_path)
        with VenueBot(document, tmp_path, live=True) as bot:
            stop = until_a_stop_rests(double, bot)
            code, _, _ = bot.stop()
            assert code == 0
            assert f"its stop rests at the venue at {stop.stop_price:.2f}" in bot.printed()
        assert [order.client_order_id for order in double.open_orders()] == [stop.client_order_id]
        double.slide(stop.stop_price - Decimal("0.01"))
        with VenueBot(document, tmp_path, live=True) as bot:
            bot.wait_for("the stop's fill", lambda status: status["trades"] >= 1)
            agree(double, bot)


def test_a_bot_told_to_close_takes_its_stop_back_and_sells_before_it_ends(tmp_path: Path) -> None:
    with double_of(BARS) as double:
        with VenueBot(live(double, tmp_path), tmp_path, "--close-positions", live=True) as bot:
            until_a_stop_rests(double, bot)
            code, _, _ = bot.stop()
        assert (code, double.open_orders()) == (0, [])
        assert double.position() < Decimal("0.00002")
        assert "no position is open" in bot.printed()


def test_a_stop_rests_through_a_kill_and_the_bot_goes_on_with_that_very_order(tmp_path: Path) -> None:
    with double_of(BARS) as double:
        document = live(double, tmp_path)
        with VenueBot(document, tmp_path, live=True) as bot:
            stop = until_a_stop_rests(double, bot)
            bot.kill()
        with VenueBot(document, tmp_path, live=True) as bot:
            drive(double, bot, 6)
            status = agree(double, bot)
        assert status["trades"] >= 1
        assert sum(order.client_order_id == stop.client_order_id for order in double.orders) == 1


def test_a_stop_taken_over_after_a_kill_is_booked_when_the_exchange_fills_it(tmp_path: Path) -> None:
    """The node knows it by another name than the exchange, and takes no word of an order under a wrong one."""
    with double_of(BARS) as double:
        document = live(double, tmp_path)
        with VenueBot(document, tmp_path, live=True) as bot:
            stop = until_a_stop_rests(double, bot)
            bot.kill()
        with VenueBot(document, tmp_path, live=True) as bot:
            bot.wait_for("its history", lambda status: status["ready"])
            double.slide(stop.stop_price - Decimal("0.01"))
            bot.wait_for("the stop's fill", lambda status: status["trades"] == 1)
            agree(double, bot)


def test_a_price_that_jumps_over_stop_and_limit_is_sold_at_the_market(tmp_path: Path) -> None:
    with double_of(BARS) as double, VenueBot(live(double, tmp_path), tmp_path, live=True) as bot:
        stop = until_a_stop_rests(double, bot)
        # The exchange wakes the stop below its limit: it stays unfilled. Quotes go on coming.
        double.jump(stop.price - 1)
        double.wait_until(lambda: bot.status().get("trades"), 30, "a sale at the market")
        assert "jumped over" in bot.printed()
        agree(double, bot)


def test_a_stop_that_its_owner_takes_away_is_told_and_sent_anew_once(tmp_path: Path) -> None:
    with double_of(BARS) as double, VenueBot(live(double, tmp_path), tmp_path, live=True) as bot:
        stop = until_a_stop_rests(double, bot)
        double.cancel_by_hand(stop.client_order_id)
        stops = {stop.client_order_id}
        double.wait_until(lambda: {each.client_order_id for each in double.open_orders()} - stops, 30, "another stop")
        agree(double, bot)
        assert "without this bot's doing" in bot.printed()


def test_an_account_with_less_than_the_journal_says_halts_entries_and_is_told_with_both_figures(
    tmp_path: Path,
) -> None:
    with double_of(BARS) as double:
        document = live(double, tmp_path, stop_on_exchange=False)
        with VenueBot(document, tmp_path, live=True) as bot:
            drive_until_held(double, bot)
            bot.stop()
        double.deposit("ETH", Decimal("0.1") - double.position())
        with VenueBot(document, tmp_path, live=True) as bot:
            status = bot.wait_for("the halt", lambda status: status["halt"])
        assert "and the account has 0.1" in status["halt"]["detail"]
        assert status["halt"]["mode"] == "block-entries"


def until_a_stop_rests(double: BinanceDouble, bot: VenueBot) -> Any:
    """Let bars close until the bot has a position with a stop at the exchange; return that order."""
    for _ in range(BARS):
        drive(double, bot, 1)
        if stops := [order for order in double.open_orders() if order.type == "STOP_LOSS_LIMIT"]:
            return stops[0]
    raise AssertionError("no position was opened")


def drive_until_traded(double: BinanceDouble, bot: VenueBot) -> None:
    drive_until(bot, lambda status: status["trades"], lambda: drive(double, bot, 1), MORE_BARS - 10)


def drive_until_held(double: BinanceDouble, bot: VenueBot) -> None:
    drive_until(bot, lambda status: status["position"]["lots"], lambda: drive(double, bot, 1), BARS)
