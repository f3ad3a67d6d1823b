"""What is done from a page: it is said before what becomes of the position, and afterwards what came of it."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bots.trading.halts import HaltMode
from bots.web.bots import OnLeaving
from strategies.errors import BotUnreachableError, StartError
from tests.web.audited import audited
from tests.web.staged_bots import StagedBots, many
from tests.web.staging import signed_in, stage

# Of ten staged bots: one that holds, a stopped one that holds, a halted one, a live one that holds.
HOLDS, STOPPED, HALTED, LIVE = "0002", "0006", "0004", "0005"
HOSTILE = """<script>alert(1)</script>'"><img src=x onerror=alert(2)>"""
PART = {"HX-Request": "true"}


@pytest.fixture
def bots() -> StagedBots:
    return many(10)


@pytest.fixture
async def olga(bots: StagedBots, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(stage(bots, tmp_path), "olga") as client:
        client.headers.update(PART)
        yield client


class Held:
    """Lets a method of the port wait until it may go on."""

    def __init__(self, bots: StagedBots, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.may_end = asyncio.Event()
        self._begun: asyncio.Queue[None] = asyncio.Queue()
        self._real = getattr(bots, method)
        monkeypatch.setattr(bots, method, self._wait)

    async def has_begun(self) -> None:
        """Wait until it is called, once more each time."""
        await asyncio.wait_for(self._begun.get(), 10)

    async def _wait(self, *more: Any) -> None:
        self._begun.put_nowait(None)
        await self.may_end.wait()
        await self._real(*more)


async def asked(client: httpx.AsyncClient, name: str, action: str, **query: str) -> str:
    """Return the question, as a person reads it."""
    answer = await client.get(f"/bots/{name}/confirm/{action}", params=query)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


async def do(client: httpx.AsyncClient, name: str, action: str, status: int = 200, **form: str) -> str:
    """Return what is shown of what came of it."""
    answer = await asyncio.wait_for(client.post(f"/bots/{name}/{action}", data=form), 20)
    assert answer.status_code == status, answer.text
    return html.unescape(answer.text)


# --- The question ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "action", "query", "said"),
    [
        (STOPPED, "start", {}, "takes up its position of 0.75 ETH"),
        (HOLDS, "stop", {}, "Its position of 1.5 ETH (151.50 USDT) is kept"),
        (HOLDS, "stop", {"position": "close"}, "is sold at the market first, and the bot stops once it holds nothing"),
        (HOLDS, "restart", {}, "Its position of 1.5 ETH (151.50 USDT) is kept"),
        (HOLDS, "halt", {}, "is kept; its exits and stops work on"),
        (LIVE, "halt", {"mode": "cancel-orders"}, "Every order of it is taken back from the venue, stops too"),
        (HALTED, "resume", {}, "What it holds by then stays open"),
        (HOLDS, "close", {}, "is sold at the market, at once"),
        (HOLDS, "delete", {}, "stays in its journal only, and nobody watches it any more"),
        (HOLDS, "delete", {"position": "close"}, "and the bot is deleted once it holds nothing"),
        (LIVE, "stop", {}, "Its stop at 95 stays at the venue"),
    ],
)
async def test_every_question_says_what_becomes_of_the_position(
    olga: httpx.AsyncClient, bots: StagedBots, name: str, action: str, query: dict[str, str], said: str
) -> None:
    bots.change(HALTED, position=bots.bot(HOLDS).position)
    question = await asked(olga, name, action, **query)
    assert said in question
    assert f'hx-post="/bots/{name}/{action}"' in question
    assert bots.told == []


async def test_a_bot_that_holds_nothing_leaves_no_choice(olga: httpx.AsyncClient) -> None:
    assert "<fieldset" not in await asked(olga, "0001", "stop")
    assert await asked(olga, HOLDS, "stop") != await asked(olga, HOLDS, "stop", position="close")


@pytest.mark.parametrize(("name", "action"), [(LIVE, "stop"), (HOLDS, "halt")])
async def test_a_choice_is_merged_into_the_question_so_that_what_is_typed_stays(
    olga: httpx.AsyncClient, name: str, action: str
) -> None:
    question = await asked(olga, name, action)
    for tag in re.findall("<(?:form|fieldset)[^>]*>", question):
        assert 'hx-target="#dialog-inside" hx-swap="innerMorph"' in tag
    # What has an id is the same before and after; what is typed has no value by which it would be overwritten.
    typed = re.findall('<input id="confirm-(?:typed|reason)"[^>]*>', question)
    assert len(typed) == 1
    assert "value=" not in typed[0]
    ids = re.findall('id="([^"]*)"', question)
    assert ids == re.findall('id="([^"]*)"', await asked(olga, name, action, position="close", mode="cancel-orders"))
    assert len(ids) == len(set(ids))


async def test_only_a_live_bot_asks_for_its_name_and_takes_nothing_else_for_it(olga: httpx.AsyncClient) -> None:
    assert "confirm-typed" not in await asked(olga, HOLDS, "delete")
    assert 'pattern="0005"' in await asked(olga, LIVE, "delete")


async def test_a_name_with_dots_is_typed_with_dots(tmp_path: Path) -> None:
    async with signed_in(stage(many(10, "cluster"), tmp_path), "olga") as olga:
        assert r'pattern="trading\.bot-0005"' in await asked(olga, "trading.bot-0005", "delete")


async def test_what_cannot_be_done_now_is_no_question(olga: httpx.AsyncClient) -> None:
    question = await asked(olga, STOPPED, "stop")
    assert "This cannot be done now. Possible: Start, Delete." in question
    assert "confirm-do" not in question


# --- What came of it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "action", "form", "method", "more", "said"),
    [
        (STOPPED, "start", {}, "start", {}, "0006 is started."),
        (HOLDS, "stop", {}, "stop", {"position": OnLeaving.KEEP}, "0002 is stopped."),
        (HOLDS, "stop", {"position": "close"}, "stop", {"position": OnLeaving.CLOSE}, "0002 is stopped."),
        (HOLDS, "restart", {}, "restart", {}, "0002 is restarted."),
        (HALTED, "resume", {}, "resume", {}, "0004 may make entries again."),
        (
            HOLDS, "halt", {"mode": "cancel-orders", "reason": "news"}, "halt",
            {"mode": HaltMode.CANCEL_ORDERS, "reason": "news"}, "0002 is halted.",
        ),
        (
            HOLDS, "close", {"reason": "enough"}, "halt",
            {"mode": HaltMode.CLOSE_POSITIONS, "reason": "enough"}, "0002 is told to sell everything, and is halted.",
        ),
        (LIVE, "stop", {"typed": LIVE}, "stop", {"position": OnLeaving.KEEP}, "0005 is stopped."),
    ],
)  # fmt: skip
async def test_an_action_is_done_and_told(
    olga: httpx.AsyncClient,
    bots: StagedBots,
    name: str,
    action: str,
    form: dict[str, Any],
    method: str,
    more: dict[str, Any],
    said: str,
) -> None:
    assert await do(olga, name, action, **form) == f"<p data-done>{said}</p>"
    told = bots.told[-1]
    assert (told.what, told.name, str(told.who), told.more) == (method, name, "olga (web)", more)


async def test_whoever_deletes_a_bot_is_led_to_the_fleet(olga: httpx.AsyncClient) -> None:
    answer = await olga.post(f"/bots/{HOLDS}/delete")
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/")
    assert (await olga.get(f"/bots/{HOLDS}")).status_code == 404


async def test_a_live_bot_is_left_alone_until_its_name_is_typed(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    for typed in ("", "0004", "0005 "):
        question = await do(olga, LIVE, "delete", 409, typed=typed)
        assert "Not done: 0005 trades live: repeat its name to delete it" in question
        assert "confirm-typed" in question
    assert bots.told == []


async def test_what_was_refused_is_asked_again_as_it_was_chosen(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    question = await do(olga, LIVE, "stop", 409, position="close")
    assert "Sell everything and stop it" in question
    assert re.search('value="close" checked', question)
    bots.fail("start", StartError("0006 ended at once: no such market"))
    assert "Not done: 0006 ended at once: no such market" in await do(olga, STOPPED, "start", 409)
    bots.fail("halt", BotUnreachableError("0002 does not answer"))
    assert "Not done: 0002 does not answer" in await do(olga, HOLDS, "halt", 502)
    bots.change(HOLDS, running=False)
    question = await do(olga, HOLDS, "stop", 409)
    assert "Not done: 0002 cannot be stopped now: it is stopped" in question
    assert "This cannot be done now. Possible: Start, Delete." in question


async def test_a_reason_that_is_too_long_is_refused_in_the_question(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    for length in (201, 5000):
        question = await do(olga, HOLDS, "halt", 409, reason="x" * length)
        assert "Not done: a reason is one line of text, 200 characters at most" in question
    assert bots.told == []


async def test_a_viewer_changes_nothing(bots: StagedBots, tmp_path: Path) -> None:
    async with signed_in(stage(bots, tmp_path), "vera") as vera:
        for name, action in ((STOPPED, "start"), (HOLDS, "stop"), (HOLDS, "delete"), (HOLDS, "halt")):
            answer = await vera.post(f"/bots/{name}/{action}", headers=PART)
            assert answer.status_code == 403
            assert answer.headers["Content-Type"].startswith("text/plain")
    assert bots.told == []


async def test_what_strangers_say_stays_text(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    bots.fail("start", StartError(HOSTILE))
    answers = [
        await olga.post(f"/bots/{STOPPED}/start"),
        await olga.post(f"/bots/{HOLDS}/halt", data={"reason": HOSTILE * 5}),
        await olga.post(f"/bots/{HOLDS}/halt", data={"mode": HOSTILE}),
        await olga.post(f"/bots/{HOLDS}/stop", data={"position": HOSTILE, "typed": HOSTILE}),
        await olga.get("/bots/%3Cscript%3Ealert(1)%3C%2Fscript%3E/confirm/start"),
        await olga.post("/bots/%3Cimg%20src=x%3E/start"),
    ]
    for answer in answers:
        assert 400 <= answer.status_code < 500
        assert "<script" not in answer.text
        assert "<img" not in answer.text


# --- Twice ----------------------------------------------------------------------------------------------------------


async def test_whoever_clicks_twice_does_it_once(
    olga: httpx.AsyncClient, bots: StagedBots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Held(bots, "start", monkeypatch)
    first = asyncio.create_task(do(olga, STOPPED, "start"))
    await slow.has_begun()
    words = "0006 is being started already, as olga (web) asked: wait until that has ended"
    assert f"Not done: {words}" in await do(olga, STOPPED, "start", 409)
    by_program = await olga.post(f"/api/v1/bots/{STOPPED}/start")
    assert (by_program.status_code, by_program.json()["detail"]) == (409, words)
    slow.may_end.set()
    assert "0006 is started" in await asyncio.wait_for(first, 10)
    assert [told.what for told in bots.told] == ["start"]
    lines = [(line["way"], line["outcome"]) for line in audited(tmp_path) if line["action"] == "start"]
    assert lines == [("web", f"refused: {words}"), ("api", f"refused: {words}"), ("web", "done")]


async def test_a_stop_that_waits_holds_up_neither_a_halt_nor_another_bot(
    olga: httpx.AsyncClient, bots: StagedBots, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Held(bots, "stop", monkeypatch)
    first = asyncio.create_task(do(olga, HOLDS, "stop", position="close"))
    await slow.has_begun()
    await do(olga, HOLDS, "stop", 409)
    await do(olga, HOLDS, "halt")
    await do(olga, "0001", "halt")
    slow.may_end.set()
    await asyncio.wait_for(first, 10)


async def test_a_stricter_halt_does_not_wait_for_a_milder_one(
    olga: httpx.AsyncClient, bots: StagedBots, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Held(bots, "halt", monkeypatch)
    milder = asyncio.create_task(do(olga, HOLDS, "halt"))
    await slow.has_begun()
    stricter = asyncio.create_task(do(olga, HOLDS, "close"))
    await slow.has_begun()
    await do(olga, HOLDS, "halt", 409)
    slow.may_end.set()
    await asyncio.wait_for(asyncio.gather(milder, stricter), 10)
    assert [told.more["mode"] for told in bots.told] == [HaltMode.BLOCK_ENTRIES, HaltMode.CLOSE_POSITIONS]


async def test_what_has_failed_can_be_tried_again(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    bots.fail("start", StartError("0006 ended at once"))
    await do(olga, STOPPED, "start", 409)
    bots.fail("start", None)
    await do(olga, STOPPED, "start")
