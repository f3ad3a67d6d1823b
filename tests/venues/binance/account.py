"""The account: what is free, what resting orders lock, and what fees take. Pure."""

from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

from tests.venues.binance.orders import ZERO, Balances
from tests.venues.binance.refusals import insufficient_balance

_SMALLEST = Decimal("0.00000001")
# Paying in BNB makes the standard commission a quarter cheaper.
_DISCOUNT = Decimal("0.75")


@dataclass(slots=True)
class Fees:
    """What an execution costs, as a fraction of it; with a `bnb_price` it is taken in BNB while there is some."""

    maker: Decimal = Decimal("0.001")
    taker: Decimal = Decimal("0.001")
    bnb_price: Decimal | None = None


@dataclass(slots=True)
class Balance:
    """One asset."""

    free: Decimal = ZERO
    locked: Decimal = ZERO


@dataclass(slots=True)
class Account:
    """All assets of one account."""

    fees: Fees = field(default_factory=Fees)
    balances: dict[str, Balance] = field(default_factory=dict)

    def of(self, asset: str) -> Balance:
        """Return an asset's balance."""
        return self.balances.setdefault(asset, Balance())

    def add(self, asset: str, amount: Decimal) -> None:
        """Pay in, or out."""
        self.of(asset).free += amount

    def lock(self, asset: str, amount: Decimal) -> None:
        """Set an amount aside for an order.

        Raises
        ------
        RefusedError
            If so much is not free.
        """
        held = self.of(asset)
        if amount > held.free:
            raise insufficient_balance()
        held.free -= amount
        held.locked += amount

    def unlock(self, asset: str, amount: Decimal) -> None:
        """Give back what was set aside."""
        held = self.of(asset)
        held.free += amount
        held.locked -= amount

    def spend_locked(self, asset: str, amount: Decimal) -> None:
        """Give away what was set aside."""
        self.of(asset).locked -= amount

    def charge(self, asset: str, amount: Decimal, value: Decimal, *, is_maker: bool) -> tuple[Decimal, str]:
        """Take the fee of an execution that brought `amount` of an asset, worth `value`; return fee and its asset."""
        rate = self.fees.maker if is_maker else self.fees.taker
        if self.fees.bnb_price is not None:
            in_bnb = _cut(value * rate * _DISCOUNT / self.fees.bnb_price)
            if in_bnb <= self.of("BNB").free:
                self.add("BNB", -in_bnb)
                return in_bnb, "BNB"
        fee = _cut(amount * rate)
        self.add(asset, -fee)
        return fee, asset

    def told(self, *assets: str) -> Balances:
        """Return the balances of some assets as they are now."""
        return Balances({asset: (self.of(asset).free, self.of(asset).locked) for asset in assets})


def _cut(amount: Decimal) -> Decimal:
    return amount.quantize(_SMALLEST, ROUND_DOWN)
