"""The four entries, on either side of each of their thresholds."""

from typing import Any

import pytest

from strategies.bar import Bar
from strategies.base import EntryMixin
from strategies.entries.rsi_bb import RSIBBEntryMixin, RSIBBEntryParams
from strategies.entries.rsi_bb_volume import RSIBBVolumeEntryMixin, RSIBBVolumeEntryParams
from strategies.entries.rsi_ichimoku import RSIIchimokuEntryMixin, RSIIchimokuEntryParams
from strategies.entries.rsi_volume_supertrend import RSIVolumeSupertrendEntryMixin, RSIVolumeSupertrendEntryParams
from strategies.registry import entry_class, entry_names
from tests.unit.strategies.made_up import bar, dashes, feed, random_walk

# With these the last bar has RSI 25 exactly (a gain of 1, a loss of 3) and closes exactly on the lower band,
# for over two bars one population deviation below the mean is the lower of the two closes.
OVERSOLD_ON_THE_BAND = dashes(100, 101, 98)
SHORT: dict[str, Any] = {"rsi_period": 2, "bb_period": 2, "bb_dev": 1.0}


def enters(entry: EntryMixin[Any], bars: list[Bar]) -> bool:
    return feed(entry, bars).should_enter(bars[-1])


def rsi_bb(**params: Any) -> RSIBBEntryMixin:
    return RSIBBEntryMixin(RSIBBEntryParams.model_validate(SHORT | {"rsi_oversold": 25} | params))


def rsi_bb_volume(**params: Any) -> RSIBBVolumeEntryMixin:
    volume = {"vol_ma_period": 2, "min_volume_ratio": 0}
    return RSIBBVolumeEntryMixin(RSIBBVolumeEntryParams.model_validate(SHORT | volume | {"rsi_oversold": 25} | params))


@pytest.mark.parametrize("make", [rsi_bb, rsi_bb_volume])
class TestWhatBothBandEntriesShare:
    def test_an_rsi_at_oversold_is_low_enough(self, make: Any) -> None:
        assert enters(make(rsi_oversold=25), OVERSOLD_ON_THE_BAND)

    def test_an_rsi_above_oversold_is_not(self, make: Any) -> None:
        assert not enters(make(rsi_oversold=24.99), OVERSOLD_ON_THE_BAND)

    def test_a_close_on_the_band_is_not_enough_without_touch(self, make: Any) -> None:
        assert not enters(make(use_bb_touch=False), OVERSOLD_ON_THE_BAND)

    def test_a_close_below_the_band_is_enough_without_touch(self, make: Any) -> None:
        assert enters(make(use_bb_touch=False, bb_dev=0.99), OVERSOLD_ON_THE_BAND)

    def test_a_close_above_the_band_never_is(self, make: Any) -> None:
        assert not enters(make(bb_dev=1.01), OVERSOLD_ON_THE_BAND)

    def test_an_oversold_of_0_is_a_value_like_any_other(self, make: Any) -> None:
        assert enters(make(rsi_oversold=0), dashes(5, 5, 5))
        assert not enters(make(rsi_oversold=0), OVERSOLD_ON_THE_BAND)

    def test_nothing_is_signalled_before_there_are_values(self, make: Any) -> None:
        assert not enters(make(rsi_oversold=100), dashes(100, 99))


def with_volumes(*volumes: float) -> list[Bar]:
    return [each._replace(volume=volume) for each, volume in zip(OVERSOLD_ON_THE_BAND, volumes, strict=True)]


def test_a_volume_at_its_threshold_is_not_enough() -> None:
    assert not enters(rsi_bb_volume(min_volume_ratio=1.5), with_volumes(0, 1, 3))


def test_a_volume_above_its_threshold_is_enough() -> None:
    assert enters(rsi_bb_volume(min_volume_ratio=1.499), with_volumes(0, 1, 3))


def test_rsi_cross_waits_until_rsi_has_risen_through_oversold() -> None:
    crossing = dashes(100, 101, 98, 99)
    wanted = {"rsi_cross": True, "bb_reentry": True}
    now = feed(rsi_bb(), crossing).rsi.value
    assert now > 25
    assert not enters(rsi_bb(**wanted), crossing[:-1])
    assert enters(rsi_bb(**wanted), crossing)
    assert not enters(rsi_bb(**wanted, rsi_oversold=24.99), crossing), "it was not oversold before"
    assert not enters(rsi_bb(**wanted, rsi_oversold=now), crossing), "it has only come up to oversold"


def test_bb_reentry_asks_for_a_close_above_the_band() -> None:
    assert not enters(rsi_bb(bb_reentry=True), OVERSOLD_ON_THE_BAND)
    assert enters(rsi_bb(bb_reentry=True, bb_dev=1.01), OVERSOLD_ON_THE_BAND)


def test_a_cool_down_lasts_so_many_bars_from_the_last_entry_signal() -> None:
    entry = rsi_bb(cooldown_bars=3)
    heard = []
    for each in dashes(*[5.0] * 10):  # a flat market is oversold and on its band on every bar
        entry.update(each)
        heard.append(entry.should_enter(each))
        if heard[-1]:
            entry.entered(each)
    assert heard == [False, False, True, False, False, True, False, False, True, False]


def test_asking_does_not_start_a_cool_down() -> None:
    entry = rsi_bb(cooldown_bars=3)
    assert enters(entry, OVERSOLD_ON_THE_BAND)
    assert entry.should_enter(OVERSOLD_ON_THE_BAND[-1])


def test_a_cool_down_goes_on_after_a_restart_whose_warm_up_repeats_bars() -> None:
    bars = dashes(*[5.0] * 12)
    before = feed(rsi_bb(cooldown_bars=5), bars[:6])
    before.entered(bars[5])
    feed(before, bars[6:8])

    after = rsi_bb(cooldown_bars=5)
    after.restore(before.state())
    feed(after, bars[2:9])
    assert not after.should_enter(bars[8])
    feed(after, bars[9:10])
    assert not after.should_enter(bars[9]), "bar 9 is 4 bars after the entry on bar 5"
    feed(after, bars[10:11])
    assert after.should_enter(bars[10])


def test_an_entry_that_never_entered_has_nothing_to_store() -> None:
    entry = rsi_bb(cooldown_bars=5)
    assert entry.state() == {}
    entry.restore({})
    assert enters(entry, OVERSOLD_ON_THE_BAND)


def ichimoku_entry(**params: Any) -> RSIIchimokuEntryMixin:
    ones = {"tenkan_period": 1, "kijun_period": 1, "senkou_period": 1, "rsi_period": 2, "rsi_oversold": 100}
    return RSIIchimokuEntryMixin(RSIIchimokuEntryParams.model_validate(ones | params))


def above_the_cloud(before: Bar, now: Bar) -> list[Bar]:
    """Return bars under whose last the cloud lies at 100; over one bar each, the lines are the middles of the bars."""
    return [*dashes(*[100.0] * 30), before, now]


CROSSED = above_the_cloud(bar(30, 100), bar(31, 101, high=101, low=99))


def test_ichimoku_enters_when_the_close_crosses_the_conversion_line_above_the_cloud() -> None:
    assert enters(ichimoku_entry(), CROSSED)


def test_ichimoku_does_not_enter_above_oversold() -> None:
    assert not enters(ichimoku_entry(rsi_oversold=99.99), CROSSED)


def test_ichimoku_does_not_enter_on_the_clouds_edge() -> None:
    assert not enters(ichimoku_entry(), above_the_cloud(bar(30, 100), bar(31, 100, high=101, low=98)))


def test_ichimoku_does_not_enter_on_the_conversion_line() -> None:
    assert not enters(ichimoku_entry(), above_the_cloud(bar(30, 100), bar(31, 101, high=103, low=99)))


def test_ichimoku_does_not_enter_when_the_previous_close_was_above_the_line_already() -> None:
    assert not enters(
        ichimoku_entry(), above_the_cloud(bar(30, 100.5, high=100.5, low=99.5), bar(31, 101, high=101, low=99))
    )


def supertrend_entry(**params: Any) -> RSIVolumeSupertrendEntryMixin:
    loose = {"rsi_period": 2, "rsi_oversold": 25, "vol_ma_period": 2, "min_volume_ratio": 1.499}
    loose |= {"st_period": 1, "st_multiplier": 3.01}
    return RSIVolumeSupertrendEntryMixin(RSIVolumeSupertrendEntryParams.model_validate(loose | params))


def test_supertrend_entry_needs_a_trend_that_points_up() -> None:
    assert enters(supertrend_entry(), with_volumes(0, 1, 3))
    # With 3 the line lies at 101 - 3, and the last close reaches it.
    assert not enters(supertrend_entry(st_multiplier=3), with_volumes(0, 1, 3))


def test_supertrend_entry_needs_an_rsi_at_or_below_oversold() -> None:
    assert not enters(supertrend_entry(rsi_oversold=24.99), with_volumes(0, 1, 3))


def test_supertrend_entry_needs_a_volume_above_its_threshold() -> None:
    assert not enters(supertrend_entry(min_volume_ratio=1.5), with_volumes(0, 1, 3))


@pytest.mark.parametrize(
    ("entry", "warm_up"),
    [
        (RSIBBEntryMixin(RSIBBEntryParams()), 20),
        (RSIBBVolumeEntryMixin(RSIBBVolumeEntryParams()), 20),
        (RSIVolumeSupertrendEntryMixin(RSIVolumeSupertrendEntryParams()), 20),
        (RSIIchimokuEntryMixin(RSIIchimokuEntryParams()), 77),
        (RSIBBEntryMixin(RSIBBEntryParams(rsi_period=30)), 30),
    ],
)
def test_the_warm_up_follows_from_the_indicators(entry: EntryMixin[Any], warm_up: int) -> None:
    assert entry.warm_up == warm_up


@pytest.mark.parametrize("name", entry_names())
def test_no_entry_signals_before_its_first_bar_nor_stumbles_over_it(name: str) -> None:
    kind = entry_class(name)
    entry = kind(kind.params_model.model_validate({"rsi_oversold": 100}))
    assert not entry.should_enter(bar(0, 100))
    assert not enters(entry, dashes(100, 99, 98))


def test_an_entry_warmed_up_from_its_last_bars_decides_as_one_that_saw_them_all() -> None:
    bars = random_walk(3000, seed=7)
    loose = {"rsi_oversold": 45, "bb_dev": 1.0, "min_volume_ratio": 0.5}
    old = feed(RSIBBVolumeEntryMixin(RSIBBVolumeEntryParams.model_validate(loose)), bars[:2000])
    new = feed(RSIBBVolumeEntryMixin(RSIBBVolumeEntryParams.model_validate(loose)), bars[1000:2000])
    answers = []
    for each in bars[2000:]:
        old.update(each)
        new.update(each)
        assert new.rsi.value == pytest.approx(old.rsi.value, rel=1e-12)
        assert (new.bands.lower, new.average_volume.value) == (old.bands.lower, old.average_volume.value)
        answers.append(old.should_enter(each))
        assert new.should_enter(each) == answers[-1]
    assert 10 < sum(answers) < 990
