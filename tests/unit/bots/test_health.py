"""What the probes answer, fact by fact."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bots.running.health import Health, HealthFacts, judge

NOW = datetime(2024, 1, 1, 12, tzinfo=UTC)
WELL = HealthFacts(
    now=NOW,
    starting=False,
    stopping=False,
    trader_running=True,
    feed_connected=True,
    broker_connected=True,
    venue_answers=True,
    market_open=True,
    warmed_up=True,
    running_since=NOW - timedelta(hours=1),
    feed_ended=False,
    last_bar_arrived=NOW - timedelta(seconds=50),
    bar_pace=timedelta(minutes=1),
)


def health(**facts: Any) -> Health:
    return judge(replace(WELL, **facts))


def silent_for(minutes: float, **facts: Any) -> Health:
    return health(last_bar_arrived=NOW - timedelta(minutes=minutes), **facts)


def test_a_bot_with_fresh_bars_is_alive_and_ready() -> None:
    assert health() == Health(True, True, ())


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"trader_running": False}, "the node is up but its trader does not run"),
        ({"last_bar_arrived": NOW - timedelta(minutes=11)}, "no bar for 660 s though the venue answers"),
    ],
)
def test_what_a_restart_may_cure_is_dead(facts: dict[str, Any], reason: str) -> None:
    answer = health(**facts)
    assert (answer.alive, answer.ready) == (False, False)
    assert answer.reasons[0] == reason


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"starting": True, "trader_running": False}, "starting"),
        ({"stopping": True, "trader_running": False}, "stopping"),
        ({"feed_connected": False}, "the feed is not connected"),
        ({"broker_connected": False}, "the broker is not connected"),
        ({"warmed_up": False}, "warming up"),
        ({"last_bar_arrived": NOW - timedelta(minutes=4)}, "the last bar came 240 s ago"),
    ],
)
def test_what_a_restart_cannot_cure_is_alive_and_not_ready(facts: dict[str, Any], reason: str) -> None:
    assert health(**facts) == Health(True, False, (reason,), stale="last bar" in reason)


def test_a_bot_whose_venue_is_unreachable_stays_alive() -> None:
    answer = silent_for(600, venue_answers=False, feed_connected=False, broker_connected=False)
    assert answer.alive
    assert not answer.ready


def test_a_closed_market_is_neither_deaf_nor_stale() -> None:
    assert silent_for(600, market_open=False) == Health(True, True, ())


def test_a_feed_that_came_to_its_end_is_not_deaf() -> None:
    assert silent_for(600, feed_ended=True).alive


def test_a_quickened_feed_has_half_a_minute_before_it_counts_as_deaf() -> None:
    assert health(bar_pace=timedelta(0), last_bar_arrived=NOW - timedelta(seconds=30)).alive
    assert not health(bar_pace=timedelta(0), last_bar_arrived=NOW - timedelta(seconds=31)).alive


def test_a_feed_is_not_deaf_before_ten_bars_time() -> None:
    assert silent_for(10).alive


def test_a_feed_that_never_sent_a_bar_is_deaf_after_the_same_time() -> None:
    assert health(last_bar_arrived=None, running_since=NOW - timedelta(minutes=9)).alive
    assert not health(last_bar_arrived=None, running_since=NOW - timedelta(minutes=11)).alive


def test_a_bot_that_runs_for_a_moment_waits_for_its_first_bar() -> None:
    assert health(last_bar_arrived=None, running_since=NOW) == Health(True, True, ())
