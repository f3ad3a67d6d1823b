"""How a bot goes on after its strategy or its journal has failed."""

import pytest

from bots.running.failures import Failures
from strategies.errors import JournalError


def after(*times: float, error: Exception | None = None, on_probation: bool = False) -> Failures:
    failures = Failures(on_probation=on_probation)
    for now in times:
        failures.note(error or ZeroDivisionError(), now)
    return failures


@pytest.mark.parametrize(
    ("times", "too_many"),
    [((0.0, 1.0), False), ((0.0, 1.0, 2.0), True), ((0.0, 1.0, 601.0), False), ((0.0, 300.0, 599.0), True)],
)
def test_a_strategy_that_fails_three_times_within_ten_minutes_is_asked_no_more(
    times: tuple[float, ...], too_many: bool
) -> None:
    assert after(*times).too_many is too_many


def test_a_journal_that_cannot_be_written_is_waited_for_and_never_given_up() -> None:
    assert not after(*range(50), error=JournalError("full")).too_many


def test_once_given_up_one_more_failure_is_too_many_in_the_next_process_too() -> None:
    assert after(0.0, on_probation=True).too_many


def test_it_is_tried_ever_less_often_and_anew_after_a_while() -> None:
    assert [after(*range(count)).pause_seconds for count in (1, 2, 3, 4, 5, 6)] == [0.5, 3, 10, 30, 60, 60]
    assert after(0.0, 1.0, 2.0, 5000.0).pause_seconds == 0.5


def test_of_one_trouble_only_the_beginning_is_told() -> None:
    assert [after(*range(count)).is_news for count in (1, 3, 4)] == [True, True, False]
