"""A console opened and closed as one thing, in this process."""

import asyncio
import logging
import re
import socket
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest

from bots.web.backtests.running import Backtests
from bots.web.opening import Opened, Place, open_console
from strategies.errors import LoginError, PortTakenError, StartError
from tests.web.staged_bots import StagedBots, many
from tests.web.staging import PASSWORDS, sign_in, write_users

PASSWORD = re.compile(r"([a-z0-9]{5}-){3}[a-z0-9]{5}")


def opening(
    folder: Path, told: list[str], bots: StagedBots | None = None, host: str = "127.0.0.1", port: int = 0
) -> AbstractAsyncContextManager[Opened]:
    place = Place(folder / "web" / "users.json", host, port, audit=folder / "web" / "audit.log")
    return open_console(bots or many(3), Backtests(folder), place, told.append)


def one_time(told: Sequence[str]) -> str:
    found = PASSWORD.search(told[-1])
    assert found is not None, told
    return found[0]


async def test_the_first_start_tells_a_one_time_password_to_the_person_and_not_to_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    async with opening(tmp_path, told) as opened, httpx.AsyncClient(base_url=opened.address) as client:
        await sign_in(client, "admin", one_time(told))

    assert f"{opened.address}/login" in told[0]
    assert len({len(line) for line in told[0].splitlines()}) == 1
    assert one_time(told) not in caplog.text
    assert not any(one_time(told) in file.read_text() for file in (tmp_path / "web").iterdir() if file.is_file())


async def test_each_start_before_it_was_used_tells_another_one_and_none_afterwards(tmp_path: Path) -> None:
    told: list[str] = []
    async with opening(tmp_path, told):
        pass
    async with opening(tmp_path, told) as opened, httpx.AsyncClient(base_url=opened.address) as client:
        old = await client.post("/login", data={"user": "admin", "password": one_time(told[:1])})
        await sign_in(client, "admin", one_time(told))
        chosen = {"new": "chosen by a person", "again": "chosen by a person"}
        assert (await client.post("/account/password", data=chosen)).status_code == 303
    async with opening(tmp_path, told) as opened, httpx.AsyncClient(base_url=opened.address) as client:
        await sign_in(client, "admin", "chosen by a person")

    assert old.status_code == 401
    assert len(told) == 2
    assert one_time(told[:1]) != one_time(told)


async def test_bots_are_begun_and_closed_with_it(tmp_path: Path) -> None:
    bots = many(3)
    async with opening(tmp_path, [], bots):
        assert (bots.begun, bots.closed) == (True, False)

    assert bots.closed


async def test_a_port_in_use_is_told_in_a_line_and_the_bots_are_let_go(tmp_path: Path) -> None:
    bots = many(3)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"port {port} on 127.0.0.1 is in use; choose another with --port"):
            async with opening(tmp_path, [], bots, port=port):
                pass

    assert bots.closed


async def test_a_host_that_is_not_this_machines_is_told_in_a_line(tmp_path: Path) -> None:
    for host in ("203.0.113.1", "no such name", "a" * 300):
        with pytest.raises(PortTakenError, match=r"choose another (--host|with --port)"):
            async with opening(tmp_path, [], host=host):
                pass


async def test_bots_that_cannot_begin_say_why_and_nothing_is_served(tmp_path: Path) -> None:
    bots = many(3)

    async def begin() -> None:
        raise StartError("there is no folder configs")

    bots.begin = begin  # type: ignore[method-assign]
    with pytest.raises(StartError, match="there is no folder configs"):
        async with opening(tmp_path, [], bots):
            pass


async def test_where_users_can_neither_be_read_nor_made_nobody_could_log_in(tmp_path: Path) -> None:
    # As a Secret that was not made yet: the folder is there, and takes nothing.
    (tmp_path / "web").write_text("a file in the folder's place")

    with pytest.raises(LoginError, match="nobody could log in"):
        async with opening(tmp_path, []):
            pass


async def test_a_broken_file_of_users_is_told_instead_of_making_new_ones(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "users.json").write_text("{")

    with pytest.raises(LoginError, match="is no file of users"):
        async with opening(tmp_path, []):
            pass


async def test_listening_to_other_machines_without_tls_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_users(tmp_path / "web" / "users.json")
    async with opening(tmp_path, [], host="0.0.0.0"):
        pass

    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        "it listens on 0.0.0.0 without TLS, so passwords travel where others may read them: put a proxy with TLS "
        "before it, and run it with --behind-proxy"
    ]


async def test_it_closes_within_moments_though_pages_listen_and_they_see_a_proper_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_users(tmp_path / "web" / "users.json")
    async with opening(tmp_path, []) as opened:
        listening = [asyncio.create_task(listen(opened.address)) for _ in range(5)]
        begun = [await asyncio.wait_for(each, 20) for each in listening]
        reading = [asyncio.create_task(response.aread()) for _, response in begun]
        left = time.monotonic()
    took = time.monotonic() - left
    await asyncio.wait_for(asyncio.gather(*reading), 5)
    for client, response in begun:
        await response.aclose()
        await client.aclose()

    assert took < 1.5
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


async def listen(address: str) -> tuple[httpx.AsyncClient, httpx.Response]:
    client = httpx.AsyncClient(base_url=address)
    await sign_in(client, "olga", PASSWORDS["olga"])
    request = client.build_request("GET", "/api/v1/events", headers={"Accept": "text/event-stream"})
    response = await client.send(request, stream=True)
    assert response.status_code == 200
    return client, response
