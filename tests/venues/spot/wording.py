"""Orders and trades in the exchange's own words. Pure."""

from typing import Any

from strategies.bar import Bar
from tests.venues.spot.matching import Account, Execution, Order


def number(value: object) -> str:
    """Write a number as the exchange does."""
    return f"{value:.8f}"


def info(account: Account) -> dict[str, Any]:
    """Return the answer of exchangeInfo."""
    symbol = account.symbol
    filters = [
        {"filterType": "PRICE_FILTER", "minPrice": number(symbol.tick), "maxPrice": "1000000.00000000",
         "tickSize": number(symbol.tick)},
        {"filterType": "LOT_SIZE", "minQty": number(symbol.least), "maxQty": "9000.00000000",
         "stepSize": number(symbol.step)},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "120.00000000", "stepSize": "0.00000000"},
        {"filterType": "NOTIONAL", "minNotional": number(symbol.notional), "applyMinToMarket": True},
    ]  # fmt: skip
    return {
        "timezone": "UTC",
        "symbols": [
            {
                "symbol": symbol.name, "status": "TRADING", "baseAsset": symbol.base, "baseAssetPrecision": 8,
                "quoteAsset": symbol.quote, "isSpotTradingAllowed": True, "filters": filters,
            }
        ],
    }  # fmt: skip


def order_told(order: Order, symbol: str) -> dict[str, Any]:
    """Return an order as GET /order tells it."""
    value = sum((each.quantity * each.price for each in order.executions), order.quantity * 0)
    return {
        "symbol": symbol, "orderId": order.number, "orderListId": -1, "clientOrderId": order.client_id,
        "price": number(order.price), "origQty": number(order.quantity), "executedQty": number(order.filled),
        "cummulativeQuoteQty": number(value), "status": order.status, "timeInForce": "GTC", "type": order.kind,
        "side": order.side, "stopPrice": number(order.stop), "time": order.time, "updateTime": order.time,
        "isWorking": order.working,
    }  # fmt: skip


def placed(order: Order, symbol: str) -> dict[str, Any]:
    """Return the FULL answer to an order just sent."""
    fills = [
        {"price": number(each.price), "qty": number(each.quantity), "commission": number(each.fee),
         "commissionAsset": each.coin, "tradeId": each.number}
        for each in order.executions
    ]  # fmt: skip
    return order_told(order, symbol) | {"transactTime": order.time, "fills": fills}


def trade_told(order: Order, each: Execution, symbol: str) -> dict[str, Any]:
    """Return an execution as myTrades tells it."""
    return {
        "symbol": symbol, "id": each.number, "orderId": order.number, "orderListId": -1, "price": number(each.price),
        "qty": number(each.quantity), "quoteQty": number(each.quantity * each.price), "commission": number(each.fee),
        "commissionAsset": each.coin, "time": each.time, "isBuyer": order.side == "BUY", "isMaker": False,
        "isBestMatch": True,
    }  # fmt: skip


def report(order: Order, symbol: str, what: str, each: Execution | None, now: int) -> dict[str, Any]:
    """Return an execution report of the user data stream."""
    done = order.executions[: order.executions.index(each) + 1] if each is not None else order.executions
    total = sum((one.quantity for one in done), order.quantity * 0)
    status = order.status
    if what == "NEW":
        status, total = "NEW", order.quantity * 0
    elif what == "TRADE":
        status = "FILLED" if total == order.quantity else "PARTIALLY_FILLED"
    cancelled = what == "CANCELED"
    return {
        "e": "executionReport", "E": now, "s": symbol, "c": f"x-{order.number}" if cancelled else order.client_id,
        "S": order.side, "o": order.kind, "f": "GTC", "q": number(order.quantity), "p": number(order.price),
        "P": number(order.stop), "F": "0.00000000", "g": -1, "C": order.client_id if cancelled else "", "x": what,
        "X": status, "r": "NONE", "i": order.number, "l": number(each.quantity if each else 0), "z": number(total),
        "L": number(each.price if each else 0), "n": number(each.fee if each else 0), "N": each.coin if each else None,
        "T": now, "t": each.number if each else -1, "w": order.working, "m": False, "O": order.time,
    }  # fmt: skip


def row(bar: Bar, length_ms: int) -> list[Any]:
    """Return a bar as klines tells it."""
    opened = int(bar.time.timestamp() * 1000)
    prices = [number(value) for value in bar[1:]]
    return [opened, *prices, opened + length_ms - 1, "0.00000000", 1, "0.00000000", "0.00000000", "0"]


def kline(bar: Bar, symbol: str, interval: str, length_ms: int, now: int, *, closed: bool) -> dict[str, Any]:
    """Return a bar as the kline stream tells it."""
    opened = int(bar.time.timestamp() * 1000)
    opens, high, low, close, volume = (number(value) for value in bar[1:])
    told = {
        "t": opened, "T": opened + length_ms - 1, "s": symbol, "i": interval, "f": 1, "L": 2, "o": opens, "c": close,
        "h": high, "l": low, "v": volume, "n": 1, "x": closed, "q": "0", "V": "0", "Q": "0", "B": "0",
    }  # fmt: skip
    return {"e": "kline", "E": now, "s": symbol, "k": told}
