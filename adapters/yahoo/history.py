"""Asking for bars: which ranges, in how many requests, and no further back than Yahoo goes."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from adapters.yahoo.bars import NATIVE, complete_bars
from adapters.yahoo.chart import Chart, Row, Split
from adapters.yahoo.instrument import money_of
from adapters.yahoo.market import Market
from adapters.yahoo.splits import Guard
from adapters.yahoo.timetable import Timetable
from adapters.yahoo.wire import Wire
from strategies.bar import Bar
from strategies.errors import VenueLostError

# Yahoo measures by its own clock and by whole requests; who asks for its very limit is refused.
_MARGIN = timedelta(minutes=30)
# More than the calendar says: bars in which nothing was traded do not exist.
_SPARE_PART, _SPARE_BARS = 20, 5
_AHEAD = timedelta(minutes=1)
_DAY = timedelta(days=1)


class Answer:
    """Complete bars of a range, the rows behind them, and when the symbol was last traded."""

    def __init__(self, bars: list[Bar], rows: list[Row], last_trade: datetime | None) -> None:
        self.bars, self.rows, self.last_trade = bars, rows, last_trade


class History:
    """The bars of one symbol."""

    def __init__(self, wire: Wire, symbol: str, table: Timetable, market: Market, guard: Guard) -> None:
        self._wire, self._symbol = wire, symbol
        self._table, self._market, self._guard = table, market, guard
        self._native = NATIVE[table.interval]

    async def last(self, limit: int, now: datetime) -> list[Bar]:
        """Return the last `limit` complete bars, or as many as there are.

        Raises
        ------
        VenueLostError, VenueRefusedError
            See `Wire.ask` and `Guard.check`.
        """
        earliest = self.earliest(now)
        begin = self._table.back(now, limit + limit // _SPARE_PART + _SPARE_BARS, earliest)
        rows, last = await self._rows(begin, now, now)
        for further in (self._table.back(now, 2 * limit, earliest), earliest):
            bars = complete_bars(rows, self._table, self._market, now)
            if len(bars) >= limit or further >= begin:
                break
            begin, end = further, begin
            before, _ = await self._rows(begin, end, now)
            rows = [row for row in before if row.time < rows[0].time] + rows if rows else before
        return self._passed(rows, now, last).bars[-limit:]

    async def since(self, after: datetime, limit: int, now: datetime) -> list[Bar]:
        """Return the first `limit` complete bars that opened after a moment.

        Raises
        ------
        VenueLostError, VenueRefusedError
            See `Wire.ask` and `Guard.check`.
        """
        answer = await self.answer(after, now)
        return [bar for bar in answer.bars if bar.time > after][:limit]

    async def answer(self, begin: datetime, now: datetime) -> Answer:
        """Return what Yahoo says now of all bars from the one that opened at `begin` on.

        Raises
        ------
        VenueLostError, VenueRefusedError
            See `Wire.ask` and `Guard.check`.
        """
        rows, last = await self._rows(max(begin, self.earliest(now)), now, now)
        return self._passed(rows, now, last)

    def earliest(self, now: datetime) -> datetime:
        """Return how far back Yahoo goes at this interval."""
        reach = self._native.reach
        return datetime(1970, 1, 2, tzinfo=now.tzinfo) if reach is None else now - reach + _MARGIN

    def _passed(self, rows: list[Row], now: datetime, last: datetime | None) -> Answer:
        bars = complete_bars(rows, self._table, self._market, now)
        self._guard.check(bars, ())
        return Answer(bars, rows, last)

    async def _rows(self, begin: datetime, end: datetime, now: datetime) -> tuple[list[Row], datetime | None]:
        """Return the rows of a range and when the symbol was last traded, however many requests it takes."""
        rows: dict[datetime, Row] = {}
        splits: list[Split] = []
        last: datetime | None = None
        # A daily row may be stamped with its day's midnight, before the opening.
        for first, after in _pages(begin - _DAY if self._table.daily else begin, end, self._native.page):
            until = after + _AHEAD if after >= now else after
            chart = await self._wire.ask(
                self._symbol,
                interval=self._native.name,
                period1=int(first.timestamp()),
                period2=int(until.timestamp()),
                includePrePost="false",
                events="div,splits",
            )
            if chart is None:
                continue
            self._be_what_was_asked(chart, now)
            last = chart.meta.last_trade
            splits += chart.splits
            rows |= {row.time: row for row in money_of(chart.meta).priced(chart.rows)}
        self._guard.check((), splits)
        return [rows[time] for time in sorted(rows)], last

    def _be_what_was_asked(self, chart: Chart, now: datetime) -> None:
        if chart.rows and chart.rows[-1].time > now + _DAY:
            # A row that comes after another one says that the other is complete.
            raise VenueLostError(f"Yahoo tells of prices at {chart.rows[-1].time:%Y-%m-%d %H:%M} UTC, which is to come")
        told = chart.meta.granularity.replace("60m", "1h")
        if chart.rows and told not in ("", self._native.name):
            raise VenueLostError(f"Yahoo answers with bars of {told} where {self._native.name} were asked for")


def _pages(begin: datetime, end: datetime, longest: timedelta | None) -> Iterator[tuple[datetime, datetime]]:
    """Cut a range into pieces that may be asked for at once, oldest first."""
    while longest is not None and end - begin > longest:
        yield begin, begin + longest
        begin += longest
    yield begin, end
