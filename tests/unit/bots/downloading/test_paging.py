"""How a venue is asked for past bars: nothing twice, and not for ever."""

from collections import deque
from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.feeds import FeedSettings
from bots.commands.downloading.paging import PAGE, Pages, Patience
from strategies.bar import Bar
from strategies.errors import VenueLostError, VenueRefusedError
from tests.scripted_venue import SCRIPT, ScriptedSource, bars_of, play

HOUR = timedelta(hours=1)
BARS = bars_of(2500)
QUICK = Patience(tries=3, first=0.001)


def pages() -> Pages:
    return Pages(ScriptedSource(FeedSettings("BTCUSDT", HOUR, Decimal(0))), HOUR, QUICK, lambda _: None)


async def all_between(asked: Pages, first: int, last: int) -> list[Bar]:
    return [bar async for page in asked.between(BARS[first].time, BARS[last].time) for bar in page]


async def test_bars_after_one_moment_and_before_another_come_once_each() -> None:
    play(bars=BARS)
    assert await all_between(pages(), 0, 2400) == BARS[1:2400]
    assert [limit for _, limit in SCRIPT.asked] == [PAGE] * 3


async def test_what_came_along_with_the_first_bar_is_not_asked_for_again() -> None:
    play(bars=BARS)
    asked = pages()
    assert await asked.first_from(BARS[100].time) == BARS[100]
    assert await all_between(asked, 100, 1000) == BARS[101:1000]
    assert len(SCRIPT.asked) == 1


async def test_the_first_bar_from_a_moment_is_not_the_one_before_it() -> None:
    # The clocks have gone back: 25 hours lie between two days' bars, 24 before the second is none.
    play(bars=[BARS[0], BARS[25]])
    days = Pages(ScriptedSource(FeedSettings("AAPL", HOUR, Decimal(0))), 26 * HOUR, QUICK, lambda _: None)
    assert await days.first_from(BARS[25].time) == BARS[25]
    assert await days.first_from(BARS[26].time) is None


async def test_a_venue_that_has_less_than_was_asked_for_is_believed_only_when_it_has_nothing_more() -> None:
    script = play(bars=BARS[:10])

    class Growing(ScriptedSource):
        async def closed_bars(self, after: object, limit: int) -> list[Bar]:
            found = await super().closed_bars(after, limit)  # type: ignore[arg-type]
            script.bars = BARS[: len(script.bars) + 10]
            return found

    source = Growing(FeedSettings("BTCUSDT", HOUR, Decimal(0)))
    assert await all_between(Pages(source, HOUR, QUICK, lambda _: None), 0, 45) == BARS[1:45]


async def test_failures_count_only_in_a_row() -> None:
    lost = VenueLostError("no answer")
    play(bars=BARS, answers=deque([lost, lost, None] * 3))
    assert len(await all_between(pages(), 0, 2400)) == 2399
    play(bars=BARS, answers=deque([lost] * 3))
    with pytest.raises(VenueLostError):
        await all_between(pages(), 0, 2400)
    assert len(SCRIPT.asked) == 3


async def test_a_refusal_is_not_asked_for_twice() -> None:
    play(bars=BARS, answers=deque([VenueRefusedError("no")]))
    with pytest.raises(VenueRefusedError):
        await all_between(pages(), 0, 10)
    assert len(SCRIPT.asked) == 1


def test_pauses_double_up_to_the_longest_and_are_never_shorter_than_the_venue_asks() -> None:
    patience = Patience(tries=8, first=1.0, longest=20.0)
    assert [patience.pause(failed, None) for failed in range(1, 9)] == [1, 2, 4, 8, 16, 20, 20, None]
    assert patience.pause(1, 30.0) == 30.0
    assert patience.pause(5, 3.0) == 16.0
    assert patience.pause(1, 601.0) is None
