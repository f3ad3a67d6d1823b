"""Who may come in: a name and a password to a session, an id to a session, and what ends one."""

import asyncio
import logging
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from bots.web.login import passwords
from bots.web.login.attempts import Attempts
from bots.web.login.first_time import FirstTime
from bots.web.login.sessions import Session, Sessions
from bots.web.login.users import User, UsersFile, name_of
from strategies.errors import LoginError

LOGGER = logging.getLogger("tradingbot.web")
_MOST_WAITING = 16
_BUSY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class LetIn:
    """A login that has succeeded: the id for the cookie, and the session."""

    shown: str
    session: Session


@dataclass(frozen=True, slots=True)
class KeptOut:
    """A login that has not: why, and for how many seconds nobody is listened to, where that is why.

    `repeated` says that the same was answered before, with no attempt in between.
    """

    reason: str
    wait: float = 0.0
    repeated: bool = False

    @property
    def told(self) -> str:
        """The reason as people are told it."""
        return f"{self.reason}: try again in {math.ceil(self.wait)} s" if self.wait else self.reason


class Doors:
    """The one way in.

    Parameters
    ----------
    users : UsersFile
        Who may come in.
    sessions : Sessions
        Who is in.
    attempts : Attempts
        Who has tried of late.
    first_time : FirstTime, optional
        The one-time password, where there was no user at the start.
    """

    def __init__(
        self,
        users: UsersFile,
        sessions: Sessions | None = None,
        attempts: Attempts | None = None,
        first_time: FirstTime | None = None,
    ) -> None:
        self.users = users
        self.sessions = Sessions() if sessions is None else sessions
        self.attempts = Attempts() if attempts is None else attempts
        self._first_time = first_time
        # A hash takes 19 MiB: one at a time.
        self._hashing = asyncio.Lock()
        self._waiting = 0
        self._nobodys = ""

    async def enter(self, typed: str, password: str, address: str) -> LetIn | KeptOut:
        """Begin a session for a name and its password."""
        name = name_of(typed)[:100]
        if self._waiting >= _MOST_WAITING:
            return KeptOut("too many people log in at the same time", _BUSY_SECONDS)
        if (wait := self.attempts.begin(name, address)) > 0:
            return KeptOut("too many failed logins", wait, self.attempts.told_before(name, address))
        user = self._user(name)
        if not await self._is_right(user, password) or user is None:
            return KeptOut("wrong name or password")
        # While the password was looked at, the user may have been removed.
        current = self._user(name)
        if current is None or current.mark != user.mark:
            return KeptOut("wrong name or password")
        self.attempts.succeeded(name, address)
        if not self._is_first(current):
            current = await self._in_todays_way(current, password)
        shown, session = self.sessions.begin(name, current.role, current.mark, one_time=self._is_first(current))
        return LetIn(shown, session)

    def session(self, shown: str, *, used: bool = True) -> Session | None:
        """Return the session of an id, if it still stands."""
        session = self.sessions.find(shown, used=used)
        return session if session is not None and self._stands(session) else None

    def is_in(self, session: Session) -> bool:
        """Say whether a session has not ended meanwhile."""
        return self.sessions.lives(session.key) is not None and self._stands(session)

    def leave(self, session: Session) -> None:
        """End a session."""
        self.sessions.end(session.key)

    async def choose_password(self, session: Session, old: str, new: str, address: str) -> LetIn | KeptOut:
        """Give a user another password, end all sessions with the old one, and begin a new one for who has asked.

        The old password is asked for, but of whoever came in by the one-time password.

        Raises
        ------
        LoginError
            If the file of users cannot be written.
        """
        if fault := passwords.fault_of(new, session.user):
            return KeptOut(fault)
        if not session.one_time:
            user = self._user(session.user)
            if (wait := self.attempts.begin(session.user, address)) > 0:
                return KeptOut("too many wrong passwords", wait, self.attempts.told_before(session.user, address))
            if not await self._is_right(user, old) or user is None:
                return KeptOut("that is not your password")
            self.attempts.succeeded(session.user, address)
            if new == old:
                return KeptOut("that is the password that you have")
        kept = await self._hash(new)
        if not self.is_in(session):
            return KeptOut("you are not logged in any more")

        def change(users: dict[str, User]) -> None:
            known = users.get(session.user)
            if users if session.one_time else known is None or known.mark != session.mark:
                raise LoginError("users have changed meanwhile: log in again")
            users[session.user] = User(session.user, session.role, kept)

        await asyncio.to_thread(self.users.change, change)
        self._first_time = None
        # Sessions with the old password end as they are looked at: their mark is not the user's any more.
        made = self.users.all()[session.user]
        return LetIn(*self.sessions.begin(made.name, made.role, made.mark))

    def _user(self, name: str) -> User | None:
        users = self.users.all()
        if users:
            # Somebody has made users another way: that password was for nobody else.
            self._first_time = None
        if self._first_time is not None and name == self._first_time.user.name:
            return self._first_time.user
        return users.get(name)

    def _is_first(self, user: User) -> bool:
        return self._first_time is not None and user is self._first_time.user

    def _stands(self, session: Session) -> bool:
        user = self._user(session.user)
        if user is not None and user.mark == session.mark and self._is_first(user) == session.one_time:
            return True
        self.sessions.end(session.key)
        return False

    async def _is_right(self, user: User | None, password: str) -> bool:
        if len(password) > passwords.LONGEST:
            password = ""
        if user is None and not self._nobodys:
            self._nobodys = await self._hash(passwords.one_time())
        # A name that nobody has costs as much as one that somebody has.
        kept = self._nobodys if user is None else user.password
        async with self._one_at_a_time():
            return await asyncio.to_thread(passwords.is_right, kept, password)

    @asynccontextmanager
    async def _one_at_a_time(self) -> AsyncIterator[None]:
        self._waiting += 1
        try:
            async with self._hashing:
                yield
        finally:
            self._waiting -= 1

    async def _hash(self, password: str) -> str:
        async with self._one_at_a_time():
            return await asyncio.to_thread(passwords.hash_of, password)

    async def _in_todays_way(self, user: User, password: str) -> User:
        if not passwords.is_outdated(user.password) or not self.users.can_be_written():
            return user
        made = replace(user, password=await self._hash(password))

        def change(users: dict[str, User]) -> None:
            if users.get(user.name) == user:
                users[user.name] = made

        try:
            await asyncio.to_thread(self.users.change, change)
        except LoginError as error:
            LOGGER.warning("the password of %s stays hashed as it was: %s", user.name, error)
        else:
            self.sessions.mark_anew(user.name, user.mark, made.mark)
        return self.users.all().get(user.name, user)
