"""Lengths of bars: their names at Interactive Brokers, how much of them may be asked for, when they end. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.ibkr.hours import Hours
from adapters.live.reading import moment, readable
from strategies.bar import Bar
from strategies.errors import VenueRefusedError

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Length:
    """One length of bars; `page` is what one request asks for, `span` how long that is, `look` the last few bars."""

    interval: timedelta
    size: str
    page: str
    span: timedelta
    look: str


_LENGTHS = {
    length.interval: length
    for length in (
        Length(timedelta(minutes=1), "1 min", "5 D", timedelta(days=5), "3600 S"),
        Length(timedelta(minutes=5), "5 mins", "1 W", timedelta(days=7), "14400 S"),
        Length(timedelta(minutes=15), "15 mins", "1 W", timedelta(days=7), "1 D"),
        Length(timedelta(minutes=30), "30 mins", "1 M", timedelta(days=30), "1 D"),
        Length(HOUR, "1 hour", "1 M", timedelta(days=30), "2 D"),
        Length(timedelta(hours=4), "4 hours", "1 M", timedelta(days=30), "1 W"),
        Length(DAY, "1 day", "1 Y", timedelta(days=365), "1 M"),
    )
}


def length_of(interval: timedelta) -> Length:
    """Return what Interactive Brokers calls bars of that length.

    Raises
    ------
    VenueRefusedError
        If it has none.
    """
    if interval not in _LENGTHS:
        known = ", ".join(length.size for length in _LENGTHS.values())
        raise VenueRefusedError(f"Interactive Brokers has no bars of {interval}; it has: {known}")
    return _LENGTHS[interval]


def opening(date: str) -> datetime:
    """Return when a bar opened by its date on the wire: seconds since 1970, or a day.

    A day's bar is known by its day, as in files: midnight UTC, wherever its session began.
    """
    if len(date) == 8:
        return datetime.strptime(date, "%Y%m%d").replace(tzinfo=UTC)
    return moment(int(date))


def plain_bar(date: str, opened: float, high: float, low: float, close: float, volume: float) -> Bar:
    """Return a bar of the wire; one without trades, as of currencies, has the volume -1 there.

    Raises
    ------
    VenueLostError
        If nothing says when it opened.
    """
    with readable("a bar of Interactive Brokers"):
        return Bar(opening(date), opened, high, low, close, max(0.0, volume))


def latest_end(opened: datetime, interval: timedelta, hours: Hours) -> tuple[datetime, bool]:
    """Return when a bar has ended at the latest, and whether its session ends with it.

    The first bar of a session may be shorter: those of an hour begin at 9:30 and 10:00. Bars of four hours are taken
    for whole ones: a bar that ends a little earlier than thought costs a moment, a bar taken for ended costs its truth.
    """
    if interval == DAY:
        return _day_end(opened, hours)
    end = opened + interval
    if interval <= HOUR:
        local = opened.astimezone(hours.zone)
        into = timedelta(minutes=local.minute, seconds=local.second) % interval
        end = opened + interval - into
    session = hours.session_at(opened)
    if session is not None and session[1] <= end:
        return session[1], True
    return end, False


def next_close(after: datetime, interval: timedelta, hours: Hours) -> datetime | None:
    """Return when the next bar closes; None where nothing is known of sessions, hence at every interval's end."""
    for begin, end in hours.from_time_on(after):
        if interval == DAY:
            return end
        opened = max(begin, _floor(after, interval, hours))
        while opened < end:
            closes, _ = latest_end(opened, interval, hours)
            if closes > after:
                return min(closes, end)
            opened = closes
    return None


def _floor(time: datetime, interval: timedelta, hours: Hours) -> datetime:
    local = time.astimezone(hours.zone)
    into = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return time - into % interval


def _day_end(label: datetime, hours: Hours) -> tuple[datetime, bool]:
    """Return the end of the last session that ends on the day of that name there."""
    ends = [end for _, end in hours.from_time_on(label - DAY) if end.astimezone(hours.zone).date() == label.date()]
    return (ends[-1], True) if ends else (label + 2 * DAY, True)
