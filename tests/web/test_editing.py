"""The editor: form and document in step, what will be saved is shown, and nothing that was typed is lost."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bots.web.backtests.running import Backtests
from tests.web.staged_bots import StagedBots
from tests.web.staged_sayings import StagedBot
from tests.web.staging import signed_in, stage

DOCUMENT = """{
  "trading": {"symbol": "BTCUSDT", "position_size": 0.10},
  "strategy": {
    "entry_logic": {"name": "RSIBBEntryMixin"},
    "exit_logic": {"name": "ATRExitMixin"}
  }
}
"""
LIVE = DOCUMENT.replace(
    '{\n  "trading"', '{\n  "broker": {"type": "binance"}, "data": {"data_source": "binance"},\n  "trading"'
)
HOSTILE = """<script>alert(1)</script>'"><img src=x onerror=alert(2)>"""


@pytest.fixture
def bots() -> StagedBots:
    return StagedBots(
        [
            StagedBot("runs", 0, DOCUMENT),
            StagedBot("idle", 1, DOCUMENT, running=False),
            StagedBot("live", 2, LIVE, mode="live"),
            StagedBot(
                "leaks", 3, '{"trading": {"symbol": "BTCUSDT"}, "telegram": {"token": "123:hush"}}', running=False
            ),
        ]
    )


@pytest.fixture
async def olga(bots: StagedBots, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    backtests = Backtests(tmp_path)
    async with signed_in(stage(bots, tmp_path, backtests=backtests), "olga") as client:
        yield client
    await backtests.close()


async def version_of(bots: StagedBots, name: str) -> str:
    return (await bots.document(name)).version


async def sync(client: httpx.AsyncClient, text: str, *changes: tuple[str, str]) -> dict[str, Any]:
    body = {"text": text, "changes": [[place.split("."), typed] for place, typed in changes]}
    answer = await client.post("/editor/sync", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_new_bot_begins_with_a_choice_paper_first(olga: httpx.AsyncClient) -> None:
    page = (await olga.get("/new")).text
    assert page.index("chip-paper") < page.index("chip-live")
    editor = (await olga.get("/new?template=0001")).text
    assert 'id="editor-text"' in editor
    assert "$schema" not in editor
    assert (await olga.get("/new?template=../../etc/passwd")).text.count("point-link") > 5


async def test_what_is_typed_into_the_form_goes_into_the_document(olga: httpx.AsyncClient) -> None:
    told = await sync(olga, DOCUMENT, ("trading.position_size", "0.25"), ("data.interval", "5m"))
    assert '"position_size": 0.25}' in told["text"]
    assert json.loads(told["text"])["data"] == {"interval": "5m"}
    assert told["mode"] == "paper"
    assert told["troubles"] == 0


async def test_what_is_typed_into_the_document_is_in_the_form(olga: httpx.AsyncClient) -> None:
    told = await sync(olga, DOCUMENT.replace("0.10", "0.7"))
    assert told["text"] == DOCUMENT.replace("0.10", "0.7")
    assert 'value="0.7"' in told["form"]


async def test_a_fault_is_at_its_field_and_in_the_list(olga: httpx.AsyncClient) -> None:
    told = await sync(olga, DOCUMENT, ("trading.position_size", "much"))
    field = re.search(r'<input[^>]*name="trading.position_size"[^>]*>', told["form"])
    assert field is not None
    assert 'aria-invalid="true"' in field[0]
    assert 'value="much"' in field[0]
    described = re.search(r'aria-describedby="([^"]*)"', field[0])
    assert described is not None
    for id in described[1].split():
        assert f'id="{id}"' in told["form"]
    assert 'data-goto="field-trading.position_size"' in told["faults"]
    assert told["mode"] == ""


async def test_a_document_that_cannot_be_read_says_where(olga: httpx.AsyncClient) -> None:
    told = await sync(olga, DOCUMENT + "x", ("trading.position_size", "0.2"))
    assert told["text"] == DOCUMENT + "x"
    assert "cannot be read" in told["form"]
    assert "line 8, column 1" in told["faults"]


@pytest.mark.parametrize("path", ["editor/sync", "editor/review", "editor/save", "editor/backtest"])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"text": 1}', b'{"text": "\\ud800", "name": "\\ud800", "version": "\\ud800"}']
)
async def test_nonsense_is_refused_and_never_fails(olga: httpx.AsyncClient, path: str, body: bytes) -> None:
    answer = await olga.post(f"/{path}", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code < 500, answer.text


async def test_hostile_text_stays_text(olga: httpx.AsyncClient) -> None:
    text = json.dumps({"description": HOSTILE, HOSTILE: HOSTILE, "trading": {HOSTILE: 1, "symbol": HOSTILE}})
    told = await sync(olga, text)
    review = await olga.post("/editor/review", json={"text": text, "name": HOSTILE})
    for html in (told["form"], told["faults"], review.text):
        assert "<script" not in html
        assert "<img" not in html
    inside = "</textarea><script>"
    assert inside not in (await sync(olga, json.dumps({"description": inside})))["form"]


async def test_before_saving_the_change_and_what_it_does_are_shown(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    draft = {"text": DOCUMENT.replace("0.10", "0.20"), "name": "runs", "version": await version_of(bots, "runs")}
    page = (await olga.post("/editor/review", json=draft)).text
    assert page.count("diff-removed") == 1
    assert page.count("diff-added") == 1
    assert "until it is restarted" in page
    idle = {**draft, "name": "idle", "version": await version_of(bots, "idle")}
    assert "when it is started" in (await olga.post("/editor/review", json=idle)).text


async def test_saving_saves_and_leads_to_the_bot(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    text = DOCUMENT.replace("0.10", "0.20")
    draft = {"text": text, "name": "runs", "version": await version_of(bots, "runs")}
    answer = await olga.post("/editor/save", json=draft)
    assert answer.json()["location"] == "/bots/runs"
    assert (await bots.document("runs")).text == text
    assert [told.what for told in bots.told] == ["save"]


async def test_a_new_bot_is_made_and_does_not_run(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    answer = await olga.post("/editor/save", json={"text": DOCUMENT, "name": "fresh"})
    assert answer.json()["location"] == "/bots/fresh"
    assert not bots.entry("fresh").wanted


@pytest.mark.parametrize("name", ["runs", "", "../x", "a b"])
async def test_a_name_that_is_taken_or_none_is_told(olga: httpx.AsyncClient, bots: StagedBots, name: str) -> None:
    answer = await olga.post("/editor/save", json={"text": DOCUMENT, "name": name})
    assert answer.status_code in (409, 422)
    assert answer.json()["sentence"]
    assert not bots.told


async def test_a_document_with_faults_is_not_saved(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    draft = {"text": "{}", "name": "runs", "version": await version_of(bots, "runs")}
    answer = await olga.post("/editor/save", json=draft)
    assert answer.status_code == 422
    assert "trading" in answer.json()["sentence"]
    assert (await bots.document("runs")).text == DOCUMENT


async def test_whoever_comes_second_sees_both_and_loses_nothing(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    begun = await version_of(bots, "runs")
    theirs = DOCUMENT.replace("0.10", "0.30")
    bots.change("runs", text=theirs)
    draft = {"text": DOCUMENT.replace("0.10", "0.20"), "name": "runs", "version": begun}
    answer = await olga.post("/editor/save", json=draft)
    assert answer.status_code == 409
    assert answer.json()["conflict"]
    assert (await bots.document("runs")).text == theirs
    page = (await olga.post("/editor/review", json=draft)).text
    assert "Somebody else has saved" in page
    found = re.search(r'data-version="([^"]*)"', page)
    assert found is not None
    assert found[1] == await version_of(bots, "runs")
    assert "<mark>3</mark>" in page
    assert "<mark>2</mark>" in page
    # Seen, and meant.
    answer = await olga.post("/editor/save", json={**draft, "version": found[1]})
    assert answer.json()["saved"]
    assert (await bots.document("runs")).text == draft["text"]


async def test_a_live_document_takes_its_name_typed(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    draft = {"text": LIVE.replace("0.10", "0.20"), "name": "live", "version": await version_of(bots, "live")}
    assert "review-typed" in (await olga.post("/editor/review", json=draft)).text
    answer = await olga.post("/editor/save", json=draft)
    assert answer.status_code == 409
    assert answer.json()["confirm"]
    assert not bots.told
    assert (await olga.post("/editor/save", json={**draft, "typed": "live"})).json()["saved"]
    new = {"text": LIVE, "name": "another"}
    assert (await olga.post("/editor/save", json=new)).status_code == 409
    assert (await olga.post("/editor/save", json={**new, "typed": "another"})).json()["saved"]


async def test_a_secret_in_a_document_is_not_shown(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    page = (await olga.get("/bots/leaks/edit")).text
    assert "hush" not in page
    assert "holds a secret" in page
    draft = {"text": DOCUMENT, "name": "leaks", "version": await version_of(bots, "leaks")}
    assert "hush" not in (await olga.post("/editor/review", json=draft)).text
    faulty = {**draft, "text": '{"telegram": {"token": "456:silence"}}'}
    for path in ("review", "save", "backtest"):
        assert "silence" not in (await olga.post(f"/editor/{path}", json=faulty)).text


async def test_a_bot_that_there_is_not_cannot_be_edited(olga: httpx.AsyncClient) -> None:
    assert (await olga.get("/bots/nobody/edit")).status_code == 404


async def test_a_viewer_sees_the_editor_without_what_changes(bots: StagedBots, tmp_path: Path) -> None:
    async with signed_in(stage(bots, tmp_path, backtests=Backtests(tmp_path)), "vera") as vera:
        page = (await vera.get("/bots/runs/edit")).text
        assert "takes an operator" in page
        assert 'id="editor-save"' not in page
        for path in ("sync", "review", "save", "backtest"):
            assert (await vera.post(f"/editor/{path}", json={"text": DOCUMENT})).status_code == 403
