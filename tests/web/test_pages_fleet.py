"""The page of all bots, as the server makes it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.web.staged_bots import StagedBots, many
from tests.web.staging import signed_in, stage

HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"


@pytest.fixture
def bots() -> StagedBots:
    return many(20)


@pytest.fixture
async def olga(bots: StagedBots, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(stage(bots, tmp_path), "olga") as client:
        yield client


def rows(page: str) -> list[str]:
    """Return which bots are shown, in their order."""
    return re.findall(r'<tr id="bot-([^"]+)"', page)


async def test_what_is_in_trouble_comes_first(olga: httpx.AsyncClient) -> None:
    assert rows((await olga.get("/")).text)[:4] == ["0004", "0014", "0007", "0017"]


async def test_real_money_is_never_added_to_paper(olga: httpx.AsyncClient) -> None:
    sums = re.findall(r'class="sum[ "].*?</li>', (await olga.get("/")).text, re.DOTALL)
    assert len(sums) == 2
    assert "LIVE" in sums[0]
    assert "6 bots" in sums[0]
    assert "14 bots" in sums[1]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("words=0012", ["0012"]),
        ("state=halted", ["0004", "0014"]),
        ("mode=live&state=stopped", ["0008", "0018"]),
        ("words=nothing", []),
        ("sort=name&backwards=1&words=001", [f"00{number}" for number in range(19, 9, -1)] + ["0001"]),
    ],
)
async def test_it_filters_and_sorts(olga: httpx.AsyncClient, asked: str, found: list[str]) -> None:
    assert rows((await olga.get(f"/?{asked}")).text) == found


async def test_an_address_that_makes_no_sense_shows_what_it_can(olga: httpx.AsyncClient) -> None:
    for asked in ("page=abc", "page=-1", "page=9999999999", "state=odd", "sort=odd", "words=" + "x" * 5000):
        assert (await olga.get(f"/?{asked}")).status_code == 200, asked


async def test_a_hundred_are_on_a_page_and_the_next_is_a_link(tmp_path: Path) -> None:
    async with signed_in(stage(many(250), tmp_path), "olga") as client:
        first, last = (await client.get("/")).text, (await client.get("/?page=3")).text
    assert (len(rows(first)), len(rows(last))) == (100, 50)
    assert 'rel="next" href="/?page=2"' in first
    assert 'rel="next"' not in last
    assert not set(rows(first)) & set(rows(last))


async def test_what_a_bot_says_is_text(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    bots.change("0001", last_error=HOSTILE)
    page = (await olga.get("/")).text
    assert "<img" not in page
    assert "alert(2)</script>" not in page
    assert "alert(1)" in page


async def test_a_viewer_has_no_buttons(bots: StagedBots, tmp_path: Path) -> None:
    async with signed_in(stage(bots, tmp_path), "vera") as client:
        page = (await client.get("/")).text
    assert len(rows(page)) == 20
    assert "/confirm/" not in page
    assert 'href="/new"' not in page
