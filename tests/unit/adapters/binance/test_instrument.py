"""Steps and least sizes as Binance states them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.binance.instrument import spec_from
from adapters.feeds import FeedSettings
from strategies.errors import VenueRefusedError

D = Decimal
SETTINGS = FeedSettings("BTCUSDT", timedelta(minutes=1), D(0))


def info(**changes: Any) -> dict[str, Any]:
    symbol = {
        "symbol": "BTCUSDT",
        "status": "TRADING",
        "isSpotTradingAllowed": True,
        "baseAsset": "BTC",
        "quoteAsset": "USDT",
        "baseAssetPrecision": 8,
        "filters": [
            {"filterType": "PRICE_FILTER", "tickSize": "0.01000000"},
            {"filterType": "LOT_SIZE", "minQty": "0.00001000", "stepSize": "0.00001000"},
            {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "stepSize": "0.00000000"},
            {"filterType": "NOTIONAL", "minNotional": "5.00000000"},
        ],
    }
    return {"symbols": [symbol | changes]}


def test_steps_are_the_exchanges_own() -> None:
    spec = spec_from(info(), SETTINGS)
    assert (spec.price_step, spec.size_step, spec.min_quantity, spec.min_notional) == (
        D("0.01"), D("0.00001"), D("0.00001"), D(5),
    )  # fmt: skip
    assert (spec.price_decimals, spec.size_decimals) == (2, 8)


def test_the_document_may_ask_for_coarser_steps_but_not_for_finer_ones() -> None:
    coarser = FeedSettings("BTCUSDT", timedelta(minutes=1), D(0), size_step=D("0.001"), price_step=D("0.001"))
    spec = spec_from(info(), coarser)
    assert (spec.size_step, spec.price_step) == (D("0.001"), D("0.01"))


def test_a_symbol_that_is_not_there_is_named() -> None:
    with pytest.raises(VenueRefusedError, match="no symbol BTCUSDT"):
        spec_from({"symbols": []}, SETTINGS)


def test_a_symbol_that_rests_is_told_with_its_status() -> None:
    with pytest.raises(VenueRefusedError, match="BREAK"):
        spec_from(info(status="BREAK"), SETTINGS)


@pytest.mark.parametrize(
    ("place", "told"),
    [("tickSize", "0"), ("tickSize", "NaN"), ("tickSize", "1E-30"), ("stepSize", "-1"), ("minQty", "Infinity")],
)
def test_steps_that_cannot_be_are_not_read(place: str, told: str) -> None:
    answer = info()
    for each in answer["symbols"][0]["filters"][:2]:
        each.update({place: told} if place in each else {})
    with pytest.raises(ValueError, match=r"is|are"):
        spec_from(answer, SETTINGS)


@pytest.mark.parametrize("key", ["baseAsset", "quoteAsset"])
def test_a_currency_without_a_name_is_not_read(key: str) -> None:
    with pytest.raises(ValueError, match="is no name"):
        spec_from(info(**{key: 5}), SETTINGS)
