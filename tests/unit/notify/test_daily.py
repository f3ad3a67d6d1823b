"""A summary a day, of all that came since the last one."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bots.notify.daily import Standing, day_end, figures, first_start, is_due
from bots.notify.wording import message_of
from bots.trading import events
from bots.trading.events import Event, EventKind
from tests.unit.notify.fakes import NOON, WHOSE

BERLIN = ZoneInfo("Europe/Berlin")
NOW = Standing(Decimal("1001.5"), Decimal("0.25"), Decimal("0.5"), Decimal("-0.3"), timedelta(hours=30), 1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def summary(until: str) -> Event:
    return Event(EventKind.DAILY_SUMMARY, utc(until), "", {"until": utc(until).isoformat()})


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-22T18:59:59", "2026-11-21T19:00:00"),
        ("2026-11-22T19:00:00", "2026-11-22T19:00:00"),
        ("2026-11-23T00:30:00", "2026-11-22T19:00:00"),
        ("2026-07-01T18:00:00", "2026-07-01T18:00:00"),
    ],
    ids=["just before", "at that minute", "after midnight there", "in summer time"],
)
def test_a_day_ends_at_its_time_of_day_in_its_zone(now: str, end: str) -> None:
    assert day_end(utc(now), time(20), BERLIN) == utc(end)


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)], ids=["an hour less", "an hour twice"])
def test_a_day_of_another_length_ends_once(day: date) -> None:
    first = datetime.combine(day, time(0), UTC) - timedelta(hours=12)
    ends = {day_end(first + timedelta(minutes=number), time(2, 30), BERLIN) for number in range(48 * 60)}
    assert len(ends) == 3


def test_a_summary_is_due_once_for_each_day_also_after_a_restart_at_that_minute() -> None:
    end = utc("2026-11-22T19:00:00")
    assert is_due(end, summary("2026-11-21T19:00:00"), began=end)
    assert not is_due(end, summary("2026-11-22T19:00:00"), began=NOON)


def test_a_bot_that_began_after_the_days_end_has_nothing_to_tell_of_it() -> None:
    assert not is_due(utc("2026-11-22T00:00:00"), None, began=NOON)


def test_a_bot_that_was_started_before_the_days_end_and_killed_since_still_tells_of_it() -> None:
    begun = [events.started(utc("2026-11-21T10:00:00"), "begins"), events.started(NOON, "goes on")]
    assert is_due(utc("2026-11-22T00:00:00"), None, first_start(begun, NOON))


def test_a_summary_counts_every_trade_since_the_last_one() -> None:
    exits = [
        Event(EventKind.TRADE_EXIT, NOON, "", {"profit": profit, "fees": "0.1"}) for profit in ("1.5", "-0.5", "0.25")
    ]
    told = figures(utc("2026-11-23T00:00:00"), ZoneInfo("UTC"), [*exits, events.started(NOON, "goes on")], NOW)
    assert message_of(events.daily_summary(NOON, told, "USDT"), WHOSE).text.splitlines() == [
        "0003 (LIVE): 2026-11-22, +1.25 USDT",
        "3 trades, 2 of them with a gain",
        "fees 0.30 USDT",
        "equity 1001.50 USDT, drawdown 0.25 %",
        "position: 0.5 ETH, -0.30 USDT so far",
        "up for 1 d 6 h, 1 start, 1 repair of the strategy",
    ]
