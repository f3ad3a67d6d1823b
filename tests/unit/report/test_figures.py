"""Figures against values worked out by hand."""

import json
import math
import time
from datetime import timedelta
from decimal import Decimal

import pytest

from bots.results.figures import describe, duration, key_figures
from tests.unit.report.account import DAY, HOUR, START, closed, curve, still_open

HUNDRED = Decimal(100)


def test_drawdown_in_money_in_per_cent_and_in_time() -> None:
    # From 200 down to 150: 50, a quarter. From 120 to 84: 36, but 30 %. Below 120 for 1 day, below 200 until the end.
    figures = key_figures(curve(["120", "84", "120", "200", "150", "160", "199"]), [], DAY, HUNDRED)
    assert figures.max_drawdown == Decimal(50)
    assert figures.max_drawdown_pct == pytest.approx(30)
    assert figures.longest_drawdown == 3 * DAY


def test_a_drawdown_ends_on_the_bar_that_regains_the_peak() -> None:
    figures = key_figures(curve(["110", "105", "100", "110", "109"]), [], DAY, HUNDRED)
    assert figures.longest_drawdown == 3 * DAY


def test_a_loss_on_the_very_first_bar_is_a_drawdown_from_the_initial_balance() -> None:
    figures = key_figures(curve(["90", "95"]), [], DAY, HUNDRED)
    assert (figures.max_drawdown, figures.longest_drawdown) == (Decimal(10), DAY)
    assert figures.max_drawdown_pct == pytest.approx(10)


def test_an_account_that_only_rises_has_no_drawdown() -> None:
    figures = key_figures(curve(["100", "101", "101", "102"]), [], DAY, HUNDRED)
    assert (figures.max_drawdown, figures.max_drawdown_pct) == (Decimal(0), 0.0)
    assert figures.longest_drawdown == timedelta(0)


def test_sharpe_and_sortino_of_three_days() -> None:
    # Returns 10 %, -10 %, 30 %: mean 0.1, sample deviation 0.2, downside deviation sqrt(0.01 / 3).
    figures = key_figures(curve(["110", "99", "128.7"]), [], DAY, HUNDRED)
    assert figures.sharpe == pytest.approx(0.5 * math.sqrt(252))
    assert figures.sortino == pytest.approx(math.sqrt(3) * math.sqrt(252))


def test_returns_are_by_utc_day_however_many_bars_a_day_has() -> None:
    # The same three days, each with an hour of noise before its last bar.
    points = curve(["50", "110", "200", "99", "1", "128.7"], 12 * HOUR)
    assert key_figures(points, [], 12 * HOUR, HUNDRED).sharpe == pytest.approx(0.5 * math.sqrt(252))


def test_a_market_open_on_saturdays_has_a_year_of_365_days() -> None:
    week = ["110", "99", "128.7", "128.7", "128.7", "128.7"]
    returns = [0.1, -0.1, 0.3, 0, 0, 0]
    mean = sum(returns) / 6
    deviation = math.sqrt(sum((r - mean) ** 2 for r in returns) / 5)
    assert key_figures(curve(week), [], DAY, HUNDRED).sharpe == pytest.approx(mean / deviation * math.sqrt(365))


def test_weekly_bars_are_annualised_by_weeks() -> None:
    figures = key_figures(curve(["110", "99", "128.7"], 7 * DAY), [], 7 * DAY, HUNDRED)
    assert figures.sharpe == pytest.approx(0.5 * math.sqrt(365.25 / 7))


@pytest.mark.parametrize("values", [["110"], ["100", "100", "100"], ["101", "102.01", "103.0301"]])
def test_ratios_are_none_where_they_are_not_defined(values: list[str]) -> None:
    # One day; nothing moves; the same return every day.
    figures = key_figures(curve(values), [], DAY, HUNDRED)
    assert (figures.sharpe, figures.sortino) == (None, None)


def test_return_and_growth_a_year() -> None:
    # 366 points a day apart and the last bar's own day: 366 days, over which the account doubles.
    figures = key_figures(curve(["100"] * 365 + ["200"]), [], DAY, HUNDRED)
    assert figures.total_return_pct == pytest.approx(100)
    assert figures.cagr_pct == pytest.approx((2 ** (365.25 / 366) - 1) * 100)


def test_growth_a_year_is_not_told_from_less_than_thirty_days() -> None:
    assert key_figures(curve(["110"] * 29), [], DAY, HUNDRED).cagr_pct is None
    assert key_figures(curve(["110"] * 30), [], DAY, HUNDRED).cagr_pct is not None


def test_equity_falling_to_zero_and_below() -> None:
    ruined = key_figures(curve(["50", "0"] + ["0"] * 40), [], DAY, HUNDRED)
    assert (ruined.total_return_pct, ruined.cagr_pct, ruined.max_drawdown_pct) == (-100, -100, 100)
    # The returns are -50 % and -100 %; days that begin with nothing have none.
    assert ruined.sharpe == pytest.approx(-0.75 / math.sqrt(0.125) * math.sqrt(365))
    indebted = key_figures(curve(["50", "-10"] + ["-10"] * 40), [], DAY, HUNDRED)
    assert indebted.total_return_pct == pytest.approx(-110)
    assert indebted.cagr_pct is None
    assert indebted.max_drawdown == Decimal(110)
    json.dumps([ruined.to_json(), indebted.to_json()], allow_nan=False)


def test_a_single_bar() -> None:
    figures = key_figures(curve(["99"]), [], HOUR, HUNDRED)
    assert (figures.start, figures.end, figures.bars) == (START, START, 1)
    assert (figures.final_equity, figures.max_drawdown) == (Decimal(99), Decimal(1))
    assert (figures.cagr_pct, figures.sharpe, figures.longest_drawdown) == (None, None, timedelta(0))


def test_no_bars_at_all() -> None:
    figures = key_figures([], [], HOUR, HUNDRED)
    assert (figures.start, figures.bars, figures.final_equity, figures.total_return_pct) == (None, 0, HUNDRED, 0)
    assert describe(figures)


def test_no_trades() -> None:
    figures = key_figures(curve(["100", "100"]), [], DAY, HUNDRED)
    assert (figures.closed_trades, figures.open_trades, figures.commission) == (0, 0, Decimal(0))
    assert (figures.win_rate_pct, figures.profit_factor, figures.average_trade) == (None, None, None)
    assert (figures.best_trade, figures.worst_trade, figures.average_duration) == (None, None, None)
    assert figures.by_exit_reason == {}


def test_figures_of_trades() -> None:
    trades = [closed("30", "take_profit", 1), closed("-10", "stop_loss", 2), closed("0", None, 3), still_open()]
    trades.append(closed("-5.5", "stop_loss", 6))
    figures = key_figures(curve(["100"]), trades, DAY, HUNDRED)
    assert (figures.closed_trades, figures.open_trades, figures.win_rate_pct) == (4, 1, 25)
    assert figures.profit_factor == pytest.approx(30 / 15.5)
    assert (figures.average_trade, figures.best_trade, figures.worst_trade) == (
        Decimal("3.625"),
        Decimal(30),
        Decimal(-10),
    )
    assert figures.average_duration == 3 * HOUR
    assert figures.commission == Decimal("0.45")
    assert figures.by_exit_reason == {
        "stop_loss": (2, Decimal("-15.5")),
        "take_profit": (1, Decimal(30)),
        "not given": (1, Decimal(0)),
    }


def test_one_open_trade_counts_for_nothing_but_its_commission() -> None:
    figures = key_figures(curve(["100"], held=[0]), [still_open()], DAY, HUNDRED)
    assert (figures.closed_trades, figures.open_trades, figures.commission) == (0, 1, Decimal("0.05"))
    assert (figures.win_rate_pct, figures.by_exit_reason) == (None, {})


def test_profit_factor_is_none_without_a_loss() -> None:
    assert key_figures(curve(["100"]), [closed("5")], DAY, HUNDRED).profit_factor is None


def test_exposure_is_the_share_of_bars_with_a_position() -> None:
    assert key_figures(curve(["100"] * 8, held=[1, 2, 5]), [], DAY, HUNDRED).exposure_pct == 37.5


def test_json_names_its_units_and_holds_plain_numbers() -> None:
    document = key_figures(curve(["110", "99", "128.7"]), [closed("-0.3")], DAY, HUNDRED).to_json()
    assert document["start"] == "2024-01-01T00:00:00Z"
    assert document["total_return_pct"] == 28.7
    assert document["final_equity"] == 128.7
    assert document["longest_drawdown_seconds"] == 172800
    assert document["average_duration_seconds"] == 7200
    assert document["profit_factor"] == 0
    assert document["by_exit_reason"] == {"signal": {"trades": 1, "profit": -0.3}}
    json.dumps(document, allow_nan=False)


def test_description_is_aligned_and_reads_like_a_trader() -> None:
    trades = [closed("30", "take_profit", 49), closed("-10", "stop_loss", 1), still_open()]
    lines = describe(key_figures(curve(["110", "99", "128.7"], held=[0]), trades, DAY, HUNDRED))
    assert lines == [
        "Return                +28.70 %",
        "Equity                128.70    from 100.00",
        "Max drawdown          -10.00 %  -11.00",
        "Longest drawdown      2 d",
        "Sharpe ratio          7.94      daily, annualised",
        "Sortino ratio         27.50",
        "In the market         33.3 %    of 3 bars",
        "Trades                2         and 1 open",
        "Trades won            50.0 %",
        "Profit factor         3.00",
        "Average trade         +10.00    best +30.00, worst -10.00",
        "Average time held     1 d 1 h",
        "Commission            0.25",
        "Exits by take_profit  1         +30.00",
        "Exits by stop_loss    1         -10.00",
    ]


def test_small_trades_are_told_with_the_decimals_they_need() -> None:
    lines = describe(key_figures(curve(["100"]), [closed("0.000123")], DAY, HUNDRED))
    assert any("+0.000123" in line for line in lines)


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(0), "0 s"),
        (timedelta(days=42, hours=3, minutes=9), "42 d 3 h"),
        (timedelta(seconds=61), "1 min 1 s"),
        (timedelta(days=1, minutes=5), "1 d 5 min"),
        (None, "n/a"),
    ],
)
def test_durations(length: timedelta | None, told: str) -> None:
    assert duration(length) == told


def test_forty_five_thousand_points_are_no_burden() -> None:
    points = curve([str(100 + index % 700) for index in range(45_000)], timedelta(minutes=1))
    trades = [closed("1", lot=lot) for lot in range(1000)]
    began = time.process_time()
    key_figures(points, trades, timedelta(minutes=1), HUNDRED)
    # 25 ms where it was written; the bound only catches a slip into per-point Decimals.
    assert time.process_time() - began < 0.3
