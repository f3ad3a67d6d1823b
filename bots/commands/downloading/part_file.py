"""Bars on their way into a file: a part beside it, one process's alone, whole up to its last line after any kill."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import batched
from pathlib import Path

from adapters.bars_file import iter_bars
from adapters.bars_writer import HEADER, csv_text, parquet_from_csv
from strategies.bar import Bar
from strategies.errors import AlreadyRunningError, BarsFileError

_BLOCK = 1 << 16
_BARS_AT_ONCE = 10_000


class PartFile:
    """The part of one file, as CSV whatever the file will be.

    Parameters
    ----------
    target : Path
        The file that it becomes in the end; until then that is left as it is.
    price_decimals : int
        How many decimals prices are written with at least.
    """

    def __init__(self, target: Path, descriptor: int) -> None:
        self.target, self.path = target, _beside(target)
        self.price_decimals = 0
        self._descriptor = descriptor

    @property
    def is_empty(self) -> bool:
        """Whether it holds no bar."""
        return os.fstat(self._descriptor).st_size <= len(HEADER)

    def bars(self) -> Iterator[Bar]:
        """Yield the bars that it holds."""
        return iter(()) if self.is_empty else iter_bars(self.path)

    def clear(self) -> None:
        """Forget the bars that it holds."""
        os.ftruncate(self._descriptor, 0)

    def append(self, bars: Sequence[Bar]) -> None:
        """Write bars behind those that are there, down to the disk.

        Raises
        ------
        BarsFileError
            If the disk is full or gone; what was there before stays.
        """
        with _told_as_faults(self.path):
            size = os.lseek(self._descriptor, 0, os.SEEK_END)
            text = ("" if size else HEADER) + csv_text(bars, self.price_decimals)
            rest = memoryview(text.encode("ascii"))
            try:
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
                os.fsync(self._descriptor)
            except OSError:
                os.ftruncate(self._descriptor, size)
                raise

    def take_over(self) -> None:
        """Begin with the bars of the file itself."""
        for some in batched(iter_bars(self.target), _BARS_AT_ONCE):
            self.append(some)

    def finish(self) -> None:
        """Become the file, at once and whole.

        Raises
        ------
        BarsFileError
            If that cannot be written; the part stays.
        """
        with _told_as_faults(self.target):
            if self.target.suffix.lower() != ".parquet":
                self.path.replace(self.target)
            else:
                draft = self.target.with_name(f"{self.target.name}.draft")
                try:
                    parquet_from_csv(self.path, draft)
                    draft.replace(self.target)
                finally:
                    draft.unlink(missing_ok=True)
                self.path.unlink()
            _sync_folder(self.target.parent)


@contextmanager
def part_of(target: Path) -> Iterator[PartFile]:
    """Hold the part of a file, made if it is not there, against every other process; an empty one does not stay.

    Raises
    ------
    BarsFileError
        If it cannot be written.
    AlreadyRunningError
        If another process writes it.
    """
    with _told_as_faults(_beside(target)):
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = _opened(_beside(target))
    try:
        _cut_torn_line(descriptor)
        part = PartFile(target, descriptor)
        try:
            yield part
        finally:
            if part.is_empty:
                part.path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    """Open and lock a part that still is at its path: another process may have finished it in between."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            raise AlreadyRunningError(f"another download writes {path}; let it finish or stop it first") from None
        except OSError:
            os.close(descriptor)
            raise
        os.close(descriptor)


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


def _beside(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told_as_faults(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BarsFileError(
            f"{path}: cannot be written: {error.strerror or error}; make room there, or name another file with --out"
        ) from error
