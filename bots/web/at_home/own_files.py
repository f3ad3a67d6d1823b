"""What a console keeps in its working directory for itself: the lock that makes it the only one, and its token."""

import fcntl
import os
import secrets
from pathlib import Path
from typing import IO

from bots.web.at_home.spawning import TOKEN_FILE
from strategies.errors import AlreadyRunningError, StartError


def only_console(configs: Path, web: Path) -> IO[str]:
    """Keep other consoles off a working directory until what is returned is closed, or this process dies.

    Raises
    ------
    StartError
        If a folder is not there or cannot be written; AlreadyRunningError if there is another console.
    """
    if not configs.is_dir():
        raise StartError(f"there is no folder {configs}: make it, or name the one in which the documents lie")
    try:
        web.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (web / "console.lock").open("a+", encoding="ascii")
    except OSError as error:
        raise StartError(f"cannot write into {web}: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        told = lock.read().strip() or "unknown"
        lock.close()
        raise AlreadyRunningError(f"a console manages the bots of {web.parent} already (process {told})") from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def token_file_in(web: Path) -> Path:
    """Return the file of the token with which bots take changes: that of the environment, else one of our own."""
    if named := os.environ.get(TOKEN_FILE):
        return Path(named)
    file = web / "token"
    try:
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file
    with os.fdopen(number, "w", encoding="ascii") as made:
        made.write(secrets.token_urlsafe(32))
    return file
