"""One bot for each account and symbol on this machine: a second one would sell what the first one has bought."""

import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from strategies.errors import AlreadyRunningError, StartError


@contextmanager
def alone_with(account: str, symbol: str, bot: str) -> Iterator[None]:
    """Hold an account's symbol against every other bot of this user; the system lets go when the process dies.

    Raises
    ------
    AlreadyRunningError
        If another bot holds it.
    StartError
        If the lock cannot be made.
    """
    file = _folder() / f"{hashlib.sha256(f'{account} {symbol}'.encode()).hexdigest()[:24]}.lock"
    try:
        held = os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+", encoding="utf-8")
    except OSError as error:
        raise StartError(f"cannot make the lock {file}: {error.strerror}") from error
    with held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            held.seek(0)
            raise AlreadyRunningError(
                f"bot {held.read().strip() or 'unknown'} trades {symbol} on this account already: two would sell each "
                "other's position; stop that one, or give this one another account or symbol"
            ) from error
        held.truncate(0)
        held.write(f"{bot} (process {os.getpid()})")
        held.flush()
        yield


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"tradingbot-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        # As it lies there, not where a link leads: everybody may put something of this name into a shared folder.
        seen = folder.lstat()
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid() or seen.st_mode & 0o022:
            raise StartError(
                f"{folder} is a link, somebody else's or open to others: remove it, or set TMPDIR to your own folder"
            )
    except OSError as error:
        raise StartError(f"cannot make the folder of locks {folder}: {error.strerror}") from error
    return folder
