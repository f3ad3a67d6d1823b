"""The answers to questions about the account, its trades and its key."""

import time as wall
from collections.abc import Mapping
from typing import Any

from tests.venues.binance import wording
from tests.venues.binance.order_answers import check_symbol
from tests.venues.binance.refusals import bad_request, text
from tests.venues.binance.venue import Venue

_DAY_MS = 86_400_000
_MOST = 1000
_TRADE_FILTERS = ("orderId", "startTime", "endTime", "fromId")
_COMBINATIONS: tuple[set[str], ...] = (
    set(), {"orderId"}, {"startTime"}, {"endTime"}, {"fromId"}, {"startTime", "endTime"}, {"orderId", "fromId"},
)  # fmt: skip


def account(venue: Venue, params: Mapping[str, str]) -> Any:
    """Tell balances and permissions."""
    return wording.account(
        venue.account,
        may_trade=venue.key.may_trade,
        may_withdraw=venue.key.may_withdraw,
        time=venue.now_ms(),
        omit_zero=params.get("omitZeroBalances", "false").lower() == "true",
    )


def my_trades(venue: Venue, params: Mapping[str, str]) -> Any:
    """Tell executions, oldest first."""
    check_symbol(venue, params)
    asked = {name: int(params[name]) for name in _TRADE_FILTERS if name in params}
    if asked.keys() not in _COMBINATIONS:
        raise bad_request(-1128, "Combination of optional parameters invalid.")
    if "startTime" in asked and asked.get("endTime", 0) - asked["startTime"] > _DAY_MS:
        raise bad_request(-1127, "More than 24 hours between startTime and endTime.")
    found = [
        trade
        for trade in venue.matching.trades
        if asked.get("orderId", trade.order_id) == trade.order_id
        and asked.get("startTime", 0) <= trade.time <= asked.get("endTime", 10**15)
        and trade.trade_id >= asked.get("fromId", 0)
    ]
    limit = min(int(params.get("limit", 500)), _MOST)
    chosen = found[:limit] if asked.keys() & {"fromId", "startTime"} else found[-limit:]
    return [wording.traded(trade, venue.symbol.name) for trade in chosen]


def order_counts(venue: Venue, params: Mapping[str, str]) -> Any:
    """Tell how many unfilled orders count."""
    counts, limits = venue.order_counts.counts(wall.time()), venue.order_counts.limits()
    return [
        {"rateLimitType": "ORDERS", "interval": interval, "intervalNum": number, "limit": limits[name],
         "count": counts[name]}
        for name, interval, number in (("10S", "SECOND", 10), ("1D", "DAY", 1))
    ]  # fmt: skip


def api_restrictions(venue: Venue, params: Mapping[str, str]) -> Any:
    """Tell what the key may do."""
    return {
        "ipRestrict": venue.key.is_restricted_to_addresses,
        "createTime": 1_698_645_219_000,
        "enableReading": venue.key.may_read,
        "enableWithdrawals": venue.key.may_withdraw,
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableFutures": False,
        "permitsUniversalTransfer": False,
        "enableVanillaOptions": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
        "enableSpotAndMarginTrading": venue.key.may_trade,
        "enablePortfolioMarginTrading": False,
    }


def trade_fee(venue: Venue, params: Mapping[str, str]) -> Any:
    """Tell what trading costs."""
    check_symbol(venue, params)
    fees = venue.account.fees
    return [
        {"symbol": venue.symbol.name, "makerCommission": text(fees.maker), "takerCommission": text(fees.taker)}
    ]  # fmt: skip
