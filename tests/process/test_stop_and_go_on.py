"""Stopping and starting again, as a person or a cluster does it."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.bot import LiveTradingBot
from bots.running.options import RunOptions
from tests.made_bars import made_bars, write_bars_csv
from tests.process.running import ROOT, RunningBot, write_document

pytestmark = pytest.mark.slow

FIVE_SECONDS = 5.0
NEVER = {"exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 100000}}}


def holds_a_position(status: dict[str, Any]) -> bool:
    return bool(status["position"]["lots"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_bot_keeps_its_position_and_goes_on_with_it(number: signal.Signals, tmp_path: Path) -> None:
    document = write_document(tmp_path / "bot.json", strategy=NEVER)
    with RunningBot(document, tmp_path) as bot:
        before = bot.wait_for("position", holds_a_position)
        code, output, seconds = bot.stop(number)
    assert (code, seconds < FIVE_SECONDS) == (0, True), output
    assert "position" in output
    assert "is kept" in output
    with RunningBot(document, tmp_path) as bot:
        after = bot.wait_for("first bar after the restart", lambda status: status["ready"])
    (old,), (new,) = before["position"]["lots"], after["position"]["lots"]
    for key in ("lot", "quantity", "entry_price", "entry_bar", "stop_loss", "take_profit"):
        assert new[key] == old[key], key
    assert after["broker_status"]["cash"] == before["broker_status"]["cash"]
    assert new["bars_held"] >= old["bars_held"]


# As a container does it: the first process of a namespace, told to stop while it still imports what it needs.
EARLY = """
import os, signal, sys, types
def begin(*arguments):
    os.kill(os.getpid(), signal.SIGTERM)
    sys.exit("it is deaf")
sys.modules["bots.bot"] = types.SimpleNamespace(LiveTradingBot=begin)
from bots.cli import main
main(["run", "bot.json"])
"""


def test_a_bot_told_to_stop_before_it_has_begun_ends_at_once() -> None:
    first = ["unshare", "--fork", "--pid"] if os.geteuid() == 0 else []
    ended = subprocess.run([*first, sys.executable, "-c", EARLY], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_close_positions_closes_before_the_bot_stops(tmp_path: Path) -> None:
    document = write_document(tmp_path / "bot.json", strategy=NEVER)
    with RunningBot(document, tmp_path, "--close-positions") as bot:
        bot.wait_for("position", holds_a_position)
        code, output, seconds = bot.stop()
    assert (code, seconds < FIVE_SECONDS) == (0, True), output
    assert "manual_close" in output
    stopped = LiveTradingBot(document, RunOptions(workdir=tmp_path)).get_status()
    assert stopped["position"]["quantity"] == 0
    assert stopped["trades"] == 1


def test_a_second_process_of_the_same_bot_is_refused(tmp_path: Path) -> None:
    document = write_document(tmp_path / "bot.json")
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("first status", bool)
        with RunningBot(document, tmp_path / ".") as second:
            code, output = second.finish()
    assert code == 1
    assert output.startswith("bot bot already runs here in paper mode")
    assert len(output.splitlines()) == 1


def test_a_frozen_bot_does_not_answer_that_it_is_alive(tmp_path: Path) -> None:
    document = write_document(tmp_path / "bot.json")
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("readiness", lambda status: status["ready"])
        assert bot.get("/healthz")[0] == 200
        bot.process.send_signal(signal.SIGSTOP)
        assert bot.get("/healthz", timeout=0.5)[0] == 0
        bot.process.send_signal(signal.SIGCONT)
        bot.wait_for("answer after it thawed", lambda status: status["alive"])


def test_the_status_of_a_stopped_bot_is_what_its_journal_says(tmp_path: Path) -> None:
    document = write_document(tmp_path / "bot.json")
    never_run = LiveTradingBot(document, RunOptions(workdir=tmp_path)).get_status()
    assert never_run["broker_status"]["cash"] == 1000.0
    assert never_run["data_feed_status"]["data_points"] == 0
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("three trades", lambda status: status["trades"] >= 3)
        bot.stop()
    stopped = LiveTradingBot(document, RunOptions(workdir=tmp_path)).get_status()
    assert stopped["state"] == "stopped"
    assert stopped["trades"] >= 3
    assert stopped["broker_status"]["cash"] != 1000.0


def test_bars_missed_while_the_bot_was_away_may_exit_but_never_enter(tmp_path: Path) -> None:
    """The first run ends half an hour ago with a position; the second finds a market that went on without it."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    bars = made_bars(100)
    shifted = [bar._replace(time=now - timedelta(minutes=130 - number)) for number, bar in enumerate(bars)]
    write_bars_csv(tmp_path / "bars.csv", shifted)
    strategy = {"exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 30}}}
    replayed = {"data_source": "replay", "file": str(tmp_path / "bars.csv"), "speed": 0}
    document = write_document(tmp_path / "bot.json", data=replayed, strategy=NEVER)
    with RunningBot(document, tmp_path) as bot:
        code, output = bot.finish()
    assert code == 0, output
    (before,) = LiveTradingBot(document, RunOptions(workdir=tmp_path)).get_status()["position"]["lots"]

    document = write_document(tmp_path / "bot.json", data={"speed": 1}, strategy=strategy)
    with RunningBot(document, tmp_path) as bot:
        status = bot.wait_for("exit on a missed bar", lambda status: status["trades"] == 1)
        code, output, _ = bot.stop()
        (trade,) = [t for t in bot_trades(document, tmp_path) if t["lot"] == before["lot"]]
    assert code == 0, output
    assert status["position"]["lots"] == [], "a missed bar entered"
    assert status["today"]["entries"] <= 1
    assert trade["exit_reason"] == "time_limit"
    assert trade["exit_price"] == status["data_feed_status"]["last_price"], "not today's price"


def bot_trades(document: Path, workdir: Path) -> list[dict[str, Any]]:
    bot = LiveTradingBot(document, RunOptions(workdir=workdir))
    return [
        {
            "lot": t.lot,
            "exit_reason": t.exit_reason,
            "exit_price": None if t.exit_price is None else float(t.exit_price),
        }
        for t in bot.trades()
    ]


def test_every_line_of_the_json_console_is_an_object_that_names_the_bot(tmp_path: Path) -> None:
    write_bars_csv(tmp_path / "bars.csv", made_bars(200))
    replayed = {"data_source": "replay", "file": str(tmp_path / "bars.csv"), "speed": 0}
    document = write_document(tmp_path / "bot.json", data=replayed)
    with RunningBot(document, tmp_path, "--log-format", "json") as bot:
        code, output = bot.finish()
    assert code == 0
    assert all(json.loads(line)["bot"] == "bot" for line in output.splitlines())


def test_long_daily_rules_start_again_though_their_past_would_begin_before_the_epoch(tmp_path: Path) -> None:
    days = [
        bar._replace(time=datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=n)) for n, bar in enumerate(made_bars(400))
    ]
    write_bars_csv(tmp_path / "bars.csv", days)
    entry = {"entry_logic": {"name": "RSIBBEntryMixin", "params": {"bb_period": 300}}}
    replayed = {"data_source": "replay", "file": str(tmp_path / "bars.csv"), "speed": 0, "interval": "1d"}
    document = write_document(tmp_path / "bot.json", data=replayed, strategy=entry)
    for _ in range(2):
        with RunningBot(document, tmp_path) as bot:
            code, output = bot.finish()
        assert code == 0, output
        assert "the feed has no more bars" in output


def test_a_position_opened_under_another_exit_is_told_in_a_line(tmp_path: Path) -> None:
    document = write_document(tmp_path / "bot.json", strategy=NEVER)
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("position", holds_a_position)
        bot.stop()
    write_document(document, strategy={"exit_logic": {"name": "ATRExitMixin", "params": {}}})
    with RunningBot(document, tmp_path) as bot:
        code, output = bot.finish()
    assert code == 1
    assert output.startswith("lot 1 of bot was opened under another exit")
    assert len(output.splitlines()) == 1


def test_a_bot_that_goes_on_with_a_changed_document_says_what_was_changed(tmp_path: Path) -> None:
    document = write_document(tmp_path / "bot.json", risk_management={"stop_loss_pct": 3})
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("trading", lambda status: status["ready"])
        bot.stop()
    write_document(document, risk_management={"stop_loss_pct": 5})
    with RunningBot(document, tmp_path) as bot:
        bot.wait_for("trading", lambda status: status["ready"])
        _, output, _ = bot.stop()
    assert "goes on with a changed document: risk_management.stop_loss_pct: 3 -> 5" in output
