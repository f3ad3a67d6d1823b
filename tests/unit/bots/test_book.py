"""The bot's own books."""

from decimal import Decimal

from bots.trading.book import Book, Lot, open_trade
from bots.trading.orders import Fill, OrderIntent, Side
from strategies.base import Marks
from tests.unit.bots.scripted import HOUR, START

ENTRY = OrderIntent("b", 1, Side.BUY, Decimal(3), START, Decimal(100), "entry")
EXIT = OrderIntent("s", 1, Side.SELL, Decimal(3), START + HOUR, Decimal(110), "script")


def fill(quantity: str, price: str, commission: str = "0") -> Fill:
    return Fill("t", "b", Decimal(quantity), Decimal(price), Decimal(commission), START)


def bought(*fills: Fill) -> tuple[Book, Lot]:
    """Return books that began with 1000 and booked these fills of one entry."""
    book = Book(Decimal(1000))
    for each in fills:
        book.buy(ENTRY, each, Marks())
    return book, book.lots[1]


def test_a_buy_takes_its_value_and_its_commission_off_the_cash() -> None:
    book, _ = bought(fill("3", "100", "0.3"))
    assert (book.cash, book.fees, book.position) == (Decimal("699.7"), Decimal("0.3"), Decimal(3))


def test_a_lot_begins_on_the_signals_bar_at_the_fills_price() -> None:
    _, lot = bought(fill("3", "101"))
    assert (lot.entry_bar, lot.entry_price, lot.high, lot.bars_held) == (START, Decimal(101), None, 0)


def test_two_fills_of_one_entry_have_a_weighted_price() -> None:
    _, lot = bought(fill("2", "100"), fill("2", "106"))
    assert (lot.entry_price, lot.bought) == (Decimal(103), Decimal(4))


def test_the_last_sale_closes_the_lot_and_brings_its_trade() -> None:
    book, _ = bought(fill("3", "100", "0.3"))
    trade = book.sell(EXIT, fill("3", "110", "0.33"))
    assert trade is not None
    assert (trade.profit, trade.commission) == (Decimal("29.37"), Decimal("0.63"))
    assert (trade.exit_bar, trade.exit_price, trade.exit_reason) == (START + HOUR, Decimal(110), "script")
    assert (book.lots, book.closed, book.realised) == ({}, 1, Decimal("29.37"))
    assert book.cash == 1000 + book.realised


def test_a_part_sold_is_no_trade_yet() -> None:
    book, lot = bought(fill("3", "100"))
    assert book.sell(EXIT, fill("1", "110")) is None
    assert (lot.quantity, lot.bought, book.closed) == (Decimal(2), Decimal(3), 0)


def test_equity_is_cash_and_the_position_at_a_price() -> None:
    book, _ = bought(fill("3", "100"))
    assert book.equity(Decimal(90)) == 970


def test_unrealised_profit_leaves_fees_out() -> None:
    book, _ = bought(fill("3", "100", "5"))
    assert book.unrealised(Decimal(110)) == 30


def test_an_open_lot_is_a_trade_without_an_exit() -> None:
    _, lot = bought(fill("3", "100", "0.3"))
    trade = open_trade(lot)
    assert trade.exit_bar is None
    assert trade.profit is None
    assert trade.quantity == 3
