"""One bot for each account and symbol on this machine: a second one would sell what the first one has bought."""

import fcntl
import hashlib
import os
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
        held = file.open("a+", encoding="utf-8")
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
        if folder.stat().st_uid != os.getuid():
            raise StartError(f"{folder} belongs to somebody else: remove it, or set TMPDIR to a folder of your own")
    except OSError as error:
        raise StartError(f"cannot make the folder of locks {folder}: {error.strerror}") from error
    return folder
