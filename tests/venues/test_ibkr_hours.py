"""Trading hours as Interactive Brokers tells them, and when bars end by them."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest

from adapters.ibkr.hours import Hours, parse_hours
from adapters.ibkr.intervals import latest_end, length_of, next_close, opening, plain_bar
from strategies.errors import VenueRefusedError
from tests.venues.tws.instruments import sessions

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# A week in winter: New York is five hours behind. Its Thursday closes early, its Friday not at all.
STOCK = (
    "20260105:0930-20260105:1600;20260106:0930-20260106:1600;20260107:CLOSED;20260108:0930-20260108:1300;"
    "20260109:0930-20260109:1600;20260110:CLOSED;20260111:CLOSED"
)
FOREX = (
    "20260104:1715-20260105:1700;20260105:1715-20260106:1700;20260106:1715-20260107:1700;"
    "20260107:1715-20260108:1700;20260108:1715-20260109:1700;20260110:CLOSED"
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-01-{text}:00+00:00")


def stock() -> Hours:
    return parse_hours(STOCK, "US/Eastern")


def forex() -> Hours:
    return parse_hours(FOREX, "US/Eastern")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("05T14:29", False), ("05T14:30", True), ("05T20:59", True), ("05T21:00", False), ("07T15:00", False),
        ("08T17:59", True), ("08T18:00", False), ("10T15:00", False),
    ],
)  # fmt: skip
def test_a_stock_is_traded_in_its_hours_where_it_is_listed(moment: str, is_open: bool) -> None:
    assert stock().is_open(at(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("04T22:14", False),
        ("04T22:15", True),
        ("05T21:59", True),
        ("05T22:05", False),
        ("05T22:15", True),
        ("09T22:30", False),
    ],
)
def test_currencies_rest_for_a_quarter_of_an_hour_and_over_the_weekend(moment: str, is_open: bool) -> None:
    assert forex().is_open(at(moment)) is is_open


def test_hours_beyond_those_told_repeat_by_the_week() -> None:
    assert stock().is_open(at("12T15:00")), "a Monday like the last"
    assert not stock().is_open(at("17T15:00")), "a Saturday"
    assert stock().is_open(datetime(2025, 12, 29, 15, tzinfo=UTC)), "a Monday of the year before"


def test_summer_time_begins_between_two_sessions() -> None:
    hours = parse_hours("20260306:0930-20260306:1600;20260309:0930-20260309:1600", "America/New_York")

    assert [begin.hour for begin, _ in hours.sessions] == [14, 13]


def test_several_sessions_a_day_and_their_older_spelling() -> None:
    hours = parse_hours("20260105:0900-1130,20260105:1230-1500;20260106:CLOSED", "Asia/Tokyo")

    assert [(begin.hour, end.hour) for begin, end in hours.sessions] == [(0, 2), (3, 6)]


def test_a_day_without_an_end() -> None:
    hours = parse_hours(sessions(date(2026, 1, 5), 7, "0000", "2400", closed=()), "UTC")

    assert all(hours.is_open(at("05T00:00") + number * HOUR) for number in range(24 * 14))


def test_hours_that_nobody_tells_are_no_reason_to_say_closed() -> None:
    assert parse_hours("", "US/Eastern").is_open(at("10T15:00"))


def test_a_time_zone_that_is_not_known_is_said() -> None:
    with pytest.raises(ValueError, match="'MARS' is not a time zone"):
        parse_hours(STOCK, "MARS")


def test_the_coming_sessions_go_on_behind_those_told() -> None:
    found = [begin for begin, _ in islice(stock().from_time_on(at("09T20:00")), 4)]

    assert found == [at("09T14:30"), at("12T14:30"), at("13T14:30"), at("15T14:30")]


@pytest.mark.parametrize(
    ("opened", "interval", "ends", "closes"),
    [
        ("05T14:30", MINUTE, "05T14:31", False),
        ("05T20:59", MINUTE, "05T21:00", True),
        ("05T14:30", 5 * MINUTE, "05T14:35", False),
        ("05T14:30", 15 * MINUTE, "05T14:45", False),
        ("05T14:30", 30 * MINUTE, "05T15:00", False),
        ("05T14:30", HOUR, "05T15:00", False),
        ("05T15:00", HOUR, "05T16:00", False),
        ("05T20:00", HOUR, "05T21:00", True),
        ("08T17:00", HOUR, "08T18:00", True),
        ("05T14:30", 4 * HOUR, "05T18:30", False),
        ("05T17:00", 4 * HOUR, "05T21:00", True),
        ("05T00:00", DAY, "05T21:00", True),
        ("08T00:00", DAY, "08T18:00", True),
    ],
)
def test_a_stocks_bar_has_ended(opened: str, interval: timedelta, ends: str, closes: bool) -> None:
    assert latest_end(at(opened), interval, stock()) == (at(ends), closes)


@pytest.mark.parametrize(
    ("opened", "interval", "ends", "closes"),
    [
        ("04T22:15", HOUR, "04T23:00", False),
        ("05T21:00", HOUR, "05T22:00", True),
        ("05T21:45", 15 * MINUTE, "05T22:00", True),
        ("05T00:00", DAY, "05T22:00", True),
        ("09T00:00", DAY, "09T22:00", True),
    ],
)
def test_a_pairs_bar_has_ended(opened: str, interval: timedelta, ends: str, closes: bool) -> None:
    assert latest_end(at(opened), interval, forex()) == (at(ends), closes)


@pytest.mark.parametrize(
    ("after", "interval", "closes"),
    [
        ("05T15:00", MINUTE, "05T15:01"),
        ("05T14:40", HOUR, "05T15:00"),
        ("05T20:30", 5 * MINUTE, "05T20:35"),
        ("05T21:00", 5 * MINUTE, "06T14:35"),
        ("06T22:00", HOUR, "08T15:00"),
        ("09T21:00", DAY, "12T21:00"),
        ("05T12:00", DAY, "05T21:00"),
        ("05T19:00", 4 * HOUR, "05T21:00"),
    ],
)
def test_the_next_bar_of_a_stock_closes(after: str, interval: timedelta, closes: str) -> None:
    assert next_close(at(after), interval, stock()) == at(closes)


def test_the_next_bar_closes_at_every_intervals_end_where_no_hours_are_known() -> None:
    assert next_close(at("05T15:00"), MINUTE, parse_hours("", "UTC")) is None


def test_lengths_that_interactive_brokers_does_not_have_are_refused() -> None:
    assert [length_of(timedelta(minutes=each)).size for each in (1, 5, 15, 30, 60, 240, 1440)] == [
        "1 min", "5 mins", "15 mins", "30 mins", "1 hour", "4 hours", "1 day",
    ]  # fmt: skip
    with pytest.raises(VenueRefusedError, match="no bars of 0:07:00; it has: 1 min"):
        length_of(timedelta(minutes=7))


def test_a_bar_is_known_by_its_second_or_by_its_day() -> None:
    assert opening("1767623400") == at("05T14:30")
    assert opening("20260105") == at("05T00:00")
    assert plain_bar("20260105", 1, 2, 0.5, 1.5, -1.0).volume == 0, "middles have no volume"
