"""How far it has come is seen on a terminal, and does not fill a log."""

import sys
from datetime import UTC, datetime, timedelta

import pytest

from bots.commands.downloading import progress
from bots.commands.downloading.progress import Progress

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress, "time", made)
    return made


def test_a_terminal_shows_one_line_that_changes(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    shown = Progress("binance BTCUSDT 1h", BEGIN, BEGIN + 100 * DAY)
    shown.reached(BEGIN + 25 * DAY, 600)
    assert capsys.readouterr().err == (
        "\r\033[Kbinance BTCUSDT 1h [######------------------]  25%  600 bars, up to 2024-01-26 00:00"
    )
    shown.reached(BEGIN + 26 * DAY, 624)
    assert capsys.readouterr().err == "", "not more often than one can see"
    clock.now += 0.2
    shown.reached(BEGIN + 300 * DAY, 7200)
    assert "[########################] 100%" in capsys.readouterr().err
    shown.say("the venue does not answer")
    assert capsys.readouterr().err == "\r\033[Kthe venue does not answer\n"
    shown.wipe()
    assert capsys.readouterr().err == "", "there is nothing left to wipe"


def test_a_log_gets_a_line_now_and_then(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    told = Progress("binance BTCUSDT 1h", BEGIN, BEGIN + 100 * DAY)
    for hour in range(100):
        clock.now += 0.5
        told.reached(BEGIN + hour * DAY, hour * 24)
    told.wipe()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 5
    assert lines[0] == "binance BTCUSDT 1h  19%  456 bars, up to 2024-01-20 00:00"
