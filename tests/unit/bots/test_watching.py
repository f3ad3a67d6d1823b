"""`tradingbot feed` on a venue: past bars, live ones, quotes, and one line each when the line breaks and is back."""

import re
from collections import deque
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from click.testing import CliRunner, Result

from adapters import registry
from adapters.live.source import Quote
from bots.cli import main
from strategies.errors import VenueLostError, VenueRefusedError
from tests import scripted_venue
from tests.scripted_venue import play, recent_bars

MINUTE = timedelta(minutes=1)
DROPPED = VenueLostError("the stream broke off")


@pytest.fixture(autouse=True)
def _at_a_venue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.SOURCES, "scripted", scripted_venue.SOURCE)


def feed(*options: object, retry: float = 0.01) -> Result:
    arguments = ["feed", "scripted", "BTCUSDT", "1m", "--retry", retry, *options]
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def times(result: Result) -> list[str]:
    return [line.split()[0] for line in result.stdout.splitlines()]


def test_past_bars_come_first_and_live_ones_with_their_delay() -> None:
    bars = recent_bars(12)
    play(bars=bars[:10], streams=deque([bars[10:]]))
    result = feed("--count", "2")
    assert result.exit_code == 0
    assert times(result) == [f"{bar.time:%Y-%m-%dT%H:%M:%SZ}" for bar in bars[-5:]]
    assert [" delay " in line for line in result.stdout.splitlines()] == [False] * 3 + [True] * 2
    assert result.stderr == "scripted BTCUSDT 1m: price step 0.01 USDT\n"


def test_as_many_past_bars_come_as_are_asked_for() -> None:
    bars = recent_bars(12)
    play(bars=bars[:10], streams=deque([bars[10:]]))
    assert len(times(feed("--count", "1", "--history", "7"))) == 8
    play(bars=bars[:10], streams=deque([bars[10:]]))
    assert len(times(feed("--count", "1", "--history", "0"))) == 1


def test_the_delay_is_that_after_the_bars_close_by_the_venues_clock() -> None:
    (bar,) = recent_bars(1)
    play(streams=deque([[bar]]), skew=3600.0)
    before = datetime.now(UTC)
    result = feed("--count", "1", "--history", "0")
    waited = (before - bar.time - MINUTE).total_seconds()
    (told,) = re.findall(r"delay ([\d.]+) s$", result.stdout.strip())
    assert 3600 + waited <= float(told) + 0.01 < 3600 + waited + 10
    assert "the venue's clock is 3600.00 s ahead" in result.stderr


def test_a_broken_line_is_told_once_and_its_end_once_and_what_was_missed_is_filled_in() -> None:
    bars = recent_bars(12)

    def the_venue_goes_on() -> None:
        script.bars = bars[:11]

    script = play(
        bars=bars[:9],
        answers=deque([None, None, VenueLostError("no answer")]),
        streams=deque([[bars[9], the_venue_goes_on, DROPPED], [], [bars[11]]]),
    )
    result = feed("--count", "3")
    assert times(result) == [f"{bar.time:%Y-%m-%dT%H:%M:%SZ}" for bar in bars[6:]]
    assert [line.endswith("filled in") for line in result.stdout.splitlines()] == [False] * 4 + [True, False]
    notes = [line.partition("  ")[2] for line in result.stderr.splitlines()[1:]]
    assert len(notes) == 2
    assert re.fullmatch(r"the feed .*lost: the stream broke off", notes[0])
    assert re.fullmatch(r"the feed is back after \d+ s, 1 bar was filled in", notes[1])


def test_a_venue_that_does_not_answer_at_first_is_waited_for() -> None:
    bars = recent_bars(5)
    play(bars=bars[:4], prepares=deque([VenueLostError("nobody there")] * 3), streams=deque([bars]))
    result = feed("--count", "1")
    assert result.exit_code == 0
    assert result.stderr.count("lost: nobody there") == 1
    assert result.stderr.count("the feed is back after") == 1


@pytest.mark.parametrize("place", ["prepares", "answers", "streams"])
def test_a_refusal_ends_it_in_one_line(place: str) -> None:
    refused = VenueRefusedError("no such symbol: BTCUSDT; look it up at the venue")
    bars = recent_bars(5)
    script = play(bars=bars)
    queues: dict[str, list[object]] = {"prepares": [refused], "answers": [refused], "streams": [[refused]]}
    setattr(script, place, deque(queues[place]))
    result = feed(retry=60)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == str(refused)
    assert script.closed == ["source"]


def test_quotes_come_only_when_asked_for_and_not_more_often_than_one_can_read() -> None:
    bars = recent_bars(2)
    quotes = [Quote(Decimal("92.10"), Decimal("92.1200"), datetime.now(UTC))] * 500
    play(bars=bars[:1], streams=deque([[*quotes, bars[1]]]))
    assert "bid" not in feed("--count", "1").stdout
    play(bars=bars[:1], streams=deque([[*quotes, bars[1]]]))
    lines = [line for line in feed("--count", "1", "--quotes").stdout.splitlines() if " bid " in line]
    assert len(lines) == 1
    assert lines[0].endswith("Z  bid 92.10  ask 92.1200")


def test_a_source_without_quotes_says_so() -> None:
    bars = recent_bars(2)
    play(bars=bars[:1], streams=deque([bars]), has_quotes=False)
    assert "it has no quotes" in feed("--count", "1", "--quotes").stderr


def test_a_closed_market_is_told_with_when_to_expect_a_bar() -> None:
    bars = recent_bars(2)
    opens = datetime(2030, 1, 2, 14, 31, tzinfo=UTC)
    play(bars=bars[:1], streams=deque([bars]), is_open=False, next_close=lambda after: opens)
    assert "the market is closed; the next bar closes at 2030-01-02 14:31 UTC" in feed("--count", "1").stderr


def test_an_unknown_symbol_or_interval_is_refused_before_anything_is_asked() -> None:
    script = play()
    for arguments in (["scripted", "btcusdt", "1m"], ["scripted", "BTCUSDT", "7m"]):
        result = CliRunner().invoke(main, ["feed", *arguments])
        assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert script.feed_settings is None
