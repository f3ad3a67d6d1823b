"""When a contract is traded: the gateway tells of the coming days, weeks repeat themselves beyond that. Pure."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

WEEK = timedelta(days=7)
_RANGE = re.compile(r"(\d{8}):(\d{4})-(?:(\d{8}):)?(\d{4})")
# Names that the gateway uses and the time zone database does not have.
_ZONES = {"EST (Eastern Standard Time)": "America/New_York", "EST5EDT": "America/New_York", "EST": "America/New_York"}


@dataclass(frozen=True, slots=True)
class Hours:
    """Sessions in which a contract is traded, in order, and what time it is there."""

    zone: ZoneInfo
    sessions: tuple[tuple[datetime, datetime], ...]

    def session_at(self, time: datetime) -> tuple[datetime, datetime] | None:
        """Return the session that a moment falls into, if it falls into one."""
        shift = self._shift(time)
        moved = time - shift
        at = bisect_right(self.sessions, (moved, moved + WEEK)) - 1
        if at < 0 or moved >= self.sessions[at][1]:
            return None
        begin, end = self.sessions[at]
        return begin + shift, end + shift

    def is_open(self, time: datetime) -> bool:
        """Say whether there is trading; True where nothing is known."""
        return not self.sessions or self.session_at(time) is not None

    def from_time_on(self, time: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the sessions of the next two weeks that end after a moment, in order."""
        seen = time - timedelta(days=1)
        while self.sessions and seen < time + 2 * WEEK:
            shift = self._shift(seen)
            for begin, end in self.sessions:
                if end + shift > max(time, seen):
                    seen = end + shift
                    yield begin + shift, end + shift
            if not shift and seen > self.sessions[-1][1]:
                # Too little is told to be repeated, and it is over.
                return
            seen = max(seen, self.sessions[-1][1] + shift) + timedelta(seconds=1)

    def _shift(self, time: datetime) -> timedelta:
        """Return the whole weeks by which a moment lies outside what is told."""
        if not self.sessions:
            return timedelta(0)
        # A told week that lacks a holiday is better than none: sessions repeat in local time, near enough.
        first, last = self.sessions[0][0], self.sessions[-1][1]
        if time >= last:
            return ((time - last) // WEEK + 1) * WEEK if last - first >= timedelta(days=4) else timedelta(0)
        if time < first:
            return -((first - time) // WEEK + 1) * WEEK if last - first >= timedelta(days=4) else timedelta(0)
        return timedelta(0)


def parse_hours(text: str, zone: str) -> Hours:
    """Return the sessions of a gateway's text: `20260105:0930-20260105:1600;20260106:CLOSED`.

    Raises
    ------
    ValueError
        If the time zone has no name that is known.
    """
    try:
        there = ZoneInfo(_ZONES.get(zone, zone) or "UTC")
    except (KeyError, OSError) as error:
        raise ValueError(f"'{zone}' is not a time zone that is known here") from error
    sessions = []
    for part in re.split("[;,]", text):
        if (found := _RANGE.fullmatch(part.strip())) is not None:
            day, begin, last_day, end = found.groups()
            sessions.append((_moment(day, begin, there), _moment(last_day or day, end, there)))
    return Hours(there, tuple(sorted(session for session in sessions if session[0] < session[1])))


def _moment(day: str, time: str, zone: ZoneInfo) -> datetime:
    midnight = datetime.strptime(day, "%Y%m%d").replace(tzinfo=zone)
    # 24:00 is how some sessions end.
    hours, minutes = int(time[:2]), int(time[2:])
    return (midnight + timedelta(days=hours // 24)).replace(hour=hours % 24, minute=minutes).astimezone(UTC)
