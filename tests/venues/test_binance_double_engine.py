"""The double of Binance without its wire: filters, matching, balances, weights, and the market's clock."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from strategies.bar import Bar
from tests.venues.binance.account import Account, Fees
from tests.venues.binance.auth import Key, check_time, sorted_payload, without_signature
from tests.venues.binance.limits import OrderCounts, Pace, Weights
from tests.venues.binance.market import Market, milliseconds, moved_to
from tests.venues.binance.matching import Matching
from tests.venues.binance.orders import FillPlan, Happened, NewOrder, Order, Report
from tests.venues.binance.parameters import NAMED_ORDER, NEW_ORDER, new_order, read
from tests.venues.binance.refusals import RefusedError
from tests.venues.binance.symbol import Symbol

D = Decimal
BTC = Symbol.of("BTCUSDT")
START = datetime(2026, 3, 2, tzinfo=UTC)


def engine(spread: str = "0", fees: Fees | None = None, **balances: str) -> Matching:
    """Return an engine at a price of 1000, with an account that has 10 000 USDT, or what is said."""
    account = Account(fees or Fees())
    for asset, amount in ({"USDT": "10000"} | balances).items():
        account.add(asset, D(amount))
    return Matching(BTC, account, D(1000), D(spread))


def market(side: str, quantity: str, client_id: str = "m") -> NewOrder:
    return NewOrder(client_id, side, "MARKET", D(quantity))


def stop(quantity: str, at: str, limit: str, client_id: str = "s") -> NewOrder:
    return NewOrder(client_id, "SELL", "STOP_LOSS_LIMIT", D(quantity), D(limit), D(at))


def limit(side: str, quantity: str, price: str, tif: str = "GTC", client_id: str = "l") -> NewOrder:
    return NewOrder(client_id, side, "LIMIT", D(quantity), D(price), time_in_force=tif)


def held(engine: Matching, asset: str) -> tuple[Any, Any]:
    balance = engine.account.of(asset)
    return balance.free, balance.locked


def kinds(happened: list[Happened]) -> list[str]:
    return [f"{each.kind} {each.order.status}" for each in happened if isinstance(each, Report)]


def refusal(engine: Matching, new: NewOrder) -> tuple[int, str]:
    before = {asset: held(engine, asset) for asset in engine.account.balances}
    with pytest.raises(RefusedError) as caught:
        engine.place(new, 1)
    assert before == {asset: held(engine, asset) for asset in engine.account.balances}, "a refused order moved money"
    return caught.value.code, caught.value.message


class TestFills:
    def test_a_purchase_pays_its_fee_in_the_coin_and_a_sale_in_the_quote(self) -> None:
        exchange = engine()
        exchange.place(market("BUY", "1"), 1)
        assert held(exchange, "BTC") == (D("0.999"), 0)
        assert held(exchange, "USDT") == (9000, 0)
        exchange.place(market("SELL", "0.5"), 2)
        assert held(exchange, "USDT") == (D("9499.5"), 0)

    def test_what_was_bought_cannot_be_sold_whole(self) -> None:
        exchange = engine()
        exchange.place(market("BUY", "1"), 1)
        assert refusal(exchange, market("SELL", "1")) == (
            -2010,
            "Account has insufficient balance for requested action.",
        )

    def test_a_fee_in_bnb_leaves_the_coin_whole_until_bnb_runs_out(self) -> None:
        exchange = engine(fees=Fees(bnb_price=D(500)), BNB="0.001")
        exchange.place(market("BUY", "0.5"), 1)
        assert held(exchange, "BTC")[0] == D("0.5")
        assert exchange.trades[0].commission_asset == "BNB"
        assert held(exchange, "BNB")[0] == D("0.00025")
        exchange.place(market("BUY", "0.5", "m2"), 2)
        assert exchange.trades[1].commission_asset == "BTC"

    def test_one_buys_at_the_ask_and_sells_at_the_bid(self) -> None:
        exchange = engine(spread="2")
        exchange.place(market("BUY", "1"), 1)
        exchange.place(market("SELL", "0.9"), 2)
        assert [trade.price for trade in exchange.trades] == [1001, 999]

    def test_a_planned_fill_goes_part_by_part_and_locks_what_is_to_come(self) -> None:
        exchange = engine()
        exchange.plans.append(FillPlan((D("0.3"), D("0.7")), seconds=1))
        order, happened = exchange.place(market("BUY", "1"), 1)
        assert kinds(happened) == ["NEW NEW", "TRADE PARTIALLY_FILLED"]
        assert held(exchange, "USDT") == (9000, 700)
        assert kinds(exchange.next_part(order, 2)) == ["TRADE FILLED"]
        assert held(exchange, "USDT") == (9000, 0)
        assert exchange.parts == {}

    def test_a_market_order_may_expire_partly_filled_and_gives_back_the_rest(self) -> None:
        exchange = engine()
        exchange.plans.append(FillPlan((D("0.4"),), then_expires=True))
        order, happened = exchange.place(market("BUY", "1"), 1)
        assert kinds(happened) == ["NEW NEW", "TRADE PARTIALLY_FILLED", "EXPIRED EXPIRED"]
        assert (order.executed, order.expiry_reason) == (D("0.4"), "INSUFFICIENT_LIQUIDITY")
        assert held(exchange, "USDT") == (9600, 0)

    def test_an_order_cancelled_between_its_parts_is_executed_no_further(self) -> None:
        exchange = engine()
        exchange.plans.append(FillPlan((D("0.5"), D("0.5")), seconds=1))
        order, _ = exchange.place(market("BUY", "1"), 1)
        exchange.cancel(order, "c", 2)
        assert exchange.next_part(order, 3) == []
        assert (order.status, order.executed) == ("CANCELED", D("0.5"))
        assert held(exchange, "USDT") == (9500, 0)

    @pytest.mark.parametrize(
        ("tif", "reason"), [("IOC", "UNFILLED_IOC_QUANTITY_EXPIRED"), ("FOK", "UNFILLED_FOK_ORDER_EXPIRED")]
    )
    def test_an_order_that_may_not_rest_expires(self, tif: str, reason: str) -> None:
        exchange = engine()
        order, _ = exchange.place(limit("BUY", "1", "900", tif), 1)
        assert (order.status, order.expiry_reason) == ("EXPIRED", reason)
        assert held(exchange, "USDT") == (10_000, 0)


class TestResting:
    def test_a_resting_sale_locks_the_coin_and_its_end_unlocks_it(self) -> None:
        exchange = engine(BTC="1")
        order, _ = exchange.place(stop("0.6", "950", "940"), 1)
        assert held(exchange, "BTC") == (D("0.4"), D("0.6"))
        assert not order.is_working
        assert refusal(exchange, market("SELL", "0.5"))[0] == -2010
        exchange.cancel(order, "c", 2)
        assert held(exchange, "BTC") == (1, 0)

    def test_a_price_that_falls_through_the_stop_sells_at_the_stop(self) -> None:
        exchange = engine(BTC="1")
        exchange.place(stop("1", "950", "940"), 1)
        assert exchange.slide(D("951"), 2) == []
        assert kinds(exchange.slide(D("900"), 3)) == ["NEW NEW", "TRADE FILLED"]
        assert exchange.trades[0].price == 950

    def test_a_price_that_jumps_over_the_limit_leaves_the_order_open_until_it_comes_back(self) -> None:
        exchange = engine(BTC="1")
        order, _ = exchange.place(stop("1", "950", "940"), 1)
        assert kinds(exchange.jump(D("900"), 2)) == ["NEW NEW"]
        assert (order.status, order.is_working, held(exchange, "BTC")) == ("NEW", True, (0, 1))
        assert kinds(exchange.slide(D("960"), 3)) == ["TRADE FILLED"]
        assert (exchange.trades[0].price, exchange.trades[0].is_maker) == (D(940), True)

    def test_a_jump_that_ends_between_stop_and_limit_sells_where_it_ends(self) -> None:
        exchange = engine(BTC="1")
        exchange.place(stop("1", "950", "940"), 1)
        exchange.jump(D("945"), 2)
        assert exchange.trades[0].price == 945

    def test_a_stop_at_or_above_the_price_is_refused(self) -> None:
        exchange = engine(BTC="1")
        assert refusal(exchange, stop("1", "1000", "990")) == (-2010, "Stop price would trigger immediately.")

    def test_a_resting_purchase_locks_its_price_and_is_filled_there(self) -> None:
        exchange = engine()
        exchange.place(limit("BUY", "1", "990"), 1)
        assert held(exchange, "USDT") == (9010, 990)
        exchange.slide(D("980"), 2)
        assert exchange.trades[0].price == 990
        assert held(exchange, "USDT") == (9010, 0)

    def test_a_price_that_just_reaches_a_resting_order_fills_it(self) -> None:
        exchange = engine(BTC="1")
        exchange.place(limit("SELL", "1", "1010", client_id="sale"), 1)
        exchange.place(limit("BUY", "1", "990", client_id="purchase"), 1)
        assert exchange.jump(D("1009.99"), 2) == exchange.jump(D("990.01"), 3) == []
        exchange.jump(D(1010), 4)
        exchange.jump(D(990), 5)
        assert [trade.price for trade in exchange.trades] == [1010, 990]

    def test_a_purchase_above_the_market_pays_the_market(self) -> None:
        exchange = engine()
        exchange.place(limit("BUY", "1", "1100"), 1)
        assert held(exchange, "USDT") == (9000, 0)

    def test_an_id_is_taken_once_while_it_rests_and_again_when_it_is_filled_which_is_counted(self) -> None:
        exchange = engine(BTC="2")
        order, _ = exchange.place(stop("1", "950", "940", "same"), 1)
        assert refusal(exchange, stop("1", "950", "940", "same")) == (-2010, "Duplicate order sent.")
        exchange.cancel(order, "c", 2)
        exchange.place(market("BUY", "1", "same"), 3)
        assert exchange.doubled == [], "nothing of that id had been executed"
        exchange.place(market("BUY", "1", "same"), 4)
        assert exchange.doubled == ["same"]
        assert held(exchange, "BTC")[0] == D("3.998")

    def test_what_happens_is_told_as_it_was_then(self) -> None:
        exchange = engine()
        _, happened = exchange.place(market("BUY", "1"), 1)
        first = next(each for each in happened if isinstance(each, Report))
        assert (first.order.status, first.order.executed) == ("NEW", D(0))


class TestFilters:
    @pytest.mark.parametrize(
        ("new", "message"),
        [
            (limit("BUY", "1", "999.999"), "Filter failure: PRICE_FILTER"),
            (limit("BUY", "1", "2000000"), "Filter failure: PRICE_FILTER"),
            (limit("BUY", "1", "100"), "Filter failure: PERCENT_PRICE_BY_SIDE"),
            (limit("BUY", "1", "0"), "Invalid price."),
            (stop("1", "950.001", "940"), "Filter failure: PRICE_FILTER"),
            (market("BUY", "0.000011"), "Filter failure: LOT_SIZE"),
            (market("BUY", "0.000001"), "Filter failure: LOT_SIZE"),
            (market("BUY", "9001"), "Filter failure: LOT_SIZE"),
            (market("BUY", "121"), "Filter failure: MARKET_LOT_SIZE"),
            (market("BUY", "0"), "Invalid quantity."),
            (market("BUY", "0.004"), "Filter failure: NOTIONAL"),
            (limit("BUY", "0.005", "999"), "Filter failure: NOTIONAL"),
        ],
    )
    def test_an_order_that_breaks_a_filter_is_refused_by_its_name(self, new: NewOrder, message: str) -> None:
        assert refusal(engine(BTC="9999"), new) == (-1013, message)

    def test_only_so_many_stops_may_rest(self) -> None:
        exchange = engine(BTC="10")
        for number in range(5):
            exchange.place(stop("1", "950", "940", f"s{number}"), 1)
        assert refusal(exchange, stop("1", "950", "940", "s5")) == (-1013, "Filter failure: MAX_NUM_ALGO_ORDERS")


class TestParameters:
    ORDER = (("symbol", "BTCUSDT"), ("side", "BUY"), ("type", "MARKET"), ("quantity", "1"))

    @pytest.mark.parametrize(
        ("sent", "code"),
        [
            ([("side", "BUY")], -1102),
            ([*ORDER, ("quantity", "1")], -1101),
            ([*ORDER, ("quantiy", "1")], -1104),
            ([*ORDER, ("price", "")], -1105),
            ([("symbol", ""), *ORDER[1:]], -1102),
            ([("symbol", "btcusdt"), *ORDER[1:]], -1100),
            ([*ORDER[:3], ("quantity", "1e2")], -1100),
            ([*ORDER[:3], ("quantity", "-1")], -1100),
            ([*ORDER, ("newClientOrderId", "x" * 37)], -1100),
            ([*ORDER, ("newClientOrderId", "a b")], -1100),
            ([*ORDER, ("price", "1")], -1106),
            ([*ORDER, ("timeInForce", "GTC")], -1106),
            ([*ORDER[:3], ("quantity", "0.123456789")], -1111),
            ([*ORDER[:3]], -1102),
            ([ORDER[0], ("side", "LONG"), *ORDER[2:]], -1117),
            ([*ORDER[:2], ("type", "FANCY"), ORDER[3]], -1116),
            ([*ORDER[:2], ("type", "LIMIT"), ORDER[3]], -1102),
            ([*ORDER[:2], ("type", "LIMIT"), ORDER[3], ("price", "1"), ("timeInForce", "DAY")], -1115),
            ([*ORDER, ("newOrderRespType", "SHORT")], -1130),
        ],
    )
    def test_what_is_not_written_as_it_must_be_is_refused(self, sent: list[tuple[str, str]], code: int) -> None:
        with pytest.raises(RefusedError) as caught:
            new_order(read(sent, NEW_ORDER), "made")
        assert caught.value.code == code

    def test_it_is_told_how_many_parameters_nobody_reads(self) -> None:
        with pytest.raises(RefusedError, match=r"read '1' parameter\(s\) but was sent '2'\."):
            read([("symbol", "BTCUSDT"), ("clientId", "1")], NAMED_ORDER)

    def test_zeros_behind_the_decimals_are_no_precision(self) -> None:
        sent = [*self.ORDER[:3], ("quantity", "1.0000000000")]
        assert new_order(read(sent, NEW_ORDER), "made").quantity == 1


class TestTimes:
    @pytest.mark.parametrize(
        ("stamp", "window", "code"),
        [
            (100_000, None, 0), (95_000, None, 0), (94_999, None, -1021), (100_999, None, 0), (101_000, None, -1021),
            (40_000, "60000", 0), (40_000, "60001", -1131), (99_000, "500.5", -1021), ("soon", None, -1100),
            (100_000_000_000_000 + 5, None, -1021),
        ],
    )  # fmt: skip
    def test_a_request_is_good_within_its_window_and_a_second_ahead(
        self, stamp: object, window: str | None, code: int
    ) -> None:
        params = {"timestamp": str(stamp)} | ({} if window is None else {"recvWindow": window})
        if not code:
            check_time(params, 100_000)
            return
        with pytest.raises(RefusedError) as caught:
            check_time(params, 100_000)
        assert caught.value.code == code

    def test_signatures_cover_all_but_themselves(self) -> None:
        assert without_signature("a=1&signature=ff&b=2") == "a=1&b=2"
        assert sorted_payload({"b": "2", "signature": "ff", "a": "1"}) == "a=1&b=2"
        # The example of the exchange's own documentation.
        text = (
            "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&"
            "timestamp=1499827319559"
        )
        right = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
        Key().check_signature(text, right)
        Key().check_signature(text, right.upper())
        with pytest.raises(RefusedError):
            Key().check_signature(text + "0", right)

    def test_a_key_does_not_show_its_secret(self) -> None:
        assert Key().secret not in repr(Key())


class TestLimits:
    def test_beyond_the_limit_an_address_is_told_to_wait_for_the_minutes_end(self) -> None:
        weights = Weights(limit=100)
        assert weights.spend("a", 60, 30.0) == 60
        with pytest.raises(RefusedError) as caught:
            weights.spend("a", 41, 30.0)
        assert (caught.value.status, caught.value.code, caught.value.retry_after) == (429, -1003, 30)
        assert weights.spend("b", 100, 30.0) == 100
        assert weights.spend("a", 10, 60.0) == 10
        assert (weights.refused, weights.highest) == (1, 101)

    def test_an_address_that_does_not_stop_is_banned_ever_longer(self) -> None:
        weights = Weights(limit=10, ban_after=2)
        statuses, words, seconds = [], "", None
        for _ in range(5):
            with pytest.raises(RefusedError) as caught:
                weights.spend("a", 11, 0.0)
            statuses.append(caught.value.status)
            words = caught.value.message
        assert statuses == [429, 429, 418, 418, 418]
        assert "IP banned until 120000." in words
        with pytest.raises(RefusedError):
            weights.spend("a", 1, 119.0)
        assert weights.spend("a", 1, 120.0) == 1
        for _ in range(3):
            with pytest.raises(RefusedError) as caught:
                weights.spend("a", 11, 180.0)
            seconds = caught.value.retry_after
        assert seconds == 240

    def test_unfilled_orders_count_and_those_that_trade_do_not(self) -> None:
        counts = OrderCounts(in_ten_seconds=2)
        counts.placed(1, 5.0)
        counts.placed(2, 5.0)
        with pytest.raises(RefusedError) as caught:
            counts.check(5.0)
        assert (caught.value.status, caught.value.code, caught.value.retry_after) == (429, -1015, 5)
        counts.executed(1)
        counts.executed(1)
        counts.check(5.0)
        assert counts.counts(5.0) == {"10S": 1, "1D": 1}
        assert counts.counts(10.0) == {"10S": 0, "1D": 1}
        counts.placed(3, 11.0)
        counts.executed(2)
        assert counts.counts(11.0) == {"10S": 1, "1D": 1}, "an order of an earlier window frees none of this one"

    def test_a_connection_may_say_five_things_a_second(self) -> None:
        pace = Pace()
        assert [pace.allows(10.0) for _ in range(6)] == [True] * 5 + [False]
        assert pace.allows(11.5)


class TestMarket:
    BARS = tuple(
        Bar(START + timedelta(minutes=number), 100.0 + number, 102.0 + number, 99.0 + number, 101.0 + number, 3.0)
        for number in range(12)
    )
    FAR = milliseconds(START) - 1

    def test_the_bar_that_forms_is_told_last_and_only_while_it_has_not_passed(self) -> None:
        market = Market(self.BARS, 5, "1m")
        rows = market.klines("1m", None, None, 1000, self.FAR)
        assert [kline.open_time for kline in rows] == [milliseconds(bar.time) for bar in self.BARS[:6]]
        assert (rows[-1].open, rows[-1].volume, rows[-1].trades) == (D(105), D(0), 0)
        later = milliseconds(self.BARS[6].time)
        assert len(market.klines("1m", None, None, 1000, later)) == 5

    def test_pages_count_from_the_start_if_there_is_one_and_from_the_end_otherwise(self) -> None:
        market = Market(self.BARS, 10, "1m")
        third = milliseconds(self.BARS[3].time)
        page = market.klines("1m", third, None, 2, self.FAR)
        assert [kline.open for kline in page] == [103, 104]
        page = market.klines("1m", None, third, 2, self.FAR)
        assert [kline.open for kline in page] == [102, 103]
        page = market.klines("1m", third + 1, third + 60_000, 5, self.FAR)
        assert [kline.open for kline in page] == [104]

    def test_longer_klines_are_made_of_the_bars(self) -> None:
        market = Market(self.BARS, 11, "1m")
        whole = market.klines("5m", None, None, 10, self.FAR)
        assert [(k.open, k.high, k.low, k.close, k.volume) for k in whole[:2]] == [
            (D(100), D(106), D(99), D(105), D(15)), (D(105), D(111), D(104), D(110), D(15)),
        ]  # fmt: skip
        assert market.current("5m") == (whole[2], False)
        assert market.supports("4h")
        assert not Market(self.BARS[::5], 1, "5m").supports("1m")

    def test_a_longer_kline_closes_with_its_last_bar(self) -> None:
        market = Market(self.BARS, 3, "1m")
        closed = []
        while market.upcoming:
            bar = market.upcoming.popleft()
            market.begin(bar)
            market.finish(bar)
            closed.append(market.current("5m")[1])
        assert closed == [False, True, False, False, False, False, True, False, False]

    def test_bars_that_no_exchange_could_have_are_refused(self) -> None:
        for wrong in (self.BARS[::-1], self.BARS[:1] * 2, [self.BARS[0]._replace(time=START + timedelta(seconds=1))]):
            with pytest.raises(ValueError, match="bars of 60 s"):
                Market(wrong, 0, "1m")
        with pytest.raises(ValueError, match="bars of 300 s"):
            Market(self.BARS, 0, "5m")
        with pytest.raises(ValueError, match="at least one"):
            Market([], 0, "1m")

    def test_bars_moved_to_now_have_the_first_that_is_played_at_this_moment(self) -> None:
        now = datetime(2026, 11, 22, 21, 34, 56, tzinfo=UTC)
        moved = moved_to(now, self.BARS, 5, "1m")
        assert moved[5].time == datetime(2026, 11, 22, 21, 34, tzinfo=UTC)
        assert [bar._replace(time=START) for bar in moved] == [bar._replace(time=START) for bar in self.BARS]


def test_a_symbol_whose_currencies_are_not_known_has_to_be_described() -> None:
    assert Symbol.of("ETHBTC").base == "ETH"
    with pytest.raises(ValueError, match="which part"):
        Symbol.of("ABCXYZ")


def test_an_order_keeps_its_reserve_to_the_last_digit() -> None:
    exchange = engine(spread="0.02")
    exchange.plans.append(FillPlan((D("0.33"), D("0.33"), D("0.34"))))
    order: Order
    order, _ = exchange.place(limit("BUY", "0.77777", "1234.56"), 1)
    assert order.status == "FILLED"
    assert held(exchange, "USDT") == (D(10_000) - D("0.77777") * D("1000.01"), 0)
