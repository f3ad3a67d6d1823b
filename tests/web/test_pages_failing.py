"""What a browser is shown where there is no page: one sentence, as a page, as a part of one, or for a script."""

import html
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from strategies.errors import BotUnreachableError, ClusterUnreachableError
from tests.web.staged_bots import StagedBots, many
from tests.web.staging import signed_in, stage

PART = {"HX-Request": "true"}
NO_SUCH_BOT = "there is no bot named nobody"
HOSTILE = """<script>alert(1)</script>'"><img src=x onerror=alert(2)>"""


@pytest.fixture
def bots() -> StagedBots:
    return many(10)


@pytest.fixture
async def olga(bots: StagedBots, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(stage(bots, tmp_path), "olga") as client:
        yield client


def is_page(answer: httpx.Response) -> bool:
    return "<!doctype html>" in answer.text and answer.text.count('name="csrf-token"') == 1


def is_part(answer: httpx.Response) -> bool:
    """Say whether an answer fits into a dialog: it has a title and a way out, and nothing of a whole page."""
    whole = any(tag in answer.text for tag in ("<html", "<head", "<main", "<script", "<meta"))
    fits = 'id="dialog-title"' in answer.text and "data-close autofocus>Close</button>" in answer.text
    return fits and not whole and answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    "path", ["/bots/nobody", "/bots/nobody/trades", "/bots/nobody/log", "/bots/nobody/confirm/stop"]
)
async def test_a_bot_that_is_gone_is_told_as_a_page_or_as_a_part_of_one(olga: httpx.AsyncClient, path: str) -> None:
    page, part = await olga.get(path), await olga.get(path, headers=PART)
    assert (page.status_code, part.status_code) == (404, 404)
    assert is_page(page)
    assert is_part(part)
    for answer in (page, part):
        assert "There is no such bot" in answer.text
        assert NO_SUCH_BOT in answer.text


async def test_a_bot_that_goes_before_the_click_is_told_in_the_dialog(
    olga: httpx.AsyncClient, bots: StagedBots
) -> None:
    bots.gone("0002")
    answer = await olga.post("/bots/0002/stop", headers=PART)
    assert answer.status_code == 404
    assert is_part(answer)


@pytest.mark.parametrize("path", ["/nowhere", "/bots/0001/confirm/bogus", "/bots/0001/nowhere", "/bots/0001/stop"])
async def test_an_address_that_leads_nowhere_says_so(olga: httpx.AsyncClient, path: str) -> None:
    page, part = await olga.get(path), await olga.get(path, headers=PART)
    assert (page.status_code, part.status_code) == (404, 404)
    assert is_page(page)
    assert is_part(part)
    assert "There is no such page" in page.text


async def test_what_is_not_for_an_address_says_so(olga: httpx.AsyncClient) -> None:
    answer = await olga.put("/bots/0001")
    assert answer.status_code == 405
    assert is_page(answer)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/bots/0001/trades?page=abc", "page should be a valid integer, unable to parse string as an integer."),
        ("/bots/0001/confirm/stop?position=some", "position should be 'keep' or 'close'."),
        ("/bots/0001/confirm/halt?mode=some", "mode should be 'block-entries', 'cancel-orders' or 'close-positions'."),
    ],
)
async def test_what_cannot_be_understood_is_one_sentence(olga: httpx.AsyncClient, path: str, sentence: str) -> None:
    page, part = await olga.get(path), await olga.get(path, headers=PART)
    assert (page.status_code, part.status_code) == (422, 422)
    assert is_page(page)
    assert is_part(part)
    for answer in (page, part):
        assert sentence in html.unescape(answer.text)


async def test_an_answer_in_a_form_that_cannot_be_understood_is_told_in_the_dialog(olga: httpx.AsyncClient) -> None:
    answer = await olga.post("/bots/0001/halt", data={"mode": "some"}, headers=PART)
    assert answer.status_code == 422
    assert is_part(answer)
    assert "mode should be" in answer.text


async def test_a_fleet_without_a_page_of_that_name_is_shown_all_the_same(olga: httpx.AsyncClient) -> None:
    for page in ("abc", "-1", "999999999999999999999", "٣"):
        answer = await olga.get("/", params={"page": page})
        assert (answer.status_code, is_page(answer)) == (200, True)


@pytest.mark.parametrize("headers", [{"Accept": "application/json"}, {"Content-Type": "application/json"}])
async def test_a_script_of_a_page_gets_what_it_can_read(olga: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await olga.get("/bots/nobody/trades.csv", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["detail"] == NO_SUCH_BOT


async def test_a_draft_that_is_none_says_so_to_the_editor(olga: httpx.AsyncClient) -> None:
    answer = await olga.post("/editor/save", json={"text": 1})
    assert (answer.status_code, answer.json()["detail"]) == (422, "this is no draft of a document")


async def test_the_api_answers_as_programs_expect_it(olga: httpx.AsyncClient) -> None:
    for path in ("/bots/nobody", "/bots/0001/trades?limit=abc", "/nowhere"):
        answer = await olga.get(f"/api/v1{path}", headers=PART)
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("error", [BotUnreachableError(HOSTILE), ClusterUnreachableError(HOSTILE)])
async def test_a_bot_out_of_reach_is_told_and_its_words_stay_text(
    olga: httpx.AsyncClient, bots: StagedBots, error: Exception
) -> None:
    bots.fail("trades", error)
    for headers in ({}, PART):
        answer = await olga.get("/bots/0001/trades.csv", headers=headers)
        assert answer.status_code == 502
        assert "This cannot be had now" in answer.text
        assert HOSTILE in html.unescape(answer.text)
        assert "<img" not in answer.text
        assert "alert(1)</script>" not in answer.text
