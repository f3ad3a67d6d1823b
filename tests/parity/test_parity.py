"""Trade for trade what two independent implementations of the rules make of two real series.

expected.json.gz: series, entry, exit, parameters -> [entry_bar, exit_bar] of every trade; null while still open.
"""

import gzip
import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from adapters.bars_file import BarsFile, read_bars
from adapters.simulated import file_instrument
from bots.commands.backtesting import backtest_document
from bots.config import parse_document
from bots.trading.backtest import run_backtest
from bots.trading.terms import feed_settings, terms_of
from tests.real_bars import bars_path

pytestmark = pytest.mark.slow

INTERVALS = {"GOOG-1D": "1d", "EURUSD-1H": "1h"}


@cache
def expected() -> dict[str, Any]:
    with gzip.open(Path(__file__).with_name("expected.json.gz"), "rt", encoding="utf-8") as file:
        lists: dict[str, Any] = json.load(file)
    return lists


@cache
def bars_of(series: str) -> BarsFile:
    return read_bars(bars_path(series))


def document_of(case: dict[str, Any]) -> dict[str, Any]:
    return {
        "trading": {"symbol": case["series"].split("-")[0]},
        "data": {"interval": INTERVALS[case["series"]]},
        "strategy": {
            "entry_logic": {"name": case["entry"], "params": case["params"]["entry"]},
            "exit_logic": {"name": case["exit"], "params": case["params"]["exit"]},
        },
    }


def test_all_combinations_of_both_series_are_there() -> None:
    assert len(expected()) == 132
    assert sum(len(case["trades"]) for case in expected().values()) == 4738


@pytest.mark.parametrize("name", sorted(expected()))
def test_the_backtest_makes_exactly_the_expected_trades(name: str) -> None:
    case = expected()[name]
    document, file = parse_document(document_of(case)), bars_of(case["series"])
    terms = terms_of(document, "parity", file_instrument(feed_settings(document), file))
    result = run_backtest(terms, document.strategy.rules(), file.bars)
    labels = {bar.time: label for bar, label in zip(file.bars, file.labels, strict=True)}
    made = [[labels[t.entry_bar], None if t.exit_bar is None else labels[t.exit_bar]] for t in result.trades]
    assert made == case["trades"]
    assert all(trade.quantity > Decimal(0) for trade in result.trades)


def test_the_command_writes_them_with_the_timestamps_of_the_file(tmp_path: Path) -> None:
    name = "GOOG-1D__RSIBBEntryMixin__ATRExitMixin__loose"
    case = expected()[name]
    (tmp_path / "bot.json").write_text(json.dumps(document_of(case)))
    backtest_document(tmp_path / "bot.json", bars_path(case["series"]), tmp_path / "out")
    trades = json.loads((tmp_path / "out" / "trades.json").read_text())
    assert [[trade["entry_bar"], trade["exit_bar"]] for trade in trades] == case["trades"]
