"""Between Binance's words for orders and the port's."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adapters.binance.orders import Fees, from_asked, from_placed, from_report, parameters, phase_of
from adapters.instrument import InstrumentSpec
from adapters.live.broker import OrderPhase, OrderRequest

D = Decimal
FEES = Fees("BTC", "USDT", D("0.001"))
SPEC = InstrumentSpec("BTCUSDT", "BTC", "USDT", D("0.01"), D("0.00001"), D("0.00001"), 2, 8, D(5))
AT = 1_767_571_200_123


def fill(number: int, coin: str, fee: str) -> dict[str, object]:
    return {"tradeId": number, "qty": "0.5", "price": "100", "commission": fee, "commissionAsset": coin}


def test_a_market_order_names_no_price() -> None:
    sent = parameters(OrderRequest("id", "buy", D("0.50000")), SPEC)
    assert sent == {
        "symbol": "BTCUSDT", "side": "BUY", "quantity": "0.50000", "newClientOrderId": "id", "newOrderRespType": "FULL",
        "type": "MARKET",
    }  # fmt: skip


def test_a_stop_rests_as_a_stop_limit_until_cancelled() -> None:
    sent = parameters(OrderRequest("id", "sell", D("0.5"), D("95.10"), D("94.15")), SPEC)
    assert (sent["type"], sent["timeInForce"], sent["stopPrice"], sent["price"]) == (
        "STOP_LOSS_LIMIT", "GTC", "95.10", "94.15",
    )  # fmt: skip


def test_small_amounts_are_written_without_an_exponent() -> None:
    assert parameters(OrderRequest("id", "buy", D("1E-7")), SPEC)["quantity"] == "0.0000001"


def test_the_answer_to_a_market_order_holds_its_executions() -> None:
    told = {"clientOrderId": "id", "orderId": 7, "transactTime": AT, "status": "FILLED",
            "fills": [fill(1, "BTC", "0.0005"), fill(2, "BTC", "0.0005")]}  # fmt: skip
    state = from_placed(told, FEES)
    assert state.phase is OrderPhase.FILLED
    assert [(each.trade_id, each.commission, each.commission_currency) for each in state.executions] == [
        ("1", D("0.0005"), "BTC"), ("2", D("0.0005"), "BTC"),
    ]  # fmt: skip
    assert state.executions[0].time == datetime.fromtimestamp(AT / 1000, UTC)


def test_a_fee_in_a_third_coin_is_told_at_the_documents_rate() -> None:
    told = {"clientOrderId": "id", "orderId": 7, "transactTime": AT, "status": "FILLED",
            "fills": [fill(1, "BNB", "0.0001")]}  # fmt: skip
    (execution,) = from_placed(told, FEES).executions
    assert (execution.commission, execution.commission_currency) == (D("0.0500"), "USDT")


def test_no_fee_in_a_third_coin_is_no_fee() -> None:
    assert FEES.of(D(0), "BNB", D(100)) == (D(0), "USDT")


@pytest.mark.parametrize(
    ("status", "phase"),
    [("NEW", OrderPhase.OPEN), ("PARTIALLY_FILLED", OrderPhase.OPEN), ("FILLED", OrderPhase.FILLED),
     ("CANCELED", OrderPhase.ENDED), ("EXPIRED", OrderPhase.ENDED), ("EXPIRED_IN_MATCH", OrderPhase.ENDED),
     ("REJECTED", OrderPhase.ENDED)],
)  # fmt: skip
def test_a_status_says_how_far_an_order_has_come(status: str, phase: OrderPhase) -> None:
    assert phase_of(status) is phase


def test_what_an_unknown_status_means_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="no status of an order"):
        phase_of("SHELVED")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"executedQty": "1"}, id="an execution lacks"),
        pytest.param({"fills": []}, id="filled by nothing"),
        pytest.param({"fills": [fill(1, "BTC", "0"), fill(1, "BTC", "0")], "executedQty": "1"}, id="one is told twice"),
        pytest.param({"fills": [fill(1, "BTC", "0") | {"qty": "-0.5"}]}, id="of less than nothing"),
        pytest.param({"fills": [fill(1, "BTC", "0") | {"price": "NaN"}]}, id="at no price"),
        pytest.param({"fills": [fill(1, "BTC", "Infinity")]}, id="for an endless fee"),
        pytest.param({"transactTime": -1}, id="before all time"),
        pytest.param({"clientOrderId": None}, id="of no order"),
    ],
)
def test_an_end_that_cannot_be_is_not_read(changes: dict[str, object]) -> None:
    told = {"clientOrderId": "id", "orderId": 7, "transactTime": AT, "status": "FILLED", "fills": [fill(1, "BTC", "0")]}
    from_placed(told, FEES)
    with pytest.raises(ValueError, match=r"is|are"):
        from_placed(told | changes, FEES)


def test_a_cancellation_is_told_of_the_order_and_not_of_itself() -> None:
    event = {"x": "CANCELED", "X": "CANCELED", "c": "web_1", "C": "id", "i": 7, "r": "NONE"}
    assert from_report(event, FEES).client_order_id == "id"


def test_a_report_of_a_trade_holds_that_one_execution() -> None:
    event = {"x": "TRADE", "X": "PARTIALLY_FILLED", "c": "id", "C": "", "i": 7, "r": "NONE", "t": 11, "l": "0.2",
             "L": "101.5", "n": "0.0002", "N": "BTC", "T": AT}  # fmt: skip
    state = from_report(event, FEES)
    assert state.phase is OrderPhase.OPEN
    (execution,) = state.executions
    assert (execution.trade_id, execution.quantity, execution.price) == ("11", D("0.2"), D("101.5"))


def test_an_order_that_was_asked_for_brings_all_its_trades() -> None:
    order = {"clientOrderId": "id", "orderId": 7, "status": "CANCELED"}
    trade = {"id": 3, "qty": "0.1", "price": "99", "commission": "0.01", "commissionAsset": "USDT", "time": AT}
    state = from_asked(order, [trade], FEES)
    assert state.phase is OrderPhase.ENDED
    assert len(state.executions) == 1
