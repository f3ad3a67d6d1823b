"""Bodies that are too large, too slow or broken off: answered, and nobody else is hurt. On a real server."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request

from bots.web import serving
from bots.web.bodies import Limits, SmallBodies
from tests.web.staged_bots import StagedBots
from tests.web.staging import PASSWORDS, anybody, served, sign_in, signed_in, stage

MEGABYTE = 1_048_576


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    app = stage(StagedBots(), tmp_path)

    @app.post("/staged/size")
    @app.post("/backtests/bars/staged")
    async def size(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    return app


async def pieces(count: int, size: int = 65_536) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * size


async def test_a_megabyte_is_taken_and_a_byte_more_is_not(app: FastAPI) -> None:
    async with signed_in(app, "olga") as client:
        fits = await client.post("/staged/size", content=b"x" * MEGABYTE)
        said = await client.post("/staged/size", content=b"x" * (MEGABYTE + 1))
        unsaid = await client.post("/staged/size", content=pieces(17))

    assert fits.json() == {"size": MEGABYTE}
    assert (said.status_code, unsaid.status_code) == (413, 413)


async def test_a_body_that_says_that_it_is_too_large_is_refused_before_anything_else(app: FastAPI) -> None:
    async with anybody(app) as client:
        answer = await client.post("/staged/size", content=b"x" * (MEGABYTE + 1))

    assert answer.status_code == 413


async def test_files_of_bars_may_be_larger(app: FastAPI) -> None:
    async with signed_in(app, "olga") as client:
        fits = await client.post("/backtests/bars/staged", content=pieces(320))
        not_even_there = await client.post("/backtests/bars/staged", content=pieces(322))

    assert fits.json() == {"size": 20 * MEGABYTE}
    assert not_even_there.status_code == 413


async def test_whoever_is_not_in_is_answered_before_the_body_is_read(app: FastAPI) -> None:
    read = 0

    async def counted() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield b"x" * 1000

    async with anybody(app) as client:
        answer = await client.post("/backtests/bars/staged", content=counted())

    assert (answer.status_code, read) == (401, 0)


async def test_a_body_that_never_comes_is_given_up() -> None:
    app = FastAPI()
    app.add_middleware(SmallBodies, usual=Limits(1000, patience=0.2))

    @app.post("/staged/size")
    async def size(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    async with served(app) as address:
        answer = await talk(address, b"POST /staged/size HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nuser")

    assert answer.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    ids=lambda sent: ascii(sent[:40]),
)
async def test_what_is_no_request_is_answered_with_a_no_and_others_are_served(app: FastAPI, sent: bytes) -> None:
    async with served(app) as address:
        answer = await talk(address, sent)
        async with httpx.AsyncClient(base_url=address) as client:
            assert (await client.get("/healthz")).json() == {"ok": True}

    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 303")) or answer == b""


async def test_whoever_only_connects_or_sends_drop_by_drop_loses_the_place(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_HEAD_SECONDS", 0.5)
    async with served(app) as address:
        silent = asyncio.create_task(talk(address, b""))
        dripping = asyncio.create_task(drip(address))
        begun = time.monotonic()
        answers = await asyncio.wait_for(asyncio.gather(silent, dripping), 10)

    assert list(answers) == [b"", b""]
    assert time.monotonic() - begun < 5


async def test_a_browser_that_is_slow_between_two_requests_keeps_its_connection(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_HEAD_SECONDS", 0.2)
    async with served(app) as address:
        reader, writer = await opened(address)
        for _ in range(2):
            writer.write(b"GET /healthz HTTP/1.1\r\n")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.05)
            writer.write(b"Host: localhost\r\n\r\n")
            head = await asyncio.wait_for(reader.readuntil(b'{"ok":true}'), 5)
            assert b"200 OK" in head
            # Nothing is heard for twice the time that a head may take.
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.4)
        await closed(writer)


async def test_a_browser_that_goes_away_in_the_middle_of_a_form_is_no_fault_of_ours(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(app) as address:
        _, writer = await opened(address)
        writer.write(b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nuser=olga")
        await writer.drain()
        await closed(writer)
        async with httpx.AsyncClient(base_url=address) as client:
            await sign_in(client, "olga", PASSWORDS["olga"])

    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def opened(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    _, _, where = address.rpartition("/")
    host, _, port = where.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def talk(address: str, sent: bytes) -> bytes:
    """Send something and read until the server closes, or has nothing more to say for a while."""
    reader, writer = await opened(address)
    read = b""
    try:
        writer.write(sent)
        await writer.drain()
        async with asyncio.timeout(5):
            while part := await reader.read(65_536):
                read += part
                if read.startswith(b"HTTP/1.1 303"):
                    break
    except ConnectionError:
        pass
    await closed(writer)
    return read


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def drip(address: str) -> bytes:
    """Send a head one byte at a time, and never all of it."""
    reader, writer = await opened(address)
    heard = asyncio.create_task(reader.read())
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
    while not heard.done():
        writer.write(b"y")
        await asyncio.wait((heard,), timeout=0.05)
    await closed(writer)
    try:
        return await heard
    except ConnectionError:
        return b""
