"""News of a page: all of what is shown when it begins to listen, then what changes, and a sign of life."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest

from bots.web.pages import news
from tests.web.staged_bots import StagedBots, many
from tests.web.staging import served, sign_in, stage

PATIENCE_SECONDS = 20
type Event = tuple[str, Any]


@pytest.fixture
def bots() -> StagedBots:
    return many(20)


@pytest.fixture
async def olga(bots: StagedBots, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is logged in at a console that listens: a stream has no end, and is read as it comes."""
    async with served(stage(bots, tmp_path)) as address, httpx.AsyncClient(base_url=address, timeout=30) as client:
        await sign_in(client, "olga", "olga operates bots")
        yield client


async def told(client: httpx.AsyncClient, path: str) -> AsyncGenerator[Event]:
    """Yield what a stream says."""
    async with client.stream("GET", path) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        kind = ""
        async for line in answer.aiter_lines():
            key, _, value = line.partition(": ")
            if key == "event":
                kind = value
            elif key == "data":
                yield kind, json.loads(value)


async def until(stream: AsyncIterator[Event], kind: str) -> list[Event]:
    """Return what is said until something of a kind is, with that."""
    heard: list[Event] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for event in stream:
            heard.append(event)
            if event[0] == kind:
                return heard
    raise AssertionError(f"no {kind} in {heard}")


async def test_whoever_begins_to_listen_is_told_all_that_is_shown(olga: httpx.AsyncClient) -> None:
    async with aclosing(told(olga, "/fleet/news?")) as stream:
        heard = await until(stream, "summary")
    assert [kind for kind, _ in heard] == ["alive", *["row"] * 20, "order", "summary"]
    rows = [data["id"] for kind, data in heard if kind == "row"]
    (order,) = [data["ids"] for kind, data in heard if kind == "order"]
    assert order == rows
    async with aclosing(told(olga, "/bots/0001/news")) as stream:
        heard = await until(stream, "head")
    assert 'id="head"' in heard[-1][1]["html"]


async def test_then_only_what_changes_is_told(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    async with aclosing(told(olga, "/fleet/news?")) as stream:
        await until(stream, "summary")
        bots.change("0001", last_error="told just now")
        heard = await until(stream, "row")
        assert [data["id"] for _, data in heard] == ["bot-0001"]
        assert "told just now" in heard[0][1]["html"]


async def test_a_bot_that_belongs_elsewhere_now_is_told_as_another_order(
    olga: httpx.AsyncClient, bots: StagedBots
) -> None:
    async with aclosing(told(olga, "/fleet/news?state=halted")) as stream:
        (_, first) = (await until(stream, "order"))[-1]
        assert first["ids"] == ["bot-0004", "bot-0014"]
        await until(stream, "summary")
        bots.change("0004", halt=None)
        (_, then) = (await until(stream, "order"))[-1]
        assert then["ids"] == ["bot-0014"]


async def test_a_bot_that_is_gone_is_told_to_be_gone(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    async with aclosing(told(olga, "/bots/0002/news")) as stream:
        await until(stream, "head")
        bots.gone("0002")
        heard = await until(stream, "gone")
    assert "was deleted" in heard[-1][1]["html"]


async def test_where_nothing_changes_a_sign_of_life_comes(
    olga: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "_SILENCE_SECONDS", 0.05)
    monkeypatch.setattr(news, "_PAUSE_SECONDS", 0.0)
    async with aclosing(told(olga, "/bots/0002/news")) as stream:
        await until(stream, "head")
        assert [kind for kind, _ in await until(stream, "alive")] == ["alive"]


async def test_of_a_bot_that_is_not_there_is_told_that_and_no_more(olga: httpx.AsyncClient) -> None:
    answer = await olga.get("/bots/nobody/news")
    assert [line for line in answer.text.splitlines() if line.startswith("event")] == ["event: alive", "event: gone"]
    assert "knows no bot of this name now" in answer.text


async def test_a_row_has_another_mark_when_the_bot_is_another(bots: StagedBots, tmp_path: Path) -> None:
    async with served(stage(bots, tmp_path)) as address, httpx.AsyncClient(base_url=address) as client:
        await sign_in(client, "vera", "vera views them all")
        marks = []
        for error in (None, None, "another"):
            bots.change("0001", last_error=error)
            async with aclosing(told(client, "/bots/0001/news")) as stream:
                (_, head) = (await until(stream, "head"))[-1]
            marks.append(head["html"].partition('data-mark="')[2].partition('"')[0])
    assert marks[0] == marks[1] != marks[2]
