"""Every bar once, in order, none missing, whatever the line does."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.live import following
from adapters.live.following import Follower
from adapters.live.line import Line
from adapters.live.source import Quote
from strategies.bar import Bar
from strategies.errors import VenueLostError
from tests.unit.adapters.live.scripted import BEGIN, MINUTE, ScriptedSource, bar

NO_PAUSE = timedelta(0)


class Followed:
    """A follower of a scripted source, with what it handed on and what was told."""

    def __init__(self, source: ScriptedSource, retry: timedelta = NO_PAUSE) -> None:
        self.source = source
        self.bars: list[Bar] = []
        self.quotes: list[Quote] = []
        self.told: list[str] = []
        self.line = Line("the feed", lambda sentence, _trouble: self.told.append(sentence))
        self.follower = Follower(source, MINUTE, self.line, retry, self._bar, self.quotes.append)
        self._came = asyncio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Follow until a condition holds."""
        running = asyncio.create_task(self.follower.run())
        try:
            async with asyncio.timeout(5):
                while not condition():  # noqa: ASYNC110
                    await asyncio.sleep(0)
        finally:
            running.cancel()
            await asyncio.wait([running])

    def _bar(self, came: Bar) -> None:
        self.bars.append(came)


async def test_bars_that_closed_during_an_outage_come_before_the_next_and_are_late() -> None:
    known = [bar(0), bar(1)]
    source = ScriptedSource([[bar(2)], [bar(5)]], known)
    source.before_stream = [lambda: None, lambda: known.extend([bar(2), bar(3), bar(4)])]
    followed = Followed(source)
    await followed.follower.history(2)
    await followed.until(lambda: len(followed.bars) == 4)
    assert followed.bars == [bar(2), bar(3), bar(4), bar(5)]
    late = [followed.line.take_late(each.time) for each in followed.bars]
    assert late == [False, True, True, False]


async def test_an_outage_is_told_once_and_its_end_once() -> None:
    source = ScriptedSource([[bar(1)]], [bar(0)])
    source.faults = []
    followed = Followed(source)
    await followed.follower.history(1)
    source.faults = [VenueLostError("busy"), VenueLostError("busy"), VenueLostError("busy")]
    await followed.until(lambda: any("back" in each for each in followed.told))
    assert [each.split(":")[0].split(" after")[0] for each in followed.told] == ["the feed is lost", "the feed is back"]


async def test_a_bar_that_comes_twice_or_too_late_is_handed_on_once() -> None:
    source = ScriptedSource([[bar(1), bar(1), bar(0), bar(2)]], [bar(0)])
    followed = Followed(source)
    await followed.follower.history(1)
    await followed.until(lambda: len(followed.bars) >= 2)
    assert followed.bars == [bar(1), bar(2)]


async def test_a_bar_of_times_to_come_does_not_make_those_after_it_old() -> None:
    far = bar(2)._replace(time=datetime.now(UTC) + timedelta(days=30))
    source = ScriptedSource([[bar(1), far], [bar(2)]], [bar(0)])
    followed = Followed(source)
    await followed.follower.history(1)
    await followed.until(lambda: len(followed.bars) == 2)
    assert followed.bars == [bar(1), bar(2)]
    assert any("where none can be" in each for each in followed.told)


async def test_a_gap_in_the_stream_is_filled_before_the_bar_behind_it() -> None:
    known = [bar(0)]
    source = ScriptedSource([[bar(1), bar(4)]], known)
    source.before_stream = [lambda: None]
    followed = Followed(source)
    await followed.follower.history(1)
    known.extend([bar(1), bar(2), bar(3)])
    source.known = known
    await followed.until(lambda: len(followed.bars) >= 4)
    assert followed.bars == [bar(1), bar(2), bar(3), bar(4)]


async def test_an_outage_of_thousands_of_bars_is_filled_page_by_page() -> None:
    source = ScriptedSource([[]], [bar(0)])
    followed = Followed(source)
    await followed.follower.history(1)
    source.known = [bar(number) for number in range(2501)]
    await followed.until(lambda: len(followed.bars) == 2500)
    assert followed.bars == source.known[1:]


async def test_a_past_that_is_empty_is_asked_for_again() -> None:
    source = ScriptedSource([], [])
    followed = Followed(source)
    asking = asyncio.create_task(followed.follower.history(10))
    async with asyncio.timeout(5):
        while len(source.asked) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0)
    source.known = [bar(0)]
    assert await asking == [bar(0)]
    assert len(followed.told) == 2


async def test_a_venue_that_asks_for_time_is_given_it(monkeypatch: pytest.MonkeyPatch) -> None:
    source = ScriptedSource([], [bar(0)])
    source.faults = [VenueLostError("too many requests", retry_after=17.0)]
    slept: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        slept.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", note)
    await Followed(source, timedelta(seconds=3)).follower.history(1)
    assert slept == [17.0]


async def test_quotes_pass_without_counting_as_bars() -> None:
    quote = Quote(Decimal(99), Decimal(101), BEGIN)
    followed = Followed(ScriptedSource([[quote, bar(1)]], [bar(0)]))
    await followed.follower.history(1)
    await followed.until(lambda: len(followed.bars) == 1)
    assert followed.quotes == [quote]


async def test_a_stream_that_stands_and_brings_no_bar_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_WATCH_SECONDS", 0.001)
    followed = Followed(ScriptedSource([], [bar(0)]))
    followed.source.patience = -MINUTE
    await followed.follower.history(1)
    await followed.until(lambda: followed.source.entered >= 3)
    assert "no bar for" in followed.told[0]


async def test_a_closed_market_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_WATCH_SECONDS", 0.001)
    source = ScriptedSource([], [bar(0)])
    source.open = False
    source.patience = -MINUTE
    followed = Followed(source)
    await followed.follower.history(1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await followed.until(lambda: source.entered > 1)
    assert followed.told == []


async def test_a_stream_that_notices_silence_by_itself_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_WATCH_SECONDS", 0.001)
    source = ScriptedSource([], [bar(0)])
    source.patience = None
    followed = Followed(source)
    await followed.follower.history(1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await followed.until(lambda: source.entered > 1)
    assert followed.told == []


NO_BARS = {
    "a price of zero": bar(2)._replace(low=0.0),
    "no number": bar(2)._replace(close=float("nan")),
    "a high below the low": bar(2)._replace(high=1.0),
    "less than nothing traded": bar(2)._replace(volume=-1.0),
}


@pytest.mark.parametrize("none", NO_BARS.values(), ids=NO_BARS)
async def test_what_is_no_bar_is_left_out_wherever_it_comes_from(none: Bar, caplog: pytest.LogCaptureFixture) -> None:
    source = ScriptedSource([[none, bar(4)]], [bar(0), none._replace(time=bar(1).time)])
    followed = Followed(source)
    assert await followed.follower.history(2) == [bar(0)]
    source.known = [bar(0), none, bar(3)]
    await followed.until(lambda: len(followed.bars) == 2)
    assert followed.bars == [bar(3), bar(4)]
    assert caplog.messages[0].startswith("the bar of 2026-01-05 00:01 UTC is none and is left out: ")


class Correcting(ScriptedSource):
    """Knows the third bar from its third answer on."""

    async def closed_bars(self, after: datetime | None, limit: int) -> list[Bar]:
        found = await super().closed_bars(after, limit)
        if len(self.asked) == 2:
            self.known = [*self.known, bar(2)]
        return found


async def test_the_true_bar_is_asked_for_when_the_stream_told_nonsense_of_it() -> None:
    followed = Followed(Correcting([[NO_BARS["no number"], bar(3)]], [bar(0), bar(1)]))
    await followed.follower.history(2)
    await followed.until(lambda: bar(3) in followed.bars)
    assert followed.bars == [bar(2), bar(3)]
