"""The address /logs: the end of the bot's own log, and nothing to those who may not read it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bots.seen.last_lines import LastLines

GOOD = {"Authorization": "Bearer t0ken"}

type Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    (tmp_path / "token").write_text("t0ken\n")
    (tmp_path / "bot.log").write_text("one\ntwo\nthree\n")
    app = web.Application()
    app.add_routes(LastLines(tmp_path / "bot.log", tmp_path / "token").routes())
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_the_last_lines_are_told(client: Client) -> None:
    answer = await client.get("/logs", params={"lines": "2"}, headers=GOOD)
    assert await answer.json() == {"lines": ["two", "three"]}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
async def test_a_log_is_for_those_who_show_the_token(client: Client, headers: dict[str, str]) -> None:
    answer = await client.get("/logs", params={"lines": "2"}, headers=headers)
    assert answer.status == 401
    assert "two" not in await answer.text()


@pytest.mark.parametrize("lines", [None, "0", "1001", "-1", "all", "1e2"])
async def test_how_many_lines_is_a_number_in_range(client: Client, lines: str | None) -> None:
    answer = await client.get("/logs", params={} if lines is None else {"lines": lines}, headers=GOOD)
    assert answer.status == 400
    assert (await answer.json())["error"] == "lines is a number from 1 to 1000"
