"""What is drawn when there are more points than pixels."""

import numpy as np
import pytest

from bots.results.thinning import extremes, merged
from tests.unit.report.account import bars


def test_few_points_are_all_kept() -> None:
    assert extremes(np.array([3.0, 1.0, 2.0]), 3) == [0, 1, 2]
    assert extremes(np.array([]), 3) == []


@pytest.mark.parametrize("count", [101, 1000, 1003])
def test_the_extremes_and_both_ends_survive(count: int) -> None:
    values = np.random.default_rng(7).normal(size=count)
    kept = extremes(values, 100)
    assert len(kept) <= 102
    assert kept == sorted(set(kept))
    assert {0, count - 1, int(values.argmin()), int(values.argmax())} <= set(kept)


def test_a_spike_of_one_point_inside_a_flat_run_survives() -> None:
    values = np.zeros(10_000)
    values[4321], values[4322] = 5, -5
    assert {4321, 4322} <= set(extremes(values, 50))


def test_merged_bars_keep_open_high_low_close_and_volume() -> None:
    candles, each = merged(bars([5, 9, 2, 7, 6]), 2)
    assert each == 3
    assert [bar[1:] for bar in candles] == [(5, 10, 1, 2, 30), (7, 8, 5, 6, 20)]


def test_few_bars_are_left_as_they_are() -> None:
    few = bars([5, 9])
    assert merged(few, 2) == (few, 1)
    assert merged([], 2) == ([], 1)
