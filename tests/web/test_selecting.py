"""Which bots of a fleet are looked at, and in which order."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bots.seen.rows import Row, State
from bots.web.bots import Entry
from bots.web.selecting import Choice, Sort, select
from tests.web.staged_bots import many


def entry(name: str, alarms: tuple[str, ...] = (), **known: Any) -> Entry:
    row = Row(name, "paper", State.READY, symbol="BTCUSDT", currency="USDT")
    return Entry(name, replace(row, **known), alarms=alarms)


def names(fleet: list[Entry], **choice: Any) -> list[str]:
    return [each.name for each in select(fleet, Choice(**choice)).entries]


FLEET = [
    entry("rich", equity=Decimal(3000), profit=Decimal(20), today=Decimal(-1), trades=9),
    entry("poor", equity=Decimal(10), profit=Decimal(-5), today=Decimal(3), trades=2),
    entry("new"),
    entry("real", mode="live", state=State.HALTED, alarms=("halted",), symbol="ETHUSDT", equity=Decimal(500),
          profit=Decimal(1), drawdown_pct=Decimal(12)),
]  # fmt: skip


def test_trouble_stands_first_unless_something_else_is_asked_for() -> None:
    assert names(FLEET)[0] == "real"


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (Sort.NAME, ["new", "poor", "real", "rich"]),
        (Sort.PROFIT, ["poor", "real", "rich", "new"]),
        (Sort.EQUITY, ["poor", "real", "rich", "new"]),
        (Sort.TODAY, ["rich", "poor", "new", "real"]),
        (Sort.TRADES, ["poor", "rich", "new", "real"]),
        (Sort.DRAWDOWN, ["real", "new", "poor", "rich"]),
        (Sort.MODE, ["real", "new", "poor", "rich"]),
        (Sort.SYMBOL, ["new", "poor", "rich", "real"]),
        (Sort.STATE, ["real", "new", "poor", "rich"]),
    ],
)
def test_bots_are_sorted_by_what_is_asked_for(sort: Sort, order: list[str]) -> None:
    assert names(FLEET, sort=sort) == order


@pytest.mark.parametrize("sort", [Sort.EQUITY, Sort.PROFIT])
def test_what_is_not_known_comes_last_the_other_way_round_too(sort: Sort) -> None:
    assert names(FLEET, sort=sort, backwards=True) == ["rich", "real", "poor", "new"]


def test_positions_are_compared_by_what_they_are_worth() -> None:
    many_cheap = entry("cheap", position=Decimal(100), price=Decimal("0.5"))
    one_dear = entry("dear", position=Decimal(1), price=Decimal(90_000))
    assert names([one_dear, many_cheap], sort=Sort.POSITION) == ["cheap", "dear"]


def test_every_word_must_be_found() -> None:
    assert names(FLEET, words="halted eth") == ["real"]
    assert names(FLEET, words="halted btc") == []


def test_a_namespace_that_only_the_name_here_tells_is_found() -> None:
    here, there = entry("first"), entry("second")
    fleet = [replace(here, name="trading.first"), replace(there, name="staging.second")]
    assert names(fleet, words="STAGING btc") == ["staging.second"]


def test_bots_are_found_by_state_mode_and_alarm() -> None:
    assert names(FLEET, state=State.HALTED) == ["real"]
    assert names(FLEET, mode="live") == ["real"]
    assert names(FLEET, alarmed=True) == ["real"]


def test_a_page_is_one_part_and_its_totals_are_those_of_all_that_were_found() -> None:
    selection = select(FLEET, Choice(sort=Sort.NAME, mode="paper", offset=1, limit=1))
    assert [each.name for each in selection.entries] == ["poor"]
    assert (selection.found, selection.of) == (3, 4)
    assert [(total.mode, total.bots, total.equity) for total in selection.totals] == [("paper", 2, Decimal(3010))]
    assert selection.states == ((State.READY, 3),)


def test_live_is_never_added_to_paper() -> None:
    assert [total.mode for total in select(FLEET, Choice()).totals] == ["live", "paper"]


def test_each_bot_stands_once_in_every_order_of_a_large_fleet() -> None:
    fleet = many(1000).fleet()
    for sort in Sort:
        for backwards in (False, True):
            selection = select(fleet, Choice(sort=sort, backwards=backwards, limit=1000))
            assert {each.name for each in selection.entries} == {each.name for each in fleet}
