"""Which step of an order may follow which; the drawing in the docs is the table."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.trading.order_machine import OPEN_STATUSES, STEPS, OrderStatus, step

DRAWN = Path(__file__).resolve().parents[3] / "docs" / "architecture.md"
ARROW = re.compile(r"^    (\w+) --> (\w+)$", re.MULTILINE)


def test_the_drawing_shows_every_step_and_no_other() -> None:
    drawn = set(ARROW.findall(DRAWN.read_text()))
    assert drawn == {(str(before), str(after)) for before, following in STEPS.items() for after in following}


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (OrderStatus.ACCEPTED, OrderStatus.SUBMITTED),
        (OrderStatus.PARTLY_FILLED, OrderStatus.ACCEPTED),
        (OrderStatus.SUBMITTED, OrderStatus.INTENT),
        (OrderStatus.PARTLY_FILLED, OrderStatus.PARTLY_FILLED),
    ],
)
def test_a_word_that_comes_late_changes_nothing(status: OrderStatus, word: OrderStatus) -> None:
    assert step(status, word) is None


@pytest.mark.parametrize("word", [OrderStatus.REJECTED, OrderStatus.NEVER_SENT])
def test_what_was_executed_in_part_is_never_called_refused_or_unsent(word: OrderStatus) -> None:
    assert step(OrderStatus.PARTLY_FILLED, word) is OrderStatus.CANCELLED


@given(st.lists(st.sampled_from(OrderStatus)))
def test_whatever_is_heard_an_order_ends_once_and_never_goes_back(words: list[OrderStatus]) -> None:
    status, seen = OrderStatus.INTENT, [OrderStatus.INTENT]
    for word in words:
        if (after := step(status, word)) is not None:
            status = after
            seen.append(after)
    assert len(set(seen)) == len(seen)
    assert all(each in OPEN_STATUSES for each in seen[:-1])
