"""Who is logged in: sessions in memory, known by the hash of a random id that only the browser has."""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from bots.web.login.roles import Role

IDLE_SECONDS = 12 * 3600.0
LONGEST_SECONDS = 7 * 86_400.0
_MOST = 1000
_MOST_OF_ONE = 50


@dataclass(frozen=True, slots=True)
class Session:
    """One login of one person.

    Parameters
    ----------
    user : str
        Who it is.
    role : Role
        What this person may do.
    csrf : str
        What a changing request has to show, so that it is known to come from a page of this session.
    made, seen : float
        When it began and was last used, in seconds since 1970.
    one_time : bool
        Whether the login was by the one-time password: a password has to be chosen before anything else.
    key : str
        The hash under which it is kept.
    mark : str
        What the user's entry was like at the login; one that has changed since ends the session.
    """

    user: str
    role: Role
    csrf: str = field(repr=False)
    made: float
    seen: float
    one_time: bool = False
    key: str = field(default="", repr=False)
    mark: str = field(default="", repr=False)

    @property
    def can_operate(self) -> bool:
        """Whether this person may change anything but the own password."""
        return self.role is Role.OPERATOR


class Sessions:
    """All sessions of a console.

    Parameters
    ----------
    now : callable
        Says the time in seconds since 1970.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._held: dict[str, Session] = {}

    def begin(self, user: str, role: Role, mark: str, *, one_time: bool = False) -> tuple[str, Session]:
        """Begin a session under a new id; return the id, which is nowhere kept, and the session."""
        shown, now = secrets.token_urlsafe(32), self._now()
        session = Session(user, role, secrets.token_urlsafe(32), now, now, one_time, _key(shown), mark)
        self._make_room(user)
        self._held[session.key] = session
        return shown, session

    def find(self, shown: str, *, used: bool = True) -> Session | None:
        """Return the session of an id, if it has not ended; `used` says that its person is at work."""
        session = self.lives(_key(shown))
        if session is not None and used:
            session = replace(session, seen=self._now())
            self._held[session.key] = session
        return session

    def lives(self, key: str) -> Session | None:
        """Return the session that is kept under a key, if it has not ended."""
        session, now = self._held.get(key), self._now()
        if session is None:
            return None
        # A clock that was set back makes no session immortal.
        if not (0 <= now - session.made < LONGEST_SECONDS and now - session.seen < IDLE_SECONDS):
            del self._held[key]
            return None
        return session

    def end(self, key: str) -> None:
        """End a session."""
        self._held.pop(key, None)

    def mark_anew(self, user: str, old: str, new: str) -> None:
        """Let a user's sessions go on though the entry has changed."""
        for key, session in self._held.items():
            if session.user == user and session.mark == old:
                self._held[key] = replace(session, mark=new)

    def _make_room(self, user: str) -> None:
        for key in list(self._held):
            self.lives(key)
        mine = [session for session in self._held.values() if session.user == user]
        for group, most in ((mine, _MOST_OF_ONE), (self._held.values(), _MOST)):
            if len(group) >= most:
                self.end(_longest_unused(group))


def _key(shown: str) -> str:
    return hashlib.sha256(shown.encode("utf-8", "surrogateescape")).hexdigest()


def _longest_unused(sessions: Iterable[Session]) -> str:
    return min(sessions, key=lambda session: session.seen).key
