"""Looking at the journals of a working directory as a bystander: which bots have one, and what each says."""

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from bots.journal import tables
from bots.journal.opening import JournalKey, journal_url, open_for_reading
from bots.journal.reading import read_halt
from bots.journal.store import ADDRESS, load_saved
from bots.trading.halts import Halt
from bots.trading.keeping import Saved

# What a bot did on paper while its real broker was away belongs to that bot, and is no bot of its own.
_MODES = ("live", "paper")
_PROCESSES = Path("/proc")

type Stamp = tuple[tuple[int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A bot that has a journal in a working directory, in one mode."""

    bot: str
    mode: str
    workdir: Path

    @property
    def path(self) -> Path:
        """The journal's file."""
        return self.workdir / "journal" / f"{self.bot}.{self.mode}.sqlite"

    def stamp(self) -> Stamp:
        """Return something that is another after the journal was written."""
        return tuple(_stamp(self.path.with_name(self.path.name + ending)) for ending in ("", "-wal"))

    def process(self) -> int | None:
        """Return the number of the process that trades with the journal, if one does.

        The lock itself is not tried: a bot that starts at that very moment would be refused.
        """
        lock = self.path.with_suffix(".lock")
        try:
            number = int(lock.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None
        return number if _has_open(number, lock) else None


@dataclass(frozen=True, slots=True)
class Told:
    """What a journal says: what is traded, where its bot served HTTP, what it has, and what has halted it."""

    symbol: str | None = None
    address: str | None = None
    saved: Saved | None = None
    halt: Halt | None = None


def journals_in(workdir: Path) -> list[Found]:
    """Return the bots that have a journal in this working directory."""
    found = []
    for path in sorted((workdir / "journal").glob("*.sqlite")):
        bot, _, mode = path.stem.rpartition(".")
        if bot and mode in _MODES:
            found.append(Found(bot, mode, workdir))
    return found


def look(found: Found) -> Told:
    """Return what a journal says.

    Raises
    ------
    WrongJournalError
        If another version of tradingbot wrote it.
    JournalError
        If it cannot be read.
    """
    key = JournalKey(found.bot, found.mode, "")
    with open_for_reading(key, journal_url(key, found.workdir)) as engine:
        if engine is None:
            return Told()
        with engine.connect() as connection:
            known = {row.key: row.value for row in connection.execute(select(tables.meta))}
        return Told(known.get("symbol"), known.get(ADDRESS), load_saved(engine), read_halt(engine))


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size


def _has_open(number: int, file: Path) -> bool:
    """Say whether a process has a file open; where the system does not tell, whether there is such a process."""
    try:
        handles = list((_PROCESSES / str(number) / "fd").iterdir())
        return any(handle.resolve() == file.resolve() for handle in handles)
    except OSError:
        if (_PROCESSES / "self").exists() and not (_PROCESSES / str(number)).exists():
            return False
    try:
        os.kill(number, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True
