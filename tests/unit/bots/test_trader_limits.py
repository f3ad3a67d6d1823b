"""Limits of a day and of the account: what they block, when they let go, and what is told."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from bots.trading.orders import Side
from bots.trading.risk import Limits
from strategies.bar import Bar
from tests.unit.bots.scripted import HOUR, START, Desk, Script, bar, dashes, index_of


def entries(desk: Desk) -> list[int]:
    """Return the bars on which the bot bought."""
    return [index_of(order.bar_time) for order in desk.sent if order.side is Side.BUY]


def test_max_exposure_cuts_an_entry_to_the_room_that_is_left() -> None:
    limits = Limits(max_positions=2)
    desk = Desk(Script(enter=[0, 1]), limits, position_size="0.5", max_exposure="0.7").play(dashes(100, 100))
    assert [order.quantity for order in desk.sent] == [Decimal(5), Decimal(2)]


def test_max_exposure_refuses_an_entry_that_has_no_room() -> None:
    limits = Limits(max_positions=2)
    desk = Desk(Script(enter=[0, 1]), limits, position_size="0.5", max_exposure="0.5").play(dashes(100, 101))
    assert entries(desk) == [0]
    assert desk.heard.told[-1].startswith("entry refused by max_exposure: 0.50 of at most 0.5")


def test_max_daily_trades_blocks_until_midnight() -> None:
    every_other = dict.fromkeys(range(1, 60, 2), "script")
    desk = Desk(Script(enter=range(60), leave=every_other), Limits(max_daily_trades=2))
    desk.play(bar(index, 100) for index in range(20, 32))
    assert entries(desk) == [20, 22, 24, 26]
    assert desk.heard.told.count("entry refused by max_daily_trades: 2 of 2 trades made on 2024-01-02") == 1


def test_a_day_begins_at_the_configured_time_zones_midnight() -> None:
    """Hour 5 UTC is midnight in New York."""
    every_other = dict.fromkeys(range(1, 60, 2), "script")
    limits = Limits(max_daily_trades=1, timezone=ZoneInfo("America/New_York"))
    desk = Desk(Script(enter=range(60), leave=every_other), limits)
    desk.play(bar(index, 100) for index in range(12))
    assert entries(desk) == [0, 5]


def lost_on(day_bars: int, **limits: object) -> Desk:
    """Return a desk that bought 5 at 100 on bar 0, lost 50 on bar 1 and is asked to enter on every later bar."""
    bounds = Limits(max_daily_loss=Decimal(50), **limits)  # type: ignore[arg-type]
    desk = Desk(Script(enter=range(99), leave={1: "script"}), bounds)
    return desk.play([bar(0, 100), *(bar(index, 90) for index in range(1, day_bars))])


def test_a_realised_loss_blocks_until_the_next_day() -> None:
    assert entries(lost_on(26)) == [0, 24]


def test_a_daily_loss_just_below_the_limit_blocks_nothing() -> None:
    desk = Desk(Script(enter=[0, 2], leave={1: "script"}), Limits(max_daily_loss=Decimal("50.01")))
    assert entries(desk.play(dashes(100, 90, 90))) == [0, 2]


def test_an_unrealised_loss_counts() -> None:
    limits = Limits(max_positions=2, max_daily_loss=Decimal(50))
    desk = Desk(Script(enter=[0, 1]), limits).play(dashes(100, 90))
    assert entries(desk) == [0]
    assert desk.heard.told[-1] == "no more entries today, max_daily_loss: lost 50.00 of at most 50 on 2024-01-01"


def test_a_days_loss_counts_until_the_next_day_though_the_price_comes_back() -> None:
    limits = Limits(max_positions=2, max_daily_loss=Decimal(50))
    desk = Desk(Script(enter=[0, 2]), limits).play(dashes(100, 90, 100))
    assert entries(desk) == [0]


def test_fees_count_as_loss() -> None:
    limits = Limits(max_positions=2, max_daily_loss=Decimal(5))
    desk = Desk(Script(enter=[0, 1]), limits, commission="0.01", position_size="0.5").play(dashes(100, 100))
    assert entries(desk) == [0]


def test_yesterdays_gain_does_not_pay_for_todays_loss() -> None:
    limits = Limits(max_positions=2, max_daily_loss=Decimal(50))
    desk = Desk(Script(enter=[0, 25]), limits)
    desk.play([bar(0, 100), bar(23, 200), bar(24, 200), bar(25, 190)])
    assert entries(desk) == [0]


def test_a_refusal_is_told_once_a_day_and_counted_each_time() -> None:
    desk = lost_on(30)
    told = [text for text in desk.heard.told if "max_daily_loss" in text]
    assert len(told) == 1
    assert desk.trader.guard.refusals == 22


def test_two_limits_that_refuse_in_turn_are_each_told_once() -> None:
    limits = Limits(max_positions=3, max_daily_loss=Decimal(50))
    desk = Desk(Script(enter=range(9)), limits, max_exposure="0.5")
    desk.play(dashes(100, 101, 90, 101, 90, 101))
    assert [text.split(":")[0] for text in desk.heard.told if "max_" in text] == [
        "entry refused by max_exposure",
        "no more entries today, max_daily_loss",
    ]


def drawn_down(*later: float, rules: Script | None = None) -> Desk:
    """Return a desk that bought 5 at 100, whose equity fell from a peak of 1100 to 990, and then saw these closes."""
    desk = Desk(rules or Script(enter=range(9)), Limits(max_drawdown_pct=Decimal(10)))
    return desk.play(dashes(100, 120, 98, *later))


def test_a_drawdown_at_its_limit_closes_everything() -> None:
    desk = drawn_down()
    assert desk.trades == [(0, 2, "max_drawdown")]
    assert desk.exit_price == 98


def test_a_drawdown_just_below_its_limit_closes_nothing() -> None:
    desk = Desk(Script(enter=[0]), Limits(max_drawdown_pct=Decimal("10.01"))).play(dashes(100, 120, 98))
    assert desk.heard.trades == []


def test_a_halt_is_told_with_its_figures() -> None:
    assert any(
        "halted by max_drawdown_pct: equity 990.00 is 10.00 % below its peak 1100.00; the limit is 10 %" in text
        for text in drawn_down().heard.told
    )


def test_a_halted_bot_makes_no_entry() -> None:
    desk = drawn_down(98, 98)
    assert entries(desk) == [0]
    assert desk.trader.guard.halt is not None
    assert desk.trader.guard.halt.time == START + HOUR * 2


def test_a_resumed_bot_enters_again_and_counts_its_drawdown_from_there() -> None:
    desk = drawn_down(98)
    desk.heard.resumed = True
    desk.play([bar(4, 98)])
    assert entries(desk) == [0, 4]
    assert desk.trader.guard.halt is None
    assert desk.trader.guard.peak_equity == 990
    assert "resumed by a person (command); the drawdown is counted from here" in desk.heard.told


def test_an_entry_that_fills_after_the_halt_is_closed_too() -> None:
    limits = Limits(max_positions=2, max_drawdown_pct=Decimal(10))
    desk = Desk(Script(enter=[0, 1]), limits, position_size="0.5").play([bar(0, 100)])
    desk.filling = False
    desk.play(dashes(100, 100, 60)[1:])
    late, first_exit = desk.sent[1:]
    desk.fill(first_exit)
    desk.fill(late)
    desk.filling = True
    desk.play([bar(3, 60)])
    assert desk.trader.book.position == 0
    assert desk.trades[-1] == (1, 3, "max_drawdown")


def test_a_refusal_is_told_again_on_another_day() -> None:
    desk = Desk(Script(enter=range(99), leave={1: "script", 25: "script"}), Limits(max_daily_trades=1))
    desk.play(bar(index, 100) for index in [0, 1, 2, 3, 24, 25, 26, 27])
    assert [text[-10:] for text in desk.heard.told if "refused" in text] == ["2024-01-01", "2024-01-02"]


def test_a_loss_that_the_stop_has_limited_does_not_halt() -> None:
    limits = Limits(stop_loss_pct=5.0, max_drawdown_pct=Decimal(20))
    desk = Desk(Script(enter=[0]), limits, position_size="1").play(dashes(100))
    desk.play([Bar(START + HOUR, 100.0, 100.0, 75.0, 75.0, 1.0)])
    assert desk.trader.guard.halt is None
    assert desk.trader.guard.equity == Decimal(950)
