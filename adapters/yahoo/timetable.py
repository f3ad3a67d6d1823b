"""Which bars of one length a market's sessions make: where they begin and end."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from adapters.yahoo.hours import Hours, Session

_DAY = timedelta(days=1)
# The longest that an exchange has ever stayed closed is far less: past that the calendar is wrong.
_LONGEST_CLOSED = 60


class Timetable:
    """The bars of a market.

    Bars begin at a session's opening and follow each other to its close, the last cut short where it must be. In the
    middle of a pause none closes. Where `interval` is a day, each session is one bar.
    """

    def __init__(self, hours: Hours, interval: timedelta) -> None:
        self.hours, self.interval = hours, interval
        self.daily = interval >= _DAY

    def session_at(self, moment: datetime) -> Session | None:
        """Return the session within which a moment is, pauses included."""
        session = next(self._sessions(moment), None)
        return session if session is not None and session.opens <= moment else None

    def is_open(self, moment: datetime) -> bool:
        """Say whether there is trading at a moment."""
        session = self.session_at(moment)
        return session is not None and not any(begin <= moment < end for begin, end in session.pauses)

    def next_open(self, moment: datetime) -> datetime | None:
        """Return when trading begins or goes on after a moment at which there is none."""
        for session in self._sessions(moment):
            begins = [session.opens, *(end for _, end in session.pauses)]
            if later := [begin for begin in begins if begin > moment]:
                return min(later)
        return None

    def next_close(self, after: datetime) -> datetime | None:
        """Return when the first bar closes that closes after a moment."""
        for session in self._sessions(after):
            if self.daily:
                if session.has_daily_bar:
                    return session.closes
                continue
            for opens, closes in self._bars(session, after):
                if not any(begin <= opens and closes <= end for begin, end in session.pauses):
                    return closes
        return None

    def end_of(self, opened: datetime) -> datetime:
        """Return when the bar closes that opened at a moment."""
        session = self.session_at(opened)
        if session is None:
            return opened + self.interval
        return session.closes if self.daily else min(opened + self.interval, session.closes)

    def opening_of(self, moment: datetime, session: Session) -> datetime:
        """Return when the bar opened within which a moment of a session is."""
        return session.opens if self.daily else moment - (moment - session.opens) % self.interval

    def back(self, now: datetime, bars: int, earliest: datetime) -> datetime:
        """Return the opening of a session from which on so many bars have opened by now; `earliest` if none has."""
        day, found = now.astimezone(UTC).date() + _DAY, 0
        while (day := day - _DAY) >= earliest.date() - _DAY:
            session = self.hours.on(day)
            if session is None or session.opens >= now or (self.daily and not session.has_daily_bar):
                continue
            length = min(session.closes, now) - session.opens
            found += 1 if self.daily else -(-length // self.interval)
            if found >= bars:
                return max(session.opens, earliest)
        return earliest

    def _bars(self, session: Session, after: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield (opening, close) of a session's bars that close after a moment."""
        opens = session.opens + max(0, (after - session.opens) // self.interval) * self.interval
        while opens < session.closes:
            closes = min(opens + self.interval, session.closes)
            if closes > after:
                yield opens, closes
            opens += self.interval

    def _sessions(self, after: datetime) -> Iterator[Session]:
        """Yield the sessions that close after a moment, in order."""
        day = after.astimezone(UTC).date() - _DAY
        for _ in range(_LONGEST_CLOSED):
            session = self.hours.on(day)
            if session is not None and session.closes > after:
                yield session
            day += _DAY
