"""Who tells people: the bot itself, or a console."""

import pytest

from bots.config.outputs import Email, Notifications, Telegram
from bots.notify.holding_back import HoldingBack, holding_back, kinds_for, left_to_tell
from bots.trading.events import Event, EventKind
from bots.trading.keeping import KeptEvent
from tests.unit.notify.fakes import NOON

ALL = frozenset(str(kind) for kind in EventKind)


def kept(*kinds: EventKind) -> list[KeptEvent]:
    return [KeptEvent(number, Event(kind, NOON, f"event {number}")) for number, kind in enumerate(kinds, 1)]


def test_a_bot_without_a_console_tells_everything_itself() -> None:
    holding = holding_back({}, 1000.0)
    assert holding.may_tell(ALL, 1000.0) == ALL
    assert holding.silent_in(1000.0) is None


def test_a_bot_gives_the_console_two_minutes_and_tells_its_errors_after_that() -> None:
    holding = holding_back({"TRADINGBOT_CONSOLE": "1"}, 1000.0)
    assert holding.may_tell(ALL, 1119.9) == frozenset()
    assert holding.may_tell(ALL, 1120.0) == {"error"}
    assert holding.may_tell(frozenset({"trade_entry"}), 1120.0) == frozenset()


def test_a_bot_is_quiet_again_as_soon_as_the_console_asks() -> None:
    holding = HoldingBack(True, 1000.0)
    holding.note(5000.0, ["console/telegram/a"])
    assert holding.silent_in(5010.0) == pytest.approx(110.0)
    assert holding.may_tell(ALL, 5010.0) == frozenset()


def test_what_the_console_tells_moves_the_bots_channel_to_the_same_place_and_no_other() -> None:
    holding = HoldingBack(True, 0.0)
    holding.note(1.0, ["console/telegram/a", "console/email"])
    assert holding.follows("console/telegram/a", ["telegram/a", "email"]) == ["telegram/a"]


def test_a_channel_to_a_place_that_the_console_does_not_know_follows_all() -> None:
    holding = HoldingBack(True, 0.0)
    holding.note(1.0, ["console/telegram/a"])
    assert holding.follows("console/telegram/a", ["telegram/b"]) == ["telegram/b"]


def test_the_console_passes_over_errors_that_the_bot_has_told_and_over_nothing_else() -> None:
    waiting = kept(EventKind.ERROR, EventKind.TRADE_ENTRY, EventKind.ERROR, EventKind.ERROR)
    assert left_to_tell(waiting, {4}, None) == (1, [waiting[1], waiting[3]])
    assert left_to_tell(waiting, None, None) == (None, waiting)
    assert left_to_tell(waiting[2:], set(), None) == (4, [])


def test_what_the_bot_is_just_sending_is_not_handed_out() -> None:
    waiting = kept(EventKind.TRADE_ENTRY, EventKind.ERROR, EventKind.TRADE_EXIT)
    assert left_to_tell(waiting, {2}, 2) == (None, waiting[:1])


def test_a_document_says_what_is_told_by_which_kind_of_channel() -> None:
    asked = Notifications(
        enabled=True,
        telegram=Telegram(enabled=True, notify_on=("error",)),
        email=Email(enabled=True, notify_on=("daily_summary",)),
    )
    assert kinds_for("console/telegram/1234abcd", asked) == {"error"}
    assert kinds_for("console/email-2", asked) == kinds_for("console/email", asked) == {"daily_summary"}
    assert kinds_for("console/pigeon", asked) == frozenset()
    assert kinds_for("console/email", Notifications(email=Email(enabled=True))) == frozenset()


def test_a_console_is_missed_only_where_there_is_to_be_one() -> None:
    assert not HoldingBack(False, 0.0).is_missed(1e9)
    assert not HoldingBack(True, 0.0, 120.0).is_missed(119.0)
    assert HoldingBack(True, 0.0, 120.0).is_missed(120.0)
