"""Stops that rest at the venue: sent, moved, taken back for an exit."""

from decimal import Decimal

import pytest

from bots.trading.backtest import run_backtest
from bots.trading.halts import HaltMode
from bots.trading.order_machine import OrderStatus
from bots.trading.orders import Side
from bots.trading.risk import Limits, Trailing
from strategies.desk import Cancel
from tests.unit.bots.scripted import START, Desk, Script, bar, dashes
from tests.unit.bots.trader_stops import (
    FIRST_STOP,
    HOW,
    STOP,
    STOP_AND_TARGET,
    TRAIL,
    errors,
    protected,
    sells,
    the_stop,
)

# --- Sent -------------------------------------------------------------------------------------------------------


def test_a_stop_is_sent_as_soon_as_its_entry_is_complete() -> None:
    desk = protected()
    stop = the_stop(desk)
    assert desk.sent == [desk.sent[0], stop]
    assert (stop.client_order_id, stop.side, stop.quantity, stop.reason) == (
        FIRST_STOP, Side.SELL, Decimal(5), "risk_stop_loss",
    )  # fmt: skip
    assert (stop.stop_price, stop.limit_price) == (Decimal(95), Decimal("94.05"))
    (lot,) = desk.trader.book.lots.values()
    assert (lot.stop_order, lot.stop_price, lot.exit_order) == (stop.client_order_id, Decimal(95), None)


def test_a_stop_is_journalled_in_one_with_the_fill_that_it_follows() -> None:
    desk = protected()
    (change,) = [change for change, urgent in desk.heard.changes if change.fills and urgent]
    assert change.intents == [the_stop(desk)]


def test_no_stop_is_sent_while_its_entry_is_still_filling() -> None:
    desk = Desk(Script(enter=[0]), STOP, stops=HOW)
    desk.filling = False
    desk.play([bar(0, 100)])
    desk.fill(desk.sent[0], quantity="2", complete=False)
    desk.play([bar(1, 100)])
    desk.take(desk.trader.on_price(99.0, START))
    assert len(desk.sent) == 1
    desk.fill(desk.sent[0], quantity="3", trade_id="2")
    assert the_stop(desk).quantity == 5


@pytest.mark.parametrize("how", ["on_rejected", "on_cancelled"])
def test_what_was_bought_of_an_entry_that_ended_early_is_protected(how: str) -> None:
    desk = Desk(Script(enter=[0]), STOP, stops=HOW)
    desk.filling = False
    desk.play([bar(0, 100)])
    desk.fill(desk.sent[0], quantity="2", complete=False)
    desk.take(getattr(desk.trader, how)(desk.sent[0].client_order_id, "expired", START))
    assert the_stop(desk).quantity == 2


def test_what_was_bought_of_an_entry_whose_rest_never_arrived_is_protected() -> None:
    desk = Desk(Script(enter=[0]), STOP, stops=HOW)
    desk.filling = False
    desk.play([bar(0, 100)])
    desk.fill(desk.sent[0], quantity="2", complete=False)
    desk.take(desk.trader.on_never_arrived(desk.sent[0].client_order_id, START, market_price=None))
    assert the_stop(desk).quantity == 2


def test_a_trailing_stop_is_sent_once_it_is_active() -> None:
    trailing = Limits(trailing=Trailing(activation_pct=3.0, trailing_pct=2.0))
    desk = Desk(Script(enter=[0]), trailing, stops=HOW).play(dashes(100, 102))
    assert desk.trader.resting() == []
    desk.play([bar(2, 109, high=110)])
    assert (the_stop(desk).reason, the_stop(desk).stop_price) == ("risk_trailing_stop", Decimal("107.80"))


def test_each_lot_has_a_stop_of_its_own() -> None:
    limits = Limits(stop_loss_pct=5.0, max_positions=2)
    desk = Desk(Script(enter=[0, 1]), limits, stops=HOW, position_size="0.2").play(dashes(100, 110))
    assert [(order.lot, order.stop_price) for order in desk.trader.resting()] == [(1, 95), (2, Decimal("104.50"))]


def test_a_backtest_of_a_document_with_stops_at_the_venue_is_that_of_one_without() -> None:
    bars = [bar(0, 100), bar(1, 99), bar(2, 96, low=94)]
    with_stops = Desk(Script(), STOP, stops=HOW).trader.terms
    result = run_backtest(with_stops, Script(enter=[0]), bars)
    assert [(trade.exit_reason, trade.exit_price) for trade in result.trades] == [("risk_stop_loss", Decimal(95))]


def test_without_stops_at_the_venue_none_is_sent() -> None:
    desk = Desk(Script(enter=[0]), STOP).play(dashes(100, 101))
    desk.trader.on_price(100.5, START)
    assert [order.side for order in desk.sent] == [Side.BUY]


# --- Left to the venue ------------------------------------------------------------------------------------------


def test_while_a_stop_rests_the_bot_sells_neither_on_a_bars_low_nor_at_a_quote() -> None:
    desk = protected()
    desk.play([bar(1, 96, low=94.5)])
    desk.take(desk.trader.on_price(94.9, START))
    assert (sells(desk), desk.cancels) == ([FIRST_STOP], [])


def test_a_stop_that_fills_closes_the_lot_for_its_reason_on_the_bar_that_was_the_last() -> None:
    desk = protected().play([bar(1, 99), bar(2, 97)])
    desk.fill(the_stop(desk), price="94.8")
    assert desk.trades == [(0, 2, "risk_stop_loss")]
    assert desk.exit_price == Decimal("94.8")
    assert desk.trader.unresolved() == []
    desk.play([bar(3, 90)])
    assert sells(desk) == [FIRST_STOP]


def test_a_part_of_a_stop_is_booked_and_the_rest_goes_on_resting() -> None:
    desk = protected()
    desk.fill(the_stop(desk), quantity="2", price="95", complete=False)
    desk.play([bar(1, 94.5)])
    assert (desk.trader.book.position, sells(desk), desk.cancels) == (Decimal(3), [FIRST_STOP], [])
    desk.fill(the_stop(desk), quantity="3", price="94", trade_id="2")
    (trade,) = desk.heard.trades
    assert (trade.quantity, trade.exit_price, trade.exit_reason) == (Decimal(5), Decimal("94.4"), "risk_stop_loss")


# --- Moved ------------------------------------------------------------------------------------------------------


def test_a_trailing_stop_is_taken_back_first_and_sent_anew_only_then() -> None:
    desk = protected(limits=TRAIL).play([bar(1, 109, high=110)])
    assert (desk.cancels, sells(desk)) == ([FIRST_STOP], [FIRST_STOP])
    assert the_stop(desk).stop_price == 95
    desk.take_back()
    assert the_stop(desk).client_order_id == "0001-2401010100-T1-2"
    assert (the_stop(desk).reason, the_stop(desk).stop_price) == ("risk_trailing_stop", Decimal("107.80"))
    assert errors(desk) == []


def test_a_quote_moves_the_trailing_stop_and_small_moves_are_not_worth_it() -> None:
    desk = protected(limits=TRAIL).play([bar(1, 109, high=110)])
    desk.take_back()
    desk.take(desk.trader.on_price(110.5, START))
    assert desk.cancels == [FIRST_STOP], "108.29 is less than half a per cent above 107.80"
    desk.take(desk.trader.on_price(111.0, START))
    desk.take(desk.trader.on_price(112.0, START))
    assert desk.cancels == [FIRST_STOP, "0001-2401010100-T1-2"], "asked for once"
    desk.take_back()
    assert the_stop(desk).stop_price == Decimal("109.76"), "at the level of now"


def test_a_stop_that_was_to_move_is_not_sent_anew_above_the_market() -> None:
    desk = protected(limits=TRAIL).play([bar(1, 109, high=110)])
    desk.trader.on_price(106.0, START)
    desk.take_back()
    assert desk.trades == [(0, 1, "risk_trailing_stop")]
    assert desk.exit_price == 106


def test_a_close_below_the_level_that_its_own_bar_has_lifted_is_sold_at_the_market() -> None:
    desk = protected(limits=TRAIL).play([bar(1, 104, high=110)])
    assert desk.cancels == [FIRST_STOP]
    desk.take_back()
    assert desk.trades == [(0, 1, "risk_trailing_stop")]


# --- Taken back for an exit -------------------------------------------------------------------------------------


def test_an_exit_waits_until_the_stop_is_gone() -> None:
    desk = protected(Script(enter=[0], leave={1: "script"})).play([bar(1, 103)])
    assert (desk.cancels, sells(desk)) == ([FIRST_STOP], [FIRST_STOP])
    change, urgent = desk.heard.changes[-1]
    assert urgent
    assert change.intents == []
    state = desk.trader.state()
    assert state is not None
    assert (state.lots[0].exit_reason, state.lots[0].stop_cancelling) == ("script", True)
    desk.take_back()
    assert desk.trades == [(0, 1, "script")]
    assert sells(desk) == [FIRST_STOP, "0001-2401010100-S1-1"]


def test_the_exit_is_journalled_in_one_with_the_end_of_the_stop() -> None:
    desk = protected(Script(enter=[0], leave={1: "script"})).play([bar(1, 103)])
    desk.filling = False
    desk.take_back()
    change, urgent = desk.heard.changes[-1]
    assert urgent
    assert change.intents == [desk.sent[-1]]
    assert [(update.client_order_id, update.status) for update in change.updates] == [
        (FIRST_STOP, OrderStatus.CANCELLED)
    ]


def test_what_the_stop_sold_before_it_was_gone_is_not_sold_again() -> None:
    desk = protected(Script(enter=[0], leave={1: "script"})).play([bar(1, 103)])
    desk.fill(the_stop(desk), quantity="2", price="95", complete=False)
    desk.take_back()
    assert desk.sent[-1].quantity == 3
    (trade,) = desk.heard.trades
    assert (trade.quantity, trade.exit_reason) == (Decimal(5), "script")


def test_a_stop_that_fills_while_it_is_taken_back_leaves_nothing_to_sell() -> None:
    desk = protected(Script(enter=[0], leave={1: "script"})).play([bar(1, 103)])
    stop = the_stop(desk)
    desk.take(desk.trader.on_cancel_refused(stop.client_order_id, "unknown order", START))
    desk.fill(stop, price="95")
    desk.play([bar(2, 103)])
    assert desk.trades == [(0, 1, "risk_stop_loss")]
    assert (sells(desk), desk.cancels) == ([FIRST_STOP], [FIRST_STOP])
    assert errors(desk) == []


def test_a_stop_that_could_not_be_taken_back_is_asked_for_again_on_the_next_bar() -> None:
    desk = protected(Script(enter=[0], leave={1: "script"})).play([bar(1, 103)])
    for index in (2, 3):
        assert desk.trader.on_cancel_refused(FIRST_STOP, "busy", START) == []
        desk.play([bar(index, 103)])
    assert desk.cancels == [FIRST_STOP] * 3
    assert errors(desk) == [
        f"stop {FIRST_STOP} of lot 1 could not be taken back: busy; it may be filled just now, else it is asked again "
        "with the next bar"
    ], "the first time may well be a fill"
    desk.take_back()
    assert desk.trades == [(0, 3, "script")]


def test_the_bot_watches_the_profit_target_and_takes_the_stop_back_for_it() -> None:
    desk = protected(limits=STOP_AND_TARGET)
    desk.take(desk.trader.on_price(110.0, START))
    assert desk.cancels == [FIRST_STOP]
    desk.take_back()
    assert desk.trades == [(0, 0, "risk_take_profit")]


def test_a_bar_that_reaches_both_levels_while_the_stop_still_rests_has_reached_the_target() -> None:
    desk = protected(limits=STOP_AND_TARGET).play([bar(1, 100, high=115, low=94.9)])
    desk.take_back()
    assert desk.trades == [(0, 1, "risk_take_profit")]


def test_a_halt_takes_the_stop_back_first_and_is_not_asked_twice() -> None:
    desk = protected()
    desk.trader.halt(HaltMode.CLOSE_POSITIONS, "told to", START, by="api")
    desk.take(desk.trader.obey_halt())
    desk.take(desk.trader.obey_halt())
    assert (desk.cancels, sells(desk)) == ([FIRST_STOP], [FIRST_STOP])
    desk.take_back()
    assert desk.trades == [(0, 0, "manual_close")]


def test_a_halt_asks_again_for_a_stop_that_could_not_be_taken_back() -> None:
    desk = protected()
    desk.trader.halt(HaltMode.CLOSE_POSITIONS, "told to", START, by="api")
    desk.take(desk.trader.obey_halt())
    desk.trader.on_cancel_refused(FIRST_STOP, "busy", START)
    desk.take(desk.trader.obey_halt())
    assert desk.cancels == [FIRST_STOP, FIRST_STOP]


def test_a_stop_that_is_being_moved_gives_way_to_closing_everything() -> None:
    desk = protected(limits=TRAIL).play([bar(1, 109, high=110)])
    desk.take(desk.trader.close_all())
    desk.take_back()
    assert desk.trades == [(0, 1, "manual_close")]
    assert desk.trader.resting() == []


def test_a_drawdown_that_halts_takes_the_stop_back_first() -> None:
    desk = protected(limits=Limits(stop_loss_pct=50.0, max_drawdown_pct=Decimal(10))).play([bar(1, 70)])
    assert (desk.cancels, sells(desk)) == ([FIRST_STOP], [FIRST_STOP])
    desk.take_back()
    assert desk.trades == [(0, 1, "max_drawdown")]


def test_a_refused_cancel_of_an_order_that_is_no_stop_says_nothing() -> None:
    desk = Desk(Script(enter=[0]), STOP)
    desk.filling = False
    desk.play([bar(0, 100)])
    assert desk.trader.on_cancel_refused(desk.sent[0].client_order_id, "no", START) == []
    assert desk.heard.told == []


def test_what_is_to_be_taken_back_is_named_by_its_id() -> None:
    desk = protected()
    assert desk.trader.close_all() == [Cancel(FIRST_STOP)]


def cancel_orders(desk: Desk) -> None:
    desk.trader.halt(HaltMode.CANCEL_ORDERS, "told to", START, by="api")
    desk.take(desk.trader.obey_halt())


def test_a_halt_that_takes_orders_back_leaves_the_bot_to_watch_the_level_itself() -> None:
    desk = protected()
    cancel_orders(desk)
    assert desk.cancels == [FIRST_STOP]
    desk.take_back()
    desk.take(desk.trader.obey_halt())
    desk.play([bar(1, 98)])
    assert not desk.trader.resting()
    assert desk.trader.book.position == 5
    desk.take(desk.trader.on_price(94.9, START))
    assert desk.trades == [(0, 1, "risk_stop_loss")]


def test_a_stop_that_could_not_be_taken_back_for_a_halt_is_asked_for_again() -> None:
    desk = protected()
    cancel_orders(desk)
    desk.take(desk.trader.obey_halt())
    assert desk.cancels == [FIRST_STOP], "the first answer is waited for"
    desk.trader.on_cancel_refused(FIRST_STOP, "busy", START)
    desk.take(desk.trader.on_price(99, START))
    assert desk.cancels == [FIRST_STOP], "not with every quote"
    desk.take(desk.trader.obey_halt())
    assert desk.cancels == [FIRST_STOP, FIRST_STOP]


def test_after_such_a_halt_the_stop_rests_again() -> None:
    desk = protected()
    cancel_orders(desk)
    desk.take_back()
    desk.trader.resume(START, by="api")
    desk.play([bar(1, 100)])
    assert the_stop(desk).client_order_id == "0001-2401010100-T1-2"
