"""SuperTrend's line depends on all bars since it last flipped; a restarted bot has only some of them."""

import json

import pytest

from strategies.entries.rsi_volume_supertrend import RSIVolumeSupertrendEntryMixin, RSIVolumeSupertrendEntryParams
from tests.made_bars import made_bars

BARS = made_bars(3000, seed=3)
WIDE = {"rsi_oversold": 100.0, "min_volume_ratio": 0.0, "st_multiplier": 20.0}
HISTORY = 60


def entry(**changed: float) -> RSIVolumeSupertrendEntryMixin:
    return RSIVolumeSupertrendEntryMixin(RSIVolumeSupertrendEntryParams.model_validate(WIDE | changed))


def lines(mixin: RSIVolumeSupertrendEntryMixin, first: int, last: int) -> list[tuple[float, bool]]:
    found = []
    for bar in BARS[first:last]:
        mixin.update(bar)
        found.append((mixin.supertrend.value, mixin.supertrend.up))
    return found


@pytest.mark.parametrize("stop", range(200, 2800, 130))
def test_a_restarted_entry_goes_on_with_the_line_that_was_kept(stop: int) -> None:
    undisturbed = entry()
    lines(undisturbed, 0, stop)
    kept = json.loads(json.dumps(undisturbed.state()))
    restarted = entry()
    restarted.restore(kept)
    lines(restarted, stop - HISTORY, stop)
    assert lines(restarted, stop, stop + 200) == lines(undisturbed, stop, stop + 200)


def test_without_what_was_kept_the_line_would_be_another() -> None:
    undisturbed, cold = entry(), entry()
    lines(undisturbed, 0, 2000)
    lines(cold, 2000 - HISTORY, 2000)
    assert cold.supertrend.value != undisturbed.supertrend.value


def test_a_line_that_other_parameters_drew_is_not_taken_up() -> None:
    before, after, cold = entry(), entry(st_multiplier=3.0), entry(st_multiplier=3.0)
    lines(before, 0, 2000)
    after.restore(before.state())
    assert lines(after, 1900, 2000) == lines(cold, 1900, 2000)


def test_a_line_that_was_not_taken_up_yet_is_kept_on() -> None:
    before, after = entry(), entry()
    lines(before, 0, 2000)
    after.restore(before.state())
    assert after.state() == before.state()
