"""Symbols as the double of Yahoo lists them: when they are traded, at which prices, and the rows of their charts."""

import math
import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LENGTHS = {
    "1m": MINUTE, "2m": 2 * MINUTE, "5m": 5 * MINUTE, "15m": 15 * MINUTE, "30m": 30 * MINUTE, "60m": 60 * MINUTE,
    "90m": 90 * MINUTE, "1h": 60 * MINUTE, "4h": 240 * MINUTE, "1d": DAY,
}  # fmt: skip
type Session = tuple[datetime, datetime]
type Row = tuple[int, tuple[float, float, float, float, int] | None]


def sessions(
    zone: str,
    first: date,
    last: date,
    hours: str = "09:30-16:00",
    *,
    closed: Collection[date] = (),
    short: Mapping[date, str] | None = None,
    weekdays: Collection[int] = range(5),
) -> list[Session]:
    """Return the sessions of an exchange as a person reads them off its web page, each in UTC."""
    made = []
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if day.weekday() in weekdays and day not in closed:
            opens, _, closes = ((short or {}).get(day) or hours).partition("-")
            until = day + DAY if closes == "24:00" else day
            made.append((_local(day, opens, zone), _local(until, closes.replace("24:", "00:"), zone)))
    return made


@dataclass
class Listing:
    """One symbol. `delay` is how late its prices are at Yahoo; in minutes of `silence` nothing is traded."""

    symbol: str
    sessions: list[Session]
    currency: str = "USD"
    exchange: str = "NMS"
    zone: str = "America/New_York"
    kind: str = "EQUITY"
    price_hint: int = 2
    level: float = 100.0
    delay: timedelta = timedelta(0)
    silence: set[datetime] = field(default_factory=set)
    splits: list[tuple[datetime, int, int]] = field(default_factory=list)
    untold_splits: bool = False

    def rows(self, interval: str, begin: datetime, end: datetime, at: datetime, extended: bool) -> list[Row]:
        """Return the rows of a range as Yahoo has them at a moment; the last is of a bar that is still forming."""
        length, scale = LENGTHS[interval], self._scale(at)
        found: list[Row] = []
        for opens, closes in self.sessions:
            if extended and length < DAY:
                opens, closes = opens - timedelta(hours=1), closes + timedelta(hours=1)
            if closes > begin and opens < min(end, at):
                found += self._of_session(opens, closes, length, at, scale)
        return [row for row in found if begin.timestamp() <= row[0] < end.timestamp()]

    def present(self, at: datetime) -> Row | None:
        """Return the row that Yahoo appends: the last price, at the second at which it was made."""
        traded = self.last_trade(at)
        if traded is None:
            return None
        price = _single(self._price(traded) * self._scale(at))
        return int(traded.timestamp()), (price, price, price, price, 0)

    def last_trade(self, at: datetime) -> datetime | None:
        """Return when the symbol was last traded before a moment."""
        past = [session for session in self.sessions if session[0] < at]
        return min(at, past[-1][1]) if past else None

    def split_events(self, begin: datetime, end: datetime, at: datetime) -> dict[str, Any]:
        """Return the splits of a range in Yahoo's form."""
        if self.untold_splits:
            return {}
        return {
            str(int(day.timestamp())): {
                "date": int(day.timestamp()), "numerator": float(new), "denominator": float(old),
                "splitRatio": f"{new}:{old}",
            }
            for day, new, old in self.splits
            if begin <= day < end and day <= at
        }  # fmt: skip

    def bar(self, opens: datetime, length: timedelta, at: datetime | None = None) -> tuple[float, ...]:
        """Return the true (open, high, low, close, volume) of a bar within a session; what tests compare with."""
        made = self._row(opens, opens + length, opens + length, self._scale(at or opens + length))
        assert made is not None
        return made

    def _scale(self, at: datetime) -> float:
        return math.prod(old / new for day, new, old in self.splits if day <= at)

    def _of_session(
        self, opens: datetime, closes: datetime, length: timedelta, at: datetime, scale: float
    ) -> Iterator[Row]:
        begin = opens
        while begin < min(closes, at):
            end = min(begin + length, closes)
            stamp = begin
            if length >= DAY and closes == self._latest(at)[1]:
                # The day's row has the time of its last trade until the next one begins.
                stamp, end = min(at, closes), closes
            yield int(stamp.timestamp()), self._row(begin, end, at, scale)
            begin = end

    def _latest(self, at: datetime) -> Session:
        return [session for session in self.sessions if session[0] < at][-1]

    def _row(
        self, begin: datetime, end: datetime, at: datetime, scale: float
    ) -> tuple[float, float, float, float, int] | None:
        silent = frozenset(int(minute.timestamp()) for minute in self.silence)
        made = _walk(int(begin.timestamp()), int(min(end, at).timestamp()), silent, self.level)
        if made is None:
            return None
        opened, high, low, close, volume = made
        return _single(opened * scale), _single(high * scale), _single(low * scale), _single(close * scale), volume

    def _price(self, moment: datetime) -> float:
        return _price(moment.timestamp() / 60, self.level)


@lru_cache(maxsize=200_000)
def _walk(begin: int, end: int, silent: frozenset[int], level: float) -> tuple[float, float, float, float, int] | None:
    """Return the prices between two seconds, minute by minute; None where nothing is traded."""
    minutes = [minute for minute in range(begin, end, 60) if minute not in silent]
    if not minutes:
        return None
    opens = [_price(minute / 60, level) for minute in minutes]
    closes = [_price(min(minute + 60, end) / 60, level) for minute in minutes]
    volume = sum((100 + minute // 60 % 37) * (min(minute + 60, end) - minute) // 60 for minute in minutes)
    return opens[0], max(opens + closes) + 0.02, min(opens + closes) - 0.02, closes[-1], volume


def _price(minute: float, level: float) -> float:
    wave = 0.08 * math.sin(minute / 391) + 0.02 * math.sin(minute / 23) + 0.003 * math.sin(minute * 1.7)
    return round(level * (1 + wave), 2)


def _single(price: float) -> float:
    """Return a price as Yahoo has it, of single precision."""
    value: float = struct.unpack("f", struct.pack("f", price))[0]
    return value


def _local(day: date, clock: str, zone: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(zone)).astimezone(UTC)
