"""A watch as it comes over a network: in pieces that know nothing of lines."""

from collections.abc import AsyncIterator

import pytest

from bots.console import api_server
from bots.console.api_server import _lines


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize(
    "parts", [(b'{"a": 1}\n{"b": 2}\n',), (b'{"a"', b": 1}\n{", b'"b": 2', b"}\n"), (b'{"a": 1}', b'\n\n{"b": 2}\n{"c')]
)
async def test_lines_are_put_together_and_what_is_no_whole_line_is_none(parts: tuple[bytes, ...]) -> None:
    assert [line async for line in _lines(pieces(*parts))] == [b'{"a": 1}', b'{"b": 2}']


async def test_a_line_without_end_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_server, "_LONGEST_LINE", 10)
    with pytest.raises(ValueError, match="without end"):
        [line async for line in _lines(pieces(b"12345678", b"12345678"))]
