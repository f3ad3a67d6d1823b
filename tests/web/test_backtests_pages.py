"""The pages of backtests: run, watched, looked at in a world of its own, compared."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bots.web.backtests.running import Backtests
from tests.web.staged_bots import StagedBots
from tests.web.staged_sayings import StagedBot
from tests.web.staging import signed_in, stage
from tests.web.test_backtests import BARS, DOCUMENT, ended


@pytest.fixture
async def backtests(tmp_path: Path) -> AsyncIterator[Backtests]:
    made = Backtests(tmp_path)
    yield made
    await made.close()


@pytest.fixture
def bots() -> StagedBots:
    return StagedBots([StagedBot("btc", 0, DOCUMENT), StagedBot("broken", 1, "{}", running=False)])


@pytest.fixture
async def olga(bots: StagedBots, backtests: Backtests, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(stage(bots, tmp_path, backtests=backtests), "olga") as client:
        yield client


async def run(client: httpx.AsyncClient, backtests: Backtests, **form: str) -> str:
    answer = await client.post("/backtests", data={"bot": "btc", "count": "200", **form})
    assert answer.status_code == 204, answer.text
    id = answer.headers["HX-Redirect"].rpartition("/")[2]
    await ended(backtests, id)
    return id


async def test_a_backtest_is_run_watched_and_shown(olga: httpx.AsyncClient, backtests: Backtests) -> None:
    answer = await olga.post("/backtests", data={"bot": "btc", "count": "200"})
    id = answer.headers["HX-Redirect"].rpartition("/")[2]
    progress = await olga.get(f"/backtests/{id}/progress")
    assert progress.status_code == 200 or progress.headers["HX-Refresh"] == "true"
    await ended(backtests, id)
    assert (await olga.get(f"/backtests/{id}/progress")).headers["HX-Refresh"] == "true"
    page = (await olga.get(f"/backtests/{id}")).text
    assert "Max drawdown" in page
    assert 'sandbox="allow-scripts"' in page
    assert id in (await olga.get("/backtests")).text
    assert id in (await olga.get("/backtests/rows")).text


async def test_the_report_runs_in_a_world_of_its_own(olga: httpx.AsyncClient, backtests: Backtests) -> None:
    id = await run(olga, backtests)
    answer = await olga.get(f"/backtests/{id}/report")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts;")
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "unsafe-inline" not in (await olga.get(f"/backtests/{id}")).headers["Content-Security-Policy"]


async def test_several_are_compared(olga: httpx.AsyncClient, backtests: Backtests) -> None:
    ids = [await run(olga, backtests), await run(olga, backtests, count="300")]
    page = (await olga.get(f"/backtests/compare?id={ids[0]}&id={ids[1]}")).text
    assert "different times" in page
    assert "they say the same" in page
    curves = (await olga.get(f"/backtests/curves?id={ids[0]}&id={ids[1]}")).json()
    assert [curve["name"] for curve in curves] == ["btc", "btc"]
    assert all(set(point) == {"time", "value"} for curve in curves for point in curve["points"])


@pytest.mark.parametrize(
    "path",
    [
        "backtests/nobody",
        "backtests/nobody/report",
        "backtests/compare?id=nobody",
        "backtests/curves?id=nobody",
        "backtests/..%2f..%2fetc%2fpasswd/report",
        "editor/backtest?id=nobody",
    ],
)
async def test_what_there_is_not_is_told(olga: httpx.AsyncClient, path: str) -> None:
    assert (await olga.get(f"/{path}")).status_code == 404


@pytest.mark.parametrize("path", ["backtests/compare", "backtests/curves", "editor/backtest"])
async def test_too_many_or_none_are_not_compared(olga: httpx.AsyncClient, path: str) -> None:
    assert (await olga.get(f"/{path}")).status_code == 422
    assert (await olga.get(f"/{path}?" + "&".join(["id=x"] * 7))).status_code == 422


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"bot": "nobody"}, "nobody"),
        ({"bot": "broken"}, "faults"),
        ({"bot": "btc", "bars": "bars/none.csv"}, "no such bars"),
        ({"bot": "btc", "bars": "own"}, "names no file"),
    ],
)
async def test_what_cannot_be_run_is_told(olga: httpx.AsyncClient, form: dict[str, str], says: str) -> None:
    answer = await olga.post("/backtests", data=form)
    assert 400 <= answer.status_code < 500
    assert says in answer.text


async def test_bars_are_sent_and_chosen(olga: httpx.AsyncClient, backtests: Backtests) -> None:
    answer = await olga.post("/backtests/bars?name=mine.csv", content=BARS)
    assert answer.status_code == 201
    key = answer.json()["key"]
    assert f'value="{key}"' in (await olga.get("/backtests")).text
    await run(olga, backtests, bars=key)
    bad = await olga.post("/backtests/bars?name=bad.csv", content=BARS.replace("1.2", "0.1"))
    assert bad.status_code == 422
    assert "line 2" in bad.json()["sentence"]


async def test_a_draft_is_tried_beside_the_saved_document(
    olga: httpx.AsyncClient, bots: StagedBots, backtests: Backtests
) -> None:
    version = (await bots.document("btc")).version
    draft = DOCUMENT.replace('"BTCUSDT"', '"BTCUSDT", "position_size": 0.5')
    answer = await olga.post(
        "/editor/backtest", json={"text": draft, "name": "btc", "version": version, "bars": "made", "count": 300}
    )
    found = re.search(r'data-poll="([^"]+)"', answer.text)
    assert found is not None, answer.text
    assert len(backtests.list()) == 2
    for each in backtests.list():
        await ended(backtests, each.id)
    page = (await olga.get(found[1].replace("&amp;", "&"))).text
    assert "Draft" in page
    assert "Saved" in page
    assert "Max drawdown" in page
    assert (await bots.document("btc")).text == DOCUMENT


async def test_a_backtest_is_cancelled_and_deleted(olga: httpx.AsyncClient, backtests: Backtests) -> None:
    answer = await olga.post("/backtests", data={"bot": "btc", "count": "50000"})
    id = answer.headers["HX-Redirect"].rpartition("/")[2]
    assert (await olga.post(f"/backtests/{id}/cancel")).status_code == 204
    assert backtests.get(id).state.is_over
    assert (await olga.delete(f"/backtests/{id}")).headers["HX-Redirect"] == "/backtests"
    assert (await olga.get(f"/backtests/{id}")).status_code == 404
    assert (await olga.delete(f"/backtests/{id}")).status_code == 204
    assert not backtests.list()


async def test_a_viewer_looks_and_does_not_run(bots: StagedBots, backtests: Backtests, tmp_path: Path) -> None:
    async with signed_in(stage(bots, tmp_path, backtests=backtests), "vera") as vera:
        assert (await vera.get("/backtests")).status_code == 200
        assert (await vera.post("/backtests", data={"bot": "btc"})).status_code == 403
        assert (await vera.post("/backtests/bars?name=a.csv", content=BARS)).status_code == 403
        assert (await vera.delete("/backtests/x")).status_code == 403
