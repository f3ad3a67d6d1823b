"""Questions before a change: answered once, in time, by who was asked."""

from itertools import count

import pytest

from bots.notify.commands.confirming import LASTS_SECONDS, Answer, Confirmations
from bots.notify.commands.reading import Command

HALT = Command("halt", ("0001",))


@pytest.fixture
def confirmations() -> Confirmations:
    numbers = count()
    return Confirmations(lambda: f"key{next(numbers)}")


def test_a_change_is_confirmed_once(confirmations: Confirmations) -> None:
    yes, _ = confirmations.ask(HALT, 42, 0.0).values()
    assert confirmations.press(yes, 42, 1.0) == Answer(HALT, True)
    assert "no longer open" in str(confirmations.press(yes, 42, 1.0))


def test_who_says_no_cannot_say_yes_after_it(confirmations: Confirmations) -> None:
    yes, no = confirmations.ask(HALT, 42, 0.0).values()
    assert confirmations.press(no, 42, 1.0) == Answer(HALT, False)
    assert isinstance(confirmations.press(yes, 42, 1.0), str)


def test_a_question_is_open_for_a_minute(confirmations: Confirmations) -> None:
    yes, _ = confirmations.ask(HALT, 42, 0.0).values()
    assert isinstance(confirmations.press(yes, 42, LASTS_SECONDS), str)
    yes, _ = confirmations.ask(HALT, 42, 0.0).values()
    assert confirmations.press(yes, 42, LASTS_SECONDS - 0.1) == Answer(HALT, True)


def test_another_chat_answers_nothing_and_takes_nothing_away(confirmations: Confirmations) -> None:
    yes, _ = confirmations.ask(HALT, 42, 0.0).values()
    assert confirmations.press(yes, 43, 1.0) == "only the chat that asked can answer"
    assert confirmations.press(yes, 42, 1.0) == Answer(HALT, True)


@pytest.mark.parametrize("said", ["", ":", "key0", "key0:", "key0:maybe", "x:yes", "key0:yes:yes"])
def test_nonsense_confirms_nothing(said: str, confirmations: Confirmations) -> None:
    confirmations.ask(HALT, 42, 0.0)
    assert isinstance(confirmations.press(said, 42, 1.0), str)


def test_many_questions_take_no_more_than_their_room(confirmations: Confirmations) -> None:
    first, _ = confirmations.ask(HALT, 42, 0.0).values()
    for _ in range(1000):
        confirmations.ask(HALT, 42, 0.0)
    last, _ = confirmations.ask(HALT, 42, 0.0).values()
    assert len(confirmations._waiting) == 100
    assert isinstance(confirmations.press(first, 42, 1.0), str)
    assert confirmations.press(last, 42, 1.0) == Answer(HALT, True)
