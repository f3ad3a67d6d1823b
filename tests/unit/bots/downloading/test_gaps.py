"""A gap is where the venue's own calendar expects a bar."""

from datetime import UTC, datetime, timedelta

from bots.commands.downloading.gaps import Gaps

DAY = timedelta(days=1)


def at(day: int, hour: int) -> datetime:
    return datetime(2024, 1, day, hour, tzinfo=UTC)


def friday_and_monday_close(after: datetime) -> datetime:
    """A calendar of weekdays, 14:00 to 21:00."""
    closes = after.replace(hour=21, minute=0)
    while closes <= after or closes.weekday() > 4:
        closes += DAY
    return closes


def test_where_a_market_never_closes_every_missing_bar_makes_a_gap() -> None:
    gaps = Gaps(DAY, lambda after: None)
    assert not gaps.is_gap(at(5, 0), at(6, 0))
    assert gaps.is_gap(at(5, 0), at(7, 0))


def test_a_weekend_is_no_gap_and_a_missing_monday_is_one() -> None:
    gaps = Gaps(DAY, friday_and_monday_close)
    assert not gaps.is_gap(at(5, 14), at(8, 14))
    assert gaps.is_gap(at(5, 14), at(9, 14))


def test_summer_time_makes_no_gap_of_a_day_of_25_hours() -> None:
    assert not Gaps(DAY, friday_and_monday_close).is_gap(at(9, 13), at(10, 14))


def test_a_first_bar_is_late_if_the_calendar_has_one_before_it() -> None:
    weekdays = Gaps(DAY, friday_and_monday_close)
    assert not weekdays.is_late(at(6, 0), at(8, 14)), "the 6th is a Saturday"
    assert weekdays.is_late(at(5, 0), at(8, 14))
    always = Gaps(DAY, lambda after: None)
    assert not always.is_late(at(5, 0), at(5, 0))
    assert always.is_late(at(5, 0), at(6, 0))
