"""The one note that the strategy writes on an order: the price on which it was decided."""

from collections.abc import Sequence
from decimal import Decimal

_PREFIX = "at="


def price_tag(price: Decimal) -> str:
    """Return the note; simulated brokers fill there, real ones do not look at it."""
    return f"{_PREFIX}{price:f}"


def price_from_tags(tags: Sequence[str] | None) -> Decimal | None:
    """Return the price that was noted, if one was."""
    for tag in tags or ():
        if tag.startswith(_PREFIX):
            return Decimal(tag.removeprefix(_PREFIX))
    return None
