"""Files of bars: what is read, and what each fault is told as."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from adapters.bars_file import BarsFile, read_bars
from strategies.bar import Bar
from strategies.errors import BarsFileError

HEADER = "timestamp,open,high,low,close,volume"
FIRST = "2024-01-01T00:00:00Z,100.1,102.25,99.5,101,12.5"
SECOND = "2024-01-01T01:00:00Z,101,103,100,102,3"
START = datetime(2024, 1, 1, tzinfo=UTC)


def file_of(folder: Path, *lines: str) -> Path:
    path = folder / "bars.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(folder: Path, *lines: str) -> BarsFile:
    return read_bars(file_of(folder, *lines))


def refusal(path: Path) -> str:
    """Return what is told about a file, after its name, and see that it is one line."""
    with pytest.raises(BarsFileError) as caught:
        read_bars(path)
    told = str(caught.value)
    assert told.startswith(f"{path}: ")
    assert "\n" not in told
    return told.removeprefix(f"{path}: ")


def test_bars_are_read_with_their_labels(tmp_path: Path) -> None:
    file = read(tmp_path, HEADER, FIRST, SECOND)
    assert file.bars == (
        Bar(START, 100.1, 102.25, 99.5, 101.0, 12.5),
        Bar(START + timedelta(hours=1), 101.0, 103.0, 100.0, 102.0, 3.0),
    )
    assert file.labels == ("2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z")


@pytest.mark.parametrize(
    "text", ["2024-01-01T00:00:00Z", "2024-01-01 00:00:00", "2024-01-01", "2024-01-01T02:00:00+02:00"]
)
def test_a_time_is_utc_unless_it_says_otherwise(tmp_path: Path, text: str) -> None:
    file = read(tmp_path, HEADER, FIRST.replace("2024-01-01T00:00:00Z", text))
    assert file.bars[0].time == START
    assert file.labels == (text,)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("2024-01-01,7,7,7,7,5", id="a bar that never moved"),
        pytest.param("2024-01-01,7,8,6,7,0", id="a bar without trades"),
        pytest.param("1970-01-01,7,8,6,7,5", id="the first bar of all"),
    ],
)
def test_what_is_unusual_and_right_is_read(tmp_path: Path, line: str) -> None:
    assert len(read(tmp_path, HEADER, line).bars) == 1


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (SECOND.replace("102,3", "nan,3"), "NaN or infinity is no price"),
        (SECOND.replace(",103,", ",inf,"), "NaN or infinity is no price"),
        (SECOND.replace(",3", ",nan"), "NaN or infinity is no price"),
        (SECOND.replace(",100,", ",-100,"), "prices must be above zero"),
        (SECOND.replace(",100,", ",0,"), "prices must be above zero"),
        (SECOND.replace("102,3", "102,-3"), "volume not below it"),
        (SECOND.replace(",103,", ",99,"), "high 99.0 and low 100.0 do not span"),
        (SECOND.replace(",103,", ",101.5,"), "do not span open 101.0 and close 102.0"),
        (SECOND.replace(",100,", ",101.5,"), "do not span open 101.0 and close 102.0"),
        (SECOND.replace(",103,", ",1e13,"), "too large; the most is 1e+13"),
        (SECOND.replace("102,3", "102,1e300"), "too large"),
        (SECOND.replace("102,3", "102,1e13"), "too large"),
        (SECOND.replace("102,3", "102,three"), "could not convert string to float: 'three'"),
        (SECOND.replace("102,3", "102,"), "plain numbers"),
        (SECOND.replace("2024-01-01T01:00:00Z", "yesterday"), "timestamp 'yesterday' is no time; write it like 2025-"),
        (SECOND.replace("2024-01-01T01:00:00Z", "1704067200"), "is no time"),
        (SECOND.replace("2024-01-01T01:00:00Z", "0001-01-01T00:00:00+05:00"), "is no time"),
        (SECOND.replace("2024-01-01T01:00:00Z", "1969-12-31T23:00:00Z"), "does not lie between 1970 and 2262"),
        (SECOND.replace("2024-01-01T01:00:00Z", "2262-01-01"), "does not lie between 1970 and 2262"),
        (SECOND.replace("2024-01-01T01:", "2023-12-31T23:"), "does not come after the line before; sort by time"),
        (SECOND.replace("2024-01-01T01:", "2024-01-01T00:"), "remove duplicates"),
        (SECOND.replace("102,3", "1_02,3"), "holds more than digits; prices and volume are plain numbers"),
        (SECOND.replace("102,3", "10\u0662,3"), "holds more than digits; prices and volume are plain numbers"),
        (SECOND.replace("2024-01-01T01", "2024-01-01\x1b01"), "timestamp '2024-01-01\\x1b01:00:00Z' is no time"),
        (SECOND.replace("2024-01-01T01:00:00Z", "9" * 5000), f"timestamp '{'9' * 40}' is no time"),
        (SECOND + ",9", "has 7 fields, needs 6"),
        (SECOND.removesuffix(",3"), "has 5 fields, needs 6"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    refused = refusal(file_of(tmp_path, HEADER, FIRST, line))
    assert refused.startswith("line 3: ")
    assert told in refused


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    assert refusal(file_of(tmp_path, HEADER, "", FIRST, "", "", "rubbish")).startswith("line 6: ")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    told = refusal(file_of(tmp_path, "timestamp,open,high,close", FIRST))
    assert told == f"line 1: no column low, volume; the header must be {HEADER}"


def test_a_column_that_is_there_twice_is_named(tmp_path: Path) -> None:
    told = refusal(file_of(tmp_path, f"{HEADER},open,volume", f"{FIRST},1,2"))
    assert told == "line 1: several columns open, volume; keep one of each"


def test_a_file_without_a_header_is_told(tmp_path: Path) -> None:
    assert refusal(file_of(tmp_path, FIRST, SECOND)).startswith("line 1: no column timestamp")


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    assert refusal(tmp_path / "empty.csv").startswith("line 1: no column")


def test_a_file_without_bars_is_told(tmp_path: Path) -> None:
    assert refusal(file_of(tmp_path, HEADER)) == "holds no bars; it needs a header and at least one line"


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_bytes(f"{HEADER}\n{FIRST}\n".encode("utf-16"))
    assert refusal(tmp_path / "wide.csv").startswith("is not UTF-8 text")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.csv") == "cannot be read: No such file or directory; check the path of the file"


@pytest.mark.parametrize("name", ["bars.csv", "bars.parquet"])
def test_a_folder_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    refusal(tmp_path / name)


def test_a_field_without_end_is_told(tmp_path: Path) -> None:
    refusal(file_of(tmp_path, HEADER, '"' + "x" * 200_000))


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "excel.csv").write_text(f"{HEADER}\n{FIRST}\n", encoding="utf-8-sig")
    assert len(read_bars(tmp_path / "excel.csv").bars) == 1


def test_windows_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "dos.csv").write_bytes(f"{HEADER}\r\n{FIRST}\r\n".encode())
    assert len(read_bars(tmp_path / "dos.csv").bars) == 1


def test_columns_may_come_in_another_order_with_others_between_and_in_capitals(tmp_path: Path) -> None:
    file = read(tmp_path, "Volume,Trades,Close,Low,High,Open, Timestamp", "3,77,102,100,103,101,2024-01-01")
    assert file.bars == (Bar(START, 101.0, 103.0, 100.0, 102.0, 3.0),)


def test_a_line_that_lacks_a_field_is_not_read_with_its_neighbours(tmp_path: Path) -> None:
    """Six of seven fields are as many as a bar has."""
    wide = "timestamp,open,high,low,close,trades,volume"
    assert refusal(file_of(tmp_path, wide, "2024-01-01,101,103,100,102,77")) == "line 2: has 6 fields, needs 7"


@pytest.mark.parametrize(
    ("prices", "decimals"),
    [("100,102,99,101", 0), ("1.1,1.2,1.0,1.10", 2), ("1.08555,1.1,1.0,1.1", 5), ("1e-05,2e-05,1e-05,1.5e-05", 6)],
)
def test_price_decimals_are_read_off_the_longest_number(tmp_path: Path, prices: str, decimals: int) -> None:
    assert read(tmp_path, HEADER, f"2024-01-01,{prices},1").price_decimals == decimals


def test_volume_decimals_are_read_off_the_longest_number(tmp_path: Path) -> None:
    assert read(tmp_path, HEADER, FIRST, SECOND + ".125").volume_decimals == 3


def parquet(folder: Path, times: Sequence[object], name: str = "bars.parquet", **columns: Any) -> Path:
    """Write a Parquet file of equal bars at these times."""
    made: dict[str, Any] = {"timestamp": times}
    for column, value in (("open", 1.5), ("high", 2.0), ("low", 1.0), ("close", 1.25), ("volume", 7.0)):
        made[column] = [value] * len(times)
    pyarrow.parquet.write_table(pyarrow.table(made | columns), folder / name)
    return folder / name


@pytest.mark.parametrize(
    "time", [START, START.replace(tzinfo=None), date(2024, 1, 1), "2024-01-01T00:00:00Z"], ids=repr
)
def test_parquet_is_read_whatever_form_its_times_have(tmp_path: Path, time: object) -> None:
    assert read_bars(parquet(tmp_path, [time])).bars == (Bar(START, 1.5, 2.0, 1.0, 1.25, 7.0),)


def test_parquet_times_are_labelled_in_utc(tmp_path: Path) -> None:
    assert read_bars(parquet(tmp_path, [START])).labels == ("2024-01-01T00:00:00Z",)


def test_a_parquet_file_is_known_by_its_ending_in_any_case(tmp_path: Path) -> None:
    assert len(read_bars(parquet(tmp_path, [START], "BARS.PARQUET")).bars) == 1


def test_parquet_columns_may_be_in_capitals(tmp_path: Path) -> None:
    path = parquet(tmp_path, [START])
    table = pyarrow.parquet.read_table(path)
    pyarrow.parquet.write_table(table.rename_columns([name.title() for name in table.column_names]), path)
    assert len(read_bars(path).bars) == 1


def test_a_missing_parquet_column_is_named(tmp_path: Path) -> None:
    path = parquet(tmp_path, [START])
    pyarrow.parquet.write_table(pyarrow.parquet.read_table(path).drop_columns(["low"]), path)
    assert "no column low" in refusal(path)


def test_a_parquet_fault_is_told_with_its_row(tmp_path: Path) -> None:
    path = parquet(tmp_path, [START, START + timedelta(hours=1)], close=[1.25, None])
    assert refusal(path).startswith("line 2: ")


def test_a_broken_parquet_file_is_told(tmp_path: Path) -> None:
    path = parquet(tmp_path, [START])
    path.write_bytes(path.read_bytes()[:-20])
    assert "is not a Parquet file" in refusal(path)


def test_an_empty_parquet_file_is_told(tmp_path: Path) -> None:
    assert refusal(parquet(tmp_path, [])).startswith("holds no bars")


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        pytest.param(2**55, pyarrow.timestamp("ms"), id="too late"),
        pytest.param(-(2**63), pyarrow.timestamp("ns"), id="no time"),
    ],
)
def test_parquet_times_that_python_does_not_have_are_told_with_their_column(
    tmp_path: Path, number: int, kind: Any
) -> None:
    times: Any = pyarrow.array([number], kind)
    path = parquet(tmp_path, times)
    assert refusal(path).startswith("column timestamp: ")


def test_a_parquet_file_that_is_damaged_within_is_told_in_one_line(tmp_path: Path) -> None:
    path = parquet(tmp_path, [START])
    content = bytearray(path.read_bytes())
    content[4:24] = b"\xff" * 20
    path.write_bytes(content)
    told = refusal(path)
    assert "is not a whole Parquet file" in told
    assert told.isprintable()
