"""Files that are not what they should be, and the one encoding that is."""

import json
from pathlib import Path

import pytest

from bots.config import load_document
from strategies.errors import DocumentError
from tests.unit.config.documents import minimal


def told(path: Path) -> str:
    with pytest.raises(DocumentError) as caught:
        load_document(path)
    (line,) = caught.value.lines()
    return line.removeprefix(f"{path}: ")


def told_about(content: bytes, tmp_path: Path) -> str:
    file = tmp_path / "0001.json"
    file.write_bytes(content)
    return told(file)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_utf8_is_read_with_and_without_a_byte_order_mark(mark: bytes, tmp_path: Path) -> None:
    file = tmp_path / "0001.json"
    file.write_bytes(mark + json.dumps(minimal() | {"description": "größer"}, ensure_ascii=False).encode())
    assert load_document(file).description == "größer"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "document: is empty, must be a JSON object"),
        (b"[]", "document: must be a JSON object"),
        (b'{"a":\n  "\xff"}', "line 2, column 4: byte 0xff is not UTF-8, save the file as UTF-8"),
        ("{}".encode("utf-16"), "line 1, column 1: is UTF-16, save the file as UTF-8"),
        (b'{"a":\n 1 2}', "line 2, column 4: is not JSON: Expecting ',' delimiter"),
        (b'{"a": [' + b"[" * 40 + b"]" * 41 + b"}", "is nested too deeply, at most 32 levels"),
        (b"[" * 900_000, "document: is nested too deeply, at most 32 levels"),
        (b" " * 1_048_577, "document: is larger than 1024 KiB"),
    ],
)
def test_what_is_no_document_is_told_with_its_position(content: bytes, words: str, tmp_path: Path) -> None:
    assert words in told_about(content, tmp_path)


def test_a_file_of_exactly_the_largest_size_is_read(tmp_path: Path) -> None:
    file = tmp_path / "0001.json"
    file.write_bytes(json.dumps(minimal()).encode().ljust(1_048_576))
    assert load_document(file).symbol == "BTCUSDT"


def test_a_key_written_twice_is_told_with_its_place(tmp_path: Path) -> None:
    text = json.dumps(minimal()).replace('"symbol": "BTCUSDT"', '"symbol": "BTCUSDT", "symbol": "ETHUSDT"')
    assert told_about(text.encode(), tmp_path) == "trading.symbol: is written more than once, keep one"


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "1" * 5000])
def test_numbers_that_cannot_be_counted_with_are_told_with_their_place(number: str, tmp_path: Path) -> None:
    text = json.dumps(minimal()).replace('"symbol"', f'"position_size": {number}, "symbol"')
    assert told_about(text.encode(), tmp_path).startswith("trading.position_size: ")


def test_a_path_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert told(tmp_path / "none.json") == "document: there is no such file, check the path"
    assert told(tmp_path) == "document: is a directory, name a JSON file"
    loop = tmp_path / "loop.json"
    loop.symlink_to(loop)
    assert told(loop).startswith("document: cannot be read: ")
