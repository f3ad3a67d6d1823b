"""What charts are drawn from: whatever a bot says, times rise, levels are levels, and nonsense is left out."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bots.trading.records import Trade
from bots.web.pages.charting import chart_of
from strategies.errors import BotUnreachableError
from tests.web.staged_bots import many
from tests.web.staging import signed_in, stage

NINE = datetime(2026, 1, 1, 9, tzinfo=UTC)
AT_NINE = int(NINE.timestamp())


def bar(minute: int, **other: Any) -> dict[str, Any]:
    return {
        "time": f"2026-01-01T09:{minute:02}:00Z",
        "open": 1.0,
        "high": 2.0,
        "low": 0.5,
        "close": 1.5,
        "volume": 1.0,
        **other,
    }


def trade(entered: int, left: int | None = None, profit: int | None = None) -> Trade:
    entry = Trade(1, NINE.replace(minute=entered), Decimal(100), Decimal(1), Decimal(0))
    if left is None:
        return entry
    return Trade(
        1, entry.entry_bar, entry.entry_price, entry.quantity, entry.commission,
        NINE.replace(minute=left), Decimal(101), None if profit is None else Decimal(profit), "stop_loss",
    )  # fmt: skip


def chart(
    bars: Sequence[Any] = (), trades: Sequence[Trade] = (), lots: Sequence[Any] = (), curve: Sequence[Any] = ()
) -> dict[str, Any]:
    return chart_of({"interval": "5m", "bars": bars}, trades, lots, curve)


def test_times_rise_strictly_whatever_the_order_and_the_last_word_counts() -> None:
    made = chart([bar(10), bar(0), bar(5, close=1.0), bar(5, close=2.0)])
    assert [(candle["time"] - AT_NINE, candle["close"]) for candle in made["candles"]] == [
        (0, 1.5),
        (300, 2.0),
        (600, 1.5),
    ]
    curve = [{"time": f"2026-01-01T09:0{minute}:00Z", "equity": 1.0, "drawdown_pct": 3.0} for minute in (2, 1, 2)]
    account = chart(curve=curve)["account"]
    assert [(point["time"] - AT_NINE, point["drawdown"]) for point in account] == [(60, -3.0), (120, -3.0)]


@pytest.mark.parametrize(
    "nonsense",
    [{}, {"time": "soon"}, {"time": None}, {"close": None}, {"close": "1.5"}, {"close": float("nan")}, {"low": True}],
)
def test_what_cannot_be_drawn_is_left_out(nonsense: dict[str, Any]) -> None:
    broken = {**bar(5), **nonsense} if nonsense else {}
    made = chart(
        [bar(0), broken], curve=[{"time": "2026-01-01T09:00:00Z", "equity": float("inf"), "drawdown_pct": 0.0}]
    )
    assert [candle["time"] for candle in made["candles"]] == [AT_NINE]
    assert made["account"] == []
    json.dumps(made, allow_nan=False)


def test_entries_and_exits_are_marked_where_their_bars_are_shown() -> None:
    trades = [trade(0, 5, 4), trade(5, 10, -4), trade(10), trade(30, 35, 1)]
    marks = chart([bar(0), bar(5), bar(10)], trades)["marks"]
    assert [(mark["time"] - AT_NINE, mark["kind"]) for mark in marks] == [
        (0, "entry"), (300, "gain"), (300, "entry"), (600, "loss"), (600, "entry"),
    ]  # fmt: skip
    assert [mark["text"] for mark in marks[:2]] == ["bought at 100", "stop_loss at 101, +4.00"]


def test_levels_are_lines_by_their_names() -> None:
    lot = {
        "lot": 3,
        "entry_price": 100.0,
        "stop_loss": 95.0,
        "take_profit": 110.0,
        "trailing_stop": None,
        "stop_at_venue": 0,
    }
    lines = chart(lots=[lot])["lines"]
    assert [(line["title"], line["price"], line["kind"]) for line in lines] == [
        ("entry", 100.0, "entry"), ("stop", 95.0, "stop"), ("target", 110.0, "target"),
    ]  # fmt: skip
    both = chart(lots=[lot, {"lot": 4, "stop_loss": 96.0, "entry_price": "x", "take_profit": float("nan")}])["lines"]
    assert [line["title"] for line in both] == ["entry 3", "stop 3", "target 3", "stop 4"]


def test_half_a_letter_breaks_no_answer() -> None:
    lots: list[dict[str, Any]] = [{"lot": "\ud800", "stop_loss": 1.0}, {"lot": 2, "stop_loss": 1.0}]
    json.dumps(chart_of({"interval": "\ud800"}, [], lots, []), ensure_ascii=False).encode()


async def test_what_a_bot_does_not_say_is_told_beside_what_it_does(tmp_path: Path) -> None:
    bots = many(10)
    bots.fail("bars", BotUnreachableError("0002 does not answer"))
    async with signed_in(stage(bots, tmp_path), "vera") as vera:
        told = (await vera.get("/bots/0002/chart.json")).json()
    assert (told["no_bars"], told["no_curve"], told["candles"]) == ("0002 does not answer", "", [])
    assert len(told["account"]) == 120
    assert {line["title"] for line in told["lines"]} == {"entry", "stop", "target"}
