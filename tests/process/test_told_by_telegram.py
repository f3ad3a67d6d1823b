"""A bot in a process of its own, and a person at the other end of Telegram."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.process.running import RunningBot, write_document
from tests.venues.telegram.double import TOKEN, TelegramDouble

pytestmark = pytest.mark.slow

CHAT = 42
ALL = ["trade_entry", "trade_exit", "error", "status", "daily_summary"]
TELLING = {"enabled": True, "telegram": {"enabled": True, "notify_on": ALL}}


@pytest.fixture
def telegram() -> Iterator[TelegramDouble]:
    with TelegramDouble(CHAT) as double:
        yield double
        assert double.complaints == []


@pytest.fixture
def document(tmp_path: Path) -> Path:
    # Slow enough that few messages come together, quick enough that trades come.
    return write_document(tmp_path / "bot.json", data={"speed": 120}, notifications=TELLING)


def until[T](what: str, look: Callable[[], T]) -> T:
    """Return what is found, once it is."""
    ends = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < ends, f"no {what} within a minute"
        time.sleep(0.02)
    return found


def events_of(workdir: Path) -> list[tuple[int, str]]:
    """Return number and text of every event in the journal."""
    with closing(sqlite3.connect(workdir / "journal" / "bot.paper.sqlite")) as database:
        return database.execute("SELECT id, text FROM events ORDER BY id").fetchall()


def beginning(telegram: TelegramDouble, words: str) -> Callable[[], list[Any]]:
    """Return who finds the messages that begin so."""
    return lambda: [shown for shown in telegram.shown(CHAT) if shown.text.startswith(words)]


def test_a_trade_is_told_with_its_picture_and_a_stop_with_its_last_words(
    telegram: TelegramDouble, document: Path, tmp_path: Path
) -> None:
    with RunningBot(document, tmp_path, environment=telegram.environment) as bot:
        until("start", beginning(telegram, "bot (paper): begins in paper mode"))
        until("entry", beginning(telegram, "bot (paper): bought BTCUSDT at "))
        (exit_, *_) = until("exit", beginning(telegram, "bot (paper): sold BTCUSDT, "))
        assert exit_.picture is not None
        assert exit_.picture.startswith(b"\x89PNG")
        assert "because of: time_limit" in exit_.text
        assert bot.stop()[0] == 0
    until("stop", beginning(telegram, "bot (paper): stopped; "))


def test_what_happened_during_an_outage_and_a_kill_is_told_once_when_telegram_is_back(
    telegram: TelegramDouble, document: Path, tmp_path: Path
) -> None:
    with RunningBot(document, tmp_path, environment=telegram.environment) as bot:
        until("start", beginning(telegram, "bot (paper): begins"))
        with telegram.unreachable():
            before = bot.status()["trades"]
            # Nobody answers there, and trading goes on.
            bot.wait_for("trades", lambda status: status["trades"] > before + 3)
            bot.kill()
    missed = [text for _, text in events_of(tmp_path) if text.startswith("sold ")]
    with RunningBot(document, tmp_path, environment=telegram.environment) as bot:
        digest, *others = until(
            "digest", lambda: [shown for shown in telegram.shown(CHAT) if " messages: " in shown.text]
        )
        assert bot.stop()[0] == 0
    assert missed
    assert not others
    for text in missed[-3:]:
        assert digest.text.count(text) == 1


def test_a_halt_by_a_chat_is_confirmed_by_a_button_and_named_in_the_journal(
    telegram: TelegramDouble, document: Path, tmp_path: Path
) -> None:
    with RunningBot(document, tmp_path, environment=telegram.environment) as bot:
        bot.wait_for("trading", lambda status: status["ready"])
        telegram.writes(CHAT, "/halt")
        asked, *_ = until("question", lambda: [shown for shown in telegram.shown(CHAT) if shown.buttons])
        assert bot.status()["halt"] is None
        telegram.presses(asked, asked.buttons[0][0])
        halt = bot.wait_for("the halt", lambda status: status["halt"])["halt"]
        assert halt["limit"] == "manual_halt"
        until("news", beginning(telegram, "bot (paper): halted by a person (telegram"))
        telegram.writes(CHAT, "/resume")
        *_, asked = until("question", lambda: [shown for shown in telegram.shown(CHAT) if shown.buttons])
        telegram.presses(asked, asked.buttons[0][0])
        bot.wait_for("its end", lambda status: status["halt"] is None)
        until("news", beginning(telegram, "bot (paper): resumed by a person (Ada, telegram)"))


def test_a_strangers_chat_gets_nothing_and_changes_nothing(
    telegram: TelegramDouble, document: Path, tmp_path: Path
) -> None:
    with RunningBot(document, tmp_path, environment=telegram.environment) as bot:
        bot.wait_for("trading", lambda status: status["ready"])
        telegram.writes(666, "/halt")
        telegram.writes(CHAT, "/version")
        until("answer", lambda: [shown for shown in telegram.shown(CHAT) if "tradingbot" in shown.text])
        assert bot.status()["halt"] is None
    assert telegram.shown(666) == []


def test_the_token_is_in_no_file_and_on_no_page_also_when_telegram_refuses_it(
    telegram: TelegramDouble, document: Path, tmp_path: Path
) -> None:
    with (
        telegram.failing(401, json.dumps({"ok": False, "error_code": 401, "description": "Unauthorized"}).encode()),
        RunningBot(document, tmp_path, "--debug", environment=telegram.environment) as bot,
    ):
        status = bot.wait_for(
            "trouble", lambda status: any(each["errors"] for each in status["notifications"].values())
        )
        told = [json.dumps(status), *(bot.get(path)[1] for path in ("/metrics", "/status", "/trades"))]
        told.append(bot.stop()[1])
    written = [path.read_bytes().decode("utf-8", "replace") for path in tmp_path.rglob("*") if path.is_file()]
    secret = TOKEN.partition(":")[2]
    assert not [text[:200] for text in (*told, *written) if secret in text]


def test_a_bot_without_its_token_trades_and_says_what_is_missing(document: Path, tmp_path: Path) -> None:
    with RunningBot(document, tmp_path, environment={"TELEGRAM_BOT_TOKEN": "", "TELEGRAM_CHAT_IDS": ""}) as bot:
        bot.wait_for("trading", lambda status: status["ready"])
        _, output, _ = bot.stop()
    assert "TELEGRAM_BOT_TOKEN" in output
