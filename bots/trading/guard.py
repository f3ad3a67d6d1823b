"""The account's limits as a bot lives through them: its day, its peak, its halt. Decides by risk.py's pure rules."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from bots.trading import events
from bots.trading.events import Event
from bots.trading.keeping import Halt
from bots.trading.risk import DayTotals, Limits, Refusal, lost_too_much, must_halt, refuse_entry, trading_day


class Guard:
    """Says whether entries may be made, and when everything must be closed.

    Parameters
    ----------
    limits : Limits
        The document's.
    equity : Decimal
        The account's worth to begin with, in the quote currency.
    """

    def __init__(self, limits: Limits, equity: Decimal) -> None:
        self.limits = limits
        self.equity = equity
        self.peak_equity = equity
        self.day: DayTotals | None = None
        self.halt: Halt | None = None
        self.refusals = 0
        self._told: set[str] = set()

    def begin_bar(self, time: datetime) -> None:
        """Begin a new day where one begins; it starts with the equity of the bar before."""
        day = trading_day(self.limits, time)
        if self.day is None or day != self.day.day:
            self.day = DayTotals(day, self.equity)
            self._told.clear()

    def mark(self, equity: Decimal) -> None:
        """Take in what the account is worth now."""
        self.equity = equity
        self.peak_equity = max(self.peak_equity, equity)

    def judge_day(self, time: datetime) -> Event | None:
        """Latch a day's loss that has reached its limit: it counts until the next day, whatever comes."""
        if self.day is None or self.day.loss is not None:
            return None
        loss = lost_too_much(self.limits, self.day, self.equity)
        if loss is None:
            return None
        self.day = replace(self.day, loss=loss)
        self._told.add(loss.limit)
        return events.daily_loss(loss, time)

    def judge_drawdown(self, time: datetime) -> Event | None:
        """Halt where the drawdown has reached its limit."""
        refusal = None if self.halt is not None else must_halt(self.limits, self.peak_equity, self.equity)
        if refusal is None:
            return None
        self.halt = Halt(refusal.limit, refusal.detail, time)
        return events.halted(refusal, time)

    def resume(self, time: datetime) -> Event:
        """Go on after a halt; the drawdown is counted from here."""
        self.halt = None
        self.peak_equity = self.equity
        return events.resumed(time)

    def refuse_entry(self) -> Refusal | None:
        """Say why no entry may be made now, or None."""
        if self.halt is not None:
            return Refusal(self.halt.limit, self.halt.detail)
        return None if self.day is None else refuse_entry(self.limits, self.day, self.equity)

    def count_entry(self) -> None:
        """Count an entry into the day."""
        if self.day is not None:
            self.day = replace(self.day, entries=self.day.entries + 1)

    def count_refusal(self, refusal: Refusal, time: datetime) -> Event | None:
        """Count a refusal; each limit's first one of a day is worth telling."""
        self.refusals += 1
        if refusal.limit in self._told:
            return None
        self._told.add(refusal.limit)
        return events.refused(refusal, time)
