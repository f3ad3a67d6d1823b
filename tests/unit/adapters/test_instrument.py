"""What is traded, in which steps."""

from decimal import Decimal
from typing import Any

import pytest

from adapters.instrument import InstrumentSpec, simulated_instrument, split_symbol


@pytest.mark.parametrize(
    ("symbol", "pair"),
    [
        ("BTCUSDT", ("BTC", "USDT")),
        ("btcusdt", ("BTC", "USDT")),
        ("ETHBTC", ("ETH", "BTC")),
        ("EURUSD", ("EUR", "USD")),
        ("BTCFDUSD", ("BTC", "FDUSD")),
        ("EUR.USD", ("EUR", "USD")),
        ("BTC-USD", ("BTC", "USD")),
        ("ETH/BTC", ("ETH", "BTC")),
        ("AAPL", ("AAPL", "USD")),
        ("USDT", ("USDT", "USD")),
        ("BRK-B", ("BRK-B", "USD")),
        ("SAP.DE", ("SAP.DE", "USD")),
    ],
)
def test_a_symbol_names_what_is_bought_and_with_which_money(symbol: str, pair: tuple[str, str]) -> None:
    assert split_symbol(symbol) == pair


def spec(price_step: str = "0.01", size_step: str = "0.001") -> InstrumentSpec:
    return simulated(price_step=Decimal(price_step), size_step=Decimal(size_step))


@pytest.mark.parametrize(
    ("step", "price", "rounded"),
    [("0.01", 1.236, "1.24"), ("0.01", 5, "5.00"), ("0.25", 1.4, "1.50"), ("5", 12.4, "10"), ("1", 0.6, "1")],
)
def test_a_price_is_rounded_to_the_nearest_step(step: str, price: float, rounded: str) -> None:
    assert spec(step).round_price(price) == Decimal(rounded)


@pytest.mark.parametrize(
    ("step", "size", "rounded"), [("0.001", "1.2349", "1.234"), ("5", "14.9", "10"), ("1", "0.9", "0")]
)
def test_a_size_is_rounded_down_to_its_step(step: str, size: str, rounded: str) -> None:
    assert spec(size_step=step).round_size_down(Decimal(size)) == Decimal(rounded)


def simulated(**told: Any) -> InstrumentSpec:
    return simulated_instrument("BTCUSDT", **{"price_step": None, "size_step": None, "min_notional": None} | told)


def test_steps_follow_from_the_decimals() -> None:
    made = simulated(price_decimals=5, size_decimals=8)
    assert (made.price_step, made.size_step) == (Decimal("0.00001"), Decimal("1E-8"))


def test_sizes_are_no_coarser_than_a_millionth() -> None:
    assert simulated(size_decimals=0).size_step == Decimal("0.000001")


def test_steps_that_are_given_win() -> None:
    made = simulated(price_step=Decimal("0.5"), size_step=Decimal(1), price_decimals=5, min_notional=Decimal(10))
    assert (made.price_step, made.size_step, made.min_quantity) == (Decimal("0.5"), Decimal(1), Decimal(1))
    assert made.min_notional == 10
