"""The API about bots: the fleet, one bot, what is done to it, and what is answered where that goes wrong."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from strategies.errors import (
    BotUnreachableError,
    ClusterRefusedError,
    ClusterUnreachableError,
    JournalError,
    StartError,
)
from tests.web import staged_sayings
from tests.web.audited import audited
from tests.web.staged_bots import StagedBots, many
from tests.web.staging import signed_in, stage

SAYINGS = ("status", "trades", "curve", "bars", "orders", "events", "log")


@pytest.fixture
def bots() -> StagedBots:
    return many(10)


@pytest.fixture
def app(bots: StagedBots, tmp_path: Path) -> FastAPI:
    return stage(bots, tmp_path)


@pytest.fixture
async def olga(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(app, "olga") as client:
        yield client


async def said(client: httpx.AsyncClient, path: str, status: int = 200) -> Any:
    answer = await client.get(f"/api/v1{path}")
    assert answer.status_code == status, answer.text
    return answer.json()


async def done(client: httpx.AsyncClient, path: str, status: int = 200, **body: Any) -> Any:
    answer = await client.post(f"/api/v1{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


# --- The fleet ------------------------------------------------------------------------------------------------------


async def test_a_page_of_the_fleet_says_how_many_there_are(olga: httpx.AsyncClient) -> None:
    fleet = await said(olga, "/bots?sort=name&limit=2&offset=1")
    assert [bot["name"] for bot in fleet["bots"]] == ["0002", "0003"]
    assert (fleet["of"], fleet["found"], fleet["offset"], fleet["kind"], fleet["place"]) == (
        10, 10, 1, "folder", "configs",
    )  # fmt: skip


async def test_the_fleet_is_filtered_and_its_totals_with_it(olga: httpx.AsyncClient) -> None:
    fleet = await said(olga, "/bots?mode=live&words=ready")
    assert [bot["name"] for bot in fleet["bots"]] == ["0005", "0010"]
    assert [(total["mode"], total["bots"]) for total in fleet["totals"]] == [("live", 2)]
    assert fleet["states"] == {"ready": 2}


async def test_amounts_are_numbers_and_times_are_utc(olga: httpx.AsyncClient) -> None:
    bot = await said(olga, "/bots/0002")
    assert (bot["position"], bot["price"], bot["equity"]) == (1.5, 101.0, 1191.8)
    assert bot["bar_arrived"] == "2026-11-23T12:00:00Z"
    assert bot["actions"] == ["stop", "restart", "halt", "close", "delete"]


async def test_a_bot_at_a_glance_is_its_row(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    bot, entry = await said(olga, "/bots/0009"), bots.entry("0009")
    for name in ("position", "price", "equity", "today", "profit", "drawdown_pct"):
        assert bot[name] == float(getattr(entry.row, name)), name
    for name in ("bot", "mode", "state", "detail", "symbol", "interval", "currency", "trades", "feed", "feed_up",
                 "broker", "broker_up", "restarts", "last_error"):  # fmt: skip
        assert bot[name] == getattr(entry.row, name), name
    assert (bot["name"], bot["wanted"], bot["faults"]) == (entry.name, entry.wanted, entry.faults)
    assert (bot["alarms"], bot["curve"]) == (list(entry.alarms), list(entry.equity))


async def test_a_thousand_bots_come_in_one_answer(tmp_path: Path) -> None:
    async with signed_in(stage(many(1000), tmp_path), "vera") as vera:
        assert len((await said(vera, "/bots?limit=1000"))["bots"]) == 1000


# --- One bot --------------------------------------------------------------------------------------------------------


async def test_a_status_is_the_bots_own(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    assert await said(olga, "/bots/0005/status") == staged_sayings.status(bots.bot("0005"))


async def test_the_last_trades_are_those_that_are_left_when_fewer_are_asked_for(olga: httpx.AsyncClient) -> None:
    told = await said(olga, "/bots/0002/trades?limit=2")
    assert (told["total"], [trade["lot"] for trade in told["trades"]]) == (3, [2, 3])
    assert told["trades"][1]["exit_bar"] is None


async def test_orders_and_events_come_newest_first(olga: httpx.AsyncClient) -> None:
    orders = await said(olga, "/bots/0002/orders?limit=3")
    assert [order["client_order_id"] for order in orders] == ["0002-B3-1", "0002-S2-1", "0002-B2-1"]
    assert [event["number"] for event in await said(olga, "/bots/0002/events?limit=2")] == [4, 3]


async def test_the_log_is_only_as_long_as_asked_for(olga: httpx.AsyncClient) -> None:
    assert len((await said(olga, "/bots/0002/log?lines=7"))["lines"]) == 7


@pytest.mark.parametrize("saying", SAYINGS)
async def test_a_bot_that_does_not_answer_is_said_to(olga: httpx.AsyncClient, bots: StagedBots, saying: str) -> None:
    bots.change("0002", answers=False)
    told = await said(olga, f"/bots/0002/{saying}", 502)
    assert (told["title"], told["detail"]) == ("Bad Gateway", "0002 does not answer")


@pytest.mark.parametrize(
    ("saying", "nonsense"),
    [
        ("status", {"bot": "0002"}),
        ("bars", {"interval": "5m", "bars": [{"time": "yesterday"}]}),
        ("orders", [{"side": "sideways"}]),
        ("events", [{}]),
        ("curve", [{"time": "2026-01-01T00:00:00Z", "equity": float("nan"), "drawdown_pct": 0}]),
    ],
)
async def test_a_bot_of_another_version_that_talks_nonsense_breaks_nothing(
    olga: httpx.AsyncClient, bots: StagedBots, monkeypatch: pytest.MonkeyPatch, saying: str, nonsense: Any
) -> None:
    async def other(*_asked: object) -> Any:
        return nonsense

    monkeypatch.setattr(bots, saying, other)
    told = await said(olga, f"/bots/0002/{saying}", 502)
    assert "does not understand" in told["detail"]


async def test_what_a_later_version_says_besides_is_passed_on(
    olga: httpx.AsyncClient, bots: StagedBots, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def later(_name: str) -> Any:
        return {**staged_sayings.status(bots.bot("0002")), "mood": "cheerful"}

    monkeypatch.setattr(bots, "status", later)
    assert (await said(olga, "/bots/0002/status"))["mood"] == "cheerful"


@pytest.mark.parametrize(
    "name", ["nobody", "..", "%2e%2e%2fetc", "a%00b", "-x", "x" * 200, "%F0%9F%A4%96", "a%0Ab", "%0A", "a%0D%0Ab"]
)
async def test_a_name_that_nobody_has_is_answered_as_such(olga: httpx.AsyncClient, name: str) -> None:
    answer = await olga.get(f"/api/v1/bots/{name}/status")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


# --- Actions --------------------------------------------------------------------------------------------------------


async def test_an_action_answers_how_the_bot_is_then(olga: httpx.AsyncClient, bots: StagedBots, tmp_path: Path) -> None:
    assert (await done(olga, "/bots/0003/start"))["state"] == "ready"
    assert (await done(olga, "/bots/0003/halt", mode="cancel-orders", reason="lunch"))["state"] == "halted"
    assert (await done(olga, "/bots/0003/resume"))["state"] == "ready"
    assert (await done(olga, "/bots/0003/restart"))["state"] == "ready"
    assert (await done(olga, "/bots/0003/stop"))["state"] == "stopped"
    assert (await olga.delete("/api/v1/bots/0003")).status_code == 204
    assert [told.what for told in bots.told] == ["start", "halt", "resume", "restart", "stop", "delete"]
    assert [line["way"] for line in audited(tmp_path)[1:]] == ["api"] * 6


async def test_a_position_is_closed_where_that_is_asked(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    assert (await done(olga, "/bots/0002/close", reason="enough"))["position"] == 0
    assert (await done(olga, "/bots/0009/stop", position="close"))["position"] == 0
    answer = await olga.delete("/api/v1/bots/0005?position=close&confirm=0005")
    assert answer.status_code == 204
    assert [str(told.more.get("position")) for told in bots.told[1:]] == ["close", "close"]


async def test_what_is_said_of_real_money_is_what_is_asked_for(olga: httpx.AsyncClient) -> None:
    told = await said(olga, "/bots/0005/consequences?action=close")
    assert (told["confirm"], told["danger"], told["possible"]) == (True, True, True)
    assert "real money" in told["sentences"][0]
    refused = await done(olga, "/bots/0005/close", 409)
    assert refused["detail"] == "0005 trades live: repeat its name to close its position"
    await done(olga, "/bots/0005/close", confirm="0005")


@pytest.mark.parametrize("action", ["stop", "restart", "close"])
async def test_a_live_bot_is_left_alone_until_its_name_is_repeated(
    olga: httpx.AsyncClient, bots: StagedBots, action: str
) -> None:
    await done(olga, f"/bots/0005/{action}", 409)
    await done(olga, f"/bots/0005/{action}", 409, confirm="0004")
    assert (await olga.delete("/api/v1/bots/0005")).status_code == 409
    assert bots.told == []
    await done(olga, f"/bots/0005/{action}", confirm="0005")


async def test_a_bot_that_cannot_be_started_says_what_it_can(olga: httpx.AsyncClient) -> None:
    told = await done(olga, "/bots/0001/start", 409)
    assert told["detail"] == ("0001 cannot be started now: it is ready; possible: delete, halt, restart, stop")
    assert not (await said(olga, "/bots/0001/consequences?action=start"))["possible"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BotUnreachableError("0003 does not answer"), 502),
        (ClusterUnreachableError("the API server does not answer"), 502),
        (ClusterRefusedError(403, "Forbidden", "the console may not patch tradingbots"), 502),
        (ClusterRefusedError(409, "Conflict", "the object has been modified"), 409),
        (ClusterRefusedError(422, "Invalid", "spec.config.data: is missing"), 422),
        (StartError("its journal\nbelongs to another symbol"), 409),
        (JournalError("database is locked"), 409),
    ],
)
async def test_each_error_has_its_status_and_one_line(
    olga: httpx.AsyncClient, bots: StagedBots, error: Exception, status: int
) -> None:
    bots.fail("start", error)
    told = await done(olga, "/bots/0003/start", status)
    assert told["status"] == status
    assert told["detail"] == " ".join(str(error).split())


async def test_a_fault_of_the_console_is_a_problem_without_its_words(
    olga: httpx.AsyncClient, bots: StagedBots, caplog: pytest.LogCaptureFixture
) -> None:
    bots.fail("start", ValueError("/home/olga/secret"))
    told = await done(olga, "/bots/0003/start", 500)
    assert "secret" not in str(told)
    assert "secret" in caplog.text


# --- What is asked wrongly ------------------------------------------------------------------------------------------


async def test_all_that_is_wrong_with_a_question_is_told_with_its_place(olga: httpx.AsyncClient) -> None:
    told = await said(olga, "/bots?limit=0&sort=luck&color=red", 422)
    assert {fault["place"] for fault in told["faults"]} == {"query.limit", "query.sort", "query.color"}
    assert "query.color is not known here" in told["detail"]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "words"),
    [
        (b"{", "application/json", 400, "the body is not JSON"),
        (b'{"mode": "block-entries", "modus": 1}', "application/json", 422, "body.modus is not known here"),
        (b'{"mode": "sell"}', "application/json", 422, "body.mode should be 'block-entries'"),
        (b"[]", "application/json", 422, "JSON object"),
        (b"mode=block-entries", "application/x-www-form-urlencoded", 422, "application/json"),
        (b"\xff", "application/json", 400, "the body"),
        (b"[" * 100_000, "application/json", 400, "the body"),
        (b'{"reason": "half \\ud800 a letter"}', "application/json", 422, "unicode"),
        (b'{"reason": "bell\\u0007"}', "application/json", 422, "one line"),
        (b'{"\\ud800": 1}', "application/json", 422, "unicode"),
    ],
)
async def test_a_body_that_is_none_is_refused_with_a_sentence(
    olga: httpx.AsyncClient, bots: StagedBots, body: bytes, content_type: str, status: int, words: str
) -> None:
    answer = await olga.post("/api/v1/bots/0002/halt", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]
    assert bots.told == []


async def test_an_address_tells_all_methods_that_it_takes(olga: httpx.AsyncClient) -> None:
    answer = await olga.patch("/api/v1/bots/0002/document")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, PUT")
    assert answer.json()["detail"] == "PATCH is not for this address; it takes GET, PUT"


async def test_an_address_that_is_none_leads_to_the_list_of_all(olga: httpx.AsyncClient) -> None:
    told = await said(olga, "/bot", 404)
    assert "/api/v1/openapi.json" in told["detail"]


async def test_a_viewer_sees_and_is_refused_the_rest(app: FastAPI, bots: StagedBots) -> None:
    async with signed_in(app, "vera") as vera:
        for saying in SAYINGS:
            await said(vera, f"/bots/0002/{saying}")
        await said(vera, "/audit", 403)
        assert (await done(vera, "/bots/0003/start", 403))["status"] == 403
    assert bots.told == []


async def test_the_audit_log_is_read_newest_first(olga: httpx.AsyncClient) -> None:
    await done(olga, "/bots/0003/start")
    lines = await said(olga, "/audit?limit=2")
    assert [line["action"] for line in lines] == ["start", "login"]
    assert lines[0]["bot"] == "0003"


async def test_a_bot_in_a_cluster_is_named_with_its_namespace(tmp_path: Path) -> None:
    bots = many(5, "cluster")
    async with signed_in(stage(bots, tmp_path), "olga") as olga:
        assert (await said(olga, "/bots/trading.bot-0002"))["name"] == "trading.bot-0002"
        assert (await done(olga, "/bots/trading.bot-0003/start"))["wanted"]
        assert (await said(olga, "/bots"))["kind"] == "cluster"


async def test_words_of_strangers_stay_words(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    bots.change("0002", log=["<script>alert(1)</script>", "\x1b[31mred"])
    assert (await said(olga, "/bots/0002/log"))["lines"] == ["<script>alert(1)</script>", "\x1b[31mred"]


async def test_half_a_letter_that_a_bot_says_breaks_nothing(olga: httpx.AsyncClient, bots: StagedBots) -> None:
    bots.change("0002", last_error="half \ud800 a letter", log=["\udfff"])
    for path in ("/bots", "/bots/0002", "/bots/0002/status"):
        await said(olga, path)
    assert (await said(olga, "/bots/0002/log"))["lines"] == ["\\udfff"]
