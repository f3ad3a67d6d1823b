"""A real console, real bots and the Telegram double: everything is told once, whoever is killed meanwhile."""

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from tests.process.running import PATIENCE_SECONDS, ROOT, RunningBot, write_document
from tests.venues.telegram.double import TelegramDouble
from tests.venues.telegram.records import Shown

pytestmark = pytest.mark.slow

CHAT, TOKEN = 42, "correct horse"
NAMES = ("0001", "0002", "0003")
NEVER = {"exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 100000}}}


def wait_until(what: str, condition: Callable[[], object], said: Callable[[], object] = lambda: "") -> None:
    """Return once a condition holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what}: never; last seen: {said()}"
        time.sleep(0.05)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


class Staged:
    """A bot that leaves it to the console to tell what happens to it."""

    def __init__(self, name: str, folder: Path, environment: dict[str, str], *also: str) -> None:
        folder.mkdir()
        kinds = ["trade_entry", "error", "status", *also]
        told = {"enabled": True, "telegram": {"enabled": True, "notify_on": kinds}}
        self.name, self.workdir, self.port = name, folder, free_port()
        self.document = write_document(folder / f"{name}.json", notifications=told, strategy=NEVER, data={"speed": 300})
        self.running = RunningBot(
            self.document, folder, "--port", str(self.port), environment=environment, output=folder / "output"
        )

    @property
    def address(self) -> str:
        return f"{self.name}=http://127.0.0.1:{self.port}"

    def rows(self, query: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.workdir / "journal" / f"{self.name}.paper.sqlite", timeout=20)) as database:
            found = database.execute(query, values).fetchall()
            database.commit()
            return found

    def happens(self, kind: str, text: str) -> None:
        """Let something happen to it: what is in the journal has happened."""
        self.rows("INSERT INTO events (kind, time, text, data) SELECT ?, time, ?, '{}' FROM events LIMIT 1", kind, text)
        # Something has to be committed by the bot itself, for its own couriers to look.
        assert self.running.post("/hold", {"seconds": 300}, TOKEN)[0] == 200

    def has_heard_a_console(self) -> bool:
        return bool(self.rows("SELECT * FROM told WHERE channel LIKE 'console/%'"))

    def has_noted_all(self) -> bool:
        """Say whether its journal knows that everything was told by a console."""
        told = self.rows("SELECT event FROM told WHERE channel LIKE 'console/%'")
        last = self.rows("SELECT max(id) FROM events WHERE kind <> 'trade_exit'")
        return bool(told) and told[0][0] >= (last[0][0] or 0)


class Console:
    """`tradingbot console`; killed when the test is over."""

    def __init__(self, bots: list[Staged], folder: Path, environment: dict[str, str]) -> None:
        self._output = folder / "console.log"
        named = [word for bot in bots for word in ("--bot", bot.address)]
        with self._output.open("a") as told:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bots.cli", "console", *named, "--token-file", str(folder / "token"),
                 "--port", "0"],
                cwd=ROOT,
                stdout=told,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
            )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def log(self) -> str:
        return self._output.read_text(encoding="utf-8")[-2000:]


class Scene:
    """Bots, the chat, and consoles that come and go."""

    def __init__(self, double: TelegramDouble, bots: list[Staged], folder: Path) -> None:
        self.double, self.bots, self._folder = double, bots, folder

    def console(self) -> Console:
        return Console(self.bots, self._folder, self.double.environment)

    def told(self, words: str) -> list[str]:
        """Return the messages of the chat that say this."""
        return [text for text in self.double.texts(CHAT) if words in text]

    def wait_for(self, *words: str) -> None:
        """Wait until each of these was told."""
        for each in words:
            wait_until(each, lambda each=each: self.told(each), lambda: self.double.texts(CHAT))  # type: ignore[misc]

    def ask(self, text: str) -> Shown:
        """Write to the bot and return the answer."""
        before = len(self.double.shown(CHAT))
        self.double.writes(CHAT, text)
        wait_until(text, lambda: len(self.double.shown(CHAT)) > before)
        return self.double.shown(CHAT)[-1]


@pytest.fixture
def double() -> Iterator[TelegramDouble]:
    with TelegramDouble(CHAT, seconds_between=0.0) as double:
        yield double
        assert double.complaints == []


def staged(
    double: TelegramDouble,
    folder: Path,
    stack: ExitStack,
    *names: str,
    silence: float = 120.0,
    also: tuple[str, ...] = (),
) -> Scene:
    (folder / "token").write_text(TOKEN)
    environment = {
        **double.environment,
        "TRADINGBOT_CONSOLE": "1",
        "TRADINGBOT_CONSOLE_SILENCE": str(silence),
        "TRADINGBOT_TOKEN_FILE": str(folder / "token"),
    }
    bots = [Staged(name, folder / name, environment, *also) for name in names]
    for bot in bots:
        stack.enter_context(bot.running)
    for bot in bots:
        bot.running.wait_for("an entry", lambda status: status["position"]["lots"])
    return Scene(double, bots, folder)


def test_each_bots_events_are_told_once_though_the_console_is_killed(double: TelegramDouble, tmp_path: Path) -> None:
    with ExitStack() as stack:
        scene = staged(double, tmp_path, stack, *NAMES)
        with scene.console():
            wait_until("the console was heard", lambda: all(bot.has_heard_a_console() for bot in scene.bots))
            for bot in scene.bots:
                bot.happens("error", f"trouble of {bot.name}")
            scene.wait_for(*(f"trouble of {name}" for name in NAMES))
            wait_until("all was noted", lambda: all(bot.has_noted_all() for bot in scene.bots))
        with scene.console():
            for bot in scene.bots:
                bot.happens("error", f"second trouble of {bot.name}")
            scene.wait_for(*(f"second trouble of {name}" for name in NAMES))
    texts = double.texts(CHAT)
    assert [len(scene.told(f": trouble of {name}")) for name in NAMES] == [1, 1, 1], texts
    assert [len(scene.told(f"second trouble of {name}")) for name in NAMES] == [1, 1, 1], texts


def test_a_bot_tells_its_errors_itself_while_the_console_is_away_and_neither_repeats_the_other(
    double: TelegramDouble, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        scene = staged(double, tmp_path, stack, "0001", silence=4.0)
        bot = scene.bots[0]
        with scene.console():
            wait_until("the console was heard", bot.has_heard_a_console)
            bot.happens("error", "told by the console")
            scene.wait_for("told by the console")
            wait_until("that was noted", bot.has_noted_all)
        bot.happens("trade_entry", "an entry that can wait")
        bot.happens("error", "told by the bot")
        scene.wait_for("told by the bot")
        assert scene.told("can wait") == []
        with scene.console():
            scene.wait_for("can wait")
            bot.happens("error", "the last one")
            scene.wait_for("the last one")
            wait_until("that was noted", bot.has_noted_all)
    words = ("told by the console", "can wait", "told by the bot", "the last one")
    assert [len(scene.told(each)) for each in words] == [1, 1, 1, 1], double.texts(CHAT)


def test_commands_reach_the_bot_that_is_named(double: TelegramDouble, tmp_path: Path) -> None:
    with ExitStack() as stack:
        scene = staged(double, tmp_path, stack, "0001", "0002")
        stack.enter_context(scene.console())
        wait_until("the menu", lambda: double.commands)
        wait_until("both bots", lambda: "2 bots" in scene.ask("/status").text)
        assert scene.ask("/status 0002").text.startswith("0002 (paper): running")
        question = scene.ask("/halt 0002")
        double.presses(question, "Yes, halt")
        scene.bots[1].running.wait_for("a halt", lambda status: status["halt"])
        assert scene.bots[1].running.status()["halt"]["detail"] == "asked for in Telegram by Ada"
        assert scene.bots[0].running.status()["halt"] is None
        asked = [each.status for each in double.requests if each.method == "getUpdates"]
        assert 409 not in asked, "a bot asked Telegram for commands, too"


def test_the_last_words_of_a_bot_that_stops_are_told_and_noted(double: TelegramDouble, tmp_path: Path) -> None:
    with ExitStack() as stack:
        scene = staged(double, tmp_path, stack, "0001")
        bot = scene.bots[0]
        stack.enter_context(scene.console())
        wait_until("the console was heard", bot.has_heard_a_console)
        bot.running.process.terminate()
        assert bot.running.process.wait(PATIENCE_SECONDS) == 0
        ((farewell,),) = bot.rows("SELECT text FROM events ORDER BY id DESC LIMIT 1")
        scene.wait_for(f"0001 (paper): {farewell}")
        assert bot.has_noted_all()


def test_an_exit_comes_with_its_picture_and_a_halt_with_whose_it_was(double: TelegramDouble, tmp_path: Path) -> None:
    with ExitStack() as stack:
        scene = staged(double, tmp_path, stack, "0001", also=("trade_exit",))
        stack.enter_context(scene.console())
        wait_until("the console was heard", scene.bots[0].has_heard_a_console)
        wait_until("the menu", lambda: double.commands)
        double.presses(scene.ask("/close 0001"), "Yes, close")
        scene.wait_for("0001 (paper): sold", "halted by a person (telegram, close-positions)")
        (sold,) = (shown for shown in double.shown(CHAT) if shown.text.startswith("0001 (paper): sold"))
        assert (sold.picture or b"").startswith(b"\x89PNG")
        double.writes(CHAT, "/logs 0001 50")
        scene.wait_for("INFO")
