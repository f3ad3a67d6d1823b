"""Binance's klines as bars. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from adapters.live.reading import moment, readable
from strategies.bar import Bar
from strategies.errors import VenueRefusedError

NAMES = {60: "1m", 300: "5m", 900: "15m", 1800: "30m", 3600: "1h", 14_400: "4h", 86_400: "1d"}
PAGE = 1000
"""The most klines that one request brings."""


def name_of(interval: timedelta) -> str:
    """Return Binance's name for a length of bars.

    Raises
    ------
    VenueRefusedError
        If it has none.
    """
    name = NAMES.get(int(interval.total_seconds()))
    if name is None:
        raise VenueRefusedError(f"Binance has no bars of {interval}; there are {', '.join(NAMES.values())}")
    return name


def past(rows: Sequence[Sequence[Any]]) -> list[Bar]:
    """Return the bars of a klines answer that ends before bars which are complete.

    Raises
    ------
    VenueLostError
        If it cannot be read.
    """
    with readable("Binance's klines"):
        return [_from_row(row) for row in rows]


def closed(rows: Sequence[Sequence[Any]], now_ms: int) -> list[Bar]:
    """Return the complete ones of a klines answer: a row with another behind it, or whose close has passed.

    Raises
    ------
    VenueLostError
        If it cannot be read.
    """
    last = len(rows) - 1
    with readable("Binance's klines"):
        return [_from_row(row) for number, row in enumerate(rows) if number < last or row[6] < now_ms]


def from_stream(kline: dict[str, Any]) -> Bar | None:
    """Return the bar of a kline event's `k`; None while it still forms.

    Raises
    ------
    ValueError
        If it does not say which.
    """
    if kline["x"] is not True:
        if kline["x"] is not False:
            raise ValueError(f"{kline['x']!a:.20} does not say whether the bar has closed")
        return None
    return Bar(
        _time(kline["t"]),
        float(kline["o"]),
        float(kline["h"]),
        float(kline["l"]),
        float(kline["c"]),
        float(kline["v"]),
    )


def milliseconds(time: datetime) -> int:
    """Return a time as Binance writes it."""
    return int(time.timestamp() * 1000)


def _from_row(row: Sequence[Any]) -> Bar:
    return Bar(_time(row[0]), float(row[1]), float(row[2]), float(row[3]), float(row[4]), float(row[5]))


def _time(at_ms: int) -> datetime:
    return moment(at_ms / 1000)
