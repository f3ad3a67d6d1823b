"""The bars that a bot begins with."""

from pathlib import Path

import pytest

from tests.process.running import RunningBot, write_document

pytestmark = pytest.mark.slow


def test_a_second_that_begins_while_the_past_arrives_takes_no_bar_of_it(tmp_path: Path) -> None:
    document = write_document(tmp_path / "0001.json", data={"speed": 1})
    with RunningBot(document, tmp_path, program=("-m", "tests.process.ticking_bot")) as bot:
        status = bot.wait_for("its start", lambda status: "starting" not in status["reasons"])
        assert status["data_feed_status"]["warm"], f"of 50 bars it has {status['data_feed_status']['data_points']}"
        assert status["ready"]
