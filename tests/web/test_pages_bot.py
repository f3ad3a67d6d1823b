"""The page of one bot, as the server makes it, also when the bot does not answer."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from strategies.errors import BotUnreachableError
from tests.web.staged_bots import StagedBots, many
from tests.web.staging import signed_in, stage

HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"
WHY = "0002 does not answer: it may be starting"


@pytest.fixture
def bots() -> StagedBots:
    return many(10)


@pytest.fixture
async def olga(bots: StagedBots, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(stage(bots, tmp_path), "olga") as client:
        yield client


async def test_its_page_says_how_it_is_and_from_when_that_is(olga: httpx.AsyncClient) -> None:
    page = (await olga.get("/bots/0005")).text
    for words in ("LIVE", "as of", "Open position", "at the venue 95", "Of late"):
        assert words in page, words


async def test_the_part_beside_the_charts_is_had_alone(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    bots.change("0001", ready=False)
    part = (await olga.get("/bots/0001/now")).text
    assert "the feed is not connected" in part
    assert "<html" not in part
    for path in ("/now", "/chart.json"):
        assert (await olga.get(f"/bots/nobody{path}")).status_code == 404, path


async def test_a_bot_at_rest_is_not_said_to_be_due_for_a_restart(olga: httpx.AsyncClient) -> None:
    part = (await olga.get("/bots/0003/now")).text
    assert "does not run" in part
    assert "restart is due" not in part


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("", "status"),
        ("/now", "status"),
        ("/now", "events"),
        ("/trades", "trades"),
        ("/orders", "orders"),
        ("/events", "events"),
        ("/log", "log_tail"),
        ("/document", "document"),
    ],
)
async def test_what_cannot_be_had_is_said_where_it_would_be(
    olga: httpx.AsyncClient, bots: StagedBots, path: str, method: str
) -> None:
    bots.fail(method, BotUnreachableError(WHY))
    answer = await olga.get(f"/bots/0002{path}")
    assert answer.status_code == 200
    assert WHY in answer.text


async def test_charts_are_drawn_from_what_can_be_had(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    bots.fail("bars", BotUnreachableError(WHY))
    drawn = (await olga.get("/bots/0002/chart.json")).json()
    assert (drawn["candles"], drawn["no_bars"]) == ([], WHY)
    assert drawn["account"]
    bots.fail("curve", BotUnreachableError(WHY))
    assert (await olga.get("/bots/0002/chart.json")).json()["no_curve"] == WHY


async def test_the_bars_are_had_as_a_table(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    part = (await olga.get("/bots/0005/bars")).text
    assert "<html" not in part
    assert part.count("<tr>") == 51
    assert "Levels: " in part
    bots.fail("bars", BotUnreachableError(WHY))
    assert WHY in (await olga.get("/bots/0005/bars")).text
    assert (await olga.get("/bots/nobody/bars")).status_code == 404


async def test_a_bot_of_another_version_breaks_no_page(
    olga: httpx.AsyncClient, bots: StagedBots, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def status(name: str) -> dict[str, Any]:
        return {"name": name, "position": "long"}

    monkeypatch.setattr(bots, "status", status)
    for path in ("", "/now"):
        answer = await olga.get(f"/bots/0002{path}")
        assert answer.status_code == 200, path
        assert "is it of another version?" in answer.text, path
    assert (await olga.get("/bots/0002/chart.json")).json()["candles"]


async def test_what_it_says_is_text(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    halt = {"limit": HOSTILE, "detail": HOSTILE, "since": HOSTILE, "mode": HOSTILE}
    bots.change("0001", last_error=HOSTILE, halt=halt, log=[HOSTILE])
    for path in ("", "/now", "/log", "/events", "/trades", "/orders"):
        page = (await olga.get(f"/bots/0001{path}")).text
        assert "<img" not in page, path
        assert "alert(2)</script>" not in page, path


async def test_a_viewer_has_no_buttons(bots: StagedBots, tmp_path: Path) -> None:
    async with signed_in(stage(bots, tmp_path), "vera") as client:
        page = (await client.get("/bots/0001")).text
    assert "/confirm/" not in page
    assert "/edit" not in page
