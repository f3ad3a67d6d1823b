"""The market: its bars, its own clock, and the bar that forms. Pure; times are milliseconds."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

from strategies.bar import Bar
from tests.venues.binance.refusals import bad_request

INTERVALS = {
    "1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "2h": 7200, "4h": 14_400, "6h": 21_600,
    "8h": 28_800, "12h": 43_200, "1d": 86_400,
}  # fmt: skip
"""The lengths of klines that the double has, in seconds."""
_ZERO = Decimal(0)


@dataclass(slots=True)
class Kline:
    """One bar as the exchange counts it; `first_trade` is the number of its first trade, if it has `trades`."""

    open_time: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = _ZERO
    trades: int = 0
    first_trade: int = -1

    def take_in(self, later: "Kline") -> None:
        """Become the longer bar of which `later` is a later part."""
        if not self.trades:
            self.open = self.high = self.low = later.open
            self.first_trade = later.first_trade
        if later.trades:
            self.high, self.low = max(self.high, later.high), min(self.low, later.low)
            self.close = later.close
        self.volume += later.volume
        self.trades += later.trades


class Market:
    """The bars of one symbol: those that have closed, the one that forms, and those that are still to be played.

    Its clock goes on by what is played, whatever the clock on the wall says.
    """

    def __init__(self, bars: Sequence[Bar], past: int, interval: str) -> None:
        if not bars:
            raise ValueError("a market needs at least one bar")
        self.interval, self.step = interval, INTERVALS[interval] * 1000
        _check(bars, self.step)
        self._trade_ids = 1
        self.closed: list[Kline] = []
        self.upcoming: deque[Bar] = deque(bars)
        first = _decimal(bars[0].open)
        self.forming = Kline(milliseconds(bars[0].time), first, first, first, first)
        self.now = self.forming.open_time
        for _ in range(past):
            bar = self.upcoming.popleft()
            self.begin(bar)
            self.finish(bar)

    @property
    def price(self) -> Decimal:
        """The last price."""
        return self.forming.close

    def begin(self, bar: Bar) -> None:
        """Let a bar open."""
        price = _decimal(bar.open)
        self.forming = Kline(milliseconds(bar.time), price, price, price, price)
        self.now = self.forming.open_time
        self.trade(price, _ZERO, self.now)

    def trade(self, price: Decimal, volume: Decimal, now: int) -> None:
        """Let somebody trade at a price."""
        forming = self.forming
        forming.high, forming.low, forming.close = max(forming.high, price), min(forming.low, price), price
        forming.volume += volume
        if not forming.trades:
            forming.first_trade = self._trade_ids
        forming.trades += 1
        self._trade_ids += 1
        self.now = now

    def finish(self, bar: Bar) -> Kline:
        """Let the bar close as it was given, and the next one begin, in which nobody has traded yet; return it."""
        done = self.forming
        done.open, done.high, done.low, done.close = (
            _decimal(price) for price in (bar.open, bar.high, bar.low, bar.close)
        )
        done.volume = _decimal(bar.volume)
        self.closed.append(done)
        self.now = done.open_time + self.step
        following = milliseconds(self.upcoming[0].time) if self.upcoming else self.now
        self.forming = Kline(max(following, self.now), done.close, done.close, done.close, done.close)
        return done

    def current(self, interval: str) -> tuple[Kline, bool]:
        """Return the newest kline of a length that anybody has traded in, and whether it has just closed."""
        step = INTERVALS[interval] * 1000
        newest = self.forming if self.forming.trades or not self.closed else self.closed[-1]
        begin = newest.open_time - newest.open_time % step
        parts = self.closed[bisect_left(self.closed, begin, key=_opening) :]
        if newest is self.forming:
            parts.append(newest)
        return _joined(begin, parts), self.now >= begin + step

    def klines(self, interval: str, start: int | None, end: int | None, limit: int, server_ms: int) -> list[Kline]:
        """Return klines by the market's clock, oldest first, the forming one last.

        One that would have closed by the server's clock is left out: no exchange tells as forming what its own clock
        says has passed, and a client would take it for closed.
        """
        step = INTERVALS[interval] * 1000
        every = list(self.closed)
        if self.forming.open_time + self.step > server_ms:
            every.append(self.forming)
        if interval != self.interval:
            every = _grouped(every, step)
        first = 0 if start is None else bisect_left(every, start, key=_opening)
        last = len(every) if end is None else bisect_right(every, end, key=_opening)
        found = every[first:last]
        return found[:limit] if start is not None else found[-limit:]

    def supports(self, interval: str) -> bool:
        """Whether klines of a length can be made of the bars."""
        return interval in INTERVALS and INTERVALS[interval] * 1000 % self.step == 0


def way_through(bar: Bar) -> list[Decimal]:
    """Return the prices that a bar visits after its open: the extreme against its direction first."""
    low, high = _decimal(bar.low), _decimal(bar.high)
    return [low, high, _decimal(bar.close)] if bar.close >= bar.open else [high, low, _decimal(bar.close)]


def moved_to(now: datetime, bars: Sequence[Bar], past: int, interval: str) -> list[Bar]:
    """Return the bars moved in time so that the first that is to be played is the one that forms at this moment.

    What is played faster than time then lies ahead, and the forming bar is never one that a client takes for closed.
    """
    seconds = INTERVALS[interval]
    present = datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)
    moved = present - bars[min(past, len(bars) - 1)].time
    return [bar._replace(time=bar.time + moved) for bar in bars]


def check_interval(market: Market, interval: str) -> None:
    """Refuse a length of klines that there is not.

    Raises
    ------
    RefusedError
        -1120.
    """
    if not market.supports(interval):
        raise bad_request(-1120, "Invalid interval.")


def milliseconds(time: datetime) -> int:
    """Return a time as the exchange writes it."""
    return round(time.timestamp() * 1000)


def _check(bars: Sequence[Bar], step: int) -> None:
    times = [milliseconds(bar.time) for bar in bars]
    if any(time % step for time in times) or any(after - before < step for before, after in pairwise(times)):
        raise ValueError(f"bars of {step // 1000} s open at whole multiples of that, one after the other")


def _decimal(price: float) -> Decimal:
    return Decimal(repr(price))


def _opening(kline: Kline) -> int:
    return kline.open_time


def _joined(begin: int, parts: Iterable[Kline]) -> Kline:
    every = iter(parts)
    whole = replace(next(every), open_time=begin)
    for part in every:
        whole.take_in(part)
    return whole


def _grouped(klines: Sequence[Kline], step: int) -> list[Kline]:
    groups: dict[int, list[Kline]] = {}
    for kline in klines:
        groups.setdefault(kline.open_time - kline.open_time % step, []).append(kline)
    return [_joined(begin, parts) for begin, parts in groups.items()]
