"""What the mock broker holds and charges; the one fill rule of live, replay and backtest. No Nautilus.

Every order is filled whole, at the price on which it was decided: the signal bar's close, or the level that a
protective rule says was reached.
"""

from dataclasses import dataclass
from decimal import Decimal

_SMALLEST = Decimal("0.00000001")


def mock_commission(quantity: Decimal, price: Decimal, rate: Decimal) -> Decimal:
    """Return the fee of a fill in the quote currency, to eight decimals; `rate` is a fraction of the fill's value."""
    return (quantity * price * rate).quantize(_SMALLEST)


@dataclass(slots=True)
class MockAccount:
    """Money in the quote currency, units of the base, and the commission as a fraction of a fill's value."""

    base: str
    quote: str
    cash: Decimal
    units: Decimal
    commission: Decimal

    def buy(self, quantity: Decimal, price: Decimal) -> Decimal:
        """Take money, give units, and return the fee."""
        fee = mock_commission(quantity, price, self.commission)
        self.units += quantity
        self.cash -= quantity * price + fee
        return fee

    def sell(self, quantity: Decimal, price: Decimal) -> Decimal:
        """Take units, give money, and return the fee."""
        fee = mock_commission(quantity, price, self.commission)
        self.units -= quantity
        self.cash += quantity * price - fee
        return fee
