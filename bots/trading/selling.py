"""How much of a lot can be sold, and what stands against it. Pure."""

from decimal import Decimal

from adapters.instrument import InstrumentSpec


def sellable(spec: InstrumentSpec, quantity: Decimal) -> Decimal:
    """Return how much of a lot an order can sell: whole steps only."""
    # A quantity on the step stays as it is written: rounding would add zeros to it.
    return spec.round_size_down(quantity) if quantity % spec.size_step else quantity


def is_dust(spec: InstrumentSpec, quantity: Decimal) -> bool:
    """Say whether so much is less than can ever be sold."""
    return quantity < spec.size_step


def obstacle(spec: InstrumentSpec, quantity: Decimal, price: Decimal) -> str | None:
    """Say why the venue would take no order for so much at that price, or None."""
    if quantity < spec.min_quantity:
        return f"{quantity:f} {spec.base} can be sold of it, and the least size is {spec.min_quantity:f} {spec.base}"
    value = quantity * price
    if value < spec.min_notional:
        return (
            f"{quantity:f} {spec.base} are worth {value.normalize():f} {spec.quote} at {price:f}, and the least value "
            f"of an order is {spec.min_notional:f} {spec.quote}"
        )
    return None
