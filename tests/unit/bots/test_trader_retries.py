"""Exits that the venue refuses again and again: pursued ever less often, told each time, never given up."""

from decimal import Decimal
from pathlib import Path

import pytest

from bots.journal.opening import JournalKey, journal_url, open_journal
from bots.trading.events import EventKind
from bots.trading.orders import Side
from bots.trading.risk import Limits
from tests.unit.bots.scripted import START, Desk, Script, bar

STOP = Limits(stop_loss_pct=5.0)


def refused_exits(desk: Desk, bars: int, how: str = "on_rejected") -> list[int]:
    """Refuse each exit at once; return on which bars one was tried."""
    desk.filling = False
    tried = []
    for index in range(1, bars):
        before = len(desk.sent)
        desk.play([bar(index, 90)])
        if len(desk.sent) > before:
            tried.append(index)
            desk.take(getattr(desk.trader, how)(desk.sent[-1].client_order_id, "insufficient balance", START))
    return tried


@pytest.mark.parametrize("limits", [None, STOP], ids=["an exit of the rules", "a protective exit"])
@pytest.mark.parametrize("how", ["on_rejected", "on_cancelled"])
def test_the_distance_doubles_up_to_sixty_four_bars(limits: Limits | None, how: str) -> None:
    desk = Desk(Script(enter=[0], leave={1: "script"}), limits).play([bar(0, 100)])
    assert refused_exits(desk, 260, how) == [1, 2, 4, 8, 16, 32, 64, 128, 192, 256]


def test_each_try_is_told_with_when_the_next_one_is() -> None:
    desk = Desk(Script(enter=[0], leave={1: "script"})).play([bar(0, 100)])
    refused_exits(desk, 9)
    told = [event.text.split("; ")[1] for event in desk.heard.events if event.kind is EventKind.ERROR]
    assert told == [
        f"the exit is tried again {when}" for when in ("on the next bar", "in 2 bars", "in 4 bars", "in 8 bars")
    ]


def test_between_two_tries_a_quote_at_the_stop_tries_nothing() -> None:
    desk = Desk(Script(enter=[0]), STOP).play([bar(0, 100)])
    refused_exits(desk, 4)
    assert desk.trader.on_price(80.0, START) == []


def test_a_part_that_was_sold_begins_the_count_anew() -> None:
    desk = Desk(Script(enter=[0], leave={1: "script"})).play([bar(0, 100)])
    refused_exits(desk, 4)
    desk.play([bar(4, 90)])
    desk.fill(desk.sent[-1], quantity="2", complete=False)
    desk.trader.on_cancelled(desk.sent[-1].client_order_id, "expired", START)
    desk.play([bar(5, 90)])
    assert (desk.sent[-1].quantity, desk.sent[-1].bar_time) == (Decimal(3), bar(5, 90).time)


def test_a_person_who_closes_everything_need_not_wait() -> None:
    desk = Desk(Script(enter=[0], leave={1: "script"})).play([bar(0, 100)])
    refused_exits(desk, 12)
    assert len(desk.trader.close_all()) == 1


def test_a_halted_bot_tries_as_seldom_with_its_bars() -> None:
    desk = Desk(Script(enter=[0]), Limits(max_drawdown_pct=Decimal(1))).play([bar(0, 100)])
    assert refused_exits(desk, 20) == [1, 2, 4, 8, 16]


def test_a_refused_entry_is_never_tried_again() -> None:
    desk = Desk(Script(enter=[0]))
    assert refused_exits(desk, 5) == []
    desk.filling = False
    desk.play([bar(0, 100)])
    assert desk.trader.on_rejected(desk.sent[-1].client_order_id, "no", START) == []
    desk.play([bar(6, 100)])
    assert [order.side for order in desk.sent] == [Side.BUY]


def test_the_distance_survives_a_restart(tmp_path: Path) -> None:
    key = JournalKey("0001", "live", "BTCUSDT")
    url = journal_url(key, tmp_path)
    journal = open_journal(key, url)
    before = Desk(Script(enter=[0], leave={1: "script"}), journal=journal).play([bar(0, 100)])
    assert refused_exits(before, 5) == [1, 2, 4]
    journal.close()
    journal = open_journal(key, url)
    after = Desk(Script(), journal=journal, saved=journal.load())
    after.play([bar(index, 90) for index in range(5, 8)])
    assert after.sent == []
    after.play([bar(8, 90)])
    journal.close()
    assert len(after.sent) == 1
