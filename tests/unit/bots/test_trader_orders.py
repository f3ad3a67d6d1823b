"""Orders that fail, fill in parts, fill twice, or of which nobody knows."""

from decimal import Decimal

from bots.trading.events import Event, EventKind
from bots.trading.keeping import Change
from bots.trading.order_machine import OrderStatus
from bots.trading.orders import OrderIntent, Side
from bots.trading.risk import Limits
from bots.trading.trader import Trader
from tests.unit.bots.scripted import START, Desk, Followed, Script, bar, dashes, orders_in


def waiting(desk: Desk) -> OrderIntent:
    """Return the order that was sent last."""
    return desk.sent[-1]


def on_its_way(rules: Script, *closes: float, limits: Limits | None = None, commission: str = "0") -> Desk:
    """Return a desk on which the last of these bars' order is still on its way."""
    desk = Desk(rules, limits, commission=commission)
    desk.play(dashes(*closes[:-1]))
    desk.filling = False
    return desk.play([bar(len(closes) - 1, closes[-1])])


def test_a_rejected_entry_is_dropped_and_told() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    desk.trader.on_rejected(waiting(desk).client_order_id, "insufficient balance", START)
    assert desk.trader.unresolved() == []
    assert desk.trader.book.lots == {}
    assert desk.heard.told == ["entry order 0001-2401010000-B1-1 failed: insufficient balance; dropped"]


def test_a_rejected_entry_leaves_room_for_the_next_signal() -> None:
    desk = on_its_way(Script(enter=[0, 1]), 100)
    desk.trader.on_rejected(waiting(desk).client_order_id, "no", START)
    desk.play([bar(1, 100)])
    assert [order.lot for order in desk.sent] == [1, 2]


def test_a_rejected_exit_is_pursued_on_the_next_bar_under_a_new_attempt() -> None:
    desk = on_its_way(Script(enter=[0], leave={1: "script"}), 100, 101)
    desk.trader.on_rejected(waiting(desk).client_order_id, "halted", START)
    desk.filling = True
    desk.play([bar(2, 99)])
    assert desk.sent[-1].client_order_id == "0001-2401010200-S1-2"
    assert desk.trades == [(0, 2, "script")], "though the rule no longer says so"
    assert desk.exit_price == 99


def test_an_exit_on_its_way_is_not_sent_again() -> None:
    desk = on_its_way(Script(enter=[0], leave={1: "script", 2: "script"}), 100, 101)
    desk.play([bar(2, 101)])
    assert [order.side for order in desk.sent] == [Side.BUY, Side.SELL]


def test_an_entry_in_two_fills_has_their_average_price_and_both_commissions() -> None:
    desk = on_its_way(Script(enter=[0]), 100, commission="0.01")
    desk.fill(waiting(desk), quantity="1", price="100", complete=False)
    desk.fill(waiting(desk), quantity="3", price="104", trade_id="2")
    (lot,) = desk.trader.book.lots.values()
    assert (lot.quantity, lot.entry_price, lot.commission) == (Decimal(4), Decimal(103), Decimal("4.12"))
    assert desk.trader.book.cash == Decimal("583.88")


def test_an_entry_in_two_fills_is_told_once_and_whole() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    desk.fill(waiting(desk), quantity="1", complete=False)
    desk.fill(waiting(desk), quantity="3", price="104", trade_id="2")
    assert desk.heard.told == ["bought 4 BTC at 103 USDT (lot 1)"]


def test_an_exit_in_two_fills_makes_one_trade_with_the_average_price() -> None:
    desk = on_its_way(Script(enter=[0], leave={1: "script"}), 100, 110)
    desk.fill(waiting(desk), quantity="2", price="110", complete=False)
    assert desk.heard.trades == []
    desk.fill(waiting(desk), quantity="3", price="105", trade_id="2")
    (trade,) = desk.heard.trades
    assert (trade.quantity, trade.exit_price, trade.profit) == (Decimal(5), Decimal(107), Decimal(35))


def test_a_position_grows_older_once_a_bar_while_its_entry_is_still_filling() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    desk.fill(waiting(desk), quantity="1", complete=False)
    desk.play([bar(1, 100), bar(2, 100)])
    desk.fill(waiting(desk), quantity="4", trade_id="2")
    (lot,) = desk.trader.book.lots.values()
    assert (lot.bars_held, lot.marks) == (2, Followed(opened=0, times=2))


def test_an_entry_that_fills_two_bars_late_is_two_bars_old() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    desk.play([bar(1, 100), bar(2, 100)])
    desk.fill(waiting(desk))
    (lot,) = desk.trader.book.lots.values()
    assert (lot.bars_held, lot.marks) == (2, Followed(opened=0, times=2))


def test_a_position_whose_entry_is_still_filling_is_not_closed_before_all_of_it_is_there() -> None:
    desk = on_its_way(Script(enter=[0], leave={1: "script", 2: "script"}), 100)
    desk.fill(waiting(desk), quantity="1", complete=False)
    desk.play([bar(1, 100)])
    assert len(desk.sent) == 1
    desk.fill(waiting(desk), quantity="4", trade_id="2")
    desk.play([bar(2, 100)])
    assert waiting(desk).side is Side.SELL
    assert waiting(desk).quantity == 5


def test_an_exit_that_ends_with_units_left_is_pursued_for_the_rest() -> None:
    desk = on_its_way(Script(enter=[0], leave={1: "script"}), 100, 110)
    desk.fill(waiting(desk), quantity="2", complete=True)
    desk.play([bar(2, 111)])
    assert (waiting(desk).attempt, waiting(desk).quantity) == (2, Decimal(3))


def test_an_exit_cancelled_after_a_part_is_pursued_for_the_rest() -> None:
    desk = on_its_way(Script(enter=[0], leave={1: "script"}), 100, 110)
    desk.fill(waiting(desk), quantity="2", complete=False)
    desk.trader.on_rejected(waiting(desk).client_order_id, "expired", START)
    desk.filling = True
    desk.play([bar(2, 120)])
    (trade,) = desk.heard.trades
    assert (trade.quantity, trade.profit, trade.exit_price) == (Decimal(5), Decimal(80), Decimal(116))


def test_a_fill_told_twice_while_the_order_is_open_is_booked_once() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    for _ in range(2):
        desk.fill(waiting(desk), quantity="1", complete=False)
    assert desk.trader.book.position == 1


def test_a_fill_told_twice_after_the_order_is_finished_is_booked_once() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    for _ in range(2):
        desk.fill(waiting(desk))
    assert desk.trader.book.position == 5
    assert sum(len(change.fills) for change, _ in desk.heard.changes) == 1
    assert desk.heard.told == ["bought 5 BTC at 100 USDT (lot 1)"], "it is no stranger's"


def test_a_fill_of_an_order_that_is_not_the_bots_changes_nothing() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    desk.trader.on_execution("x", "somebody-else", Decimal(1), Decimal(1), Decimal(0), "USDT", START, True)
    assert desk.trader.book.cash == 1000


def test_an_execution_of_an_order_that_was_rejected_is_told_and_in_no_book() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    order = waiting(desk)
    desk.trader.on_rejected(order.client_order_id, "UNKNOWN", START)
    desk.fill(order, quantity="5", price="100")
    assert desk.trader.book.lots == {}
    assert desk.heard.told[-1].startswith(
        "the venue executed 5 at 100 for order 0001-2401010000-B1-1, which is not open here"
    )


def test_a_word_that_comes_after_the_orders_end_does_not_open_it_again() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    desk.fill(waiting(desk))
    desk.trader.on_accepted(waiting(desk).client_order_id)
    desk.trader.on_submitted(waiting(desk).client_order_id)
    last = [update.status for change, _ in desk.heard.changes for update in change.updates][-1]
    assert last is OrderStatus.FILLED


def test_an_entry_that_never_arrived_is_sent_again_under_a_new_attempt() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    (again,) = orders_in(desk.trader.on_never_arrived(waiting(desk).client_order_id, START, market_price=None))
    assert again.client_order_id == "0001-2401010000-B1-2"
    assert desk.trader.unresolved() == [again.client_order_id]
    desk.fill(again)
    (lot,) = desk.trader.book.lots.values()
    assert lot.number == 1


def test_what_never_arrived_is_noted_as_such() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    lost = waiting(desk).client_order_id
    desk.trader.on_never_arrived(lost, START, market_price=None)
    change, urgent = desk.heard.changes[-1]
    assert [(update.client_order_id, update.status) for update in change.updates] == [(lost, OrderStatus.NEVER_SENT)]
    assert urgent


def test_an_entry_that_never_arrived_is_dropped_once_the_market_has_gone_on() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    assert desk.trader.on_never_arrived(waiting(desk).client_order_id, START, market_price=101.0) == []
    assert desk.trader.unresolved() == []
    assert "its signal is out of date" in desk.heard.told[-1]


def test_an_entry_that_never_arrived_is_dropped_if_its_bar_is_not_the_last_one() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    desk.play([bar(1, 101)])
    assert desk.trader.on_never_arrived(desk.sent[0].client_order_id, START, market_price=None) == []


def test_an_exit_that_never_arrived_is_always_sent_at_the_markets_price() -> None:
    desk = on_its_way(Script(enter=[0], leave={1: "script"}), 100, 110)
    (again,) = orders_in(desk.trader.on_never_arrived(waiting(desk).client_order_id, START, market_price=105.0))
    assert (again.client_order_id, again.reference_price) == ("0001-2401010100-S1-2", Decimal(105))
    desk.fill(again)
    assert desk.trades == [(0, 1, "script")]


def test_the_rest_of_a_partly_filled_exit_is_sent_again_and_no_more() -> None:
    desk = on_its_way(Script(enter=[0], leave={1: "script"}), 100, 110)
    desk.fill(waiting(desk), quantity="2", complete=False)
    (again,) = orders_in(desk.trader.on_never_arrived(waiting(desk).client_order_id, START, market_price=None))
    assert again.quantity == 3


def test_the_rest_of_a_partly_filled_entry_is_not_bought_again() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    desk.fill(waiting(desk), quantity="2", complete=False)
    assert desk.trader.on_never_arrived(waiting(desk).client_order_id, START, market_price=None) == []
    assert desk.trader.book.position == 2


def test_nothing_is_sent_for_an_order_that_is_finished() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    desk.fill(waiting(desk))
    assert desk.trader.on_never_arrived(waiting(desk).client_order_id, START, market_price=None) == []


def test_cash_fees_and_profit_add_up_to_the_last_unit() -> None:
    rules = Script(enter=[0, 2, 4], leave={1: "script", 3: "script", 5: "script"})
    desk = Desk(rules, commission="0.00075", position_size="0.95")
    desk.play(dashes(97.31, 103.77, 88.05, 91.4, 120.13, 119.99))
    book = desk.trader.book
    trades = desk.heard.trades
    assert len(trades) == 3
    assert book.cash == 1000 + sum(trade.profit or 0 for trade in trades) == 1000 + book.realised
    assert book.fees == sum(trade.commission for trade in trades)
    first = trades[0]
    assert first.quantity == Decimal("9.762")
    assert first.commission == Decimal("9.762") * (Decimal("97.31") + Decimal("103.77")) * Decimal("0.00075")


def test_each_step_of_an_order_is_noted() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    order = waiting(desk).client_order_id
    desk.trader.on_submitted(order)
    desk.trader.on_accepted(order)
    desk.fill(waiting(desk), quantity="1", complete=False)
    desk.fill(waiting(desk), quantity="4", trade_id="2")
    assert [update.status for change, _ in desk.heard.changes for update in change.updates] == [
        OrderStatus.SUBMITTED,
        OrderStatus.ACCEPTED,
        OrderStatus.PARTLY_FILLED,
        OrderStatus.FILLED,
    ]


def test_what_is_sent_again_is_journalled_and_told() -> None:
    desk = on_its_way(Script(enter=[0]), 100)
    (again,) = orders_in(desk.trader.on_never_arrived(waiting(desk).client_order_id, START, market_price=None))
    change, _ = desk.heard.changes[-1]
    assert change.intents == [again]
    assert desk.heard.told == ["order 0001-2401010000-B1-1 never reached the venue; sent again as 0001-2401010000-B1-2"]


def test_an_exit_is_told_with_what_it_brought() -> None:
    desk = Desk(Script(enter=[0], leave={1: "script"})).play(dashes(100, 110))
    assert desk.heard.told[-1] == "sold 5 BTC at 110 USDT: +50.00 USDT (+10.00 %), script (lot 1)"


def test_what_the_bot_says_of_itself_is_kept_at_once() -> None:
    desk = Desk(Script())
    desk.trader.say(Event(EventKind.STATUS, START, "good morning"))
    assert desk.heard.told == ["good morning"]
    assert [urgent for _, urgent in desk.heard.changes] == [True]


def test_whoever_watches_hears_of_each_change_after_it_was_committed() -> None:
    desk = Desk(Script(enter=[0]))
    watched: list[tuple[Change, int]] = []
    trader = Trader(
        desk.trader.terms, Script(), desk.heard, watch=lambda change: watched.append((change, len(desk.heard.changes)))
    )
    trader.on_bar(bar(0, 100))
    assert watched == [(desk.heard.changes[0][0], 1)]
