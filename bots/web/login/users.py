"""The file of users: names, roles and hashes of passwords, read anew whenever it has changed."""

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bots.config.wording import shown
from bots.web import atomic
from bots.web.login.passwords import fault_of_hash
from bots.web.login.roles import Role
from strategies.errors import LoginError

LOGGER = logging.getLogger("tradingbot.web")
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_LARGEST = 1_048_576

type Users = Mapping[str, User]
type _Stamp = tuple[int, int, int] | None

_UNREADABLE: _Stamp = (0, 0, 0)
_NEVER: _Stamp = (-1, -1, -1)


@dataclass(frozen=True, slots=True)
class User:
    """One person who may log in; of the password only its hash is known."""

    name: str
    role: Role
    password: str = field(repr=False)

    @property
    def mark(self) -> str:
        """What changes with role and password: sessions begun before are none after."""
        return hashlib.sha256(f"{self.role} {self.password}".encode()).hexdigest()


def name_of(typed: str) -> str:
    """Return a user's name as it is kept: telephones write the first letter large."""
    return typed.strip().lower()


def fault_of_name(name: str) -> str:
    """Say why a name cannot be a user's; nothing where it can."""
    if _NAME.fullmatch(name):
        return ""
    return f"{shown(name)} is no name of a user: up to 64 small letters, digits, dots, hyphens, underscores and @"


def read_users(text: bytes, source: str) -> dict[str, User]:
    """Return the users of a file's content.

    Raises
    ------
    LoginError
        If it is not the content of such a file.
    """
    try:
        content = json.loads(text)
        rows = content["users"]
        found = {row["name"]: User(row["name"], Role(row["role"]), row["password"]) for row in rows}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise LoginError(
            f'{source} is no file of users: it holds {{"users": [{{"name": ..., "role": "operator" or "viewer", '
            '"password": hash}]}; make one with `tradingbot user add NAME --file FILE`'
        ) from None
    if len(found) != len(rows):
        raise LoginError(f"{source} names a user twice")
    for name, user in found.items():
        if not isinstance(name, str) or not isinstance(user.password, str):
            raise LoginError(f"{source}: names and passwords are texts")
        if fault := fault_of_name(name):
            raise LoginError(f"{source}: {fault}")
        if fault := fault_of_hash(user.password):
            raise LoginError(f"{source}: the password of {name} {fault}; set it with `tradingbot user password {name}`")
    return found


def written(users: Users) -> bytes:
    """Return a file's content."""
    rows = [
        {"name": user.name, "role": str(user.role), "password": user.password}
        for user in sorted(users.values(), key=lambda user: user.name)
    ]
    return (json.dumps({"users": rows}, indent=2) + "\n").encode()


class UsersFile:
    """The users in a file; none where there is no file.

    Parameters
    ----------
    path : Path
        The file. In a cluster a mounted Secret, which nobody can write.

    Raises
    ------
    LoginError
        If the file is there and cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: _Stamp = None
        self._users: Users = {}
        self._refused: _Stamp = _NEVER
        self._read()

    def all(self) -> Users:
        """Return the users as the file has them now; one that has become unreadable leaves them as they were."""
        stamp = self._stamp_now()
        if stamp not in (self._stamp, self._refused):
            try:
                self._read()
            except LoginError as error:
                LOGGER.error("users stay as they were: %s", error)
                self._refused = stamp
        return self._users

    def change(self, make: Callable[[dict[str, User]], None]) -> None:
        """Change the users, and the file with them.

        Raises
        ------
        LoginError
            If the file cannot be written; `make` may raise it, too, and nothing is changed then.
        """
        try:
            with self._alone():
                self._read()
                users = dict(self._users)
                make(users)
                atomic.write(self.path, written(users), 0o600)
                self._read()
        except OSError as error:
            raise LoginError(
                f"{self.path} cannot be written here ({error.strerror}): users are changed where the file is made"
            ) from error

    def can_be_written(self) -> bool:
        """Say whether `change` has a chance here."""
        try:
            with self._alone():
                return True
        except OSError:
            return False

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _read(self) -> None:
        stamp = self._stamp_now()
        if stamp is None:
            self._stamp, self._users = None, {}
            return
        try:
            with self.path.open("rb") as file:
                seen = os.fstat(file.fileno())
                text = file.read(_LARGEST + 1)
        except OSError as error:
            raise LoginError(f"cannot read the file of users {self.path}: {error.strerror}") from error
        if seen.st_mode & stat.S_IWOTH:
            raise LoginError(f"everybody can write {self.path} and make themselves an operator: chmod 600 it")
        if len(text) > _LARGEST:
            raise LoginError(f"{self.path} is too large for a file of users")
        self._users = read_users(text, str(self.path))
        self._stamp = stamp

    def _stamp_now(self) -> _Stamp:
        try:
            seen = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return _UNREADABLE
        return seen.st_mtime_ns, seen.st_size, seen.st_ino
