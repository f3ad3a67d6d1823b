"""The chart of a bot's bars as a table and a sentence, for whoever cannot see it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class BarInWords:
    """One bar, and what the bot did on it."""

    time: datetime
    prices: tuple[str, ...]
    deeds: tuple[str, ...]


def bars_in_words(chart: Mapping[str, Any], most: int) -> list[BarInWords]:
    """Return the last bars of a chart, as `chart_of` makes it, newest first."""
    deeds: dict[int, list[str]] = {}
    for mark in chart["marks"]:
        deeds.setdefault(mark["time"], []).append(mark["text"])
    return [
        BarInWords(
            datetime.fromtimestamp(candle["time"], UTC),
            tuple(f"{candle[key]:.8g}" for key in ("open", "high", "low", "close")),
            tuple(deeds.get(candle["time"], ())),
        )
        for candle in reversed(chart["candles"][-most:])
    ]


def levels_in_words(chart: Mapping[str, Any]) -> str:
    """Return the levels of a chart as a list in a sentence; nothing where there are none."""
    return ", ".join(f"{line['title']} {line['price']:.8g}" for line in chart["lines"])
