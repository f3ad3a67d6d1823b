"""Halts, resumes and holds over HTTP: what a running bot does at once, and still does when it was killed in between."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.process.running import ROOT, RunningBot, write_document

pytestmark = pytest.mark.slow

TOKEN = "correct horse"
NEVER = {"exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 100000}}}
CLOSE = {"mode": "close-positions", "reason": "maintenance"}
BLOCK = {"mode": "block-entries", "reason": "maintenance"}
STUBBORN = ("-m", "tests.process.stubborn_bot")
FAILING = ("-m", "tests.process.failing_bot")


@pytest.fixture(autouse=True)
def token_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let every bot of a test have a token."""
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    monkeypatch.setenv("TRADINGBOT_TOKEN_FILE", str(file))
    return file


def rows(workdir: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(workdir / "journal" / "bot.paper.sqlite")) as database:
        return database.execute(query).fetchall()


def sells(workdir: Path) -> list[Any]:
    """Return the sells of the journal as (lot, status)."""
    return rows(workdir, "SELECT lot, status FROM orders WHERE side = 'sell' ORDER BY lot, attempt")


def holds_a_position(status: dict[str, Any]) -> bool:
    return bool(status["position"]["lots"])


def is_flat(status: dict[str, Any]) -> bool:
    """Say whether nothing is held and nothing on its way, as whoever asked for it would look."""
    return not status["position"]["quantity"] and not status["broker_status"]["open_orders"]


def bars(status: dict[str, Any]) -> int:
    points: int = status["data_feed_status"]["data_points"]
    return points


def ask(bot: RunningBot, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Ask for a change and return the answer; it must be taken."""
    code, told = bot.post(path, body, TOKEN)
    assert code == 200, told
    return told


def later(bot: RunningBot, count: int = 40) -> dict[str, Any]:
    """Return the status so many bars later."""
    now = bars(bot.wait_for("bars", bars))
    return bot.wait_for("later bars", lambda status: bars(status) >= now + count)


def left_with_a_position(tmp_path: Path, **data: Any) -> Path:
    """Return the document of a bot that was stopped while it held a position; `data` counts from the next start."""
    document = write_document(tmp_path / "bot.json", strategy=NEVER)
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("position", holds_a_position)
        bot.stop()
    return write_document(document, strategy=NEVER, data={"speed": 1200} | data)


# --- Halts ------------------------------------------------------------------------------------------------------


def test_a_bot_told_to_close_is_flat_exactly_once_and_stays_so_over_a_kill(tmp_path: Path) -> None:
    document = write_document(tmp_path / "bot.json", strategy=NEVER)
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("position", holds_a_position)
        told = ask(bot, "/halt", CLOSE)
        again = ask(bot, "/halt", CLOSE)
        flat = bot.wait_for("flat bot", is_flat)
        assert later(bot)["trades"] == flat["trades"] == 1
        assert 'tradingbot_api_changes_total{action="halt",bot="bot"} 1.0' in bot.get("/metrics")[1]
        bot.kill()
    assert told["halt"]["mode"] == "close-positions"
    assert again["halt"] == told["halt"]
    assert set(again["open_orders"]) <= set(told["open_orders"])
    with RunningBot(document, tmp_path) as bot:
        after = later(bot)
        code, output, _ = bot.stop()
    assert (code, after["trades"], is_flat(after), after["halt"]) == (0, 1, True, told["halt"]), output
    assert sells(tmp_path) == [(1, "filled")]
    assert rows(tmp_path, "SELECT exit_reason FROM trades") == [("manual_close",)]
    assert rows(tmp_path, """SELECT "limit", detail, mode, lifted FROM halts""") == [
        ("manual_halt", "maintenance", "close-positions", 0)
    ]
    assert rows(tmp_path, "SELECT json_extract(data, '$.by') FROM events WHERE text LIKE 'halted%'") == [("api",)]


def test_a_bot_killed_as_soon_as_it_answered_is_flat_after_its_restart(tmp_path: Path) -> None:
    document = left_with_a_position(tmp_path)
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("readiness", lambda status: status["ready"])
        ask(bot, "/halt", CLOSE)
        bot.kill()
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("flat bot", is_flat)
        assert later(bot)["trades"] == 1
    assert [status for _, status in sells(tmp_path)].count("filled") == 1


def test_a_bot_told_to_close_while_it_starts_closes_when_it_can(tmp_path: Path) -> None:
    document = left_with_a_position(tmp_path)
    with RunningBot(document, tmp_path) as bot:
        deadline = time.monotonic() + 60
        while (answer := bot.post("/halt", CLOSE, TOKEN))[0] != 200 and time.monotonic() < deadline:
            time.sleep(0.005)
        assert answer[0] == 200, answer
        bot.wait_for("flat bot", is_flat)
        assert later(bot)["trades"] == 1


def test_an_exit_that_the_venue_refuses_is_tried_until_the_bot_is_flat_though_no_bar_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = left_with_a_position(tmp_path, speed=0.5)
    monkeypatch.setenv("SELLS_REFUSED", "2")
    with RunningBot(document, tmp_path, program=STUBBORN) as bot:
        before = bot.wait_for("warm bot", lambda status: status["data_feed_status"]["warm"] and not status["reasons"])
        ask(bot, "/halt", CLOSE)
        after = bot.wait_for("flat bot", is_flat)
        assert bars(after) == bars(before), "a bar came, so that this tells nothing"
    assert sells(tmp_path) == [(1, "rejected"), (1, "rejected"), (1, "filled")]


def test_a_bot_stopped_while_it_closes_asks_for_the_order_at_its_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = left_with_a_position(tmp_path)
    monkeypatch.setenv("SELLS_REFUSED", "-1")
    with RunningBot(document, tmp_path, program=STUBBORN) as bot:
        bot.wait_for("readiness", lambda status: status["ready"])
        ask(bot, "/halt", CLOSE)
        # Longer than the pause after a try: as long as the order may come to something there is no second one.
        time.sleep(2.0)
        (order,) = ask(bot, "/halt", CLOSE)["open_orders"]
        code, output, seconds = bot.stop()
    assert (code, seconds < 5.0) == (0, True), output
    assert f"asked for at the next start: {order}" in output
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("flat bot", is_flat)
    assert sells(tmp_path) == [(1, "never_sent"), (1, "filled")]


def test_a_halt_between_two_lives_of_the_strategy_counts_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = write_document(tmp_path / "bot.json", strategy=NEVER)
    monkeypatch.setenv("FAIL_STEP", "before a bar is decided")
    monkeypatch.setenv("FAIL_AT", "100,101")
    twice = 'tradingbot_errors_total{bot="bot",part="strategy"} 2.0'
    with RunningBot(document, tmp_path, program=FAILING) as bot:
        bot.wait_for("second failure", lambda _: twice in bot.get("/metrics")[1])
        told = ask(bot, "/halt", CLOSE)
        assert bot.status()["restarts"] == 1, "it is rebuilt already, so that this tells nothing"
        after = bot.wait_for("flat bot", lambda status: status["restarts"] == 2 and is_flat(status))
        assert (after["halt"], later(bot)["trades"]) == (told["halt"], 1)
    assert [status for _, status in sells(tmp_path)] == ["filled"]


# --- By command -------------------------------------------------------------------------------------------------


def test_a_bot_halted_by_command_closes_without_a_bar(tmp_path: Path) -> None:
    document = left_with_a_position(tmp_path, speed=0.5)
    with RunningBot(document, tmp_path) as bot:
        before = bot.wait_for("history", lambda status: status["ready"])
        told = command(bot.document, "halt", "--mode", "close-positions", "--reason", "the news")
        after = bot.wait_for("flat bot", is_flat)
        assert told == "bot is halted (close-positions); it hears of it within a second\n"
        assert (after["halt"]["detail"], after["halt"]["mode"]) == ("the news", "close-positions")
        assert bars(after) == bars(before), "a bar came, so that this tells nothing"
        printed = bot.stop()[1]
    assert printed.count("halted by a person (command, close-positions): the news") == 1


def test_a_stopped_bot_halted_by_command_finds_it_at_its_start(tmp_path: Path) -> None:
    document = left_with_a_position(tmp_path)
    told = command(document, "halt", "--mode", "close-positions")
    assert told == "bot is halted (close-positions); it does not run: what it holds stays until it does\n"
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("flat bot", is_flat)


# --- Resuming ---------------------------------------------------------------------------------------------------


def over_http(bot: RunningBot) -> None:
    assert ask(bot, "/resume", {})["halt"] is None
    assert bot.status()["halt"] is None


def command(document: Path, name: str, *options: str) -> str:
    """Run a command on a bot's document, beside which it works, and return what that prints."""
    called = [sys.executable, "-m", "bots.cli", name, str(document), "--workdir", str(document.parent), *options]
    return subprocess.run(called, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout


def by_command(bot: RunningBot) -> None:
    command(bot.document, "resume")
    bot.wait_for("word of the resume", lambda status: status["halt"] is None)


@pytest.mark.parametrize("way", [over_http, by_command])
def test_a_resumed_bot_hears_of_it_without_a_bar_and_trades_again(
    way: Callable[[RunningBot], None], tmp_path: Path
) -> None:
    document = write_document(tmp_path / "bot.json")
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("position", holds_a_position)
        ask(bot, "/halt", CLOSE)
        bot.wait_for("flat bot", is_flat)
        bot.stop()
    write_document(document, data={"speed": 0.5})
    with RunningBot(document, tmp_path) as bot:
        before = bot.wait_for("halt", lambda status: status["halt"] and status["ready"])
        way(bot)
        assert bars(bot.status()) == bars(before), "a bar came, so that this tells nothing"
        bot.stop()
    write_document(document)
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("new trade", lambda status: status["trades"] > before["trades"])


# --- Holds ------------------------------------------------------------------------------------------------------


def test_a_held_bot_stays_flat_though_signals_come_and_goes_on_by_itself(tmp_path: Path) -> None:
    document = write_document(tmp_path / "bot.json")
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("position", holds_a_position)
        told = ask(bot, "/hold", {"seconds": 4})
        last = flat = bot.wait_for("flat bot", is_flat)
        assert flat["hold_until"] == told["hold_until"] is not None
        while (status := bot.status())["hold_until"] is not None:
            assert (status["trades"], is_flat(status)) == (flat["trades"], True)
            last = status
            time.sleep(0.02)
        assert bars(last) - bars(flat) > 20, "too few bars for a signal"
        bot.wait_for("new trade", lambda status: status["trades"] > flat["trades"])
        _, output, _ = bot.stop()
    assert output.count("entry refused by hold") == 1


def test_a_hold_of_no_seconds_lets_the_bot_go_on(tmp_path: Path) -> None:
    document = write_document(tmp_path / "bot.json")
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("position", holds_a_position)
        assert ask(bot, "/hold", {"seconds": 300})["hold_until"] is not None
        flat = bot.wait_for("flat bot", is_flat)
        assert ask(bot, "/hold", {"seconds": 0})["hold_until"] is None
        bot.wait_for("new trade", lambda status: status["trades"] > flat["trades"])


# --- Who may ----------------------------------------------------------------------------------------------------


def test_whoever_has_no_token_changes_nothing_and_no_token_is_told_anywhere(tmp_path: Path, token_file: Path) -> None:
    document = write_document(tmp_path / "bot.json")
    changes: list[tuple[str, dict[str, Any]]] = [("/halt", BLOCK), ("/resume", {}), ("/hold", {"seconds": 300})]
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("first trade", lambda status: status["trades"] > 0)
        assert [bot.post(path, body)[0] for path, body in changes] == [401] * 3
        assert [bot.post(path, body, "wrong horse")[0] for path, body in changes] == [401] * 3
        token_file.unlink()
        assert [bot.post(path, body, TOKEN)[0] for path, body in changes] == [403] * 3
        now = bot.status()
        assert (now["halt"], now["hold_until"]) == (None, None)
        bot.wait_for("later trade", lambda status: status["trades"] > now["trades"])
        seen = bot.get("/metrics")[1] + bot.get("/status")[1]
        _, output, _ = bot.stop()
    assert rows(tmp_path, "SELECT * FROM halts") == []
    assert "horse" not in output + seen
