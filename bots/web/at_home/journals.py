"""The journals of a working directory, looked at only where they have changed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from bots.config.wording import one_line
from bots.journal import tables
from bots.journal.looking import Found, Told, look
from bots.journal.opening import JournalKey, journal_url, open_for_reading
from bots.journal.store import DOCUMENT
from bots.web.at_home.processes import Process, find
from strategies.errors import TradingBotError

# Should both run, real money is looked at.
MODES = ("live", "paper")

type Files = Mapping[str, tuple[int, int]]
"""The files beside the journals: when each was written, and how large it is."""


def files_in(workdir: Path) -> Files:
    """Return the files of all journals; none where there are none."""
    files = {}
    try:
        with os.scandir(workdir / "journal") as entries:
            for entry in entries:
                try:
                    seen = entry.stat()
                except OSError:
                    continue
                files[entry.name] = (seen.st_mtime_ns, seen.st_size)
    except OSError:
        return {}
    return files


def files_of(workdir: Path, name: str) -> Files:
    """Return the files of one bot's journals."""
    files = {}
    for mode in MODES:
        for ending in ("sqlite", "sqlite-wal", "lock"):
            path = workdir / "journal" / f"{name}.{mode}.{ending}"
            try:
                seen = path.stat()
            except OSError:
                continue
            files[path.name] = (seen.st_mtime_ns, seen.st_size)
    return files


def names_in(files: Files) -> set[str]:
    """Return the names of bots that have a journal."""
    found = set()
    for file in files:
        name, dot, mode = file.removesuffix(".sqlite").rpartition(".")
        if file.endswith(".sqlite") and dot and mode in MODES:
            found.add(name)
    return found


@dataclass(frozen=True, slots=True)
class Reading:
    """What a journal said when it was last read, or why it could not be."""

    told: Told = field(default_factory=Told)
    fault: str = ""


class Journal:
    """One bot's journal in one mode.

    Parameters
    ----------
    bot, mode : str
        Whose it is.
    workdir : Path
        Where it lies.
    """

    def __init__(self, bot: str, mode: str, workdir: Path) -> None:
        self.found = Found(bot, mode, workdir)
        path = self.found.path
        self._names = path.name, f"{path.name}-wal", path.with_suffix(".lock").name
        self.exists = False
        self.holder: Process | None = None
        self.reading = Reading()
        self._lock: tuple[int, int] | None = None
        self._seen: tuple[object, ...] = (None,)
        self._read: tuple[object, ...] | None = None

    def update(self, files: Files) -> None:
        """Take in how the files are, and who holds the journal."""
        base, log, lock_file = self._names
        self.exists = base in files
        self._seen = files.get(base), files.get(log)
        lock = files.get(lock_file)
        # One that nobody holds is written into by whoever takes it.
        if lock != self._lock or self.holder is not None:
            self._lock = lock
            number = None if lock is None else self.found.process()
            self.holder = None if number is None else find(number)

    @property
    def is_news(self) -> bool:
        """Say whether it was written since it was read."""
        return self.exists and self._seen != self._read

    def read(self) -> Reading:
        """Read it if it is news; may block."""
        if self.is_news:
            seen = self._seen
            try:
                self.reading = Reading(look(self.found))
            except TradingBotError as error:
                self.reading = Reading(fault=one_line(str(error)))
            self._read = seen
        elif not self.exists:
            self.reading, self._read = Reading(), None
        return self.reading

    def runs_with(self) -> str | None:
        """Return the document that the bot's last process was started with, in its canonical form; may block."""
        key = JournalKey(self.found.bot, self.found.mode, "")
        with open_for_reading(key, journal_url(key, self.found.workdir)) as engine:
            if engine is None:
                return None
            with engine.connect() as connection:
                said: str | None = connection.scalar(select(tables.meta.c.value).where(tables.meta.c.key == DOCUMENT))
                return said
