"""What a bot has done, tab by tab: told as it is, and told why where it cannot be had."""

import csv
import html
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bots.results.plain_csv import cell
from bots.trading.records import Trade
from bots.web.pages.log_tail import lines_of, mark_of, since
from strategies.errors import BotUnreachableError
from tests.web.staged_bots import StagedBots, many
from tests.web.staging import signed_in, stage

HOLDS = "0002"
PART = {"HX-Request": "true"}
HOSTILE = """<script>alert(1)</script>'"><img src=x onerror=alert(2)>"""
TABS = {"trades": "trades", "orders": "orders", "events": "events", "log": "log_tail", "document": "document"}


@pytest.fixture
def bots() -> StagedBots:
    return many(10)


@pytest.fixture
async def vera(bots: StagedBots, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(stage(bots, tmp_path), "vera") as client:
        yield client


async def shown(client: httpx.AsyncClient, tab: str, **query: str) -> str:
    answer = await client.get(f"/bots/{HOLDS}/{tab}", params=query)
    assert answer.status_code == 200, answer.text
    assert "<img" not in answer.text
    assert "alert(1)</script>" not in answer.text
    return html.unescape(answer.text)


def say(monkeypatch: pytest.MonkeyPatch, bots: StagedBots, method: str, said: Any) -> None:
    """Let a bot say something else."""

    async def saying(*_: object) -> Any:
        return said

    monkeypatch.setattr(bots, method, saying)


# --- Every tab ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tab", "method"), TABS.items())
async def test_a_tab_that_cannot_be_had_says_why_below_the_head(
    vera: httpx.AsyncClient, bots: StagedBots, tab: str, method: str
) -> None:
    bots.fail(method, BotUnreachableError(f"{HOSTILE} does not answer"))
    page = await shown(vera, tab)
    assert f'<p class="notice">{HOSTILE} does not answer</p>' in page
    assert '<header id="head"' in page
    assert 'aria-current="page">' + tab.capitalize() in page


@pytest.mark.parametrize(("tab", "said"), [("orders", [{}]), ("orders", [{"lot": HOSTILE}]), ("events", [{"kind": 1}])])
async def test_a_bot_of_another_version_is_told_so(
    vera: httpx.AsyncClient, bots: StagedBots, monkeypatch: pytest.MonkeyPatch, tab: str, said: list[Any]
) -> None:
    say(monkeypatch, bots, tab, said)
    assert "says what this console does not understand" in await shown(vera, tab)


@pytest.mark.parametrize("tab", TABS)
async def test_no_tab_has_anything_by_which_a_viewer_changes_it(vera: httpx.AsyncClient, tab: str) -> None:
    page = await shown(vera, tab)
    assert "/confirm/" not in page
    assert f"/bots/{HOLDS}/edit" not in page


# --- Trades, orders, events -----------------------------------------------------------------------------------------


async def test_trades_are_newest_first_with_their_reasons(vera: httpx.AsyncClient) -> None:
    page = await shown(vera, "trades")
    rows = re.findall("<tr><td.*?</tr>", page, re.DOTALL)
    assert len(rows) == 3
    assert "open" in rows[0]
    assert "stop_loss" in rows[1]
    assert "take_profit" in rows[2]
    assert "+1.90" in rows[2]


async def test_many_trades_are_shown_in_pages_and_no_page_is_beyond(
    vera: httpx.AsyncClient, bots: StagedBots, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = (await bots.trades(HOLDS))[0]
    say(monkeypatch, bots, "trades", [replace(first, lot=number, exit_reason=HOSTILE) for number in range(120)])
    first_page = await shown(vera, "trades", page="-7")
    assert "page 1 of 3" in first_page
    assert '<a rel="next" href="?page=2">' in first_page
    last = await shown(vera, "trades", page="99")
    assert "page 3 of 3" in last
    assert last.count(HOSTILE) == 20


async def test_orders_and_events_are_told_as_text(
    vera: httpx.AsyncClient, bots: StagedBots, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = {**(await bots.orders(HOLDS, 1))[0], "detail": HOSTILE, "reason": HOSTILE, "client_order_id": HOSTILE}
    say(monkeypatch, bots, "orders", [{**order, "status": HOSTILE, "attempt": 2, "fills": []}])
    assert (await shown(vera, "orders")).count(HOSTILE) == 5
    event = {"number": 1, "kind": HOSTILE, "time": "2026-01-01T00:00:00Z", "text": HOSTILE, "data": {HOSTILE: HOSTILE}}
    say(monkeypatch, bots, "events", [event])
    assert HOSTILE in await shown(vera, "events")


@pytest.mark.parametrize("tab", ["trades", "orders", "events", "log"])
async def test_a_bot_that_has_done_nothing_says_so(
    vera: httpx.AsyncClient, bots: StagedBots, monkeypatch: pytest.MonkeyPatch, tab: str
) -> None:
    say(monkeypatch, bots, TABS[tab], [])
    assert re.search(r"<p class=\"[a-z ]*\">(No|Nothing) ", await shown(vera, tab))


# --- Trades as a file -----------------------------------------------------------------------------------------------


async def rows_of(client: httpx.AsyncClient) -> Sequence[dict[str, str]]:
    answer = await client.get(f"/bots/{HOLDS}/trades.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{HOLDS}-trades.csv"'
    return list(csv.DictReader(answer.text.splitlines()))


async def test_trades_are_a_file_oldest_first_with_numbers_as_numbers(vera: httpx.AsyncClient) -> None:
    rows = await rows_of(vera)
    assert list(rows[0]) == list(Trade.__slots__)
    assert [float(row["profit"]) for row in rows[:2]] == [1.9, -1.6]
    assert rows[0]["entry_bar"] == "2026-01-01T00:15:00Z"
    assert rows[2]["profit"] == rows[2]["exit_bar"] == ""


@pytest.mark.parametrize("word", ["=1+1", "+1", "@SUM(A1)", "-2+3", "\t=1", "\r=1", "=HYPERLINK(0)"])
async def test_a_spreadsheet_finds_no_formula_in_the_file(
    vera: httpx.AsyncClient, bots: StagedBots, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    trades = [replace(trade, exit_reason=word) for trade in (await bots.trades(HOLDS))[:2]]
    say(monkeypatch, bots, "trades", trades)
    text = (await vera.get(f"/bots/{HOLDS}/trades.csv")).content.decode()
    cells = [cell for row in csv.reader(text.splitlines(keepends=True)) for cell in row]
    assert cells.count(f"'{word}") == 2
    assert not [each for each in cells if each.startswith(("=", "+", "@", "\t", "\r"))]
    assert "-1.6" in cells


def test_only_words_are_kept_from_being_formulas() -> None:
    assert [cell(each) for each in (-1.5, 3, None, "stop_loss", "a=b", "=b")] == [
        -1.5,
        3,
        None,
        "stop_loss",
        "a=b",
        "'=b",
    ]


# --- The log --------------------------------------------------------------------------------------------------------

LOG = [
    "2026-11-23 12:00:00 INFO    0002  begins",
    "2026-11-23 12:00:01 ERROR   0002  failed",
    "Traceback (most recent call last):",
    f"ValueError: {HOSTILE}",
    "2026-11-23 12:00:02 WARNING 0002  again",
]


def levels_and_words(page: str) -> list[tuple[str, str]]:
    return re.findall('<span class="line line-([a-z]*)">(.*)\n', page)


async def test_lines_have_levels_and_a_traceback_that_of_its_line(vera: httpx.AsyncClient, bots: StagedBots) -> None:
    bots.change(HOLDS, log=LOG)
    assert [level for level, _ in levels_and_words(await shown(vera, "log"))] == [
        "info",
        "error",
        "error",
        "error",
        "warning",
    ]
    errors = levels_and_words(await shown(vera, "log", level="ERROR"))
    assert [line for _, line in errors] == LOG[1:4]
    assert [line for _, line in levels_and_words(await shown(vera, "log", words="VALUEerror alert"))] == [LOG[3]]
    assert len(levels_and_words(await shown(vera, "log", level="bogus"))) == 5


class Reader:
    """A page with a log that asks for what came since."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client, self.have = client, ""

    async def ask(self, **query: str) -> httpx.Response:
        query["have"] = self.have
        answer = await self.client.get(f"/bots/{HOLDS}/log", params=query, headers=PART)
        found = re.search('name="have" form="log-form" value="([^"]*)"', answer.text)
        self.have = found[1] if found is not None else self.have
        return answer


async def test_a_page_that_has_the_log_gets_what_came_and_nothing_else(
    vera: httpx.AsyncClient, bots: StagedBots
) -> None:
    reader = Reader(vera)
    log = [f"2026-11-23 12:00:00 INFO    0002  line {number}" for number in range(600)]
    bots.change(HOLDS, log=list(log))
    whole = await reader.ask()
    assert len(levels_and_words(whole.text)) == 400
    assert "HX-Reswap" not in whole.headers
    again = await reader.ask()
    assert (again.status_code, again.content) == (204, b"")
    log += ["2026-11-23 12:00:01 ERROR   0002  <new>", "2026-11-23 12:00:02 INFO    0002  newer"]
    bots.change(HOLDS, log=list(log))
    more = await reader.ask()
    assert [level for level, _ in levels_and_words(more.text)] == ["error", "info"]
    assert "&lt;new&gt;" in more.text
    expected = {"HX-Retarget": "#log-lines", "HX-Reswap": "beforeend", "HX-Reselect": ".line"}
    assert {key: more.headers[key] for key in expected} == expected
    assert 'hx-swap-oob="true"' in more.text
    assert (await reader.ask()).status_code == 204


async def test_a_log_that_has_moved_on_too_far_or_is_filtered_otherwise_is_sent_whole(
    vera: httpx.AsyncClient, bots: StagedBots
) -> None:
    reader = Reader(vera)
    await reader.ask()
    filtered = await reader.ask(words="12:00:5")
    assert len(levels_and_words(filtered.text)) == 10
    assert "HX-Reswap" not in filtered.headers
    assert (await reader.ask(words="12:00:5")).status_code == 204
    bots.change(HOLDS, log=["another log"])
    assert "HX-Reswap" not in (await reader.ask()).headers


async def test_a_log_that_cannot_be_had_is_told_once(vera: httpx.AsyncClient, bots: StagedBots) -> None:
    reader = Reader(vera)
    await reader.ask(words="none has it")
    bots.fail("log_tail", BotUnreachableError("0002 does not answer"))
    assert "0002 does not answer" in (await reader.ask(words="none has it")).text
    assert (await reader.ask(words="none has it")).status_code == 204
    bots.fail("log_tail", None)
    assert len(levels_and_words((await reader.ask()).text)) == 60


async def test_without_scripts_the_whole_page_is_sent(vera: httpx.AsyncClient) -> None:
    reader = Reader(vera)
    await reader.ask()
    assert len(levels_and_words(await shown(vera, "log", have=reader.have))) == 60


def test_what_came_since_is_known_by_the_last_lines() -> None:
    def tail(*words: str) -> list[tuple[str, str]]:
        return lines_of(words, "", "")

    mark = mark_of(tail("a", "b"), "", "")
    assert since(mark, tail("a", "b"), "", "") == []
    assert since(mark, tail("a", "b", "b", "c"), "", "") == tail("b", "c")
    assert since(mark, tail("c"), "", "") is None
    assert since(mark, tail("a", "b"), "ERROR", "") is None
    assert since(mark_of([], "", ""), tail("a"), "", "") == tail("a")
    long = [str(number) for number in range(100)]
    assert since(mark_of(tail(*long[:50]), "", ""), tail(*long[30:]), "", "") == tail(*long[50:])


# --- The document ---------------------------------------------------------------------------------------------------


async def test_a_document_is_shown_without_its_secrets(vera: httpx.AsyncClient, bots: StagedBots) -> None:
    bots.change(HOLDS, text=json.dumps({"telegram": {"token": "123:hush"}, "description": HOSTILE}))
    page = await shown(vera, "document")
    assert "hush" not in page
    assert "alert(2)" in page


async def test_a_document_that_is_none_is_shown_as_it_is(vera: httpx.AsyncClient, bots: StagedBots) -> None:
    bots.change(HOLDS, text=f"{{ {HOSTILE}")
    assert f"{{ {HOSTILE}" in await shown(vera, "document")
