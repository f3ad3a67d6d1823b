"""What came of each combination, as a sweep compares it: a few figures, and which is better. Pure."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

type Numbers = tuple[float | None, ...]


class Metric(NamedTuple):
    """A figure of summary.json by which combinations are compared."""

    name: str
    label: str
    places: int
    unit: str = ""
    less_is_better: bool = False
    has_sign: bool = True


METRICS = (
    Metric("sharpe", "Sharpe ratio", 2),
    Metric("sortino", "Sortino ratio", 2),
    Metric("profit", "Profit", 2),
    Metric("return", "Return", 2, " %"),
    Metric("cagr", "Return a year", 2, " %"),
    Metric("drawdown", "Max drawdown", 2, " %", less_is_better=True, has_sign=False),
    Metric("profit-factor", "Profit factor", 2, has_sign=False),
    Metric("win-rate", "Trades won", 1, " %", has_sign=False),
    Metric("average-trade", "Average trade", 2),
    Metric("trades", "Trades", 0, has_sign=False),
    Metric("exposure", "In the market", 1, " %", has_sign=False),
)
_KEYS = {
    "return": "total_return_pct",
    "cagr": "cagr_pct",
    "drawdown": "max_drawdown_pct",
    "profit-factor": "profit_factor",
    "win-rate": "win_rate_pct",
    "average-trade": "average_trade",
    "trades": "closed_trades",
    "exposure": "exposure_pct",
}
NAMES = tuple(metric.name for metric in METRICS)


@dataclass(frozen=True, slots=True)
class Row:
    """One combination: its metrics in the order of METRICS, or why there are none."""

    number: int
    state: Literal["traded", "refused", "failed"]
    numbers: Numbers = ()
    later: Numbers = ()
    why: str = ""

    def number_of(self, metric: Metric) -> float | None:
        """Give one of its metrics; None where it is not defined."""
        return self.numbers[METRICS.index(metric)] if self.numbers else None


def row_of(line: Mapping[str, Any]) -> Row:
    """Take from a line of results what is compared."""
    if "failed" in line:
        return Row(line["number"], "failed", why=line["failed"])
    if "refused" in line:
        return Row(line["number"], "refused", why=line["refused"])
    later = line.get("out_of_sample")
    return Row(line["number"], "traded", numbers_of(line["figures"]), numbers_of(later) if later else ())


def numbers_of(figures: Mapping[str, Any]) -> Numbers:
    """Give the metrics of a run."""
    # Both are sums of decimals; what a float adds behind them is no money.
    profit = round(figures["final_equity"] - figures["start_equity"], 8)
    numbers = [profit if name == "profit" else figures[_KEYS.get(name, name)] for name in NAMES]
    return tuple(number if number is None or math.isfinite(number) else None for number in numbers)


def metric_named(name: str) -> Metric:
    """Return a metric by its name."""
    return METRICS[NAMES.index(name)]


def merit(row: Row, metric: Metric) -> float:
    """Give what is the higher the better a combination is; nothing is worse than what is not defined."""
    number = row.number_of(metric)
    if number is None:
        return -math.inf
    return -number if metric.less_is_better else number


def ranked(rows: Iterable[Row], metric: Metric) -> list[Row]:
    """Give those that were traded, the best first; of equals the one with the lowest number."""
    return sorted((row for row in rows if row.state == "traded"), key=lambda row: (-merit(row, metric), row.number))


def worded(number: float | None, metric: Metric) -> str:
    """Write a metric for people."""
    if number is None:
        return "n/a"
    return f"{number + 0.0:{'+' if metric.has_sign and metric.places and metric.unit else ''},.{metric.places}f}"
