"""The feed tester: bars at their pace, each with its delay."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bots.commands import feedtest
from bots.commands.feedtest import print_feed


class Clock:
    """A clock that only goes on when somebody sleeps, and a little longer than asked."""

    def __init__(self, start: datetime) -> None:
        self.start = start
        self.passed = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.passed += seconds + 0.005

    def now(self, zone: object) -> datetime:
        assert zone is UTC
        return self.start + timedelta(seconds=self.passed)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(datetime(2024, 5, 1, 12, 0, 20, tzinfo=UTC))
    monkeypatch.setattr(feedtest, "time", made)
    monkeypatch.setattr(feedtest, "datetime", made)
    return made


@pytest.fixture
def printed(clock: Clock, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """Print a feed and return its lines."""

    def run(count: int, speed: float) -> list[str]:
        print_feed("mock", "BTCUSDT", "1m", count=count, speed=speed, seed=1)
        return capsys.readouterr().out.splitlines()

    return run


def test_a_feed_at_full_speed_waits_for_nothing(printed: Callable[..., list[str]], clock: Clock) -> None:
    assert len(printed(5, 0)) == 5
    assert clock.slept == []


def test_a_quickened_feed_keeps_its_pace_and_tells_by_how_much_it_misses_it(
    printed: Callable[..., list[str]], clock: Clock
) -> None:
    lines = printed(3, 60)
    assert clock.slept == pytest.approx([1.0, 0.995, 0.995])
    assert [line.rpartition("delay ")[2] for line in lines] == ["5.0 ms"] * 3


def test_a_feed_in_real_time_prints_each_bar_when_it_closes(printed: Callable[..., list[str]], clock: Clock) -> None:
    lines = printed(2, 1)
    assert [line[:20] for line in lines] == ["2024-05-01T12:00:00Z", "2024-05-01T12:01:00Z"]
    assert clock.slept == pytest.approx([40.0, 59.995])
    assert all(line.endswith("delay 5.0 ms") for line in lines)
