"""What a bot says of itself when nothing has happened: the day's summary, and how it is every so often."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

from bots.config.outputs import Notifications
from bots.notify.daily import TOLD_OF, Standing, day_end, figures, first_start, is_due
from bots.trading import events
from bots.trading.events import Event, EventKind
from bots.trading.keeping import Outbox
from bots.trading.risk import drawdown_pct
from bots.trading.trader import Trader
from strategies.errors import JournalError

_LOOK_SECONDS = 1.0


class Reporting:
    """Looks once a second whether something is due, and has it kept like any other event.

    Parameters
    ----------
    asked : Notifications
        The document's section.
    outbox : Outbox
        The journal's events: they say what was reported last.
    trader : callable
        Returns the trader of the moment.
    keep : callable
        Keeps and tells an event; says whether that went well.
    sentence : callable
        Returns how the bot is, in a line.
    rebuilt : callable
        Returns how often its strategy was rebuilt in this process.
    """

    def __init__(
        self,
        asked: Notifications,
        outbox: Outbox,
        trader: Callable[[], Trader],
        keep: Callable[[Event], bool],
        sentence: Callable[[], str],
        rebuilt: Callable[[], int],
    ) -> None:
        self._outbox, self._trader, self._keep = outbox, trader, keep
        self._sentence, self._rebuilt = sentence, rebuilt
        self._interval = asked.status_interval
        self._at = time_of_day.fromisoformat(asked.daily_summary.time)
        self._zone = ZoneInfo(asked.daily_summary.timezone)
        self._born = self._said = time.monotonic()
        self._summarised: datetime | None = None

    @asynccontextmanager
    async def going(self) -> AsyncIterator[None]:
        """Report meanwhile."""
        task = asyncio.create_task(self._always())
        try:
            yield
        finally:
            task.cancel()

    async def _always(self) -> None:
        while True:
            self.look(datetime.now(UTC))
            await asyncio.sleep(_LOOK_SECONDS)

    def look(self, now: datetime) -> None:
        """Say what is due."""
        end = day_end(now, self._at, self._zone)
        if end != self._summarised and self._summarise(end, now):
            self._summarised = end
        due = self._interval is not None and time.monotonic() - self._said >= self._interval
        if due and self._keep(events.still_there(now, self._sentence())):
            self._said = time.monotonic()

    def _summarise(self, end: datetime, now: datetime) -> bool:
        """Make the summary of a day that has ended, unless the journal has it; say whether that went well."""
        try:
            last, since = self._outbox.since_last(str(EventKind.DAILY_SUMMARY), [str(kind) for kind in TOLD_OF])
        except JournalError:
            # Whoever has to write tells of it; here it is tried again.
            return False
        if not is_due(end, last, first_start(since, now)):
            return True
        trader = self._trader()
        told = figures(end, self._zone, since, self._standing(trader))
        return self._keep(events.daily_summary(now, told, trader.terms.spec.quote))

    def _standing(self, trader: Trader) -> Standing:
        book, guard = trader.book, trader.guard
        return Standing(
            equity=guard.equity,
            drawdown_pct=drawdown_pct(guard.peak_equity, guard.equity),
            position=book.position,
            unrealised=book.unrealised(trader.last_price),
            uptime=timedelta(seconds=time.monotonic() - self._born),
            rebuilt=self._rebuilt(),
        )
