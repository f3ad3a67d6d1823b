"""Figures and small charts of a row, as words and points."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bots.seen.rows import Row, State
from bots.web.bots import Action, Entry
from bots.web.pages.cells import Glance, gain, glance
from bots.web.pages.sparkline import sparkline
from tests.web.staged_sayings import NOW

ROW = Row("0001", "paper", State.READY)


def glanced(**values: object) -> Glance:
    return glance(Entry("0001", replace(ROW, **values)), NOW)  # type: ignore[arg-type]


def test_what_is_not_known_is_left_empty() -> None:
    seen = glanced()
    assert (seen.position, seen.equity, seen.price, seen.drawdown, seen.today.text, seen.line) == ("",) * 5 + (None,)


def test_nothing_held_is_said_to_be_flat() -> None:
    assert glanced(position=Decimal(0)).position == "flat"
    assert glanced(position=Decimal("0.5")).position == "0.5"


@pytest.mark.parametrize(
    ("amount", "text", "tone"),
    [
        (Decimal("1234.567"), "+1,234.57", "good"),
        (Decimal("-0.5"), "-0.50", "loss"),
        (Decimal(0), "+0.00", "none"),
        (None, "", "none"),
    ],
)
def test_a_gain_is_told_by_its_sign_and_by_its_tone(amount: Decimal | None, text: str, tone: str) -> None:
    told = gain(amount)
    assert (told.text, told.tone) == (text, tone)


def test_a_row_offers_two_actions_and_the_page_all() -> None:
    entry = Entry("0001", ROW, actions=frozenset(Action) - {Action.START})
    seen = glance(entry, NOW)
    assert seen.at_hand == (Action.RESUME, Action.HALT)
    assert len(seen.actions) == len(Action) - 1


def test_another_bot_has_another_mark_and_the_same_has_the_same() -> None:
    assert glanced().mark == glanced().mark
    assert glanced().mark != glanced(last_error="odd").mark


def points_of(*equity: float) -> list[tuple[float, float]]:
    line = sparkline(equity)
    assert line is not None
    return [(float(x), float(y)) for x, y in (point.split(",") for point in line.points.split())]


def test_a_line_runs_from_the_left_to_the_right_and_up_where_it_gains() -> None:
    points = points_of(1, 2, 3)
    assert [x for x, _ in points] == [0, 50, 100]
    assert points[0][1] > points[1][1] > points[2][1]


def test_a_flat_line_is_drawn_and_too_few_points_are_not() -> None:
    assert len({y for _, y in points_of(5, 5, 5)}) == 1
    assert sparkline(()) is None
    assert sparkline((5.0,)) is None
    assert sparkline((5.0, float("inf"), float("nan"), 1e300)) is None
