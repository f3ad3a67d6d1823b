"""What the rules are asked on each bar, and what follows from their answers."""

from decimal import Decimal

from bots.trading.orders import Side
from bots.trading.risk import Limits
from tests.unit.bots.scripted import START, Desk, Followed, Script, bar, dashes


def test_a_flat_bot_asks_only_the_entry() -> None:
    desk = Desk(Script()).play(dashes(100, 100))
    assert desk.rules.asked == [("enter", 0), ("enter", 1)]


def test_a_bar_in_a_position_asks_only_the_exit() -> None:
    desk = Desk(Script(enter=[0])).play(dashes(100, 101, 102))
    assert desk.rules.asked == [("enter", 0), ("exit", 1), ("exit", 2)]


def test_the_next_entry_can_come_one_bar_after_an_exit() -> None:
    desk = Desk(Script(enter=range(9), leave={2: "script", 4: "script"})).play(dashes(100, 100, 100, 100, 100))
    assert desk.trades == [(0, 2, "script"), (3, 4, "script")]
    assert ("enter", 2) not in desk.rules.asked


def test_nothing_is_asked_before_the_rules_are_warm() -> None:
    desk = Desk(Script(enter=range(9), warm_up=2)).play(dashes(100, 100, 100))
    assert desk.rules.asked == [("enter", 2)]


def test_past_bars_warm_up_and_decide_nothing() -> None:
    desk = Desk(Script(enter=range(9), warm_up=2))
    for past in dashes(100, 100):
        desk.trader.warm(past)
    assert desk.trader.bar_time is None
    desk.play([bar(2, 100)])
    assert desk.rules.asked == [("enter", 2)]


def test_the_exit_sees_its_own_fill_its_bars_and_its_marks() -> None:
    desk = Desk(Script(enter=[1])).play(dashes(100, 101, 102, 103))
    seen = desk.rules.positions[-1]
    assert seen.entry_price == 101
    assert seen.entry_time == bar(1, 0).time
    assert seen.bars_held == 2
    assert seen.marks == Followed(opened=1, times=2)


def test_each_of_several_lots_has_its_own_state_and_its_own_exit() -> None:
    class ExitsTheOlder(Script):
        def should_exit(self, bar, position):  # type: ignore[no-untyped-def]
            return "old" if position.bars_held == 2 else None

    desk = Desk(ExitsTheOlder(enter=[0, 1]), Limits(max_positions=2), position_size="0.2")
    desk.play(dashes(100, 110, 120))
    assert desk.trades == [(0, 2, "old")]
    (left,) = desk.trader.book.lots.values()
    assert left.entry_price == 110
    assert left.marks == Followed(opened=1, times=1)


def test_no_more_lots_are_opened_than_max_positions() -> None:
    desk = Desk(Script(enter=range(9)), Limits(max_positions=2), position_size="0.1").play(dashes(100, 100, 100, 100))
    assert [order.side for order in desk.sent] == [Side.BUY, Side.BUY]


def test_a_partly_filled_entry_counts_as_one_position_and_holds_the_next_one_back() -> None:
    desk = Desk(Script(enter=[0, 1, 2]), Limits(max_positions=2), position_size="0.2")
    desk.filling = False
    desk.play([bar(0, 100)])
    desk.fill(desk.sent[0], quantity="1", complete=False)
    desk.play([bar(1, 100)])
    assert len(desk.sent) == 1, "how much of the cash is left is not known yet"
    desk.fill(desk.sent[0], quantity="1", trade_id="2")
    desk.play([bar(2, 100)])
    assert len(desk.sent) == 2


def test_orders_are_journalled_urgently_before_they_are_handed_out() -> None:
    desk = Desk(Script(enter=[0]))
    desk.filling = False
    desk.play([bar(0, 100)])
    change, urgent = desk.heard.changes[0]
    assert [intent.client_order_id for intent in change.intents] == ["0001-2401010000-B1-1"]
    assert urgent


def test_a_bar_without_a_decision_is_not_urgent() -> None:
    desk = Desk(Script()).play(dashes(100))
    assert [urgent for _, urgent in desk.heard.changes] == [False]


def test_a_late_bar_never_enters() -> None:
    desk = Desk(Script(enter=[0])).play([bar(0, 100)], market_price=105.0)
    assert desk.sent == []


def test_a_late_bar_exits_at_the_markets_price_and_not_at_its_own() -> None:
    desk = Desk(Script(enter=[0], leave={1: "script"})).play([bar(0, 100)])
    desk.play([bar(1, 90)], market_price=105.004)
    assert desk.trades == [(0, 1, "script")]
    assert desk.exit_price == Decimal("105.00")


def test_a_late_bar_that_ran_through_the_stop_exits_at_the_markets_price() -> None:
    desk = Desk(Script(enter=[0]), Limits(stop_loss_pct=5)).play([bar(0, 100)])
    desk.play([bar(1, 99, low=90)], market_price=97.0)
    assert desk.trades == [(0, 1, "risk_stop_loss")]
    assert desk.exit_price == 97


def test_everything_can_be_closed_by_hand_at_the_last_price() -> None:
    desk = Desk(Script(enter=[0, 1]), Limits(max_positions=2), position_size="0.2").play(dashes(100, 110))
    desk.take(desk.trader.close_all())
    assert desk.trades == [(0, 1, "manual_close"), (1, 1, "manual_close")]


def test_closing_by_hand_before_the_first_bar_does_nothing() -> None:
    assert Desk(Script()).trader.close_all() == []


def test_the_equity_curve_has_one_point_a_bar_with_the_bars_fills_in_it() -> None:
    desk = Desk(Script(enter=[0]), commission="0.01").play(dashes(100, 110))
    assert [(point.time, point.equity) for point in desk.heard.equity] == [
        (START, Decimal("995.000")),
        (bar(1, 0).time, Decimal("1045.000")),
    ]


def test_the_rules_see_each_bar_once_and_before_they_are_asked() -> None:
    desk = Desk(Script(enter=[2], warm_up=1))
    desk.trader.warm(bar(0, 100))
    desk.play([bar(1, 100), bar(2, 100), bar(3, 100)])
    assert desk.rules.seen == [0, 1, 2, 3]
    assert desk.rules.seen_when_asked == [2, 3, 4]


def test_a_bot_that_is_warming_up_shows_the_last_price() -> None:
    desk = Desk(Script())
    desk.trader.warm(bar(0, 100.004))
    assert desk.trader.last_price == Decimal("100.00")


def test_bars_seen_and_bars_dealt_with_are_counted_apart() -> None:
    desk = Desk(Script())
    desk.trader.warm(bar(0, 100))
    desk.play([bar(1, 100), bar(2, 100)])
    assert (desk.trader.bars_seen, desk.trader.bars_traded) == (3, 2)
