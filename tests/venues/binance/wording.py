"""Orders, trades and the account in the exchange's own words. Pure."""

from decimal import Decimal
from typing import Any

from tests.venues.binance.account import Account
from tests.venues.binance.orders import ZERO, Balances, Order, Report, Trade
from tests.venues.binance.refusals import text


def placed(order: Order, symbol: str, kind: str) -> dict[str, Any]:
    """Return the answer to an order: `kind` is ACK, RESULT or FULL."""
    ack = {
        "symbol": symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
        "transactTime": order.update_time,
    }
    if kind == "ACK":
        return ack
    result = ack | _figures(order)
    if order.working_time >= 0:
        result["workingTime"] = order.working_time
    if kind == "RESULT":
        return result
    return result | {
        "fills": [
            {
                "price": text(trade.price),
                "qty": text(trade.quantity),
                "commission": text(trade.commission),
                "commissionAsset": trade.commission_asset,
                "tradeId": trade.trade_id,
            }
            for trade in order.trades
        ]
    }


def queried(order: Order, symbol: str) -> dict[str, Any]:
    """Return an order as it is told who asks for it."""
    told = {
        "symbol": symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
        **_figures(order),
        "stopPrice": text(order.stop_price or ZERO),
        "icebergQty": text(ZERO),
        "time": order.time,
        "updateTime": order.update_time,
        "isWorking": order.is_working or not order.is_open,
        "workingTime": order.working_time,
    }
    if order.expiry_reason:
        told["expiryReason"] = order.expiry_reason
    return told


def cancelled(order: Order, symbol: str, time: int) -> dict[str, Any]:
    """Return the answer to a cancelling; `clientOrderId` is that of the cancelling, not the order's."""
    return {
        "symbol": symbol,
        "origClientOrderId": order.client_order_id,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.cancel_id,
        "transactTime": time,
        **_figures(order),
    }


def traded(trade: Trade, symbol: str) -> dict[str, Any]:
    """Return an execution as myTrades has it."""
    return {
        "symbol": symbol,
        "id": trade.trade_id,
        "orderId": trade.order_id,
        "orderListId": -1,
        "price": text(trade.price),
        "qty": text(trade.quantity),
        "quoteQty": text(trade.price * trade.quantity),
        "commission": text(trade.commission),
        "commissionAsset": trade.commission_asset,
        "time": trade.time,
        "isBuyer": trade.is_buyer,
        "isMaker": trade.is_maker,
        "isBestMatch": True,
    }


def account(held: Account, *, may_trade: bool, may_withdraw: bool, time: int, omit_zero: bool) -> dict[str, Any]:
    """Return the answer of account."""
    maker, taker = held.fees.maker, held.fees.taker
    return {
        "makerCommission": int(maker * 10_000),
        "takerCommission": int(taker * 10_000),
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {"maker": text(maker), "taker": text(taker), "buyer": text(ZERO), "seller": text(ZERO)},
        "canTrade": may_trade,
        "canWithdraw": may_withdraw,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": time,
        "accountType": "SPOT",
        "balances": [
            {"asset": asset, "free": text(balance.free), "locked": text(balance.locked)}
            for asset, balance in held.balances.items()
            if balance.free or balance.locked or not omit_zero
        ],
        "permissions": ["SPOT"],
        "uid": 354_937_868,
    }


def execution_report(report: Report, symbol: str, number: int, time: int) -> dict[str, Any]:
    """Return what the user data stream tells of an order; `number` is that of the execution report."""
    order, trade = report.order, report.trade
    is_cancel = report.kind == "CANCELED"
    told: dict[str, Any] = {
        "e": "executionReport",
        "E": time,
        "s": symbol,
        "c": order.cancel_id if is_cancel else order.client_order_id,
        "S": order.side,
        "o": order.type,
        "f": order.time_in_force,
        "q": text(order.quantity),
        "p": text(order.price or ZERO),
        "P": text(order.stop_price or ZERO),
        "F": text(ZERO),
        "g": -1,
        "C": order.client_order_id if is_cancel else "",
        "x": report.kind,
        "X": order.status,
        "r": "NONE",
        "i": order.order_id,
        "l": text(trade.quantity if trade else ZERO),
        "z": text(order.executed),
        "L": text(trade.price if trade else ZERO),
        "n": text(trade.commission) if trade else "0",
        "N": trade.commission_asset if trade else None,
        "T": order.update_time,
        "t": trade.trade_id if trade else -1,
        "I": number,
        "w": order.is_working and order.is_open,
        "m": trade.is_maker if trade else False,
        "M": False,
        "O": order.time,
        "Z": text(order.executed_quote),
        "Y": text(trade.price * trade.quantity if trade else ZERO),
        "Q": text(ZERO),
        "V": "EXPIRE_MAKER",
    }
    if order.working_time >= 0:
        told["W"] = order.working_time
    if order.expiry_reason:
        told["eR"] = order.expiry_reason
    return told


def account_position(balances: Balances, time: int) -> dict[str, Any]:
    """Return what the user data stream tells of balances that have changed."""
    return {
        "e": "outboundAccountPosition",
        "E": time,
        "u": time,
        "B": [{"a": asset, "f": text(free), "l": text(locked)} for asset, (free, locked) in balances.held.items()],
    }


def balance_update(asset: str, amount: Decimal, time: int) -> dict[str, Any]:
    """Return what the user data stream tells of a deposit or a withdrawal."""
    return {"e": "balanceUpdate", "E": time, "a": asset, "d": text(amount), "T": time}


def _figures(order: Order) -> dict[str, Any]:
    figures = {
        "price": text(order.price or ZERO),
        "origQty": text(order.quantity),
        "executedQty": text(order.executed),
        "origQuoteOrderQty": text(ZERO),
        "cummulativeQuoteQty": text(order.executed_quote),
        "status": order.status,
        "timeInForce": order.time_in_force,
        "type": order.type,
        "side": order.side,
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }
    if order.stop_price is not None:
        figures["stopPrice"] = text(order.stop_price)
    return figures
