"""What is traded, and the steps and bounds that orders must keep. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from tests.venues.binance.refusals import text

QUOTES = ("FDUSD", "USDT", "USDC", "EUR", "TRY", "BTC", "ETH", "BNB")
ORDER_TYPES = ("LIMIT", "MARKET", "STOP_LOSS_LIMIT")


@dataclass(frozen=True, slots=True)
class Symbol:
    """One listing; the defaults are those of BTCUSDT, or near them."""

    name: str
    base: str
    quote: str
    status: str = "TRADING"
    tick: Decimal = Decimal("0.01")
    min_price: Decimal = Decimal("0.01")
    max_price: Decimal = Decimal(1_000_000)
    step: Decimal = Decimal("0.00001")
    min_quantity: Decimal = Decimal("0.00001")
    max_quantity: Decimal = Decimal(9000)
    market_max_quantity: Decimal = Decimal(120)
    min_notional: Decimal = Decimal(5)
    max_notional: Decimal = Decimal(9_000_000)
    farthest_up: Decimal = Decimal(5)
    farthest_down: Decimal = Decimal("0.2")
    max_orders: int = 200
    max_algo_orders: int = 5

    @classmethod
    def of(cls, name: str) -> Self:
        """Return a listing with the defaults' steps.

        Raises
        ------
        ValueError
            If the name does not end in a currency known here: give base and quote then.
        """
        for quote in QUOTES:
            if name.endswith(quote) and name != quote:
                return cls(name, name.removesuffix(quote), quote)
        raise ValueError(f"which part of {name} is its quote currency? Give a Symbol(name, base, quote)")

    def info(self) -> dict[str, Any]:
        """Return the symbol as exchangeInfo has it."""
        return {
            "symbol": self.name,
            "status": self.status,
            "baseAsset": self.base,
            "baseAssetPrecision": 8,
            "quoteAsset": self.quote,
            "quotePrecision": 8,
            "quoteAssetPrecision": 8,
            "baseCommissionPrecision": 8,
            "quoteCommissionPrecision": 8,
            "orderTypes": list(ORDER_TYPES),
            "icebergAllowed": False,
            "ocoAllowed": False,
            "otoAllowed": False,
            "opoAllowed": False,
            "quoteOrderQtyMarketAllowed": False,
            "allowTrailingStop": False,
            "cancelReplaceAllowed": False,
            "amendAllowed": False,
            "pegInstructionsAllowed": False,
            "isSpotTradingAllowed": True,
            "isMarginTradingAllowed": False,
            "filters": self.filters(),
            "permissions": [],
            "permissionSets": [["SPOT"]],
            "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
            "allowedSelfTradePreventionModes": ["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
        }

    def filters(self) -> list[dict[str, Any]]:
        """Return the filters as exchangeInfo has them."""
        up, down = f"{self.farthest_up:f}", f"{self.farthest_down:f}"
        return [
            {"filterType": "PRICE_FILTER", "minPrice": text(self.min_price), "maxPrice": text(self.max_price),
             "tickSize": text(self.tick)},
            {"filterType": "LOT_SIZE", "minQty": text(self.min_quantity), "maxQty": text(self.max_quantity),
             "stepSize": text(self.step)},
            {"filterType": "MARKET_LOT_SIZE", "minQty": text(Decimal(0)), "maxQty": text(self.market_max_quantity),
             "stepSize": text(Decimal(0))},
            {"filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": up, "bidMultiplierDown": down,
             "askMultiplierUp": up, "askMultiplierDown": down, "avgPriceMins": 5},
            {"filterType": "NOTIONAL", "minNotional": text(self.min_notional), "applyMinToMarket": True,
             "maxNotional": text(self.max_notional), "applyMaxToMarket": False, "avgPriceMins": 5},
            {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": self.max_orders},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": self.max_algo_orders},
        ]  # fmt: skip
