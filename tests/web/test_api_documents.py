"""The API about documents: they travel as they are written, and nobody overwrites what somebody else has changed."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bots.config import json_schema
from tests.web.staged_backtests import StagedBacktests
from tests.web.staged_bots import StagedBots, many
from tests.web.staged_sayings import document
from tests.web.staging import signed_in, stage

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def bots() -> StagedBots:
    return many(10)


@pytest.fixture
async def olga(bots: StagedBots, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    backtests: Any = StagedBacktests(tmp_path)
    async with signed_in(stage(bots, tmp_path, backtests=backtests), "olga") as client:
        yield client


async def post(client: httpx.AsyncClient, path: str, text: str, status: int) -> httpx.Response:
    answer = await client.post(f"/api/v1{path}", content=text, headers=JSON)
    assert answer.status_code == status, answer.text
    return answer


async def put(client: httpx.AsyncClient, path: str, text: str, etag: str | None, status: int) -> httpx.Response:
    headers = JSON | ({} if etag is None else {"If-Match": etag})
    answer = await client.put(f"/api/v1{path}", content=text, headers=headers)
    assert answer.status_code == status, answer.text
    return answer


async def test_a_document_is_read_and_saved_as_it_is_written(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    spaced = document(3).replace(":", " :\t")
    before = await olga.get("/api/v1/bots/0002/document")
    assert before.headers["Content-Type"] == "application/json"
    saved = await put(olga, "/bots/0002/document", spaced, before.headers["ETag"], 200)
    after = await olga.get("/api/v1/bots/0002/document")
    assert after.text == spaced == bots.bot("0002").text
    assert after.headers["ETag"] == saved.headers["ETag"] == f'"{saved.json()["version"]}"'


async def test_what_somebody_else_has_changed_is_not_overwritten(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    old = (await olga.get("/api/v1/bots/0002/document")).headers["ETag"]
    bots.change("0002", text=document(5))
    told = await put(olga, "/bots/0002/document", document(6), old, 412)
    assert "changed by somebody else" in told.json()["detail"]
    assert bots.bot("0002").text == document(5)


async def test_a_document_is_only_saved_by_who_says_from_which_version(olga: httpx.AsyncClient) -> None:
    assert "If-Match" in (await put(olga, "/bots/0002/document", document(6), None, 428)).json()["detail"]
    await put(olga, "/bots/0002/document", document(6), "*", 412)


async def test_every_fault_of_a_document_is_told_with_its_place(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    bad = document(1).replace('"position_size": 0.1', '"position_size": 7, "colour": "red"')
    etag = (await olga.get("/api/v1/bots/0002/document")).headers["ETag"]
    for answer in (
        await put(olga, "/bots/0002/document", bad, etag, 422),
        await post(olga, "/bots?name=new", bad, 422),
    ):
        places = {fault["place"] for fault in answer.json()["faults"]}
        assert places == {"trading.position_size", "trading.colour"}
    assert bots.told == []


async def test_a_key_that_stands_twice_is_a_fault(olga: httpx.AsyncClient) -> None:
    twice = document(1).replace('"version": "1.0"', '"version": "1.0", "version": "1.0"')
    await post(olga, "/bots?name=new", twice, 422)


async def test_a_bot_is_made_and_said_where_it_is(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    answer = await post(olga, "/bots?name=new", document(1), 201)
    assert answer.headers["Location"] == "/api/v1/bots/new"
    assert (await olga.get(answer.headers["Location"])).json()["state"] == "stopped"
    assert bots.bot("new").text == document(1)


async def test_what_trades_live_is_made_and_saved_by_whoever_repeats_its_name(
    olga: httpx.AsyncClient, bots: StagedBots
) -> None:
    live = document(1, live=True)
    etag = (await olga.get("/api/v1/bots/0002/document")).headers["ETag"]
    for confirm in ("", "&confirm=0001"):
        assert "repeat the name new" in (await post(olga, f"/bots?name=new{confirm}", live, 409)).json()["detail"]
        path = f"/bots/0002/document?{confirm}"
        assert "repeat the name 0002" in (await put(olga, path, live, etag, 409)).json()["detail"]
    assert bots.told == []
    await post(olga, "/bots?name=new&confirm=new", live, 201)
    await put(olga, "/bots/0002/document?confirm=0002", live, etag, 200)
    assert [told.what for told in bots.told] == ["create", "save"]


async def test_a_name_that_is_taken_or_none_is_refused(olga: httpx.AsyncClient) -> None:
    assert "already" in (await post(olga, "/bots?name=0001", document(1), 409)).json()["detail"]
    answer = await post(olga, "/bots?name=../etc", document(1), 422)
    assert answer.json()["faults"][0]["place"] == "name"
    await post(olga, "/bots", document(1), 422)


@pytest.mark.parametrize(
    ("text", "place"), [("", "document"), ("[]", "document"), ("{", "line 1, column 2"), ("null", "document")]
)
async def test_what_is_no_document_is_said_so(olga: httpx.AsyncClient, text: str, place: str) -> None:
    assert (await post(olga, "/bots?name=new", text, 422)).json()["faults"][0]["place"] == place
    if text:
        checked = (await post(olga, "/documents/check", text, 200)).json()
        assert (checked["good"], checked["faults"][0]["place"]) == (False, place)


async def test_half_a_letter_in_a_document_is_told_in_whole_ones(olga: httpx.AsyncClient) -> None:
    halves = document(1).replace('"version": "1.0"', r'"version": "\ud800", "\udc00": 1')
    for path, status in (("/documents/check", 200), ("/bots?name=new", 422)):
        assert len((await post(olga, path, halves, status)).json()["faults"]) == 2


async def test_bytes_that_are_no_text_are_refused(olga: httpx.AsyncClient) -> None:
    answer = await olga.post("/api/v1/documents/check", content=b'{"a": "\xff"}', headers=JSON)
    assert answer.status_code == 422
    assert "UTF-8" in answer.json()["faults"][0]["message"]


async def test_only_json_is_taken_for_a_document(olga: httpx.AsyncClient) -> None:
    answer = await olga.post("/api/v1/bots?name=new", content=document(1), headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


async def test_a_check_of_a_good_document_says_what_it_would_trade(olga: httpx.AsyncClient) -> None:
    checked = (await post(olga, "/documents/check", document(1, live=True), 200)).json()
    assert (checked["good"], checked["mode"], checked["symbol"]) == (True, "live", "ETHUSDT")


async def test_a_document_that_is_no_json_comes_as_text(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    bots.change("0003", text="{ not json <b>", faults=1)
    answer = await olga.get("/api/v1/bots/0003/document")
    assert (answer.status_code, answer.text) == (200, "{ not json <b>")
    assert answer.headers["Content-Type"].startswith("text/plain")


async def test_the_schema_is_that_of_documents(olga: httpx.AsyncClient) -> None:
    assert (await olga.get("/api/v1/schema")).json() == json_schema()


# --- Backtests ------------------------------------------------------------------------------------------------------


async def test_a_backtest_is_begun_followed_and_read(olga: httpx.AsyncClient) -> None:
    begun = await post(olga, "/backtests?bars=made&count=100&bot=0001", document(1), 202)
    where = begun.headers["Location"]
    told = (await olga.get(where)).json()
    assert (told["state"], told["bot"], told["who"]) == ("done", "0001", "olga")
    result = (await olga.get(f"{where}/result")).json()
    assert (result["figures"]["total_return_pct"], len(result["curve"])) == (3.5, 2)
    assert result["curve"][0]["time"] == "2026-01-01T00:00:00Z"
    assert json.loads((await olga.get(f"{where}/document")).text)["version"] == "1.0"
    assert (await olga.get("/api/v1/backtests")).json()[0]["id"] == told["id"]
    assert (await olga.delete(where)).status_code == 204
    assert (await olga.get(where)).status_code == 404


async def test_a_report_comes_as_a_file_and_never_as_a_page(olga: httpx.AsyncClient) -> None:
    answer = await olga.get("/api/v1/backtests/done-1/report")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="done-1.html"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_results_of_what_still_runs_are_none_yet(olga: httpx.AsyncClient) -> None:
    for part in ("result", "report"):
        answer = await olga.get(f"/api/v1/backtests/runs-1/{part}")
        assert (answer.status_code, "still runs" in answer.json()["detail"]) == (409, True)
    answer = await olga.post("/api/v1/backtests/runs-1/cancel")
    assert (answer.status_code, answer.json()["state"]) == (200, "failed")


async def test_a_backtest_without_bars_or_with_a_bad_document_is_refused(olga: httpx.AsyncClient) -> None:
    assert "offered" in (await post(olga, "/backtests?bars=mine", document(1), 422)).json()["detail"]
    assert (await post(olga, "/backtests", "{}", 422)).json()["faults"]


async def test_bars_are_uploaded_once(olga: httpx.AsyncClient) -> None:
    async def upload(content: str, content_type: str = "text/csv") -> int:
        headers = {"Content-Type": content_type}
        return (await olga.put("/api/v1/bars/mine.csv", content=content, headers=headers)).status_code

    good = "timestamp,open,high,low,close,volume\n"
    assert await upload(good, "application/json") == 415
    assert await upload("nonsense") == 422
    assert await upload(good) == 201
    assert await upload(good) == 409
    assert "bars/mine.csv" in [each["key"] for each in (await olga.get("/api/v1/bars")).json()]
