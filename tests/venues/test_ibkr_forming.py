"""When a bar that forms is taken for closed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from adapters.ibkr.forming import Forming
from adapters.ibkr.hours import parse_hours
from adapters.ibkr.patience import Patience
from tests.venues.tws.scene import MINUTE, bar

PATIENCE = replace(Patience(), grace=7.0, grace_at_close=20.0)
HOURS = parse_hours("20260105:0930-20260105:1600;20260109:0930-20260109:1600", "US/Eastern")
T = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def forming() -> Forming:
    """Return one that has seen the bar before `T` close and `T` begin."""
    made = Forming(MINUTE, HOURS, PATIENCE)
    assert made.take_batch([bar(T - MINUTE), bar(T)], T + SECOND) == []
    return made


def test_a_bar_closes_when_the_next_one_begins() -> None:
    made = forming()

    assert made.take(bar(T, 101), T + 30 * SECOND) == []
    assert made.take(bar(T + MINUTE), T + 61 * SECOND) == [bar(T, 101)]


def test_what_closed_before_the_first_subscription_is_the_past() -> None:
    made = Forming(MINUTE, HOURS, PATIENCE)

    assert made.take_batch([bar(T - 2 * MINUTE), bar(T - MINUTE), bar(T)], T) == []


def test_what_closed_while_there_was_no_subscription_comes_with_the_next() -> None:
    made = forming()
    again = [bar(T - MINUTE), bar(T, 105), bar(T + MINUTE, 106), bar(T + 2 * MINUTE)]

    assert made.take_batch(again, T + 2 * MINUTE) == [bar(T, 105), bar(T + MINUTE, 106)]
    assert made.take(bar(T + 3 * MINUTE), T + 3 * MINUTE) == [bar(T + 2 * MINUTE)]


def test_a_copy_or_an_older_bar_changes_nothing() -> None:
    made = forming()
    made.take(bar(T + MINUTE), T + MINUTE)

    assert made.take(bar(T + MINUTE), T + MINUTE) == []
    assert made.take(bar(T, 99), T + MINUTE) == []
    assert made.take(bar(T + 2 * MINUTE), T + 2 * MINUTE) == [bar(T + MINUTE)]


def test_a_bar_is_over_a_grace_after_its_end() -> None:
    assert forming().over_at == T + MINUTE + 7 * SECOND


def test_the_last_bar_of_a_session_is_given_time_for_the_auction() -> None:
    made = Forming(MINUTE, HOURS, PATIENCE)
    last = datetime(2026, 1, 5, 20, 59, tzinfo=UTC)
    made.take(bar(last), last)

    assert made.over_at == last + MINUTE + 20 * SECOND


def test_updates_that_keep_to_another_clock_are_only_over_after_a_whole_bars_silence() -> None:
    made = Forming(MINUTE, HOURS, PATIENCE)
    late = T + 15 * MINUTE
    made.take(bar(T), late)

    assert made.over_at == late + MINUTE + 7 * SECOND


def test_bars_ahead_of_the_clock_wait_for_the_next_one() -> None:
    made = Forming(MINUTE, HOURS, PATIENCE)
    made.take(bar(T), T - timedelta(days=3))

    assert made.over_at == T + MINUTE + 7 * SECOND
    assert made.take(bar(T + MINUTE), T - timedelta(days=3)) == [bar(T)]


def test_a_bar_that_is_over_is_told_as_the_past_has_it() -> None:
    made = forming()

    assert made.settle([bar(T - MINUTE), bar(T, 104)], T + 67 * SECOND) == [bar(T, 104)]
    assert made.over_at is None
    assert made.take(bar(T, 105), T + 70 * SECOND) == [], "it was told"
    assert made.take(bar(T + 5 * MINUTE), T + 5 * MINUTE) == []
    assert made.take(bar(T + 6 * MINUTE), T + 6 * MINUTE) == [bar(T + 5 * MINUTE)]


def test_the_past_may_know_that_the_next_bar_has_begun() -> None:
    made = forming()

    assert made.settle([bar(T, 104), bar(T + MINUTE, 105)], T + 67 * SECOND) == [bar(T, 104)]
    assert made.take(bar(T + 2 * MINUTE), T + 2 * MINUTE) == [bar(T + MINUTE, 105)]


def test_the_past_may_not_have_the_bar_yet() -> None:
    made = forming()
    made.take(bar(T, 103), T + 50 * SECOND)

    assert made.settle([bar(T - 2 * MINUTE), bar(T - MINUTE)], T + 67 * SECOND) == []
    assert made.give_up_settling() == [bar(T, 103)]
    assert made.take(bar(T, 108), T + 80 * SECOND) == []
