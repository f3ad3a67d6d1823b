"""An instrument from what Binance says of a symbol. Pure."""

from decimal import Decimal
from typing import Any

from adapters.feeds import FeedSettings
from adapters.instrument import InstrumentSpec, decimals_of
from adapters.live.reading import above_zero, named, not_below_zero
from strategies.errors import VenueRefusedError

_MOST_DECIMALS = 16


def spec_from(info: dict[str, Any], settings: FeedSettings) -> InstrumentSpec:
    """Return the instrument of an exchangeInfo answer; the document's own steps may be coarser, never finer.

    Raises
    ------
    VenueRefusedError
        If the symbol is not traded there now.
    Exception
        Of several kinds, if the answer cannot be read.
    """
    found = next((each for each in info.get("symbols", ()) if each["symbol"] == settings.symbol), None)
    if found is None:
        raise VenueRefusedError(f"Binance has no symbol {settings.symbol}; correct trading.symbol")
    if found["status"] != "TRADING" or not found.get("isSpotTradingAllowed", True):
        raise VenueRefusedError(f"Binance does not trade {settings.symbol} now: its status is {found['status']}")
    filters = {each["filterType"]: each for each in found["filters"]}
    price = above_zero(filters["PRICE_FILTER"]["tickSize"])
    lot, market = filters["LOT_SIZE"], filters.get("MARKET_LOT_SIZE", {})
    size = max(above_zero(lot["stepSize"]), not_below_zero(market.get("stepSize", 0)))
    notional = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL") or {}
    least = max(not_below_zero(lot["minQty"]), not_below_zero(market.get("minQty", 0)))
    price_step, size_step = _coarser(price, settings.price_step), _coarser(size, settings.size_step)
    if max(decimals_of(price), decimals_of(size)) > _MOST_DECIMALS:
        raise ValueError(f"steps of {price} and {size} are finer than any")
    return InstrumentSpec(
        symbol=settings.symbol,
        base=named(found["baseAsset"]),
        quote=named(found["quoteAsset"]),
        price_step=price_step,
        size_step=size_step,
        min_quantity=max(least, size_step),
        price_decimals=decimals_of(price),
        # Bars show volumes in the coin's own decimals, whatever the step of orders is.
        size_decimals=max(decimals_of(size), min(int(found.get("baseAssetPrecision", 8)), 8)),
        min_notional=max(not_below_zero(notional.get("minNotional", 0)), settings.min_notional or Decimal(0)),
    )


def _coarser(venues: Decimal, documents: Decimal | None) -> Decimal:
    venues = venues.normalize()
    if documents is None or documents <= venues or documents % venues:
        return venues
    return documents
