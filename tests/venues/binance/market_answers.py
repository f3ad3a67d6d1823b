"""The answers to questions about the market."""

from collections.abc import Mapping
from typing import Any

from tests.venues.binance.kline_wording import row
from tests.venues.binance.market import check_interval
from tests.venues.binance.refusals import bad_request, invalid_symbol, text
from tests.venues.binance.venue import Venue

_MOST_KLINES = 1000


def ping(venue: Venue, params: Mapping[str, str]) -> Any:
    """Answer that the exchange is there."""
    return {}


def time(venue: Venue, params: Mapping[str, str]) -> Any:
    """Tell the server's time."""
    return {"serverTime": venue.now_ms()}


def exchange_info(venue: Venue, params: Mapping[str, str]) -> Any:
    """Tell limits and symbols."""
    _check_symbol(venue, params)
    if "symbols" in params and params["symbols"] != f'["{venue.symbol.name}"]':
        raise invalid_symbol()
    return {
        "timezone": "UTC",
        "serverTime": venue.now_ms(),
        "rateLimits": rate_limits(venue),
        "exchangeFilters": [],
        "symbols": [venue.symbol.info()],
    }


def rate_limits(venue: Venue) -> list[dict[str, Any]]:
    """Return the limits as exchangeInfo has them."""
    orders = venue.order_counts.limits()
    return [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": venue.weights.limit},
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": orders["10S"]},
        {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": orders["1D"]},
    ]


def klines(venue: Venue, params: Mapping[str, str]) -> Any:
    """Tell the bars, by the market's clock; more than a thousand are never told at once, whatever was asked."""
    _check_symbol(venue, params)
    interval = params["interval"]
    check_interval(venue.market, interval)
    if params.get("timeZone", "0") != "0":
        raise bad_request(-1130, "Data sent for parameter 'timeZone' is not valid.")
    limit = int(params.get("limit", "500"))
    if limit == 0:
        raise bad_request(-1130, "Data sent for parameter 'limit' is not valid.")
    start, end = (int(params[name]) if name in params else None for name in ("startTime", "endTime"))
    found = venue.market.klines(interval, start, end, min(limit, _MOST_KLINES), venue.now_ms())
    return [row(kline, interval) for kline in found]


def price(venue: Venue, params: Mapping[str, str]) -> Any:
    """Tell the last price."""
    _check_symbol(venue, params)
    return _one_or_all({"symbol": venue.symbol.name, "price": text(venue.matching.price)}, params)


def book(venue: Venue, params: Mapping[str, str]) -> Any:
    """Tell the best prices."""
    _check_symbol(venue, params)
    best = venue.book()
    told = {
        "symbol": venue.symbol.name, "bidPrice": best["b"], "bidQty": best["B"], "askPrice": best["a"],
        "askQty": best["A"],
    }  # fmt: skip
    return _one_or_all(told, params)


def _one_or_all(told: dict[str, str], params: Mapping[str, str]) -> Any:
    return told if "symbol" in params else [told]


def _check_symbol(venue: Venue, params: Mapping[str, str]) -> None:
    if params.get("symbol", venue.symbol.name) != venue.symbol.name:
        raise invalid_symbol()
