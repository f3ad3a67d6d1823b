"""Bars that several processes read: one unnamed file of plain numbers, which goes with its last reader."""

import hashlib
import mmap
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import IO

import numpy as np

from adapters.bars_file import BarsFile
from strategies.bar import Bar

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BAR = np.dtype([("time", "<i8"), *((name, "<f8") for name in ("open", "high", "low", "close", "volume"))])


def packed(bars: Sequence[Bar]) -> bytes:
    """Give bars as numbers, 48 bytes each, from which the very same bars can be made."""
    rows = [((bar.time - _EPOCH) // _MICROSECOND, *bar[1:]) for bar in bars]
    return np.array(rows, dtype=_BAR).tobytes()


def digest(file: BarsFile) -> str:
    """Give a fingerprint of bars and of the decimals from which their steps are read; the file's name is not in it."""
    made = hashlib.sha256(f"{file.price_decimals},{file.volume_decimals};".encode())
    made.update(packed(file.bars))
    return made.hexdigest()


def shared(bars: Sequence[Bar]) -> IO[bytes]:
    """Write bars for others to read by the file's descriptor."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  # its workers read it for as long as they live
    file.write(packed(bars))
    file.flush()
    return file


def read_shared(descriptor: int, price_decimals: int, volume_decimals: int) -> BarsFile:
    """Return bars that another process has shared; the times as the file spelt them are not among it."""
    # Mapped and not read: the position in an inherited file is the same for all that have it.
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as pages:
        rows = np.frombuffer(bytes(pages), dtype=_BAR).tolist()
    bars = tuple(Bar(_EPOCH + timedelta(microseconds=row[0]), *row[1:]) for row in rows)
    return BarsFile(bars, (), price_decimals, volume_decimals)
