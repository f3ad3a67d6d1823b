"""The address /outbox: what a console fetches and says, and whatever else is asked of it."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bots.notify.message import Identity
from bots.seen.changing import LARGEST_BODY
from bots.seen.posting import Posting
from bots.trading.events import Event, EventKind
from bots.trading.keeping import KeptEvent
from tests.unit.notify.fakes import NOON, WHOSE

GOOD = {"Authorization": "Bearer t0ken"}
CHANNEL = "console/telegram/1234abcd"
TOLD = {"channel": CHANNEL, "told": 7}


class Outbox:
    """A bot with one event, which remembers what it was told."""

    leaves_it_to_a_console = True

    def __init__(self) -> None:
        self.asked: list[tuple[Sequence[str], int]] = []
        self.said: list[tuple[str, int]] = []

    def whose(self) -> Identity:
        return WHOSE

    def waiting(self, channels: Sequence[str], limit: int) -> Mapping[str, Sequence[KeptEvent]]:
        self.asked.append((channels, limit))
        event = Event(EventKind.TRADE_EXIT, NOON, "sold", {"profit": "1.5"})
        return {channel: [KeptEvent(7, event)] for channel in channels}

    def told(self, channel: str, number: int) -> bool:
        self.said.append((channel, number))
        return number == 7

    async def picture_of(self, number: int) -> bytes | None:
        return b"drawn" if number == 7 else None


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
async def client(outbox: Outbox, tmp_path: Path) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    (tmp_path / "token").write_text("t0ken\n")
    app = web.Application(client_max_size=LARGEST_BODY)
    app.add_routes(Posting(outbox, tmp_path / "token").routes())
    async with TestClient(TestServer(app)) as client:
        yield client


type Client = TestClient[web.Request, web.Application]


async def test_what_waits_is_handed_out_with_all_that_a_message_takes(client: Client, outbox: Outbox) -> None:
    answer = await client.get("/outbox", params={"channel": CHANNEL, "limit": "3"}, headers=GOOD)
    event = {"number": 7, "kind": "trade_exit", "time": NOON.isoformat(), "text": "sold", "data": {"profit": "1.5"}}
    assert await answer.json() == {"identity": asdict(WHOSE), "waiting": {CHANNEL: [event]}}
    assert outbox.asked == [([CHANNEL], 3)]


async def test_what_was_told_is_noted(client: Client, outbox: Outbox) -> None:
    answer = await client.post("/outbox", json=TOLD, headers=GOOD)
    assert (answer.status, await answer.json()) == (200, TOLD)
    assert outbox.said == [(CHANNEL, 7)]


async def test_what_was_not_handed_out_cannot_have_been_told(client: Client) -> None:
    answer = await client.post("/outbox", json={"channel": CHANNEL, "told": 8}, headers=GOOD)
    assert answer.status == 409
    assert "fetch what waits first" in (await answer.json())["error"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer other"}, {"Authorization": "Basic t0ken"}])
async def test_without_the_token_nothing_is_handed_out_and_nothing_moved(
    client: Client, outbox: Outbox, headers: dict[str, str]
) -> None:
    assert (await client.get("/outbox", params={"channel": CHANNEL}, headers=headers)).status == 401
    assert (await client.post("/outbox", json=TOLD, headers=headers)).status == 401
    assert (outbox.asked, outbox.said) == ([], [])


async def test_a_bot_without_a_token_hands_nothing_out(outbox: Outbox) -> None:
    app = web.Application()
    app.add_routes(Posting(outbox, None).routes())
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/outbox", params={"channel": CHANNEL}, headers=GOOD)).status == 403


async def test_a_bot_that_tells_everything_itself_says_how_to_change_that(client: Client, outbox: Outbox) -> None:
    outbox.leaves_it_to_a_console = False
    answer = await client.get("/outbox", params={"channel": CHANNEL}, headers=GOOD)
    assert answer.status == 409
    assert "TRADINGBOT_CONSOLE=1" in (await answer.json())["error"]


@pytest.mark.parametrize(
    "query",
    [
        "", "channel=", "channel=telegram/1234abcd", "channel=console/", "channel=console/A", "channel=console/a%00",
        "channel=console/a%0a", "channel=console/../told", f"channel=console/{'a' * 60}",
        "&".join(f"channel=console/{number}" for number in range(33)),
        f"channel={CHANNEL}&limit=0", f"channel={CHANNEL}&limit=501", f"channel={CHANNEL}&limit=-1",
        f"channel={CHANNEL}&limit=%D9%A3", f"channel={CHANNEL}&limit=",
    ],
)  # fmt: skip
async def test_a_question_that_makes_no_sense_is_refused_in_a_line(client: Client, outbox: Outbox, query: str) -> None:
    answer = await client.get(f"/outbox?{query}", headers=GOOD)
    assert answer.status == 400
    assert "\n" not in (await answer.json())["error"]
    assert outbox.asked == []


BODIES: tuple[Any, ...] = (
    {}, [], 7, "x", TOLD | {"more": 1}, {"channel": CHANNEL}, {"told": 7}, TOLD | {"channel": "telegram/1234abcd"},
    TOLD | {"told": 0}, TOLD | {"told": -1}, TOLD | {"told": True}, TOLD | {"told": "7"}, TOLD | {"told": 7.0},
    TOLD | {"channel": 7}, TOLD | {"channel": None},
)  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=map(json.dumps, BODIES))
async def test_a_body_that_makes_no_sense_moves_nothing(client: Client, outbox: Outbox, body: Any) -> None:
    answer = await client.post("/outbox", data=json.dumps(body), headers=GOOD)
    assert answer.status == 400
    assert "\n" not in (await answer.json())["error"]
    assert outbox.said == []


async def test_a_body_that_is_too_large_is_not_read(client: Client, outbox: Outbox) -> None:
    assert (await client.post("/outbox", data=b" " * (LARGEST_BODY + 1), headers=GOOD)).status == 413
    assert outbox.said == []


async def test_a_picture_is_handed_out_of_an_event_that_has_one(client: Client) -> None:
    answer = await client.get("/picture", params={"event": "7"}, headers=GOOD)
    assert (answer.status, answer.content_type, await answer.read()) == (200, "image/png", b"drawn")
    assert (await client.get("/picture", params={"event": "8"}, headers=GOOD)).status == 404


@pytest.mark.parametrize("event", [None, "", "-1", "7.0", "seven", "9" * 19])
async def test_an_event_is_named_by_its_number(client: Client, event: str | None) -> None:
    answer = await client.get("/picture", params={} if event is None else {"event": event}, headers=GOOD)
    assert answer.status == 400


async def test_pictures_are_for_those_who_show_the_token(client: Client) -> None:
    assert (await client.get("/picture", params={"event": "7"})).status == 401
