"""A file that is either as it was or as it shall be, whatever happens in between."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def write(path: Path, content: bytes, mode: int) -> None:
    """Put content in a file's place."""
    with _beside(path, content, mode) as made:
        made.replace(path)
    _to_disk(path.parent)


def write_new(path: Path, content: bytes, mode: int) -> None:
    """Make a file; raises FileExistsError where there is one."""
    with _beside(path, content, mode) as made:
        # A rename would put it in the place of what somebody else has made meanwhile.
        os.link(made, path)
    _to_disk(path.parent)


@contextmanager
def _beside(path: Path, content: bytes, mode: int) -> Iterator[Path]:
    number, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=".tmp", dir=path.parent)
    made = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        yield made
    finally:
        with suppress(FileNotFoundError):
            made.unlink()


def _to_disk(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
