"""What Yahoo's chart endpoint says, as values."""

from dataclasses import dataclass
from datetime import datetime
from math import inf, isfinite
from typing import Any, NamedTuple

from adapters.live.reading import moment, readable
from strategies.errors import VenueLostError


class Row(NamedTuple):
    """One row of a chart; the last is mostly of a bar that is still forming."""

    time: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True, slots=True)
class Split:
    """`ratio` new shares for each old one, from the opening at `time` on."""

    time: datetime
    ratio: float
    name: str


@dataclass(frozen=True, slots=True)
class Meta:
    """What a chart says of its symbol; what Yahoo leaves out is empty or None."""

    symbol: str
    currency: str
    exchange: str
    timezone: str
    kind: str
    price_hint: int
    last_trade: datetime | None
    granularity: str


@dataclass(frozen=True, slots=True)
class Chart:
    """An answer: rows in order, without those that have no prices, or some that cannot be."""

    meta: Meta
    rows: tuple[Row, ...]
    splits: tuple[Split, ...]


def read_chart(body: Any) -> Chart:
    """Return the chart that an answer holds.

    Raises
    ------
    VenueLostError
        If it holds none.
    """
    with readable("Yahoo's chart"):
        results = body["chart"]["result"]
        if not results:
            raise VenueLostError("Yahoo's answer is empty")
        result = results[0]
        return Chart(_meta(result["meta"]), _rows(result), _splits(result))


def _meta(meta: Any) -> Meta:
    traded = meta.get("regularMarketTime")
    hint = meta.get("priceHint")
    return Meta(
        symbol=_word(meta.get("symbol")),
        currency=_word(meta.get("currency")),
        exchange=_word(meta.get("exchangeName")),
        timezone=_word(meta.get("exchangeTimezoneName")),
        kind=_word(meta.get("instrumentType")),
        price_hint=2 if hint is None else min(max(int(hint), 0), 8),
        last_trade=None if traded is None else _moment(traded),
        granularity=_word(meta.get("dataGranularity")),
    )


def _word(told: Any) -> str:
    """Return a code or a name; nothing for what is none."""
    return told if isinstance(told, str) and told.isascii() and told.isprintable() and len(told) <= 64 else ""


def _rows(result: Any) -> tuple[Row, ...]:
    times = result.get("timestamp") or []
    if not times:
        return ()
    quote = result["indicators"]["quote"][0]
    columns = [quote[name] for name in ("open", "high", "low", "close")]
    volumes = quote.get("volume") or [None] * len(times)
    # By time, so that of two rows of one time the later one stands.
    rows: dict[int, Row] = {}
    for time, volume, *prices in zip(times, volumes, *columns, strict=True):
        if all(price is not None and 0 < price < inf for price in prices) and 0 <= (volume or 0) < inf:
            opened, high, low, close = (float(price) for price in prices)
            rows[int(time)] = Row(
                _moment(time), opened, max(opened, high, low, close), min(opened, high, low, close), close,
                float(volume or 0),
            )  # fmt: skip
    return tuple(rows[time] for time in sorted(rows))


def _splits(result: Any) -> tuple[Split, ...]:
    told = (result.get("events") or {}).get("splits") or {}
    splits = []
    for event in told.values():
        new, old = float(event["numerator"]), float(event["denominator"])
        if new > 0 and old > 0 and new != old and isfinite(new / old):
            splits.append(Split(_moment(event["date"]), new / old, f"{new:g}:{old:g}"))
    return tuple(sorted(splits, key=lambda split: split.time))


def _moment(seconds: Any) -> datetime:
    return moment(int(seconds))
