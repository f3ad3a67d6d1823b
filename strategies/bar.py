"""The bar: what every rule sees, and nothing else of the market."""

from datetime import datetime
from typing import NamedTuple


class Bar(NamedTuple):
    """One closed bar.

    Parameters
    ----------
    time : datetime
        When the bar opened, aware UTC: the label that it has in files and at exchanges.
    open, high, low, close : float
        Prices in the quote currency.
    volume : float
        Traded amount in units of the base currency.
    """

    time: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float
