"""A strategy error is told, and the strategy rebuilt with its positions, by the way that a crash has proven."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bots.bot import LiveTradingBot
from bots.running.options import RunOptions
from tests.made_bars import write_made_bars
from tests.process.running import RunningBot, write_document

pytestmark = pytest.mark.slow

PROGRAM = ("-m", "tests.process.failing_bot")
STEPS = (
    "before a bar is decided",
    "after a bar was decided, before its orders leave",
    "before the journal writes",
    "after the journal wrote",
    "before a fill is booked",
    "after a fill was booked",
)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    write_made_bars(tmp_path / "bars.csv", count=600)
    return write_document(
        tmp_path / "bot.json", data={"data_source": "replay", "file": str(tmp_path / "bars.csv"), "speed": 0}
    )


def trades(workdir: Path) -> list[Any]:
    with closing(sqlite3.connect(workdir / "journal" / "bot.paper.sqlite")) as database:
        return database.execute("SELECT * FROM trades ORDER BY lot").fetchall()


@pytest.mark.parametrize("step", STEPS)
def test_a_bot_whose_strategy_failed_twice_ends_as_if_it_had_not(
    step: str, document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RunningBot(document, tmp_path / "undisturbed") as bot:
        assert bot.finish()[0] == 0
    monkeypatch.setenv("FAIL_STEP", step)
    monkeypatch.setenv("FAIL_AT", "7,15")
    with RunningBot(document, tmp_path, program=PROGRAM) as bot:
        code, output = bot.finish()
    assert code == 0, output
    assert output.count("the strategy failed and is rebuilt with its positions: ZeroDivisionError") == 2
    assert trades(tmp_path) == trades(tmp_path / "undisturbed")
    assert len(trades(tmp_path)) > 10


def test_a_strategy_that_keeps_failing_is_asked_no_more_until_it_is_repaired_and_the_bot_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = write_document(tmp_path / "bot.json", risk_management={"stop_loss_pct": 0.1}, data={"speed": 600})
    monkeypatch.setenv("FAIL_STEP", "before the strategy is asked for an exit")
    monkeypatch.setenv("FAIL_AT", ",".join(str(n) for n in range(3, 10_000)))
    with RunningBot(document, tmp_path, program=PROGRAM) as bot:
        status = bot.wait_for("the halt", lambda status: status["halt"])
        assert (status["halt"]["limit"], status["restarts"]) == ("strategy_failed", 3)
        bot.wait_for("a bot that is well", lambda status: status["ready"])
        bot.wait_for("its stop", lambda status: not status["position"]["lots"])
        told = (tmp_path / "logs" / "errors.log").read_text()
        assert told.count("error in the strategy: ") == 3
        bot.kill()
    with RunningBot(document, tmp_path) as bot:
        still = bot.wait_for("its bars", lambda status: status["ready"])
        assert still["halt"]["limit"] == "strategy_failed"
        assert LiveTradingBot(document, RunOptions(workdir=tmp_path)).lift_halt()
        bot.wait_for("trades", lambda status: status["trades"] > still["trades"])


def test_a_strategy_is_asked_again_in_the_same_process_though_a_bar_hears_first_that_the_bot_was_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Bars that come many times as often as a person's word is looked for.
    document = write_document(tmp_path / "bot.json", data={"speed": 6000})
    monkeypatch.setenv("FAIL_STEP", "before the strategy is asked for an exit")
    monkeypatch.setenv("FAIL_AT", "3,4,5")
    with RunningBot(document, tmp_path, program=PROGRAM) as bot:
        bot.wait_for("the halt", lambda status: status["halt"] and status["ready"])
        assert LiveTradingBot(document, RunOptions(workdir=tmp_path)).lift_halt()
        bot.wait_for("trades", lambda status: status["trades"] > 0)
