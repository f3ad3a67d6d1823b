"""The console's own parts with many real outboxes over HTTP: one message for many, and none twice."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler

from bots.config.outputs import Notifications, Telegram
from bots.console.fleet import Listed
from bots.console.measures import Measures
from bots.console.pulling import Pulling
from bots.console.telling import GATHER_SECONDS, Telling
from bots.notify.handing_over import HandingOver
from bots.notify.holding_back import HoldingBack
from bots.notify.message import Identity
from bots.resource.bot_http import BotHttp
from bots.seen.posting import Posting
from bots.trading.events import Event, EventKind
from strategies.errors import MessageRefusedError, NotToldError
from tests.unit.notify.fakes import NOON, Listener, MemoryOutbox

ASKED = Notifications(enabled=True, telegram=Telegram(enabled=True))


class Chat(Listener):
    """The console's one channel."""

    name = "telegram/a"


class Scene:
    """Bots that are no more than their outboxes, and a console that is started again and again."""

    def __init__(self, names: list[str], token_file: Path) -> None:
        self.now = 0.0
        self.chat = Chat()
        self.outboxes = {name: MemoryOutbox() for name in names}
        self.away: set[str] = set()
        self.deaf: set[str] = set()
        self.pictures: dict[str, bytes | None] = {}
        self._token_file = token_file
        self.app = web.Application()
        for name, outbox in self.outboxes.items():
            self.app.add_subapp(f"/{name}", self._bot(name, outbox))

    def _bot(self, name: str, outbox: MemoryOutbox) -> web.Application:
        def whose() -> Identity:
            return Identity(name, "BTCUSDT", "paper", "BTC", "USDT")

        handing = HandingOver(outbox, ASKED, whose, HoldingBack(True, 0.0), (), lambda: self.now, self.draw)

        @web.middleware
        async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
            if name in self.away or (name in self.deaf and request.method == "POST"):
                return web.json_response({"error": "away"}, status=503)
            return await handler(request)

        app = web.Application(middlewares=[refuse])
        app.add_routes(Posting(handing, self._token_file).routes())
        return app

    async def draw(self, event: Event, whose: Identity) -> bytes | None:
        return self.pictures.get(event.text)

    def happens(self, text: str, *names: str, kind: EventKind = EventKind.ERROR) -> None:
        for name in names or self.outboxes:
            self.outboxes[name].events.append(Event(kind, NOON, text))

    @asynccontextmanager
    async def console(self) -> AsyncIterator["Console"]:
        async with TestServer(self.app) as server:
            http = BotHttp()
            addresses = {name: str(server.make_url(f"/{name}")) for name in self.outboxes}
            pulling = Pulling(Listed(addresses, self._token_file), http, [self.chat.name], Measures())
            yield Console(self, pulling)
            await http.close()


class Console:
    """A console, a step at a time."""

    def __init__(self, scene: Scene, pulling: Pulling) -> None:
        self._scene, self.pulling = scene, pulling
        self.telling = Telling(scene.chat, pulling, Measures(), lambda: scene.now)

    async def round(self) -> None:
        """Ask everybody, wait until all has gathered, and tell what there is."""
        await self.pulling.pull()
        await self.telling.tell_one()
        self._scene.now += GATHER_SECONDS
        while await self.telling.tell_one() == 0.0:
            pass


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text("t0ken")
    return tmp_path / "token"


@pytest.fixture
def scene(token_file: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    made = Scene([f"bot-{number}" for number in range(40)], token_file)
    monkeypatch.setattr("bots.console.pulling.time.monotonic", lambda: made.now)
    return made


async def test_forty_bots_that_fail_together_are_one_message_and_each_notes_it(scene: Scene) -> None:
    scene.happens("the exchange is lost")
    async with scene.console() as console:
        await console.round()
        await console.round()
    assert scene.chat.titles == ["ERROR 40 bots: 40 errors"]
    assert {outbox.known["console/telegram/a"] for outbox in scene.outboxes.values()} == {1}


async def test_bots_that_fail_a_moment_apart_are_one_message(scene: Scene) -> None:
    names = list(scene.outboxes)
    async with scene.console() as console:
        scene.happens("the exchange is lost", *names[:3])
        await console.pulling.pull()
        assert await console.telling.tell_one() != 0.0
        scene.happens("the exchange is lost", *names[3:])
        await console.round()
    assert scene.chat.titles == ["ERROR 40 bots: 40 errors"]


async def test_a_bot_that_cannot_note_what_was_told_is_not_told_of_again(scene: Scene) -> None:
    async with scene.console() as console:
        scene.happens("boom", "bot-1")
        await console.pulling.pull()
        await console.telling.tell_one()
        scene.now += GATHER_SECONDS
        scene.deaf.add("bot-1")
        await console.telling.tell_one()
        assert scene.outboxes["bot-1"].known["console/telegram/a"] == 0
        scene.now += 1.0
        await console.pulling.pull()
        assert await console.telling.tell_one() is None
        scene.deaf.clear()
        await console.round()
        assert scene.outboxes["bot-1"].known["console/telegram/a"] == 1
        await console.round()
        assert console.telling._told == {"bot-1": {}}, "it is remembered for longer than that takes"
    assert scene.chat.titles == ["ERROR bot-1 (paper): boom"]


async def test_a_console_that_is_started_again_repeats_nothing(scene: Scene) -> None:
    scene.happens("boom", "bot-1", "bot-2")
    async with scene.console() as console:
        await console.round()
    async with scene.console() as console:
        scene.happens("again", "bot-2")
        await console.round()
    assert scene.chat.titles == [f"ERROR {told}" for told in (
        "bot-1 (paper): boom", "bot-2 (paper): boom", "bot-2 (paper): again"
    )]  # fmt: skip


async def test_a_chat_that_is_away_is_told_when_it_is_back_and_bursts_are_one_message(scene: Scene) -> None:
    scene.chat.faults = [NotToldError("away"), NotToldError("away")]
    scene.happens("first", "bot-1")
    async with scene.console() as console:
        await console.round()
        scene.happens("second")
        await console.round()
        await console.round()
    assert scene.chat.titles == ["ERROR 40 bots: 41 errors"]
    assert console.telling.delivery.errors == 2


async def test_a_message_that_is_never_taken_stands_in_nobodys_way(scene: Scene) -> None:
    scene.chat.faults = [MessageRefusedError("too strange")]
    scene.happens("strange", "bot-1")
    async with scene.console() as console:
        await console.round()
        scene.happens("plain", "bot-1")
        await console.round()
    assert scene.chat.titles == ["ERROR bot-1 (paper): plain"]


async def test_a_bot_that_is_away_keeps_nobody_waiting_and_is_no_message(scene: Scene) -> None:
    scene.away.add("bot-1")
    scene.happens("boom", "bot-1", "bot-2")
    async with scene.console() as console:
        await console.round()
        assert scene.chat.titles == ["ERROR bot-2 (paper): boom"]
        scene.away.clear()
        await console.round()
    assert scene.chat.titles[1:] == ["ERROR bot-1 (paper): boom"]


async def test_a_bot_whose_journal_was_begun_anew_is_told_of_anew(scene: Scene) -> None:
    async with scene.console() as console:
        scene.happens("boom", "bot-1")
        await console.round()
        scene.now += 10.0
        outbox = scene.outboxes["bot-1"]
        outbox.events[:] = [Event(EventKind.ERROR, NOON.replace(hour=13), "another life")]
        outbox.known = {"console/telegram/a": 0}
        await console.round()
    assert scene.chat.titles == ["ERROR bot-1 (paper): boom", "ERROR bot-1 (paper): another life"]


async def test_what_a_bot_said_long_ago_is_left_to_the_bot(scene: Scene) -> None:
    async with scene.console() as console:
        scene.happens("boom", "bot-1")
        await console.pulling.pull()
        scene.now += 61.0
        assert await console.telling.tell_one() is None
    assert scene.chat.sent == []


async def test_an_answer_from_before_the_telling_repeats_nothing(scene: Scene) -> None:
    async with scene.console() as console:
        scene.happens("boom", "bot-1")
        await console.round()
        assert scene.outboxes["bot-1"].known["console/telegram/a"] == 1
        # What was answered before the bot had noted it still lies here.
        assert await console.telling.tell_one() is None
    assert len(scene.chat.sent) == 1


PNG = b"\x89PNG\r\n\x1a\n and more"


async def exits_told(scene: Scene, *names: str, picture: bytes | None) -> list[bytes | None]:
    """Let bots sell, and return with which pictures that is told."""
    scene.pictures = {"sold": picture}
    scene.happens("sold", *names, kind=EventKind.TRADE_EXIT)
    async with scene.console() as console:
        await console.round()
    return [message.picture for message in scene.chat.sent]


async def test_an_exit_is_told_with_the_picture_that_its_bot_draws(scene: Scene) -> None:
    assert await exits_told(scene, "bot-1", picture=PNG) == [PNG]


@pytest.mark.parametrize("picture", [b"<svg>", b"", PNG + b"x" * 1_048_576], ids=["no PNG", "nothing", "too large"])
async def test_what_is_no_picture_is_left_out_and_the_exit_is_told(scene: Scene, picture: bytes) -> None:
    assert await exits_told(scene, "bot-1", picture=picture) == [None]


async def test_a_bot_that_does_not_draw_keeps_no_exit_from_being_told(scene: Scene) -> None:
    assert await exits_told(scene, "bot-1", picture=None) == [None]


async def test_many_exits_have_no_picture(scene: Scene) -> None:
    assert await exits_told(scene, picture=PNG) == [None]
