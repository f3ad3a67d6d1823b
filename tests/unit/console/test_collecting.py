"""Which message comes next, of what waits at all bots."""

from bots.console.collecting import Untold, next_parcel, ripe, told_up_to
from bots.notify.message import Identity
from bots.trading.events import Event, EventKind
from bots.trading.keeping import KeptEvent
from tests.unit.notify.fakes import NOON


def untold(bot: str, number: int, kind: EventKind, text: str = "boom", mode: str = "paper", **data: str) -> Untold:
    return Untold(Identity(bot, "BTCUSDT", mode, "BTC", "USDT"), KeptEvent(number, Event(kind, NOON, text, data)))


def errors(bots: int, text: str = "boom") -> list[Untold]:
    return [untold(f"{number:04}", 7, EventKind.ERROR, text) for number in range(bots)]


def titles(waiting: list[Untold]) -> list[str]:
    """Return all messages in the order in which they are sent."""
    told = []
    while (parcel := next_parcel(waiting)) is not None:
        told.append(parcel.message.title)
        waiting = [each for each in waiting if each not in parcel.of]
    return told


def test_forty_bots_that_fail_together_are_one_message() -> None:
    parcel = next_parcel(errors(40))
    assert parcel is not None
    assert parcel.message.title == "ERROR 40 bots: 40 errors"
    assert parcel.message.lines[0].startswith("0000, 0001, 0002,")
    assert parcel.message.lines[0].endswith("0011 and 28 more: boom")
    assert parcel.message.alarming
    assert len(parcel.of) == 40


def test_four_bots_that_fail_are_a_message_each() -> None:
    assert titles(errors(4)) == [f"ERROR {number:04} (paper): boom" for number in range(4)]


def test_what_most_bots_say_is_read_first_and_real_money_stands_out() -> None:
    waiting = [*errors(5, "the feed is lost"), untold("0009", 1, EventKind.ERROR, "no money", mode="live")]
    parcel = next_parcel(waiting)
    assert parcel is not None
    assert parcel.message.title == "ERROR 6 bots (1 LIVE): 6 errors"
    assert parcel.message.lines == ("0000, 0001, 0002, 0003, 0004: the feed is lost", "0009 (LIVE): no money")


def test_many_exits_are_one_message_with_what_they_brought() -> None:
    waiting = [untold(f"{n}", n, EventKind.TRADE_EXIT, f"sold {n}", profit="-0.5") for n in range(20)]
    parcel = next_parcel(waiting)
    assert parcel is not None
    assert parcel.message.title == "20 bots: 20 exits, -10.00 USDT"
    assert len(parcel.message.lines) == 13
    assert parcel.message.lines[-1] == "and 8 more, ask for /status"
    assert not parcel.message.alarming


def test_errors_are_told_before_all_else() -> None:
    entries = [untold(f"{n}", 1, EventKind.TRADE_ENTRY) for n in range(6)]
    assert titles([*entries, *errors(2)]) == [
        "ERROR 0000 (paper): boom",
        "ERROR 0001 (paper): boom",
        "6 bots: 6 entries",
    ]


def test_a_bot_that_says_much_is_one_message_too() -> None:
    assert titles([untold("a", n, EventKind.STATUS) for n in range(9)]) == ["a (paper): 9 messages: 9 changes"]


def test_a_bots_few_events_are_told_in_their_order() -> None:
    assert titles([untold("a", n, EventKind.STATUS, f"{n}") for n in (3, 1, 2)]) == [
        f"a (paper): {n}" for n in (1, 2, 3)
    ]


def test_a_bot_is_told_of_up_to_where_nothing_is_left_out() -> None:
    marks = [(number, NOON) for number in (3, 5, 9)]
    assert told_up_to(marks, {marks[0], marks[1]}) == 5
    assert told_up_to(marks, {marks[1], marks[2]}) is None
    assert told_up_to([], set()) is None


def test_events_gather_for_a_moment() -> None:
    waiting = [untold("a", 1, EventKind.ERROR), untold("b", 1, EventKind.STATUS)]
    since = {EventKind.ERROR: 10.0, EventKind.STATUS: 11.0}
    assert ripe(waiting, since, 11.9, 2.0) == []
    assert ripe(waiting, since, 12.0, 2.0) == waiting[:1]
