"""Questions and changes of a chat, at the bot that was named; and what is no bot, though it answers."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.console.answers import read_outbox
from bots.console.fleet import Listed
from bots.console.measures import Measures
from bots.console.pulling import Pulling
from bots.console.routing import Routing
from bots.resource.bot_http import BotHttp
from bots.results.plain_json import json_ready
from bots.trading.halts import HaltMode
from strategies.errors import BotUnreachableError
from tests.unit.notify.staged_bots import status_of, trade


class Bots:
    """Two bots on one server, below /a and /b."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str | None, Any]] = []
        self.answers: dict[str, Any] = {}

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.json() if request.method == "POST" else None
        self.heard.append((request.path, request.headers.get("Authorization"), body))
        return web.json_response(self.answers.get(request.path, {"halt": None}))


@pytest.fixture
def bots() -> Bots:
    return Bots()


@pytest.fixture
async def routing(bots: Bots, tmp_path: Path) -> AsyncIterator[Routing]:
    (tmp_path / "token").write_text("t0ken")
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", bots.answer)
    async with TestServer(app) as server:
        fleet = Listed({name: str(server.make_url(f"/{name}")) for name in "ab"}, tmp_path / "token")
        http = BotHttp()
        pulling = Pulling(fleet, http, ["telegram/x"], Measures())
        await pulling.pull()
        bots.heard.clear()
        yield Routing(pulling, fleet, http)
        await http.close()


async def test_a_change_reaches_the_bot_that_was_named_with_its_token(routing: Routing, bots: Bots) -> None:
    assert routing.names() == ["a", "b"]
    await routing.halt("b", HaltMode.BLOCK_ENTRIES, "asked for in Telegram by Ada", by="telegram")
    await routing.resume("a", by="telegram")
    assert bots.heard == [
        (
            "/b/halt",
            "Bearer t0ken",
            {"mode": "block-entries", "reason": "asked for in Telegram by Ada", "by": "telegram"},
        ),
        ("/a/resume", "Bearer t0ken", {"by": "telegram"}),
    ]


async def test_a_bot_is_called_what_people_call_it(routing: Routing, bots: Bots) -> None:
    bots.answers["/a/status"] = status_of("another-name")
    assert (await routing.status("a"))["bot"] == "a"


async def test_trades_arrive_as_they_were_sent(routing: Routing, bots: Bots) -> None:
    sent = [trade(1), trade(2, None)]
    bots.answers["/a/trades"] = [json_ready(asdict(each)) for each in sent]
    assert list(await routing.trades("a")) == sent


async def test_the_end_of_a_log_is_the_bots_own(routing: Routing, bots: Bots) -> None:
    bots.answers["/a/logs"] = {"lines": ["one", "two"]}
    assert await routing.log_tail("a", 5) == ["one", "two"]
    assert bots.heard == [("/a/logs", "Bearer t0ken", None)]


async def test_what_the_console_has_not_it_says_where_it_is(routing: Routing) -> None:
    (told,) = await routing.log_tail("a", 5)
    assert "no bot of ours; read it by: the log of a lies where it was started" in told
    with pytest.raises(BotUnreachableError, match="where it was started"):
        await routing.document("a")


async def test_a_bot_that_is_gone_is_said_to_be(routing: Routing) -> None:
    with pytest.raises(BotUnreachableError, match="no bot c any more"):
        await routing.status("c")


EVENT = {"number": 1, "kind": "error", "time": "2026-11-22T12:00:00+00:00", "text": "x", "data": {}}
WHO = {"bot": "z", "symbol": "BTCUSDT", "mode": "paper", "base": "BTC", "quote": "USDT"}
WRONG: tuple[dict[str, Any], ...] = (
    {"number": "1"}, {"number": True}, {"kind": "x"}, {"time": "noon"}, {"time": 7}, {"text": None}, {"data": []},
)  # fmt: skip
NONSENSE: tuple[Any, ...] = (
    None, 7, [], {}, {"identity": WHO}, {"identity": {}, "waiting": {}}, {"identity": WHO, "waiting": []},
    {"identity": WHO | {"bot": 7}, "waiting": {}},
    *({"identity": WHO, "waiting": {"c": [EVENT | wrong]}} for wrong in WRONG),
    {"identity": WHO, "waiting": {"c": 7}}, {"identity": WHO, "waiting": {"c": [None]}},
)  # fmt: skip


@pytest.mark.parametrize("told", NONSENSE, ids=str)
def test_what_is_no_bot_is_not_believed(told: Any) -> None:
    with pytest.raises(BotUnreachableError, match="what answers as a is no bot of ours"):
        read_outbox(told, "a", ["c"], 0.0)


def test_an_answer_is_read_and_the_bot_has_the_consoles_name_for_it() -> None:
    answer = read_outbox({"identity": WHO, "waiting": {"c": [EVENT], "other": "?"}}, "desk/z", ["c"], 5.0)
    assert answer.whose.bot == "desk/z"
    assert [kept.number for kept in answer.waiting["c"]] == [1]
