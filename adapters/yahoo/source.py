"""Yahoo's bars: the port of live bars, kept by asking just after each close."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from adapters.feeds import FeedSettings
from adapters.live.source import Finding, Quote
from adapters.yahoo import clock as clocks
from adapters.yahoo.chart import Chart, Meta
from adapters.yahoo.checking import findings
from adapters.yahoo.history import Answer, History
from adapters.yahoo.hours import EveryDay, Hours, open_hours
from adapters.yahoo.instrument import instrument_guessed, instrument_told
from adapters.yahoo.market import market_guessed, market_told
from adapters.yahoo.polling import Poller
from adapters.yahoo.splits import Guard
from adapters.yahoo.timetable import Timetable
from adapters.yahoo.wire import PATIENCE_SECONDS, Wire
from strategies.bar import Bar
from strategies.errors import VenueLostError, VenueRefusedError

# Less than this, beyond what the measure may be wrong by, is no difference.
_SURE_SKEW_SECONDS = 1.5
_DAY = timedelta(days=1)
# So many bars are asked for at the first contact: enough to see whether the past has changed.
_OVERLAP_BARS = 10
# An answer so young is not asked for again.
_FRESH = timedelta(seconds=2)


def source(settings: FeedSettings) -> "YahooSource":
    """Return the source of a symbol's bars."""
    return YahooSource(settings, holds_position=settings.holds_position)


class YahooSource:
    """See `adapters.live.source.LiveSource`.

    Parameters
    ----------
    clock : Clock, optional
        Where time comes from; the machine's by default.
    holds_position : bool
        Whether an earlier run has left a position: a split since then is refused.
    patience : float
        Seconds to wait for one answer of Yahoo's.
    """

    venue = "YAHOO"
    has_quotes = False
    # Asked for at each close, and asked again where it is late: its silence is noticed there.
    patience: timedelta | None = None

    def __init__(
        self,
        settings: FeedSettings,
        clock: clocks.Clock | None = None,
        *,
        holds_position: bool = True,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.spec = instrument_guessed(settings)
        self.market = market_guessed(settings.symbol)
        self._settings = settings
        self._clock = clock or clocks.DEFAULT
        self._wire = Wire(settings.endpoints.http, lambda: self._clock.now().timestamp(), patience)
        self._since = settings.goes_on_from if holds_position else None
        self._hours: Hours | None = None
        self._history: History | None = None
        self._guard = Guard(settings.symbol, self._since)
        self._recent: tuple[datetime, datetime, list[Bar]] | None = None

    @property
    def delay(self) -> timedelta:
        """How late bars may come after their close, because the exchange's prices do."""
        daily = self._settings.interval >= _DAY
        return self.market.delay + (self.market.settling if daily else timedelta(0))

    async def prepare(self) -> None:
        """Learn the symbol's exchange with its hours, currency and decimals; see the port."""
        chart = await self._introduction()
        market = market_told(chart.meta)
        hours = await asyncio.to_thread(open_hours, market.hours, self._now())
        table = Timetable(hours, self._settings.interval)
        self.market, self._hours, self.spec = market, hours, instrument_told(self._settings, chart.meta)
        self._guard = Guard(self._settings.symbol, self._since)
        self._history = History(self._wire, self._settings.symbol, table, market, self._guard)
        self._guard.check((), chart.splits)

    async def closed_bars(self, after: datetime | None, limit: int) -> list[Bar]:
        """Return complete bars; see the port. Of what Yahoo does not keep any more, there is nothing."""
        history = await self._prepared()
        self._guard.check_whole()
        now = self._now()
        if after is None:
            bars = await history.last(limit, now)
        elif self._recent is not None and self._recent[0] <= after and now - self._recent[1] < _FRESH:
            bars = [bar for bar in self._recent[2] if bar.time > after][:limit]
        else:
            bars = await history.since(after, limit, now)
        self._guard.note(bars)
        return bars

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[AsyncIterator[Bar | Quote]]:
        """Follow the bars; see the port."""
        history = await self._prepared()
        self._guard.check_whole()
        poller = Poller(self._table(), self.market, self._clock, self._now, self._recently)
        now = self._now()
        await poller.connect(self._table().back(now, _OVERLAP_BARS, history.earliest(now)))
        yield self._handed_on(poller)

    def market_open(self, now: datetime) -> bool:
        """Say whether there is trading by the exchange's calendar; True until `prepare` has told which."""
        return self._hours is None or self._table().is_open(now)

    def next_close(self, after: datetime) -> datetime | None:
        """Return when the next bar closes by the exchange's calendar; None for a market that never closes."""
        if self._hours is None or isinstance(self._hours, EveryDay):
            return None
        return self._table().next_close(after)

    def clock_skew(self) -> float | None:
        """Return how far Yahoo's clock is ahead of ours, to a second."""
        return self._wire.skew

    async def check(self) -> list[Finding]:
        """Look at address, time, symbol, hours and bars."""
        return await findings(self, self._wire, self._clock.now)

    def next_open(self, now: datetime) -> datetime | None:
        """Return when trading begins again, if there is none now."""
        return None if self._hours is None or self.market_open(now) else self._table().next_open(now)

    async def close(self) -> None:
        """Let go of Yahoo."""
        await self._wire.close()

    async def _handed_on(self, poller: Poller) -> AsyncIterator[Bar | Quote]:
        async for bar in poller.bars():
            self._guard.note([bar])
            yield bar

    async def _recently(self, begin: datetime) -> Answer:
        """Ask for the bars from one on, and remember the answer for who asks for the same at once."""
        history = await self._prepared()
        self._guard.check_whole()
        now = self._now()
        answer = await history.answer(begin, now)
        self._recent = (begin, now, answer.bars)
        return answer

    async def _prepared(self) -> History:
        if self._history is None:
            await self.prepare()
        if self._history is None:
            raise VenueLostError("Yahoo has not told of the symbol yet")
        return self._history

    async def _introduction(self) -> Chart:
        """Ask for days enough to hear of the symbol and of splits since the bot's last bar."""
        now = self._now()
        begin = min(now, self._since or now) - 7 * _DAY
        chart = await self._wire.ask(
            self._settings.symbol,
            interval="1d",
            period1=int(begin.timestamp()),
            period2=int((now + _DAY).timestamp()),
            includePrePost="false",
            events="div,splits",
        )
        if chart is None:
            raise VenueLostError(f"Yahoo has no prices of {self._settings.symbol} of the last days")
        self._be_traded(chart.meta)
        return chart

    def _be_traded(self, meta: Meta) -> None:
        if meta.kind == "MUTUALFUND" and self._settings.interval < _DAY:
            raise VenueRefusedError(f"{meta.symbol} is a fund with one price a day: set data.interval to 1d")

    def _table(self) -> Timetable:
        return Timetable(self._hours or EveryDay(), self._settings.interval)

    def _now(self) -> datetime:
        """Return Yahoo's time where it is known to be another than ours."""
        skew = self._wire.skew or 0.0
        certain = abs(skew) > _SURE_SKEW_SECONDS + self._wire.skew_error
        return self._clock.now() + timedelta(seconds=skew if certain else 0)
