"""Rows of a chart to complete bars: what is still forming, what is missing, and bars that Yahoo does not make."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from adapters.yahoo.chart import Row
from adapters.yahoo.hours import Session
from adapters.yahoo.market import Market
from adapters.yahoo.timetable import Timetable
from strategies.bar import Bar

# A bar after which nothing was traded looks like one that is still forming. So long after its end it is complete.
SETTLED = timedelta(seconds=40)
# The same where the last of the rows that it is built from is not there, nor known to come.
SETTLED_IN_PART = timedelta(minutes=3)
_MINUTE = timedelta(minutes=1)
_FIFTEEN, _HALF, _HOUR = timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1)
_FOUR, _DAY = timedelta(hours=4), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Native:
    """What Yahoo is asked for, to have bars of a length: its name and length, and how far it goes back."""

    name: str
    length: timedelta
    reach: timedelta | None
    page: timedelta | None


_MONTHS = timedelta(days=60)
NATIVE = {
    _MINUTE: Native("1m", _MINUTE, timedelta(days=30), timedelta(days=7)),
    5 * _MINUTE: Native("5m", 5 * _MINUTE, _MONTHS, None),
    _FIFTEEN: Native("15m", _FIFTEEN, _MONTHS, None),
    # Yahoo answers a question for half hours with hours at times.
    _HALF: Native("15m", _FIFTEEN, _MONTHS, None),
    _HOUR: Native("1h", _HOUR, timedelta(days=730), None),
    # Its own four hours are young, and where they begin is not told: these begin at the session's opening.
    _FOUR: Native("1h", _HOUR, timedelta(days=730), None),
    _DAY: Native("1d", _DAY, None, None),
}
"""By the length of the bars that are wanted."""


@dataclass(frozen=True, slots=True)
class Forming:
    """A bar as far as it is known; `ends_whole` says that its last row is there."""

    bar: Bar
    end: datetime
    ends_whole: bool = True


def complete_bars(rows: Sequence[Row], table: Timetable, market: Market, now: datetime) -> list[Bar]:
    """Return the bars that will not change any more, oldest first.

    A bar is complete when a later row shows that trading went on after its end; what Yahoo's clock or ours says does
    not prove that, as the prices of many exchanges come late. Where nothing was traded after it, it is taken for
    complete once its end, the exchange's delay and a while to settle have passed.
    """
    if table.daily:
        return _complete_days(rows, table, market, now)
    native = NATIVE[table.interval].length
    kept = _in_session(rows, table, native)
    forming = _joined(kept, table, native)
    last = max((row.time for row, _ in kept), default=None)
    return [each.bar for each in forming if _is_complete(each, last, now - market.delay)]


def settles_at(rows: Sequence[Row], table: Timetable, market: Market, close: datetime) -> datetime | None:
    """Return when the bar of a close, which is not proven to be complete, will be taken for it; None without rows."""
    if table.daily:
        return close + market.delay + market.settling + SETTLED
    if not any(close - table.interval <= row.time < close for row in rows):
        return None
    return close + market.delay + SETTLED


def _is_complete(each: Forming, last: datetime | None, now: datetime) -> bool:
    if each.ends_whole:
        return (last is not None and last >= each.end) or now >= each.end + SETTLED
    # The row that is missing may be late: that there are later ones does not say that it will not come.
    return now >= each.end + SETTLED_IN_PART


def _in_session(rows: Sequence[Row], table: Timetable, native: timedelta) -> list[tuple[Row, Session]]:
    """Leave out what was traded before and after hours, and the present price, which Yahoo appends as a row."""
    kept: list[tuple[Row, Session]] = []
    for row in rows:
        session = table.session_at(row.time)
        if session is None or (row.time - session.opens) % _MINUTE:
            continue
        # Off the session's grid may be a row after a pause; within another row it is none of its own.
        if kept and row.time < kept[-1][0].time + native and (row.time - session.opens) % native:
            continue
        kept.append((row, session))
    return kept


def _joined(kept: Iterable[tuple[Row, Session]], table: Timetable, native: timedelta) -> list[Forming]:
    """Put rows together to bars that begin at the session's opening; where there is nothing to join, as they are."""
    groups: dict[datetime, tuple[Session, list[Row]]] = {}
    for row, session in kept:
        opened = row.time if native == table.interval else table.opening_of(row.time, session)
        groups.setdefault(opened, (session, []))[1].append(row)
    forming = []
    for opened, (session, rows) in groups.items():
        end = min(opened + table.interval, session.closes)
        forming.append(Forming(_bar(opened, rows), end, native == table.interval or rows[-1].time + native >= end))
    return forming


def _complete_days(rows: Sequence[Row], table: Timetable, market: Market, now: datetime) -> list[Bar]:
    """Return daily bars from a session's opening to its close; of two rows of one day the later one stands."""
    by_day: dict[date, Row] = {row.time.astimezone(table.hours.zone).date(): row for row in rows}
    settled = now - market.delay - market.settling - SETTLED
    bars = []
    for day, row in by_day.items():
        session = table.hours.on(day)
        if session is not None and session.has_daily_bar and (session.closes <= settled or day < max(by_day)):
            bars.append(_bar(session.opens, [row]))
    return bars


def _bar(opened: datetime, rows: Sequence[Row]) -> Bar:
    return Bar(
        time=opened.astimezone(UTC),
        open=rows[0].open,
        high=max(row.high for row in rows),
        low=min(row.low for row in rows),
        close=rows[-1].close,
        volume=sum(row.volume for row in rows),
    )
