"""A person who has seen enough of a feed ends it with Ctrl+C."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "arguments", [["scripted", "BTCUSDT", "1m"], ["mock", "BTCUSDT", "1m", "--speed", "600"]], ids=lambda each: each[0]
)
def test_ctrl_c_ends_a_feed_without_a_word_and_well(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "tests.process.venue_commands", "feed", *arguments]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for _ in range(3):
        assert " close " in process.stdout.readline()

    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)

    assert process.returncode == 0
    assert [line.split()[0] for line in told.splitlines()] == arguments[:1]
