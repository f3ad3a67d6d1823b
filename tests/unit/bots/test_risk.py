"""The risk rules by themselves: figures in, answers out."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bots.trading.risk import (
    DayTotals,
    Levels,
    Limits,
    Trailing,
    drawdown_pct,
    levels,
    must_halt,
    protective_hit,
    refuse_entry,
    trading_day,
)
from tests.unit.bots.scripted import bar

DAY = DayTotals(date(2024, 1, 1), Decimal(1000), entries=3)


def test_limits_that_are_absent_give_no_levels() -> None:
    assert levels(Limits(), 100.0, 200.0) == Levels(None, None, None)


@pytest.mark.parametrize("price", [100.0, 110.0, 0.0001, 63_211.37])
def test_levels_are_the_numbers_that_a_person_computes(price: float) -> None:
    """In binary floats 10 % above 100 is a little more than 110, and a price of 110 would not reach it."""
    at = levels(Limits(stop_loss_pct=10.0, take_profit_pct=10.0), price, None)
    exact = Decimal(str(price))
    assert (at.stop_loss, at.take_profit) == (float(exact * Decimal("0.9")), float(exact * Decimal("1.1")))


def test_right_after_the_entry_there_is_no_trailing_stop() -> None:
    assert levels(Limits(trailing=Trailing(0.0, 2.0)), 100.0, None).trailing_stop is None


def test_a_trailing_stop_follows_the_high_once_it_is_active() -> None:
    limits = Limits(trailing=Trailing(10.0, 2.0))
    assert levels(limits, 100.0, 109.99).trailing_stop is None
    assert levels(limits, 100.0, 110.0).trailing_stop == 107.8
    assert levels(limits, 100.0, 120.0).trailing_stop == 117.6


def test_a_close_at_the_lifted_trailing_stop_is_a_hit() -> None:
    hit = protective_hit(Limits(trailing=Trailing(0.0, 2.0)), 100.0, None, bar(1, 107.8, open=107.9, high=110.0))
    assert hit is not None
    assert hit.price == 107.8


def test_no_limits_no_hit() -> None:
    assert protective_hit(Limits(), 100.0, None, bar(1, 1.0)) is None


def test_with_equal_stops_the_trailing_one_is_named() -> None:
    limits = Limits(stop_loss_pct=2.0, trailing=Trailing(0.0, 2.0))
    hit = protective_hit(limits, 100.0, 100.0, bar(1, 98.0, open=100.0))
    assert hit is not None
    assert (hit.reason, hit.price) == ("risk_trailing_stop", 98.0)


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", date(2024, 3, 10)), ("Asia/Tokyo", date(2024, 3, 11)), ("America/New_York", date(2024, 3, 10))],
)
def test_a_day_is_that_of_the_bar_in_the_configured_zone(zone: str, day: date) -> None:
    assert trading_day(Limits(timezone=ZoneInfo(zone)), datetime(2024, 3, 10, 23, tzinfo=UTC)) == day


def test_a_day_begins_at_midnight_also_when_clocks_change() -> None:
    """New York: midnight is 5 UTC before the tenth of March, 4 UTC after it."""
    limits = Limits(timezone=ZoneInfo("America/New_York"))
    assert trading_day(limits, datetime(2024, 3, 10, 4, 59, tzinfo=UTC)) == date(2024, 3, 9)
    assert trading_day(limits, datetime(2024, 3, 11, 4, 0, tzinfo=UTC)) == date(2024, 3, 11)


@pytest.mark.parametrize(("most", "refused"), [(4, False), (3, True), (None, False)])
def test_max_daily_trades_refuses_at_its_number(most: int | None, refused: bool) -> None:
    assert (refuse_entry(Limits(max_daily_trades=most), DAY, Decimal(1000)) is not None) is refused


@pytest.mark.parametrize(("equity", "refused"), [("950.01", False), ("950", True), ("1200", False)])
def test_max_daily_loss_refuses_at_its_amount(equity: str, refused: bool) -> None:
    assert (refuse_entry(Limits(max_daily_loss=Decimal(50)), DAY, Decimal(equity)) is not None) is refused


def test_the_first_reason_wins() -> None:
    refusal = refuse_entry(Limits(max_daily_trades=3, max_daily_loss=Decimal(1)), DAY, Decimal(0))
    assert refusal is not None
    assert (refusal.limit, refusal.detail) == ("max_daily_trades", "3 of 3 trades made on 2024-01-01")


@pytest.mark.parametrize(("peak", "equity", "percent"), [("200", "150", "25"), ("200", "200", "0"), ("0", "-5", "0")])
def test_a_drawdown_is_per_cent_of_the_peak(peak: str, equity: str, percent: str) -> None:
    assert drawdown_pct(Decimal(peak), Decimal(equity)) == Decimal(percent)


@pytest.mark.parametrize(("equity", "halts"), [("900", True), ("900.01", False)])
def test_a_drawdown_halts_at_its_limit(equity: str, halts: bool) -> None:
    assert (must_halt(Limits(max_drawdown_pct=Decimal(10)), Decimal(1000), Decimal(equity)) is not None) is halts


def test_no_drawdown_halts_a_bot_without_that_limit() -> None:
    assert must_halt(Limits(), Decimal(1000), Decimal(1)) is None
