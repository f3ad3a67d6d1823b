"""What a trader reads."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bots.notify.digest import digest_of, next_message
from bots.notify.wording import message_of, signed, told_duration
from bots.trading import events
from bots.trading.book import Lot
from bots.trading.events import Event, EventKind
from bots.trading.keeping import KeptEvent
from bots.trading.orders import OrderIntent, Side
from bots.trading.records import Trade
from tests.unit.notify.fakes import NOON, WHOSE, status

TRADE = Trade(7, NOON, Decimal("101.86"), Decimal("0.49"), Decimal("0.0998"), NOON + timedelta(hours=15),
              Decimal("103.10"), Decimal("0.5078"), "time_limit")  # fmt: skip


def test_an_exit_says_profit_in_money_and_per_cent_reason_duration_and_that_it_was_real() -> None:
    message = message_of(events.exited(TRADE, TRADE.exit_bar or NOON, "ETH", "USDT"), WHOSE)
    assert message.text.splitlines() == [
        "0003 (LIVE): sold ETHUSDT, +0.51 USDT (+1.02 %)",
        "0.49 ETH: bought at 101.86, sold at 103.1 USDT",
        "because of: time_limit",
        "held for 15 h, fees 0.0998 USDT",
        "lot 7, bar of 2026-11-23 03:00 UTC",
    ]


def test_an_entry_says_side_quantity_price_and_worth() -> None:
    intent = OrderIntent("a", 7, Side.BUY, Decimal("0.49"), NOON, Decimal("101.86"), "entry")
    lot = Lot(7, NOON, Decimal("101.86"), Decimal("0.49"), Decimal("0.49"), Decimal("0.05"), marks=None)
    message = message_of(events.entered(lot, intent, "ETH", "USDT"), WHOSE)
    assert message.text.splitlines() == [
        "0003 (LIVE): bought ETHUSDT at 101.86",
        "0.49 ETH for 49.91 USDT",
        "because of: entry",
        "lot 7, bar of 2026-11-22 12:00 UTC",
    ]


def test_an_error_alarms_and_a_change_does_not() -> None:
    error = message_of(Event(EventKind.ERROR, NOON, "it broke", {"error": "x"}), WHOSE)
    assert (error.title, error.alarming) == ("ERROR 0003 (LIVE): it broke", True)
    change = message_of(status("all is well"), WHOSE)
    assert (change.alarming, change.quiet) == (False, True)


def test_a_trade_wakes_people_and_is_no_alarm() -> None:
    message = message_of(events.exited(TRADE, TRADE.exit_bar or NOON, "ETH", "USDT"), WHOSE)
    assert (message.alarming, message.quiet) == (False, False)


def test_an_exit_of_an_earlier_version_is_told_with_what_it_has() -> None:
    old = Event(EventKind.TRADE_EXIT, NOON, "sold", {"lot": 1, "price": "2", "profit": "-0.5", "reason": "x"})
    assert message_of(old, WHOSE).title == "0003 (LIVE): sold ETHUSDT, -0.50 USDT"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3661, "1 h 1 min"), (90_000, "1 d 1 h"), (86_400, "1 d")],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: int, told: str) -> None:
    assert told_duration(timedelta(seconds=seconds)) == told


@pytest.mark.parametrize(("amount", "told"), [("0", "+0.00"), ("-0.5", "-0.50"), ("0.00012", "+0.00012")])
def test_little_money_is_not_told_as_none(amount: str, told: str) -> None:
    assert signed(Decimal(amount)) == told


def test_a_few_events_are_told_one_by_one() -> None:
    following = next_message([KeptEvent(number, status(f"{number}")) for number in (5, 6)], WHOSE)
    assert following is not None
    assert (following.message.title, following.last) == ("0003 (LIVE): 5", 5)


def test_a_digest_shows_every_kind_in_its_number_and_errors_before_all_else() -> None:
    many = [KeptEvent(1, Event(EventKind.ERROR, NOON, "the first of all broke"))]
    many += [KeptEvent(number, status(f"change {number}")) for number in range(2, 30)]
    digest = digest_of(many, WHOSE)
    assert digest.title == "0003 (LIVE): 29 messages: 1 error, 28 changes"
    assert digest.lines[0] == "11-22 12:00 the first of all broke"
    assert digest.lines[1:3] == ("11-22 12:00 change 19", "11-22 12:00 change 20")
    assert digest.lines[-1] == "and 17 more, see the log"
    assert digest.alarming
