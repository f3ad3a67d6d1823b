"""Order ids: the same decision always has the same one, and every venue takes it."""

import re
from datetime import UTC, datetime

import pytest

from bots.trading.orders import Side, client_order_id, is_of_bot, stop_order_id

TIME = datetime(2024, 12, 31, 23, 59, tzinfo=UTC)
# What the exchange's spot interface takes; a dot is not among it.
BINANCE = re.compile(r"^[a-zA-Z0-9-_]{1,36}$")


def test_an_id_names_bot_bar_side_lot_and_attempt() -> None:
    assert client_order_id("0001", TIME, Side.BUY, 7, 2) == "0001-2412312359-B7-2"


def test_a_name_of_twelve_characters_is_not_shortened() -> None:
    assert client_order_id("twelve-chars", TIME, Side.BUY, 1, 1) == "twelve-chars-2412312359-B1-1"


def test_an_exit_has_another_id_than_its_entry() -> None:
    assert client_order_id("0001", TIME, Side.SELL, 7, 2) == "0001-2412312359-S7-2"


@pytest.mark.parametrize("bot", ["x", "twelve-chars", "a-bot-with-a-name-of-forty-characters-yes"[:40], "a.b"])
def test_binance_takes_the_id_of_every_bot_for_years(bot: str) -> None:
    assert BINANCE.fullmatch(client_order_id(bot, TIME, Side.SELL, 9_999_999, 99))


def test_two_long_names_that_begin_alike_have_different_ids() -> None:
    one, other = (client_order_id(f"momentum-on-bitcoin-{end}", TIME, Side.BUY, 1, 1) for end in "ab")
    assert one != other


def test_two_names_that_differ_in_what_binance_does_not_take_have_different_ids() -> None:
    one, other = (client_order_id(name, TIME, Side.BUY, 1, 1) for name in ("a.b", "a_b"))
    assert one != other


def test_a_bots_orders_are_told_from_those_of_one_whose_name_begins_alike() -> None:
    mine, theirs = (stop_order_id(name, TIME, 3, 1) for name in ("a", "a-b"))
    assert is_of_bot("a", mine)
    assert not is_of_bot("a", theirs)
    assert is_of_bot("a-b", theirs)


def test_an_order_of_its_owners_is_no_bots() -> None:
    assert not is_of_bot("a", "a-web-order")
