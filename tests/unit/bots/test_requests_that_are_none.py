"""Bytes that are no request are their sender's trouble, who is told so; the bot's log is for what is its own."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.seen.changing import Changing
from bots.seen.server import BotServer
from tests.unit.bots.test_changing import Bot


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    """Have a bot served that takes changes."""
    file = tmp_path / "token"
    file.write_text("s3cret")
    bot = Bot()
    server = BotServer(bot, Changing(bot, file))
    address = await server.start("127.0.0.1", 0)
    yield int(address.rpartition(":")[2])
    assert bot.asked == []
    await server.stop()


async def answer(port: int, sent: bytes) -> bytes:
    """Return what is answered before the bot hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    try:
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", id="another protocol"),
        pytest.param(b"GET / HTTP/9\r\n\r\n", id="no version"),
        pytest.param(b"POST /halt HTTP/1.1\r\nContent-Length: -1\r\n\r\n", id="no length"),
        pytest.param(b"GET / HTTP/1.1\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", id="a header without end"),
    ],
)
async def test_what_is_no_request_is_refused_without_a_word_in_the_log(
    port: int, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await answer(port, sent)).startswith(b"HTTP/1.0 400 ")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_body_that_is_not_encoded_as_its_headers_say_is_refused_in_a_line(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    head = (
        b"POST /halt HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer s3cret\r\nConnection: close\r\n"
        b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"
    )
    told = await answer(port, head + b"gzip")
    assert told.startswith(b"HTTP/1.1 400 ")
    assert told.endswith(b'{"error": "the body is not encoded as its headers say"}')
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
