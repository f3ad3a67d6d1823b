"""The stream of events: who listens hears of each change, once, and of nobody else's."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bots.web.api import streaming
from bots.web.bots import OnLeaving, Who
from tests.web.staged_bots import StagedBots, many
from tests.web.staged_sayings import document
from tests.web.staging import PASSWORDS, served, stage

PATIENCE = 10.0


@pytest.fixture(autouse=True)
def _in_quick_succession(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "_PAUSE_SECONDS", 0.05)


@pytest.fixture
def bots() -> StagedBots:
    return many(3)


@asynccontextmanager
async def listening(bots: StagedBots, folder: Path) -> AsyncIterator[tuple[httpx.AsyncClient, AsyncIterator[str]]]:
    async with served(stage(bots, folder)) as address, httpx.AsyncClient(base_url=address) as client:
        await client.post("/api/v1/session", json={"user": "vera", "password": PASSWORDS["vera"]})
        async with client.stream("GET", "/api/v1/events", headers={"Accept": "text/event-stream"}) as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            yield client, answer.aiter_lines()


async def next_event(lines: AsyncIterator[str]) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        async for line in lines:
            if line.startswith("data: "):
                told: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return told
    raise AssertionError("the stream has ended")


async def test_whoever_listens_hears_of_all_bots_and_then_of_those_that_change(
    bots: StagedBots, tmp_path: Path
) -> None:
    async with listening(bots, tmp_path) as (_, lines):
        first = await next_event(lines)
        assert (first["changed"], first["removed"]) == (["0001", "0002", "0003"], [])
        bots.change("0002", ready=False)
        assert (await next_event(lines))["changed"] == ["0002"]


async def test_changes_in_quick_succession_are_told_once(bots: StagedBots, tmp_path: Path) -> None:
    async with listening(bots, tmp_path) as (_, lines):
        await next_event(lines)
        for ready in (False, True, False):
            bots.change("0001", ready=ready)
        bots.change("0003", running=True)
        told = await next_event(lines)
        assert (told["changed"], told["version"]) == (["0001", "0003"], bots.version)


async def test_a_bot_that_is_gone_is_told_as_gone(bots: StagedBots, tmp_path: Path) -> None:
    async with listening(bots, tmp_path) as (_, lines):
        await next_event(lines)
        await bots.delete("0003", OnLeaving.KEEP, Who("olga"))
        told = await next_event(lines)
        assert (told["changed"], told["removed"]) == ([], ["0003"])


async def test_a_quiet_fleet_keeps_the_line_open(
    bots: StagedBots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "_SILENCE_SECONDS", 0.05)
    async with listening(bots, tmp_path) as (_, lines):
        await next_event(lines)
        async with asyncio.timeout(PATIENCE):
            assert ": still here" in [await anext(lines) for _ in range(4)]


async def test_an_empty_fleet_tells_of_its_first_bot(tmp_path: Path) -> None:
    bots = StagedBots()
    async with listening(bots, tmp_path) as (_, lines):
        assert (await next_event(lines))["changed"] == []
        await bots.create("first", document(), Who("olga"))
        assert (await next_event(lines))["changed"] == ["first"]


async def test_a_stream_ends_with_the_session(bots: StagedBots, tmp_path: Path) -> None:
    async with listening(bots, tmp_path) as (client, lines):
        await next_event(lines)
        token = (await client.get("/api/v1/session")).json()["csrf"]
        await client.delete("/api/v1/session", headers={"X-CSRF-Token": token})
        bots.change("0002", ready=False)
        async with asyncio.timeout(PATIENCE):
            assert [line for line in [line async for line in lines] if line.startswith("data: ")] == []
