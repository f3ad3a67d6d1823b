"""The operator at a bot's HTTP, over a real connection."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from asking import Bots
from bots.running.health import Health
from bots.seen.status import Surroundings, describe
from bots.trading.halts import HaltMode
from strategies.errors import BotRefusedError, BotUnreachableError
from tests.unit.bots.scripted import DOCUMENT, Desk, Script

HERE = "127.0.0.1"


class Bot:
    """A bot's HTTP as it is seen from outside."""

    def __init__(self) -> None:
        self.status = web.json_response(
            describe(DOCUMENT, Desk(Script()).trader, Health(True, True, ()), Surroundings("running", "0.1.0"))
        )
        self.heard: list[tuple[str, str | None, object]] = []
        self.code = 200

    async def answer(self, request: web.Request) -> web.Response:
        """Answer whatever is asked."""
        if request.method == "GET":
            return self.status
        self.heard.append((request.path, request.headers.get("Authorization"), await request.json()))
        return web.json_response({"error": "no"}, status=self.code)


@pytest.fixture
async def bot(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """A bot that listens."""
    served = Bot()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", served.answer)
    server = TestServer(app)
    await server.start_server()
    monkeypatch.setattr("asking.PORT", server.port)
    yield served
    await server.close()


@pytest.fixture
async def bots() -> AsyncIterator[Bots]:
    """Who asks."""
    made = Bots()
    yield made
    await made.close()


async def test_a_bots_status_is_read(bot: Bot, bots: Bots) -> None:
    assert (await bots.status(HERE)).flat


@pytest.mark.parametrize("told", [{}, [], "bot", {"position": None}])
async def test_what_is_no_bot_is_not_believed(bot: Bot, bots: Bots, told: object) -> None:
    bot.status = web.json_response(told)
    with pytest.raises(BotUnreachableError, match="no bot of ours"):
        await bots.status(HERE)


async def test_an_error_of_the_bot_is_no_answer(bot: Bot, bots: Bots) -> None:
    bot.status = web.json_response({"error": "the journal cannot be read"}, status=503)
    with pytest.raises(BotUnreachableError, match="journal cannot be read"):
        await bots.status(HERE)


async def test_changes_are_asked_for_with_the_bots_own_token(bot: Bot, bots: Bots) -> None:
    await bots.hold(HERE, "t0ken", 60)
    await bots.halt(HERE, "t0ken", HaltMode.CLOSE_POSITIONS, "deleted")
    await bots.resume(HERE, "t0ken")
    assert bot.heard == [
        ("/hold", "Bearer t0ken", {"seconds": 60}),
        ("/halt", "Bearer t0ken", {"mode": "close-positions", "reason": "deleted"}),
        ("/resume", "Bearer t0ken", {}),
    ]


@pytest.mark.parametrize(("code", "wrong_token"), [(401, True), (403, False), (400, False), (503, False)])
async def test_a_change_that_is_not_taken_is_an_error(bot: Bot, bots: Bots, code: int, wrong_token: bool) -> None:
    bot.code = code
    with pytest.raises(BotUnreachableError) as raised:
        await bots.hold(HERE, "t0ken", 60)
    assert isinstance(raised.value, BotRefusedError) is wrong_token


async def test_where_nobody_listens_is_nobody(bots: Bots, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asking.PORT", 9)
    with pytest.raises(BotUnreachableError, match="does not answer"):
        await bots.status(HERE)
