"""A split changes the past, and what a share is: a bot must not take it for a fall of the price."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from strategies.errors import VenueLostError, VenueRefusedError
from tests.venues.yahoo.listing import DAY, Listing
from tests.venues.yahoo.staging import HOUR, MINUTE, QUIET, apple, at, next_bars, opens, raised, staged

pytestmark = QUIET

SPLIT_AT = at("2026-09-09 13:30")
SENTENCE = "AAPL was split 4:1 at 2026-09-09 13:30 UTC, after the last bar that the bot knows"


def split(*, told: bool = True) -> Listing:
    listing = apple()
    listing.splits, listing.untold_splits = [(SPLIT_AT, 4, 1)], not told
    return listing


@pytest.mark.parametrize("interval", [MINUTE, HOUR, 4 * HOUR, DAY])
async def test_a_split_while_the_bot_runs_ends_its_bars_before_the_first_new_one(interval: timedelta) -> None:
    now = "2026-09-08 19:59:30" if interval != DAY else "2026-09-08 19:00:00"
    async with staged(split(), interval, now) as (source, double, clock):
        await source.closed_bars(None, 5)
        async with source.stream() as events:
            last = (await next_bars(events, 1))[0]
            error = await raised(anext(events))
        asked = len(double.requests)
        again = await raised(source.closed_bars(last.time, 5))

    assert last.time < SPLIT_AT < clock.now()
    assert isinstance(error, VenueRefusedError)
    assert str(error).startswith(SENTENCE)
    assert str(again) == str(error)
    assert len(double.requests) == asked, "nothing is asked of Yahoo any more"


async def test_a_split_between_two_runs_is_refused_at_the_start() -> None:
    async with staged(split(), MINUTE, "2026-09-14 15:00:00", goes_on_from=at("2026-09-08 19:59")) as (source, _, _c):
        error = await raised(source.prepare())

    assert isinstance(error, VenueRefusedError)
    assert str(error).startswith(SENTENCE)


async def test_a_split_months_ago_is_found_too() -> None:
    async with staged(split(), MINUTE, "2026-12-14 15:00:00", goes_on_from=at("2026-09-08 19:59")) as (source, _, _c):
        assert isinstance(await raised(source.prepare()), VenueRefusedError)


async def test_without_a_position_a_bot_goes_on_with_the_adjusted_past() -> None:
    settings: dict[str, Any] = {"goes_on_from": at("2026-09-08 19:59"), "holds_position": False}
    async with staged(split(), MINUTE, "2026-09-09 15:00:00", **settings) as (source, _, _clock):
        bars = await source.closed_bars(None, 200)

    closes = [bar.close for bar in bars]
    assert all(0.8 < now / before < 1.25 for before, now in pairwise(closes))
    assert bars[0].time < SPLIT_AT < bars[-1].time


async def test_a_split_before_the_bots_last_bar_is_of_the_past() -> None:
    async with staged(split(), MINUTE, "2026-09-09 15:00:00", goes_on_from=SPLIT_AT) as (source, _, _clock):
        assert len(await source.closed_bars(None, 200)) == 200


async def test_a_past_of_another_scale_is_waited_out() -> None:
    async with staged(apple(), MINUTE, "2026-09-08 17:57:20") as (source, double, clock):
        known = await source.closed_bars(None, 20)
        double.faults.scale = 0.01
        error = await raised(source.closed_bars(known[-3].time, 20))
        double.faults.scale = 1.0
        await clock.sleep(60)
        after = await source.closed_bars(known[-1].time, 20)

    assert isinstance(error, VenueLostError)
    assert "waiting until it is of one mind" in str(error)
    assert opens(after) == ["09-08 17:57"]


async def test_an_untold_split_hands_on_no_bar() -> None:
    async with staged(split(told=False), MINUTE, "2026-09-08 19:59:30") as (source, _, _clock):
        await source.closed_bars(None, 5)
        async with source.stream() as events:
            assert opens(await next_bars(events, 1)) == ["09-08 19:59"]
            error = await raised(anext(events))

    assert isinstance(error, VenueLostError)
