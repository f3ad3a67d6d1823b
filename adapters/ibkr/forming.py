"""Telling a bar that has closed from one that is forming, by what arrives. Pure."""

from datetime import datetime, timedelta

from adapters.ibkr.hours import Hours
from adapters.ibkr.intervals import latest_end
from adapters.ibkr.patience import Patience
from strategies.bar import Bar


class Forming:
    """Follows the bar that is forming; each bar is told once, in order, when it is complete.

    A bar is complete when the next one has begun. Where none begins, because nobody trades, it is over when its end
    has passed by a grace on the clock that its updates keep to. Updates that arrive later than the bar's own end, as
    delayed data do, keep to no such clock: then it takes a whole bar's silence.
    """

    def __init__(self, interval: timedelta, hours: Hours, patience: Patience) -> None:
        self.last: datetime | None = None
        self.over_at: datetime | None = None
        self.bar: Bar | None = None
        self.hours = hours
        self._interval, self._patience = interval, patience

    def take_batch(self, bars: list[Bar], now: datetime) -> list[Bar]:
        """Take a subscription's first answer; return the bars that closed since the last one told.

        Of the very first answer none is: what closed before is the past.
        """
        if not bars:
            return []
        closed, newest = bars[:-1], bars[-1]
        if self.last is None:
            told = []
            self.last = closed[-1].time if closed else newest.time - timedelta(microseconds=1)
        else:
            told = [bar for bar in closed if bar.time > self.last]
        if told:
            self.last = told[-1].time
        self.bar = self.over_at = None
        self._follow(newest, now)
        return told

    def take(self, bar: Bar, now: datetime) -> list[Bar]:
        """Take an update; return the bar that it shows to be closed, if it does."""
        before = self.bar
        told = []
        if before is not None and bar.time < before.time:
            return []
        if before is not None and bar.time > before.time:
            told, self.last = [before], before.time
        self._follow(bar, now)
        return told

    def settle(self, bars: list[Bar], now: datetime) -> list[Bar]:
        """Take the newest bars, asked for because the forming one is over; return it and any that closed after it.

        Empty if they do not reach it yet.
        """
        over = self.bar
        if over is None or not any(bar.time == over.time for bar in bars):
            return []
        told = [bar for bar in bars[:-1] if self.last is None or bar.time > self.last]
        if bars[-1].time == over.time:
            told.append(bars[-1])
        self.last = told[-1].time
        self.bar = self.over_at = None
        self._follow(bars[-1], now)
        return told

    def give_up_settling(self) -> list[Bar]:
        """Return the forming bar as it was streamed: it is over, and the past does not have it."""
        over, self.bar, self.over_at = self.bar, None, None
        if over is None:
            return []
        self.last = over.time
        return [over]

    def _follow(self, bar: Bar, now: datetime) -> None:
        if self.last is not None and bar.time <= self.last:
            return
        self.bar = bar
        end, closes = latest_end(bar.time, self._interval, self.hours)
        grace = timedelta(seconds=self._patience.grace_at_close if closes else self._patience.grace)
        self.over_at = end + grace if now < end + grace else now + self._interval + grace
