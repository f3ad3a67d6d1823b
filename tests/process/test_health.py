"""What the probes answer while a bot lives through something."""

import json
from pathlib import Path

import pytest

from bots.bot import LiveTradingBot
from bots.running.options import RunOptions
from tests.process.running import RunningBot, write_document

pytestmark = pytest.mark.slow


def test_a_feed_that_falls_silent_while_its_venue_answers_fails_readiness_then_liveness(tmp_path: Path) -> None:
    document = write_document(tmp_path / "bot.json", data={"speed": 600})
    with RunningBot(document, tmp_path, program=("-m", "tests.process.deaf_bot")) as bot:
        bot.wait_for("readiness", lambda status: status["ready"])
        bot.wait_for("death of a deaf bot", lambda status: not status["alive"])
        code, body = bot.get("/healthz")
    assert code == 503
    assert "though the venue answers" in json.loads(body)["reasons"][0]


def test_a_halted_bot_is_alive_and_ready_and_goes_on_when_a_person_resumes_it(tmp_path: Path) -> None:
    document = write_document(
        tmp_path / "bot.json",
        broker={"commission": 0.01},
        trading={"max_drawdown_pct": 1.0, "position_size": 0.5},
        data={"speed": 6000},
    )
    with RunningBot(document, tmp_path) as bot:
        halted = bot.wait_for("halt", lambda status: status["halt"])
        bot.wait_for("closed positions", lambda status: not status["position"]["lots"])
        assert bot.get("/healthz")[0] == 200
        assert bot.get("/readyz")[0] == 200
        points = halted["data_feed_status"]["data_points"]
        later = bot.wait_for("bars", lambda status: status["data_feed_status"]["data_points"] > points + 100)
        assert later["trades"] == bot.status()["trades"], "a halted bot traded"
        assert LiveTradingBot(document, RunOptions(workdir=tmp_path)).lift_halt()
        bot.wait_for("trade after the resume", lambda status: status["trades"] > later["trades"])
