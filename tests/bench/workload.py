"""What all sides trade: two documents, and the bars of a simulated market."""

import csv
import json
import os
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from adapters.bars_file import COLUMNS
from adapters.instrument import simulated_instrument
from adapters.mock_market import MockMarket

BARS = int(os.environ.get("BENCH_BARS", "45000"))
SEED = 1
SYMBOL = "BTCUSDT"
DOCUMENT: dict[str, Any] = {
    "description": "The rules that `make bench` trades.",
    "broker": {"type": "mock", "initial_balance": 10000.0, "commission": 0.001},
    "trading": {"symbol": SYMBOL, "position_size": 0.1},
    "data": {"data_source": "mock", "interval": "1m", "seed": SEED},
    "strategy": {
        "entry_logic": {
            "name": "RSIBBVolumeEntryMixin",
            "params": {
                "rsi_period": 14,
                "rsi_oversold": 35.0,
                "bb_period": 20,
                "bb_dev": 2.0,
                "vol_ma_period": 20,
                "min_volume_ratio": 1.1,
            },
        },
        "exit_logic": {"name": "ATRExitMixin", "params": {"atr_period": 14, "sl_multiplier": 2.0}},
    },
}
HELD_BARS = 15
# The same entry, with an exit that freqtrade can express exactly.
TIMED_DOCUMENT = DOCUMENT | {
    "strategy": DOCUMENT["strategy"]
    | {"exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": HELD_BARS}}},
}


def write_document(path: Path, document: dict[str, Any]) -> None:
    """Write one of the documents."""
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def write_bars(path: Path) -> None:
    """Write the first bars of the market as a CSV file."""
    spec = simulated_instrument(SYMBOL, price_step=None, size_step=None, min_notional=None)
    price, size = (-int(step.as_tuple().exponent) for step in (spec.price_step, spec.size_step))
    market = MockMarket(spec, timedelta(minutes=1), SEED)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for bar in islice(market.after(None), BARS):
            prices = (f"{value:.{price}f}" for value in (bar.open, bar.high, bar.low, bar.close))
            writer.writerow((f"{bar.time:%Y-%m-%dT%H:%M:%SZ}", *prices, f"{bar.volume:.{size}f}"))
