"""Market orders that the venue has taken and does not execute."""

from datetime import timedelta
from decimal import Decimal

from bots.trading.keeping import Saved
from bots.trading.order_machine import OrderStatus
from bots.trading.orders import OrderIntent, Side
from strategies.desk import NEVER_ARRIVED, Cancel
from tests.unit.bots.scripted import START, Desk, Script, bar, dashes
from tests.unit.bots.trader_stops import errors

IN_TIME, TOO_LATE = timedelta(seconds=59), timedelta(seconds=60)


def waiting(script: Script) -> tuple[Desk, OrderIntent]:
    """Return a desk whose last order stands at the venue, first seen there at START."""
    desk = Desk(script).play(dashes(100))
    desk.filling = False
    desk.play([bar(1, 100)])
    order = desk.sent[-1]
    desk.trader.on_accepted(order.client_order_id)
    assert look(desk, timedelta(0)) == []
    return desk, order


def look(desk: Desk, later: timedelta, *, market_open: bool = True) -> list[Cancel | OrderIntent]:
    return desk.trader.on_time(START + later, market_open=market_open)


def entering() -> tuple[Desk, OrderIntent]:
    return waiting(Script(enter=[1]))


def leaving() -> tuple[Desk, OrderIntent]:
    return waiting(Script(enter=[0], leave={1: "script"}))


def test_an_entry_that_stands_too_long_is_taken_back_and_told_once() -> None:
    desk, order = entering()
    assert look(desk, IN_TIME) == []
    assert look(desk, TOO_LATE) == [Cancel(order.client_order_id)]
    assert look(desk, TOO_LATE * 3) == []
    desk.trader.on_cancelled(order.client_order_id, "it was taken back", START)
    assert errors(desk) == [
        f"entry order {order.client_order_id} stands at the venue and is not executed in time "
        "(trading.order_timeout): it is taken back, and what was bought of it is kept"
    ]
    assert (desk.trader.unresolved(), desk.trader.book.lots) == ([], {})


def test_it_is_told_and_kept_before_it_is_taken_back() -> None:
    desk, order = entering()
    look(desk, TOO_LATE)
    change, urgent = desk.heard.changes[-1]
    assert urgent
    assert [event.data["client_order_id"] for event in change.events] == [order.client_order_id]


def test_the_bought_part_of_an_entry_that_is_taken_back_is_kept() -> None:
    desk, order = entering()
    desk.trader.on_execution(
        "1", order.client_order_id, Decimal("0.4"), Decimal(100), Decimal(0), "USDT", START, complete=False
    )
    look(desk, TOO_LATE)
    desk.trader.on_cancelled(order.client_order_id, "it was taken back", START)
    assert desk.trader.book.position == Decimal("0.4")


def test_an_order_that_nobody_has_confirmed_is_left_to_those_who_ask_for_it() -> None:
    desk = Desk(Script(enter=[0]))
    desk.filling = False
    desk.play(dashes(100))
    desk.trader.on_submitted(desk.sent[-1].client_order_id)
    look(desk, timedelta(0))
    assert look(desk, TOO_LATE) == []


def test_time_does_not_count_while_the_market_is_closed() -> None:
    desk, order = leaving()
    look(desk, IN_TIME, market_open=False)
    assert look(desk, TOO_LATE) == []
    assert look(desk, TOO_LATE * 2) == [Cancel(order.client_order_id)]


def test_an_exit_that_stands_too_long_is_followed_by_another_at_once() -> None:
    desk, first = leaving()
    look(desk, TOO_LATE)
    (second,) = desk.trader.on_cancelled(first.client_order_id, "it was taken back", START)
    assert isinstance(second, OrderIntent)
    assert (second.side, second.quantity, second.attempt) == (Side.SELL, first.quantity, 2)


def test_an_exit_that_is_stuck_again_waits_for_a_bar_and_says_so() -> None:
    desk, first = leaving()
    look(desk, TOO_LATE)
    (second,) = desk.trader.on_cancelled(first.client_order_id, "it was taken back", START)
    assert isinstance(second, OrderIntent)
    desk.trader.on_accepted(second.client_order_id)
    look(desk, TOO_LATE * 2)
    look(desk, TOO_LATE * 3)
    assert desk.trader.on_cancelled(second.client_order_id, "it was taken back", START) == []
    assert errors(desk)[-1].endswith("the exit is tried again in 2 bars")
    desk.filling = True
    desk.play([bar(2, 100), bar(3, 100)])
    assert desk.trades == [(0, 3, "script")]


def test_an_exit_that_goes_on_in_parts_is_followed_at_once_each_time() -> None:
    desk, order = leaving()
    for number in range(1, 4):
        part = desk.trader.book.position / 2
        desk.trader.on_execution(
            f"part {number}", order.client_order_id, part, Decimal(100), Decimal(0), "USDT", START, complete=False
        )
        look(desk, TOO_LATE * (2 * number - 1))
        look(desk, TOO_LATE * 2 * number)
        (order,) = desk.trader.on_cancelled(order.client_order_id, "it was taken back", START)  # type: ignore[assignment]
        desk.trader.on_accepted(order.client_order_id)
    assert order.quantity == desk.trader.book.position


def test_an_order_that_could_not_be_taken_back_is_asked_for_again() -> None:
    desk, order = leaving()
    look(desk, TOO_LATE)
    desk.trader.on_cancel_refused(order.client_order_id, "busy", START)
    assert look(desk, TOO_LATE + IN_TIME) == []
    assert look(desk, TOO_LATE * 2) == [Cancel(order.client_order_id)]
    assert len(errors(desk)) == 1, "it is the same trouble still"


def test_a_word_that_was_overtaken_does_not_change_what_is_kept() -> None:
    desk, order = entering()
    desk.trader.on_submitted(order.client_order_id)
    kept = [update.status for change, _ in desk.heard.changes for update in change.updates]
    assert kept[-1] is OrderStatus.ACCEPTED


def test_after_a_restart_an_exit_that_stands_too_long_is_followed_at_once_as_well() -> None:
    before, order = leaving()
    state = before.trader.state()
    assert state is not None
    desk = Desk(Script(), saved=Saved(state, (order,)))
    desk.trader.on_accepted(order.client_order_id)
    look(desk, timedelta(0))
    look(desk, TOO_LATE)
    (second,) = desk.trader.on_cancelled(order.client_order_id, "it was taken back", START)
    assert isinstance(second, OrderIntent)


def test_an_exit_that_surely_never_arrived_is_sent_anew_at_once_under_another_id() -> None:
    desk, order = leaving()
    (second,) = desk.trader.on_rejected(order.client_order_id, NEVER_ARRIVED, START)
    assert isinstance(second, OrderIntent)
    assert (second.client_order_id != order.client_order_id, second.quantity) == (True, order.quantity)


def test_an_entry_that_never_arrived_is_dropped() -> None:
    desk, order = entering()
    assert desk.trader.on_rejected(order.client_order_id, NEVER_ARRIVED, START) == []
    assert desk.trader.unresolved() == []
