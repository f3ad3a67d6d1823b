"""A replayed file goes on where the bot left off."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.bars_file import read_bars
from adapters.instrument import simulated_instrument
from adapters.replay import Replay

START = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def replay(tmp_path: Path) -> Replay:
    """Five hourly bars."""
    lines = [f"{START + HOUR * index:%Y-%m-%dT%H:%M:%SZ},1,1,1,{1},1" for index in range(5)]
    path = tmp_path / "bars.csv"
    path.write_text("\n".join(["timestamp,open,high,low,close,volume", *lines]))
    spec = simulated_instrument("EURUSD", price_step=None, size_step=None, min_notional=None)
    return Replay(spec, read_bars(path).bars)


def hours(bars: object) -> list[int]:
    return [(bar.time - START) // HOUR for bar in bars]  # type: ignore[attr-defined]


def test_a_new_bot_gets_the_whole_file(replay: Replay) -> None:
    assert hours(replay.after(None)) == [0, 1, 2, 3, 4]


def test_a_restarted_bot_gets_what_comes_after_its_last_bar(replay: Replay) -> None:
    assert hours(replay.after(START + HOUR)) == [2, 3, 4]


def test_there_is_nothing_after_the_last_bar(replay: Replay) -> None:
    assert hours(replay.after(START + 4 * HOUR)) == []


def test_there_is_no_past_before_the_file(replay: Replay) -> None:
    assert replay.history(None, 100) == []


def test_the_past_of_a_restarted_bot_ends_with_its_last_bar(replay: Replay) -> None:
    assert hours(replay.history(START + 3 * HOUR, 2)) == [2, 3]
    assert hours(replay.history(START + HOUR, 100)) == [0, 1]
