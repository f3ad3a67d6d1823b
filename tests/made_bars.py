"""Bars for tests, from the mock market: always the same, and nobody's data."""

from datetime import timedelta
from pathlib import Path

from adapters.instrument import simulated_instrument
from adapters.mock_market import MockMarket
from strategies.bar import Bar


def made_bars(count: int, *, seed: int = 7, interval: timedelta = timedelta(minutes=1)) -> list[Bar]:
    """Return the first bars of a mock market."""
    spec = simulated_instrument("BTCUSDT", price_step=None, size_step=None, min_notional=None)
    market = MockMarket(spec, interval, seed)
    return [market.bar(index) for index in range(count)]


def write_bars_csv(path: Path, bars: list[Bar]) -> None:
    """Write bars as the files that backtest and replay read."""
    lines = ["timestamp,open,high,low,close,volume"]
    lines += [
        f"{b.time:%Y-%m-%dT%H:%M:%SZ},{b.open:.2f},{b.high:.2f},{b.low:.2f},{b.close:.2f},{b.volume}" for b in bars
    ]
    path.write_text("\n".join(lines) + "\n")


def write_made_bars(path: Path, count: int, *, seed: int = 7) -> None:
    """Write the first bars of a mock market to a CSV file."""
    write_bars_csv(path, made_bars(count, seed=seed))
