"""Reading a file of bars: CSV or Parquet, every fault told with its line and its remedy."""

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from strategies.bar import Bar
from strategies.errors import BarsFileError

COLUMNS = ("timestamp", "open", "high", "low", "close", "volume")
# Nautilus' fixed-point numbers end a little above this.
_LARGEST = 1e13
# Nautilus counts nanoseconds from 1970 in 64 bits.
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2262, 1, 1, tzinfo=UTC)
_MOST_DECIMALS = 16


@dataclass(frozen=True, slots=True)
class BarsFile:
    """The bars of a file, the text of each one's timestamp, and how many decimals its numbers have."""

    bars: tuple[Bar, ...]
    labels: tuple[str, ...]
    price_decimals: int
    volume_decimals: int


def read_bars(path: Path) -> BarsFile:
    """Return the bars of a CSV or Parquet file with the columns timestamp, open, high, low, close, volume.

    Timestamps are UTC (ISO 8601; without a zone they are taken as UTC) and mark the opening of their bar.

    Raises
    ------
    BarsFileError
        If the file is missing or unreadable, a column is missing, a number is no price, a bar's high is not its
        highest, or time does not go forward.
    """
    with _told_as_faults(path):
        rows = list(_rows(path))
    if not rows:
        raise BarsFileError(f"{path}: holds no bars; it needs a header and at least one line")
    bars = tuple(_bars(path, rows))
    return BarsFile(
        bars,
        tuple(row[0] for _, row in rows),
        _decimals(chain.from_iterable(row[1:5] for _, row in rows)),
        _decimals(row[5] for _, row in rows),
    )


def iter_bars(path: Path) -> Iterator[Bar]:
    """Yield the bars of a file one by one, so that a long one need not fit into memory; there may be none.

    Raises
    ------
    BarsFileError
        As `read_bars`, with the first bar that is wrong.
    """
    with _told_as_faults(path):
        yield from _bars(path, _rows(path))


def fault_of(bar: Bar) -> str:
    """Say why a bar is none, wherever it comes from; nothing for a bar that is one."""
    _, opened, high, low, close, volume = bar
    # Each comparison by itself: min and max let a NaN slip through.
    if 0 < low <= opened <= high < _LARGEST and low <= close <= high and 0 <= volume < _LARGEST:
        return ""
    if not all(map(math.isfinite, (opened, high, low, close, volume))):
        return "NaN or infinity is no price"
    if min(opened, high, low, close) <= 0 or volume < 0:
        return "prices must be above zero and volume not below it"
    if max(high, volume) >= _LARGEST:
        return f"a number is too large; the most is {_LARGEST:g}"
    return f"high {high} and low {low} do not span open {opened} and close {close}"


type _Row = tuple[int, Sequence[str]]


@contextmanager
def _told_as_faults(path: Path) -> Iterator[None]:
    """Tell what reading a file may raise as what is wrong with it."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or _one_line(error)
        raise BarsFileError(f"{path}: cannot be read: {reason}; check the path of the file") from error
    except UnicodeDecodeError as error:
        raise BarsFileError(f"{path}: is not UTF-8 text; save it as UTF-8 CSV or as .parquet") from error
    except csv.Error as error:
        raise BarsFileError(f"{path}: is not CSV ({error}); columns must be {','.join(COLUMNS)}") from error


def _rows(path: Path) -> Iterator[_Row]:
    return _parquet_rows(path) if path.suffix.lower() == ".parquet" else _csv_rows(path)


def _csv_rows(path: Path) -> Iterator[_Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = [name.strip().lower() for name in next(reader, [])]
        places = _places(path, header)
        if places == list(range(len(COLUMNS))) and len(header) == len(COLUMNS):
            yield from ((reader.line_num, row) for row in reader if row)
            return
        for row in reader:
            if row:
                if len(row) != len(header):
                    raise BarsFileError(f"{path}: line {reader.line_num}: has {len(row)} fields, needs {len(header)}")
                yield reader.line_num, [row[place] for place in places]


def _parquet_rows(path: Path) -> Iterator[_Row]:
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path)
    except (pyarrow.ArrowException, ValueError) as error:
        raise BarsFileError(f"{path}: is not a Parquet file; check that it was written whole") from error
    except OSError as error:
        if error.errno is not None:
            raise
        # Arrow's own: the file is there, what is in it cannot be unpacked.
        raise BarsFileError(f"{path}: is not a whole Parquet file ({_one_line(error)}); write it anew") from error
    places = _places(path, [name.strip().lower() for name in table.column_names])
    columns = [_texts(path, name, table.column(place)) for name, place in zip(COLUMNS, places, strict=True)]
    yield from enumerate(zip(*columns, strict=True), start=1)


def _texts(path: Path, name: str, column: Any) -> list[str]:
    try:
        return [_text(value) for value in column.to_pylist()]
    except (ValueError, OverflowError, TypeError) as error:
        raise BarsFileError(
            f"{path}: column {name}: {_one_line(error)}; write times as timestamps or text, numbers as numbers"
        ) from error


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)


def _places(path: Path, header: list[str]) -> list[int]:
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise BarsFileError(f"{path}: line 1: no column {', '.join(missing)}; the header must be {','.join(COLUMNS)}")
    if repeated := [name for name in COLUMNS if header.count(name) > 1]:
        raise BarsFileError(f"{path}: line 1: several columns {', '.join(repeated)}; keep one of each")
    return [header.index(name) for name in COLUMNS]


def _bars(path: Path, rows: Iterable[_Row]) -> Iterator[Bar]:
    previous: datetime | None = None
    for line, row in rows:
        bar = _bar(path, line, row)
        if previous is not None and bar.time <= previous:
            told = f"{path}: line {line}: {row[0][:40]} does not come after the line before"
            raise BarsFileError(f"{told}; sort by time, remove duplicates")
        previous = bar.time
        yield bar


def _bar(path: Path, line: int, row: Sequence[str]) -> Bar:
    if len(row) != len(COLUMNS):
        raise BarsFileError(f"{path}: line {line}: has {len(row)} fields, needs {len(COLUMNS)}: {','.join(COLUMNS)}")
    try:
        if not row[0].isprintable():
            # Any character would do as the one between date and time, also one that begins another line.
            raise ValueError
        time = datetime.fromisoformat(row[0])
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BarsFileError(
            f"{path}: line {line}: timestamp {row[0][:40]!r} is no time; write it like 2025-01-31T13:00:00Z"
        ) from error
    if not _FIRST <= time < _LAST:
        raise BarsFileError(f"{path}: line {line}: {row[0][:40]} does not lie between {_FIRST:%Y} and {_LAST:%Y}")
    try:
        _be_plain("".join(row[1:]))
        opened, high, low, close, volume = map(float, row[1:])
    except ValueError as error:
        raise BarsFileError(f"{path}: line {line}: {_one_line(error)}; prices and volume are plain numbers") from error
    bar = Bar(time, opened, high, low, close, volume)
    if fault := fault_of(bar):
        raise BarsFileError(f"{path}: line {line}: {fault}; repair the line or remove it")
    return bar


def _be_plain(numbers: str) -> None:
    """Refuse what Python takes for digits and nobody else does: 1_000, and the digits of other scripts."""
    if "_" in numbers or not numbers.isascii():
        raise ValueError(f"{numbers[:40]!a} holds more than digits")


def _one_line(error: Exception) -> str:
    """Return a library's words, short, and without anything that could steer a terminal."""
    words = "".join(letter if letter.isprintable() else " " for letter in str(error)[:400])
    return " ".join(words.split())[:200]


def _decimals(texts: Iterable[str]) -> int:
    """Return the most decimals that any number shows, trailing zeros included: they tell the price step."""
    most = 0
    for text in texts:
        _, _, digits = text.partition(".")
        if "e" in text.lower() or (digits and not digits.isdecimal()):
            digits = f"{float(text):.{_MOST_DECIMALS}f}".rstrip("0").partition(".")[2]
        most = max(most, len(digits))
    return min(most, _MOST_DECIMALS)
