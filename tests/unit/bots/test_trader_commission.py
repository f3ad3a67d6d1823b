"""Commissions taken out of the coins, what they leave behind, and what cannot be sold at all."""

from decimal import Decimal
from pathlib import Path

from adapters.instrument import simulated_instrument
from bots.journal.opening import JournalKey, journal_url, open_journal
from bots.trading.events import EventKind
from bots.trading.orders import OrderIntent, Side
from bots.trading.risk import Limits
from bots.trading.terms import StopOnExchange
from tests.unit.bots.scripted import START, Desk, Script, bar

FEE = "0.0037"
WITH_MINIMUM = simulated_instrument(
    "BTCUSDT", price_step=Decimal("0.01"), size_step=Decimal("0.001"), min_notional=Decimal(400), size_decimals=3
)


def bought(rules: Script | None = None, *, fee: str = FEE, desk: Desk | None = None) -> Desk:
    """Return a desk whose entry of 5 at 100 cost a commission in the coin."""
    made = desk or Desk(rules or Script(enter=[0], leave={1: "script"}))
    made.filling = False
    made.play([bar(0, 100)])
    made.fill(made.sent[0], commission=fee, charged_in="BTC")
    return made


def sold(desk: Desk, price: float = 110.0, index: int = 1) -> OrderIntent:
    """Let the exit be decided on this bar, and return its order."""
    desk.play([bar(index, price)])
    order = desk.sent[-1]
    assert order.side is Side.SELL
    return order


def adds_up(desk: Desk) -> bool:
    """Say whether cash is what was made and lost, and what is held was paid with: the first lot's price is 100."""
    book = desk.trader.book
    held = sum(lot.entry_price * lot.quantity + lot.commission for lot in book.lots.values())
    return book.cash == 1000 + book.realised - held - book.dust * 100


# --- In the coin ------------------------------------------------------------------------------------------------


def test_a_commission_in_the_coin_means_that_less_was_received() -> None:
    desk = bought()
    (lot,) = desk.trader.book.lots.values()
    assert (lot.quantity, lot.bought, lot.entry_price) == (Decimal("4.9963"), Decimal("4.9963"), Decimal(100))
    assert lot.commission == Decimal("0.37")
    assert desk.trader.book.cash == 500, "the price of all of it and no more"
    assert adds_up(desk)
    assert desk.trader.guard.equity == Decimal("999.63")


def test_the_fill_keeps_the_commission_in_the_quote_currency_and_as_it_was_charged() -> None:
    desk = bought()
    (fill,) = [fill for change, _ in desk.heard.changes for fill in change.fills]
    assert (fill.quantity, fill.commission) == (Decimal(5), Decimal("0.37"))
    assert (fill.charged, fill.charged_in) == (Decimal(FEE), "BTC")


def test_two_fills_with_commissions_in_the_coin_have_the_price_of_what_was_received() -> None:
    desk = Desk(Script(enter=[0]))
    desk.filling = False
    desk.play([bar(0, 100)])
    desk.fill(desk.sent[0], quantity="2", price="100", commission="0.5", charged_in="BTC", complete=False)
    desk.fill(desk.sent[0], quantity="3", price="110", commission="1.5", charged_in="BTC", trade_id="2")
    (lot,) = desk.trader.book.lots.values()
    assert (lot.quantity, lot.entry_price, lot.commission) == (Decimal(3), Decimal(105), Decimal(215))
    assert desk.trader.book.cash == 470


def test_a_commission_in_the_quote_currency_takes_nothing_off_the_coins() -> None:
    desk = bought(fee="0.5", desk=None)
    other = Desk(Script(enter=[0]))
    other.filling = False
    other.play([bar(0, 100)])
    other.fill(other.sent[0], commission="0.5", charged_in="USDT")
    assert other.trader.book.position == 5
    assert desk.trader.book.position == Decimal("4.5")


def test_a_commission_in_a_third_currency_is_told_and_booked_as_the_quote_currency() -> None:
    desk = Desk(Script(enter=[0]))
    desk.filling = False
    desk.play([bar(0, 100)])
    desk.fill(desk.sent[0], commission="0.5", charged_in="BNB")
    assert (desk.trader.book.position, desk.trader.book.cash) == (Decimal(5), Decimal("499.5"))
    assert desk.heard.told[0].startswith("the venue took 0.5 BNB as commission for order 0001-2401010000-B1-1")


# --- Dust -------------------------------------------------------------------------------------------------------


def test_an_exit_sells_whole_steps_and_its_trade_is_complete_with_what_can_be_sold() -> None:
    desk = bought()
    order = sold(desk)
    assert order.quantity == Decimal("4.996")
    desk.fill(order, commission="0")
    (trade,) = desk.heard.trades
    assert (trade.quantity, trade.exit_price) == (Decimal("4.996"), Decimal(110))
    assert trade.profit == Decimal("4.996") * 10 - Decimal("0.37")
    assert desk.trader.book.lots == {}


def test_what_cannot_be_sold_is_told_once_kept_and_counted_into_what_is_held() -> None:
    desk = bought()
    desk.fill(sold(desk), commission="0")
    book = desk.trader.book
    assert (book.dust, book.position, book.holding) == (Decimal("0.0003"), Decimal(0), Decimal("0.0003"))
    assert book.equity(Decimal(100)) == book.cash + Decimal("0.03")
    assert adds_up(desk)
    assert [text for text in desk.heard.told if "less than can be sold" in text] == [
        "0.0003 BTC of lot 1 are less than can be sold and kept, 0.0003 in all"
    ]
    state = desk.trader.state()
    assert state is not None
    assert state.dust == Decimal("0.0003")


def test_the_dust_of_several_lots_adds_up() -> None:
    desk = bought(Script(enter=[0, 2], leave={1: "script", 3: "script"}))
    desk.fill(sold(desk, 100), commission="0")
    desk.play([bar(2, 100)])
    desk.fill(desk.sent[-1], commission="0.0042", charged_in="BTC")
    received = desk.trader.book.holding
    order = sold(desk, 100, 3)
    desk.fill(order, commission="0")
    assert desk.trader.book.dust == received - order.quantity == desk.trader.book.holding
    assert adds_up(desk)


def test_an_exit_in_parts_leaves_its_dust_with_the_last_of_them() -> None:
    desk = bought()
    order = sold(desk)
    desk.fill(order, quantity="4", commission="0", complete=False)
    assert desk.trader.book.position == Decimal("0.9963")
    desk.fill(order, quantity="0.996", commission="0", trade_id="2")
    assert (len(desk.heard.trades), desk.trader.book.dust) == (1, Decimal("0.0003"))


def test_an_exit_that_was_cancelled_with_only_dust_left_is_complete() -> None:
    desk = bought()
    order = sold(desk)
    desk.fill(order, quantity="4.996", commission="0", complete=False)
    assert desk.trader.book.lots != {}
    desk.trader.on_cancelled(order.client_order_id, "the venue calls it that", START)
    assert (len(desk.heard.trades), desk.trader.book.dust) == (1, Decimal("0.0003"))


def test_a_commission_in_the_coin_on_a_sale_takes_from_what_is_left() -> None:
    desk = bought()
    desk.fill(sold(desk), commission="0.0001", charged_in="BTC")
    book = desk.trader.book
    assert (book.holding, book.lots) == (Decimal("0.0002"), {})
    assert book.cash == 500 + Decimal("4.996") * 110
    assert adds_up(desk)


def test_the_stop_at_the_venue_is_for_what_can_be_sold() -> None:
    desk = Desk(Script(enter=[0]), Limits(stop_loss_pct=5.0), stops=StopOnExchange(1.0))
    bought(desk=desk)
    (stop,) = desk.trader.resting()
    assert stop.quantity == Decimal("4.996")
    desk.fill(stop, commission="0")
    assert (desk.trader.book.lots, desk.trader.book.dust) == ({}, Decimal("0.0003"))
    assert desk.trades == [(0, 0, "risk_stop_loss")]


def test_dust_survives_a_restart(tmp_path: Path) -> None:
    key = JournalKey("0001", "live", "BTCUSDT")
    url = journal_url(key, tmp_path)
    journal = open_journal(key, url)
    before = Desk(Script(enter=[0], leave={1: "script"}), journal=journal)
    bought(desk=before)
    before.fill(sold(before), commission="0")
    journal.close()
    journal = open_journal(key, url)
    after = Desk(Script(), journal=journal, saved=journal.load())
    journal.close()
    assert after.trader.book.holding == before.trader.book.holding == Decimal("0.0003")
    assert after.trader.guard.equity == before.trader.guard.equity


# --- What cannot be sold ----------------------------------------------------------------------------------------


def too_small(*, leave: dict[int, str] | None = None) -> Desk:
    """Return a desk with a lot of 5 that is worth less than an order must be from a price of 80 downwards."""
    return Desk(Script(enter=[0], leave=leave or {1: "script"}), spec=WITH_MINIMUM).play([bar(0, 100)])


def test_a_lot_of_too_little_value_is_told_once_and_not_tried_on_every_bar() -> None:
    desk = too_small().play([bar(1, 79), bar(2, 78), bar(3, 79.5)])
    assert [order.side for order in desk.sent] == [Side.BUY]
    (told,) = [event for event in desk.heard.events if event.kind is EventKind.ERROR]
    assert told.text == (
        "lot 1 cannot be sold (script): 5 BTC are worth 395 USDT at 79.00, and the least value of an order is 400 "
        "USDT. It is sold once that allows it, as long as the bot runs. If it has to go now: stop the bot, sell it by "
        "hand together with other BTC, and begin with a new journal"
    )


def test_it_is_sold_once_its_value_has_risen() -> None:
    desk = too_small().play([bar(1, 79), bar(2, 80)])
    assert desk.trades == [(0, 2, "script")]


def test_a_lot_that_cannot_be_sold_is_not_told_again_after_a_restart(tmp_path: Path) -> None:
    key = JournalKey("0001", "live", "BTCUSDT")
    url = journal_url(key, tmp_path)
    journal = open_journal(key, url)
    Desk(Script(enter=[0], leave={1: "script"}), journal=journal, spec=WITH_MINIMUM).play([bar(0, 100), bar(1, 79)])
    journal.close()
    journal = open_journal(key, url)
    after = Desk(Script(), journal=journal, saved=journal.load(), spec=WITH_MINIMUM)
    heard: list[str] = []
    after.trader._diary._watch = lambda change: heard.extend(event.text for event in change.events)
    after.play([bar(2, 79), bar(3, 85)])
    journal.close()
    assert [text for text in heard if "cannot be sold" in text] == []
    assert after.trader.book.lots == {}


def test_a_lot_below_the_least_size_is_told_and_kept() -> None:
    spec = simulated_instrument("BTCUSDT", price_step=None, size_step=Decimal(5), min_notional=None)
    desk = Desk(Script(enter=[0], leave={1: "script"}), spec=spec)
    bought(desk=desk)
    desk.play([bar(1, 100), bar(2, 100)])
    assert [order.side for order in desk.sent] == [Side.BUY]
    (told,) = [event.text for event in desk.heard.events if event.kind is EventKind.ERROR]
    assert "0 BTC can be sold of it, and the least size is 5 BTC" in told
    assert desk.trader.book.position == Decimal("4.9963")


def test_closing_everything_tells_of_what_cannot_be_sold() -> None:
    desk = too_small(leave={9: "never"}).play([bar(1, 79)])
    assert desk.trader.close_all() == []
    assert desk.trader.close_all() == []
    assert len([text for text in desk.heard.told if "cannot be sold (manual_close)" in text]) == 1
