"""The account's limits as a bot lives through them: its day, its peak, its halt. Decides by risk.py's pure rules."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from bots.trading import events
from bots.trading.events import Event
from bots.trading.halts import Halt
from bots.trading.risk import (
    MANUAL_CLOSE,
    MAX_DRAWDOWN,
    DayTotals,
    Limits,
    Refusal,
    lost_too_much,
    must_halt,
    refuse_entry,
    trading_day,
)

HOLD = "hold"


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
        self.hold: Refusal | None = None
        self.outage: Refusal | None = None
        """Why there is no way for entries at the moment; whoever knows of the way sets it."""
        self.refusals = 0
        self._told: set[str] = set()

    def begin_bar(self, time: datetime) -> None:
        """Begin a new day where one begins; it starts with the equity of the bar before."""
        day = trading_day(self.limits, time)
        if self.day is None or day != self.day.day:
            self.day = DayTotals(day, self.equity)
            # A hold may outlast the days of a quickened market; it is told once all the same.
            self._told &= {HOLD}

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
        """Halt where the drawdown has reached its limit, on top of a halt that leaves positions open, too."""
        closing = self.closing is not None
        refusal = None if closing else must_halt(self.limits, self.peak_equity, self.equity)
        if refusal is None:
            return None
        self.halt = Halt(refusal.limit, refusal.detail, time)
        return events.halted(refusal, time)

    def halt_by_person(self, halt: Halt) -> bool:
        """Take in a person's halt; say whether it changes anything: what stands is only ever made stricter."""
        if not self.is_milder_than(halt):
            return False
        self.halt = halt
        self._told.discard(halt.limit)
        return True

    def is_milder_than(self, halt: Halt) -> bool:
        """Say whether a halt asks for more than the one that stands, or none stands."""
        return self.halt is None or halt.stricter_than(self.halt)

    def resume(self, time: datetime, *, by: str) -> Event:
        """Go on after a halt; after one by the drawdown, that is counted from here."""
        # None: lifted while nobody was running, which is asked about for the drawdown's halts only.
        anew = self.halt is None or self.halt.by_drawdown
        self.halt = None
        if anew:
            self.peak_equity = self.equity
        return events.resumed(time, anew=anew, by=by)

    def hold_entries(self, until: datetime) -> bool:
        """Make no entry until `release`; say whether they were not held before."""
        is_new = self.hold is None
        if is_new:
            self._told.discard(HOLD)
        self.hold = Refusal(HOLD, f"entries are held until {until:%H:%M:%S} UTC")
        return is_new

    def release(self) -> bool:
        """Let entries be made again; say whether they were held."""
        was_held, self.hold = self.hold is not None, None
        return was_held

    @property
    def closing(self) -> str | None:
        """The reason for which everything open is to be closed now, or None."""
        if self.halt is None or not self.halt.closes:
            return None
        return MAX_DRAWDOWN if self.halt.by_drawdown else MANUAL_CLOSE

    @property
    def withdraws(self) -> bool:
        """Say whether a halt wants no order to rest at the venue."""
        return self.halt is not None and self.halt.withdraws

    def stopped(self) -> Refusal | None:
        """Say whose word forbids entries now, whatever the day's figures are, or None."""
        return self.outage or self.hold if self.halt is None else Refusal(self.halt.limit, self.halt.detail)

    def refuse_entry(self) -> Refusal | None:
        """Say why no entry may be made now, or None."""
        if (stopped := self.stopped()) is not None:
            return stopped
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
