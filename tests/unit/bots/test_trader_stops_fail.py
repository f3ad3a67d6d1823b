"""Stops at the venue that do not do what they are for: jumped over, refused, taken away."""

from decimal import Decimal

from adapters.instrument import simulated_instrument
from tests.unit.bots.scripted import START, Desk, Script, bar
from tests.unit.bots.trader_stops import FIRST_STOP, HOW, SECOND, STOP, errors, protected, sells, the_stop

# --- Jumped over ------------------------------------------------------------------------------------------------


def test_a_quote_below_the_limit_for_long_enough_is_a_jump() -> None:
    desk = protected()
    for seconds in (0, 4):
        desk.take(desk.trader.on_price(93.0, START + seconds * SECOND))
    assert desk.cancels == []
    desk.take(desk.trader.on_price(93.0, START + 5 * SECOND))
    desk.take(desk.trader.on_price(92.5, START + 6 * SECOND))
    assert desk.cancels == [FIRST_STOP]
    desk.take_back()
    assert desk.trades == [(0, 0, "risk_stop_loss")]
    assert desk.exit_price == Decimal("92.5")
    assert errors(desk) == [
        f"the price has jumped over stop {FIRST_STOP}: it is 93, and the stop sells at 94.05 at least; it is taken "
        "back, and lot 1 is sold at the market"
    ]


def test_a_price_that_comes_back_to_the_limit_begins_the_count_anew() -> None:
    desk = protected()
    for price, seconds in ((93.0, 0), (94.05, 3), (93.0, 4), (93.0, 8)):
        desk.take(desk.trader.on_price(price, START + seconds * SECOND))
    assert desk.cancels == []
    desk.take(desk.trader.on_price(93.0, START + 9 * SECOND))
    assert desk.cancels == [FIRST_STOP]


def test_a_bar_that_closes_below_the_limit_is_a_jump_at_once() -> None:
    desk = protected().play([bar(1, 94.05, low=93)])
    assert desk.cancels == []
    desk.play([bar(2, 94.04)])
    assert desk.cancels == [FIRST_STOP]
    desk.take_back()
    assert desk.trades == [(0, 2, "risk_stop_loss")]


def test_a_late_bar_is_judged_at_the_price_of_now() -> None:
    desk = protected().play([bar(1, 90)], market_price=96.0)
    assert desk.cancels == []
    desk.play([bar(2, 96)], market_price=90.0)
    assert desk.cancels == [FIRST_STOP]


def test_a_stop_that_fills_after_the_jump_was_told_is_the_end_of_it() -> None:
    desk = protected().play([bar(1, 93)])
    desk.fill(the_stop(desk), price="94.05")
    desk.play([bar(2, 93)])
    assert desk.trades == [(0, 1, "risk_stop_loss")]
    assert sells(desk) == [FIRST_STOP]


# --- Refused ----------------------------------------------------------------------------------------------------


def refused(detail: str = "filter failure: PERCENT_PRICE") -> Desk:
    desk = protected()
    desk.take(desk.trader.on_rejected(FIRST_STOP, detail, START))
    return desk


def test_a_refused_stop_is_told_and_the_bot_watches_itself() -> None:
    desk = refused()
    assert errors(desk) == [
        f"stop {FIRST_STOP} at 95 is not at the venue: filter failure: PERCENT_PRICE; the bot watches lot 1 itself, as "
        "long as it runs, and tries again on the next bar"
    ]
    assert desk.trader.resting() == []
    desk.take(desk.trader.on_price(94.9, START))
    assert desk.trades == [(0, 0, "risk_stop_loss")]


def test_a_refused_stop_is_tried_again_ever_less_often() -> None:
    desk, tried = refused(), []
    for index in range(1, 20):
        before = len(desk.sent)
        desk.play([bar(index, 100)])
        if len(desk.sent) > before:
            tried.append(index)
            desk.take(desk.trader.on_rejected(desk.sent[-1].client_order_id, "no", START))
    assert tried == [1, 3, 7, 15]
    assert len(errors(desk)) == 5, "each time it is tried"


def test_a_stop_that_is_taken_at_last_has_never_failed() -> None:
    desk = refused().play([bar(1, 100)])
    desk.trader.on_accepted(the_stop(desk).client_order_id)
    (lot,) = desk.trader.book.lots.values()
    assert lot.stop_retry.failures == 0


def test_a_stop_that_would_trigger_immediately_is_sold_at_the_market() -> None:
    desk = refused("Stop price would trigger immediately.")
    assert desk.trades == [(0, 0, "risk_stop_loss")]
    assert sells(desk) == [FIRST_STOP, "0001-2401010000-S1-1"]


def test_a_stop_below_the_least_value_of_an_order_is_not_sent_and_told() -> None:
    spec = simulated_instrument("BTCUSDT", price_step=None, size_step=Decimal("0.001"), min_notional=Decimal(490))
    desk = Desk(Script(enter=[0]), STOP, stops=HOW, spec=spec).play([bar(0, 100)])
    assert sells(desk) == []
    assert "is not at the venue: 5 BTC are worth 470.25 USDT at 94.05" in errors(desk)[0]


def test_an_exit_wanted_while_the_stop_was_on_its_way_is_ordered_when_the_stop_is_refused() -> None:
    desk = protected()
    desk.take(desk.trader.close_all())
    desk.take(desk.trader.on_rejected(FIRST_STOP, "no", START))
    assert desk.trades == [(0, 0, "manual_close")]


# --- Taken away -------------------------------------------------------------------------------------------------


def test_a_stop_that_somebody_took_away_is_sent_anew_once() -> None:
    desk = protected()
    desk.take(desk.trader.on_cancelled(FIRST_STOP, "cancelled by user", START))
    assert the_stop(desk).client_order_id == "0001-2401010000-T1-2"
    desk.take(desk.trader.on_cancelled("0001-2401010000-T1-2", "cancelled by user", START))
    desk.play([bar(1, 100), bar(2, 101)])
    assert desk.trader.resting() == []
    first, second = errors(desk)
    assert first.endswith("ended without this bot's doing (cancelled by user); it is sent anew, once")
    assert "no stop is sent for this lot any more: the bot watches it itself" in second
    desk.play([bar(3, 94)])
    assert desk.trades == [(0, 3, "risk_stop_loss")]


def test_a_stop_that_ended_after_it_had_become_active_is_sold_at_the_market() -> None:
    desk = protected()
    desk.fill(the_stop(desk), quantity="2", price="94.5", complete=False)
    desk.filling = False
    desk.take(desk.trader.on_cancelled(FIRST_STOP, "expired", START))
    exit_ = desk.sent[-1]
    assert (exit_.is_stop, exit_.quantity, exit_.reason) == (False, Decimal(3), "risk_stop_loss")
    assert exit_.reference_price == Decimal("94.5"), "the price of the execution is newer than that of the bar"


def test_it_is_sold_at_the_market_though_the_price_has_come_back() -> None:
    desk = protected()
    desk.fill(the_stop(desk), quantity="2", price="95", complete=False)
    desk.take(desk.trader.on_price(97.0, START))
    desk.take(desk.trader.on_cancelled(FIRST_STOP, "expired", START))
    assert desk.trades == [(0, 0, "risk_stop_loss")]
    assert errors(desk) == []


def test_what_the_venue_executes_of_a_lot_that_is_gone_is_told_and_in_no_book() -> None:
    desk = protected()
    stop = the_stop(desk)
    desk.fill(stop, price="95", complete=False)
    cash = desk.trader.book.cash
    desk.fill(stop, quantity="1", price="95", trade_id="2")
    assert desk.trader.book.cash == cash
    assert "the venue executed 1 at 95 for order" in errors(desk)[0]
    assert desk.trader.unresolved() == []
