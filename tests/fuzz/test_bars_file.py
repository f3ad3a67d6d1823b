"""Any file as bars, CSV and Parquet: bars that can be traded on, or one line that says what is wrong and where."""

import re
from collections.abc import Sequence
from csv import DictReader
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
from hypothesis import reject
from hypothesis import strategies as st

from adapters.bars_file import iter_bars
from adapters.feeds import FeedSettings
from adapters.replay import Replay
from adapters.simulated import replay
from strategies.errors import BarsFileError
from tests.fuzz.budget import fuzz
from tests.fuzz.sense import assert_bars, assert_spec
from tests.fuzz.spoiling import garbage, spoilt, spoilt_bytes
from tests.made_bars import made_bars

_HEADER = ["timestamp", "open", "high", "low", "close", "volume"]
_BARS = made_bars(6)
_ROWS = [[f"{bar.time:%Y-%m-%dT%H:%M:%SZ}", *(f"{number:.2f}" for number in bar[1:])] for bar in _BARS]
_TIMES = (
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1969-12-31", "2262-01-01", "1704067200",
    "2024-01-01T00:00:00.0000001Z", "2024-W01-1", "20240101", "2024-02-30", "24-01-01", "2024-01-01\x1b00:00:00",
    "\uff11\uff10\uff12\uff14-01-01", "2024-01-01 00:00:00 UTC",
)  # fmt: skip


@st.composite
def csv_files(draw: st.DrawFn) -> bytes:
    table: Any = [list(_HEADER), *(list(row) for row in _ROWS)]
    for _ in range(draw(st.integers(0, 2))):
        table = draw(spoilt(table))
    lines = [",".join(map(_cell, row)) if isinstance(row, list) else str(row) for row in _items(table)]
    text = draw(st.sampled_from(("\n",) * 9 + ("\r\n", "\r", "\n\n", ";", '"\n'))).join(lines)
    if draw(st.integers(0, 4)) == 0:
        text = text.replace(_ROWS[2][0], draw(st.sampled_from(_TIMES)))
    return draw(spoilt_bytes(text.encode("utf-8", "surrogatepass")))


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _cell(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) and "," in value else str(value)


_COLUMNS: tuple[Sequence[Any], ...] = (
    [bar.time for bar in _BARS],
    [bar.time.replace(tzinfo=None) for bar in _BARS],
    [bar.time.astimezone(UTC).isoformat() for bar in _BARS],
    [bar.close for bar in _BARS],
    [Decimal(f"{bar.close:.4f}") for bar in _BARS],
    [float("nan"), *(bar.close for bar in _BARS[1:])],
    [float("inf")] * 6, [-1.0] * 6, [0] * 6, [2**62] * 6, [None] * 6, [True] * 6,
    [b"\xff"] * 6, ["\u0661"] * 6, [[1.0]] * 6,
    [{"open": 1}] * 6, [timedelta(days=9)] * 6, [date(2024, 1, day) for day in range(1, 7)],
    [datetime(1, 1, 1)] * 6,  # noqa: DTZ001  # a file's times may have no zone
)  # fmt: skip
_KINDS = (
    None, pyarrow.timestamp("ns"), pyarrow.timestamp("s", "UTC"), pyarrow.timestamp("us", "Pacific/Apia"),
    pyarrow.int64(), pyarrow.float16(), pyarrow.decimal256(70, 30), pyarrow.large_string(), pyarrow.date64(),
    pyarrow.time64("ns"), pyarrow.duration("s"),
)  # fmt: skip


@st.composite
def parquet_files(draw: st.DrawFn) -> bytes:
    columns: list[Any] = [pyarrow.array([bar[place] for bar in _BARS]) for place in range(6)]
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, 5))
        kind = draw(st.sampled_from(_KINDS))
        values = draw(st.sampled_from(_COLUMNS) | st.lists(st.integers(-(2**63), 2**63 - 1), min_size=6, max_size=6))
        try:
            columns[place] = pyarrow.array(values).cast(kind or pyarrow.string(), safe=False)
        except (pyarrow.ArrowException, ValueError, OverflowError):
            columns[place] = pyarrow.array(values)
    names = [draw(st.sampled_from((name, name, name, name.upper(), "open"))) for name in _HEADER]
    sink = pyarrow.BufferOutputStream()
    try:
        pyarrow.parquet.write_table(pyarrow.Table.from_arrays(columns, names=names), sink)
    except pyarrow.ArrowException:
        reject()
    return draw(spoilt_bytes(sink.getvalue().to_pybytes()))


def _assert_a_line(told: str, file: Path) -> None:
    assert told.startswith(f"{file}: "), told
    assert told.isprintable(), told
    assert len(told) < 1000, told


def _read(file: Path) -> bool:
    """Read a file, in both ways in which the program does; say whether it holds bars."""
    settings = FeedSettings("BTCUSDT", timedelta(minutes=1), Decimal(0), file=file)
    try:
        market = replay(settings)
    except BarsFileError as error:
        _assert_a_line(str(error), file)
        return False
    assert_spec(market.spec)
    assert isinstance(market.source, Replay)
    bars = list(market.source.after(None))
    assert bars
    assert_bars(bars)
    assert list(iter_bars(file)) == bars
    return True


@fuzz(content=csv_files() | garbage)
def test_no_csv_file_brings_bars_that_cannot_be_or_a_traceback(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "bars.csv"
    file.write_bytes(content)

    if _read(file):
        text = content.decode("utf-8-sig")
        rows = DictReader(StringIO(text, newline=""))
        odd = [cell for row in rows for cell in list(row.values())[1:] if not _is_plain(cell)]
        assert not odd or not text.startswith(",".join(_HEADER)), odd


def _is_plain(cell: Any) -> bool:
    return re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", str(cell), re.ASCII) is not None


@fuzz(content=parquet_files())
def test_no_parquet_file_brings_bars_that_cannot_be_or_a_traceback(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "bars.parquet"
    file.write_bytes(content)
    _read(file)
