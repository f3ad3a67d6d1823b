"""Stops at the venue over a restart: neither lost nor doubled, and what waited for them goes on."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from bots.journal.opening import JournalKey, journal_url, open_journal
from bots.journal.store import SqlJournal
from bots.trading.risk import Limits
from bots.trading.terms import StopOnExchange
from tests.unit.bots.scripted import START, Desk, Script, bar, orders_in
from tests.unit.bots.trader_stops import FIRST_STOP, HOW, STOP, TRAIL, the_stop

KEY = JournalKey("0001", "live", "BTCUSDT")


class Lives:
    """A bot that is killed and restored from its journal; what was not committed by then is lost."""

    def __init__(self, folder: Path) -> None:
        self.url = journal_url(KEY, folder)
        self.journal: SqlJournal | None = None

    def begin(self, rules: Script | None = None, limits: Limits = STOP, *, stops: StopOnExchange | None = HOW) -> Desk:
        self.kill()
        self.journal = open_journal(KEY, self.url)
        return Desk(rules or Script(), limits, journal=self.journal, saved=self.journal.load(), stops=stops)

    def kill(self) -> None:
        if self.journal is not None:
            self.journal.close()
            self.journal = None


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Lives]:
    made = Lives(tmp_path)
    yield made
    made.kill()


def test_an_open_stop_comes_back_as_a_stop_and_not_as_an_exit(lives: Lives) -> None:
    lives.begin(Script(enter=[0])).play([bar(0, 100)])
    desk = lives.begin()
    (lot,) = desk.trader.book.lots.values()
    assert (lot.stop_order, lot.stop_price, lot.exit_order) == (FIRST_STOP, Decimal(95), None)
    assert the_stop(desk).limit_price == Decimal("94.05")
    desk.play([bar(1, 96, low=94.5)])
    assert (desk.sent, desk.cancels) == ([], [])
    desk.fill(the_stop(desk), price="95")
    assert desk.trader.book.position == 0


def test_an_exit_that_waited_for_its_stop_goes_on_with_the_next_bar(lives: Lives) -> None:
    lives.begin(Script(enter=[0], leave={1: "script"})).play([bar(0, 100), bar(1, 103)])
    desk = lives.begin().play([bar(2, 103)])
    assert (desk.cancels, desk.sent) == ([FIRST_STOP], [])
    desk.take_back()
    assert [order.reason for order in desk.sent] == ["script"]
    assert desk.trader.book.position == 0


def test_an_exit_that_waited_for_its_stop_is_ordered_when_the_venue_says_that_it_is_gone(lives: Lives) -> None:
    lives.begin(Script(enter=[0], leave={1: "script"})).play([bar(0, 100), bar(1, 103)])
    desk = lives.begin()
    desk.take(desk.trader.on_cancelled(FIRST_STOP, "taken back", START))
    assert [order.reason for order in desk.sent] == ["script"]


def test_a_stop_taken_back_by_an_earlier_run_to_be_moved_was_not_taken_by_somebody_else(lives: Lives) -> None:
    lives.begin(Script(enter=[0]), TRAIL).play([bar(0, 100), bar(1, 109, high=110)])
    desk = lives.begin(limits=TRAIL)
    desk.take(desk.trader.on_cancelled(FIRST_STOP, "taken back", START))
    assert the_stop(desk).stop_price == Decimal("107.80")
    (lot,) = desk.trader.book.lots.values()
    assert lot.stop_losses == 0


def test_a_stop_that_was_to_be_moved_is_asked_for_again_on_the_next_bar(lives: Lives) -> None:
    lives.begin(Script(enter=[0]), TRAIL).play([bar(0, 100), bar(1, 109, high=110)])
    desk = lives.begin(limits=TRAIL).play([bar(2, 109)])
    assert desk.cancels == [FIRST_STOP]


def test_a_stop_that_never_arrived_is_sent_again_under_another_id(lives: Lives) -> None:
    lives.begin(Script(enter=[0])).play([bar(0, 100)])
    desk = lives.begin()
    (again,) = orders_in(desk.trader.on_never_arrived(FIRST_STOP, START, market_price=None))
    assert (again.client_order_id, again.stop_price) == ("0001-2401010000-T1-2", Decimal(95))
    assert desk.trader.resting() == [again]


def test_a_stop_that_never_arrived_is_a_market_exit_if_the_price_has_fallen_since(lives: Lives) -> None:
    lives.begin(Script(enter=[0])).play([bar(0, 100)])
    desk = lives.begin()
    (exit_,) = orders_in(desk.trader.on_never_arrived(FIRST_STOP, START, market_price=90.0))
    assert (exit_.is_stop, exit_.reason, exit_.reference_price) == (False, "risk_stop_loss", Decimal(90))


def test_a_stop_that_never_arrived_gives_way_to_the_exit_that_waited_for_it(lives: Lives) -> None:
    lives.begin(Script(enter=[0], leave={1: "script"})).play([bar(0, 100), bar(1, 103)])
    desk = lives.begin()
    (exit_,) = orders_in(desk.trader.on_never_arrived(FIRST_STOP, START, market_price=None))
    assert (exit_.is_stop, exit_.reason) == (False, "script")


def test_how_often_a_stop_was_taken_away_and_refused_survives_a_restart(lives: Lives) -> None:
    before = lives.begin(Script(enter=[0])).play([bar(0, 100)])
    before.take(before.trader.on_cancelled(FIRST_STOP, "cancelled by user", START))
    before.take(before.trader.on_rejected("0001-2401010000-T1-2", "no", START))
    before.play([bar(1, 100)])
    before.take(before.trader.on_rejected("0001-2401010100-T1-3", "no", START))
    desk = lives.begin().play([bar(2, 100)])
    assert desk.sent == []
    desk.play([bar(3, 100)])
    assert [order.client_order_id for order in desk.sent] == ["0001-2401010300-T1-4"]
    desk.take(desk.trader.on_cancelled("0001-2401010300-T1-4", "cancelled by user", START))
    assert desk.trader.resting() == [], "it was not the first time"


def test_a_document_that_wants_no_stop_at_the_venue_any_more_has_it_taken_back(lives: Lives) -> None:
    lives.begin(Script(enter=[0])).play([bar(0, 100)])
    desk = lives.begin(stops=None).play([bar(1, 100)])
    assert desk.cancels == [FIRST_STOP]
    desk.take_back()
    assert desk.trader.resting() == []
    desk.take(desk.trader.on_price(94.9, START))
    assert [order.reason for order in desk.sent] == ["risk_stop_loss"]


def test_what_a_stop_sold_while_nobody_was_there_is_booked_once_and_the_rest_sold(lives: Lives) -> None:
    before = lives.begin(Script(enter=[0])).play([bar(0, 100)])
    stop = the_stop(before)
    before.fill(stop, quantity="2", price="95", complete=False)
    desk = lives.begin()
    desk.fill(stop, quantity="2", price="95", complete=False)
    desk.filling = False
    desk.take(desk.trader.on_cancelled(FIRST_STOP, "expired", START))
    assert [order.quantity for order in desk.sent] == [3]


def test_the_last_execution_of_a_stop_told_again_as_its_last_ends_it(lives: Lives) -> None:
    before = lives.begin(Script(enter=[0])).play([bar(0, 100)])
    stop = the_stop(before)
    before.fill(stop, price="95", complete=False)
    desk = lives.begin()
    assert desk.trader.unresolved() == [FIRST_STOP]
    desk.fill(stop, price="95", complete=True)
    assert (desk.trader.unresolved(), desk.sent) == ([], [])
