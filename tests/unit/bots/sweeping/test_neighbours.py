"""Combinations are numbered, and know who stands beside them."""

from bots.commands.sweeping.combining import Grid
from bots.commands.sweeping.neighbours import best_company, company, sentences
from bots.commands.sweeping.rows import NAMES, Row, metric_named, ranked
from bots.commands.sweeping.values import parameter_of

SHARPE, DRAWDOWN = metric_named("sharpe"), metric_named("drawdown")


def grid(*texts: str) -> Grid:
    return Grid(tuple(parameter_of(text) for text in texts))


def row(number: int, sharpe: float | None, drawdown: float = 0.0) -> Row:
    numbers = {"sharpe": sharpe, "drawdown": drawdown}
    return Row(number, "traded", tuple(numbers.get(name) for name in NAMES))


def test_every_combination_has_one_number() -> None:
    made = grid("a=1..3", "b=x,y", "c=0..4")
    assert len({made.values(number) for number in range(len(made))}) == len(made) == 30
    assert all(made.number(made.steps(number)) == number for number in range(len(made)))
    assert made.values(0) == (1, "x", 0)
    assert made.values(29) == (3, "y", 4)


def test_neighbours_are_one_step_away_and_never_across_what_has_no_order() -> None:
    made = grid("a=1..3", "b=x,y", "c=0..4")
    around = {made.values(number) for number in made.neighbours(made.number((1, 0, 0)))}
    assert around == {(1, "x", 0), (3, "x", 0), (2, "x", 1), (1, "x", 1), (3, "x", 1)}


def test_a_lonely_peak_is_told_and_the_plateau_is_found() -> None:
    made = grid("a=0..8")
    rows = {number: row(number, sharpe) for number, sharpe in enumerate([0.1, 3.0, 0.2, 0.9, 1.4, 1.5, 1.4, 0.9, 0.2])}
    best = ranked(rows.values(), SHARPE)
    found = company(made, rows, best[0], SHARPE)

    assert found is not None
    assert (found.row.number, found.median, found.worst) == (1, 0.15000000000000002, 0.1)
    assert sentences(found, SHARPE, best)[-1].endswith("It stands alone.")
    steady = best_company(made, rows, SHARPE)
    assert steady is not None
    assert steady.row.number == 5


def test_a_best_among_its_like_is_told_as_such() -> None:
    made = grid("a=0..2")
    rows = {number: row(number, sharpe) for number, sharpe in enumerate([1.4, 1.5, 1.3])}
    best = ranked(rows.values(), SHARPE)
    assert sentences(company(made, rows, best[0], SHARPE), SHARPE, best)[-1].endswith("They do alike.")


def test_of_drawdowns_the_lowest_is_the_best_and_what_is_not_defined_comes_last() -> None:
    rows = [row(0, None, 5.0), row(1, 1.0, 2.0), row(2, -1.0, 9.0)]
    assert [found.number for found in ranked(rows, DRAWDOWN)] == [1, 0, 2]
    assert [found.number for found in ranked(rows, SHARPE)] == [1, 2, 0]
