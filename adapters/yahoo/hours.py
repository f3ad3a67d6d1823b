"""When markets are open: sessions, a day each, by rules of ours or by the calendar of an exchange."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from adapters.yahoo.market import ALWAYS, FOREX, FUTURES
from strategies.errors import VenueRefusedError

_DAY, _MONTH = timedelta(days=1), timedelta(days=30)
_NEW_YORK, _LONDON = ZoneInfo("America/New_York"), ZoneInfo("Europe/London")
_SAMPLE = 50
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6


class Session(NamedTuple):
    """One day of trading; `pauses` are breaks such as Tokyo's lunch. All UTC."""

    day: date
    opens: datetime
    closes: datetime
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    has_daily_bar: bool = True


class Hours(Protocol):
    """The sessions of a market; `zone` is the one in which its days are counted."""

    zone: ZoneInfo

    def on(self, day: date) -> Session | None:
        """Return the day's session; None if the market is closed all day."""
        ...


def open_hours(name: str, now: datetime) -> Hours:
    """Return the hours of a market by their name; takes a second for an exchange's, whose calendar is loaded."""
    if name == ALWAYS:
        return EveryDay()
    if name == FOREX:
        return ForexWeek()
    return FuturesWeek(ExchangeDays("CMES", now)) if name == FUTURES else ExchangeDays(name, now)


class EveryDay:
    """A market that never closes; its days are those of UTC."""

    zone = ZoneInfo("UTC")

    def on(self, day: date) -> Session:
        """Return the day, from midnight to midnight."""
        opens = datetime.combine(day, time(), UTC)
        return Session(day, opens, opens + _DAY)


class ForexWeek:
    """From Sunday 17:00 to Friday 17:00 in New York, cut into days at London's midnight, as Yahoo's daily bars are.

    The hours of Sunday make no daily bar. Christmas and New Year's Day are left out.
    """

    zone = _LONDON

    def on(self, day: date) -> Session | None:
        """Return London's day, as far as the week's trading goes."""
        weekday = day.weekday()
        if weekday == _SATURDAY or (day.month, day.day) in ((12, 25), (1, 1)):
            return None
        opens, closes = _at(day, time(), _LONDON), _at(day + _DAY, time(), _LONDON)
        if weekday == _SUNDAY:
            opens = _at(day, time(17), _NEW_YORK)
        elif weekday == _FRIDAY:
            closes = _at(day, time(17), _NEW_YORK)
        return Session(day, opens, closes, has_daily_bar=weekday != _SUNDAY)


class FuturesWeek:
    """Chicago's electronic market: each day from 18:00 the evening before to 17:00 in New York, by its calendar."""

    zone = _NEW_YORK

    def __init__(self, days: "ExchangeDays") -> None:
        self._days = days

    def on(self, day: date) -> Session | None:
        """Return the trading day of that date, shortened where the calendar says so."""
        known = self._days.on(day)
        if known is None:
            return None
        opens, closes = _at(day - _DAY, time(18), _NEW_YORK), _at(day, time(17), _NEW_YORK)
        return Session(day, opens, min(closes, known.closes))


class ExchangeDays:
    """The sessions that an exchange's calendar has, holidays and half days included.

    Beyond its ends, three years back and a year ahead at most, every weekday is taken for a usual day: a bot that runs
    on an old calendar asks in vain on a holiday, and misses no trading day.
    """

    def __init__(self, calendar: str, now: datetime) -> None:
        self._calendar, self._since = calendar, (now - timedelta(days=3 * 366)).date()
        self._loaded_on = date.min
        self._sessions: dict[date, Session] = {}
        self._load(now.date())

    def on(self, day: date) -> Session | None:
        """Return the day's session."""
        if day > self._last - 2 * _MONTH and day > self._loaded_on + _MONTH:
            self._load(day)
        return self._sessions.get(day) if self._first <= day <= self._last else self._usual(day)

    def _load(self, today: date) -> None:
        # Slow to import, and needed only by those who trade on an exchange.
        from exchange_calendars import ExchangeCalendar, get_calendar

        try:
            calendar: ExchangeCalendar = get_calendar(self._calendar, start=self._since.isoformat())
        except Exception as error:
            # Rules of a hundred countries on top of pandas: of what may go wrong there, one sentence is enough.
            raise VenueRefusedError(
                f"the calendar of the exchange {self._calendar} cannot be had: {str(error)[:200]}"
            ) from None
        self.zone = ZoneInfo(str(calendar.tz))
        self._loaded_on = today
        self._sessions = {}
        for row in calendar.schedule.itertuples():
            opens, pause, resume, closes = (_moment(value) for value in row[1:])
            day = row.Index.date()
            if opens is not None and closes is not None:
                pauses = () if pause is None or resume is None else ((pause, resume),)
                self._sessions[day] = Session(day, opens, closes, pauses)
        self._first, self._last = min(self._sessions), max(self._sessions)
        recent = list(self._sessions.values())[-_SAMPLE:]
        self._weekdays = {session.day.weekday() for session in recent}
        kept = Counter(tuple(_offset(each.day, moment, self.zone) for moment in each[1:3]) for each in recent)
        self._usually = kept.most_common(1)[0][0]

    def _usual(self, day: date) -> Session | None:
        if day.weekday() not in self._weekdays:
            return None
        opens, closes = (_local(datetime.combine(day, time()) + offset, self.zone) for offset in self._usually)
        return Session(day, opens, closes)


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return _local(datetime.combine(day, clock), zone)


def _local(naive: datetime, zone: ZoneInfo) -> datetime:
    return naive.replace(tzinfo=zone).astimezone(UTC)


def _offset(day: date, moment: datetime, zone: ZoneInfo) -> timedelta:
    """Return how far behind its day's local midnight a moment is, by the clock on the wall."""
    return moment.astimezone(zone).replace(tzinfo=None) - datetime.combine(day, time())


def _moment(value: object) -> datetime | None:
    """Return a time of pandas as one of Python; None for none."""
    made = getattr(value, "to_pydatetime", None)
    found = made() if made is not None and value == value else None
    return found.astimezone(UTC) if isinstance(found, datetime) else None
