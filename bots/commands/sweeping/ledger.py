"""results.jsonl: what a sweep has come to, a line for each combination, whole up to its last line after any kill."""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from strategies.errors import AlreadyRunningError, SweepError

_FSYNC_SECONDS = 2.0
_BLOCK = 1 << 16
NAME = "results.jsonl"
# What a sweep is known by, and how a person knows it.
_PARTS = {
    "document": "another document",
    "bars": "other bars",
    "params": "other parameters",
    "split": "another split",
    "version": "another version of tradingbot",
}


class Ledger:
    """The lines of one sweep, one process's alone."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._synced = time.monotonic()

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield the line of each combination; of one that was traded again, the later line counts.

        Raises
        ------
        SweepError
            If the file is not what a sweep has written.
        """
        with self.path.open("rb") as file:
            file.readline()
            for index, line in enumerate(file, start=2):
                yield _parsed(self.path, index, line)

    def append(self, line: Mapping[str, Any]) -> None:
        """Write a line behind the others, and now and then down to the disk.

        Raises
        ------
        SweepError
            If the disk is full or gone; what was there before stays.
        """
        with told_as_faults(self.path):
            _write(self._descriptor, line)
            if time.monotonic() >= self._synced + _FSYNC_SECONDS:
                self.sync()

    def sync(self) -> None:
        """Bring all lines down to the disk."""
        with told_as_faults(self.path):
            os.fsync(self._descriptor)
        self._synced = time.monotonic()


@contextmanager
def ledger_of(folder: Path, known_by: Mapping[str, object], *, fresh: bool) -> Iterator[Ledger]:
    """Hold a folder's ledger against every other process; one that is there must be of the same sweep.

    Raises
    ------
    SweepError
        If it is of another sweep, or the folder cannot be written.
    AlreadyRunningError
        If another process writes it.
    """
    path = folder / NAME
    with told_as_faults(path):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunningError(f"another sweep writes {path}; let it finish or stop it first") from None
            if fresh:
                os.ftruncate(descriptor, 0)
            _cut_torn_line(descriptor)
            if os.fstat(descriptor).st_size:
                _be_the_same(path, known_by)
            else:
                _write(descriptor, {"sweep": 1, **known_by})
            ledger = Ledger(path, descriptor)
            ledger.sync()
        except BaseException:
            os.close(descriptor)
            raise
    try:
        yield ledger
        ledger.sync()
    finally:
        os.close(descriptor)


@contextmanager
def told_as_faults(path: Path) -> Iterator[None]:
    """Tell what writing may raise as what is wrong with the folder."""
    try:
        yield
    except OSError as error:
        raise SweepError(
            f"{path}: cannot be written: {error.strerror or error}; make room there, or name another folder with --out"
        ) from error


def _be_the_same(path: Path, known_by: Mapping[str, object]) -> None:
    with path.open("rb") as file:
        head = _parsed(path, 1, file.readline())
    if "sweep" not in head:
        raise SweepError(f"{path}: was not written by a sweep; name another folder with --out")
    if others := [words for part, words in _PARTS.items() if head.get(part) != known_by[part]]:
        raise SweepError(
            f"{path}: has the results of a sweep with {' and '.join(others)}; name another folder with --out, "
            "or forget those results with --fresh"
        )


def _parsed(path: Path, index: int, line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    if not isinstance(value, dict) or (index > 1 and not isinstance(value.get("number"), int)):
        raise SweepError(f"{path}: line {index} is not what a sweep writes; begin again with --fresh")
    return value


def _write(descriptor: int, line: Mapping[str, Any]) -> None:
    """Write a line whole or not at all."""
    size = os.fstat(descriptor).st_size
    rest = memoryview((json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n").encode())
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except BaseException:
        os.ftruncate(descriptor, size)
        raise


def _cut_torn_line(descriptor: int) -> None:
    """Cut off what stands behind the last line's end: a kill or a full disk may have torn it."""
    end = os.fstat(descriptor).st_size
    while end:
        begin = max(0, end - _BLOCK)
        found = os.pread(descriptor, end - begin, begin).rfind(b"\n")
        if found >= 0:
            os.ftruncate(descriptor, begin + found + 1)
            return
        end = begin
    os.ftruncate(descriptor, 0)
