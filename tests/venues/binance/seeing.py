"""What a test sees of the double; each answer is a snapshot."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from tests.venues.binance.held import Held, copied
from tests.venues.binance.orders import Order, Trade
from tests.venues.binance.records import Request, Sent

_SECONDS = 10.0
_LOOK_SECONDS = 0.005


class Seen(Held):
    """Looking at it."""

    @property
    def requests(self) -> list[Request]:
        """Every request, in the order in which they were dealt with."""
        return self._do(lambda: list(self._venue.records.requests))

    def requested(self, method: str, path: str) -> list[Request]:
        """Return the requests of one kind."""
        return [each for each in self.requests if (each.method, each.path) == (method, path)]

    @property
    def orders(self) -> list[Order]:
        """Every order that was taken, oldest first."""
        return self._do(lambda: [copied(order) for order in self._venue.matching.orders])

    def open_orders(self) -> list[Order]:
        """Return the orders that rest."""
        return [order for order in self.orders if order.is_open]

    @property
    def trades(self) -> list[Trade]:
        """Every execution, oldest first."""
        return self._do(lambda: list(self._venue.matching.trades))

    @property
    def doubled(self) -> list[str]:
        """Client order ids that were taken again though an order of that id had been executed: somebody sent twice."""
        return self._do(lambda: list(self._venue.matching.doubled))

    @property
    def balances(self) -> dict[str, tuple[Decimal, Decimal]]:
        """What is free and what is locked, by asset."""
        return self._do(lambda: {asset: (b.free, b.locked) for asset, b in self._venue.account.balances.items()})

    def position(self) -> Decimal:
        """Return how much of the base asset there is, free and locked."""
        return sum(self.balances[self._venue.symbol.base], Decimal(0))

    @property
    def weights(self) -> dict[str, int]:
        """The request weight of this minute, by address."""
        return self._do(lambda: self._venue.weights.by_address(time.time()))

    @property
    def highest_weight(self) -> int:
        """The most weight that any address has used in one minute."""
        return self._venue.weights.highest

    @property
    def refused_for_weight(self) -> int:
        """How many requests were answered 429 or 418 for their weight."""
        return self._venue.weights.refused

    @property
    def complaints(self) -> list[str]:
        """What the exchange lets pass, though it can only be a mistake."""
        return self._do(lambda: list(self._venue.records.complaints))

    @property
    def sent(self) -> list[Sent]:
        """The closing klines that were sent, and when, for measuring what follows."""
        return self._do(lambda: list(self._venue.records.sent))

    @property
    def price(self) -> Decimal:
        """The last price."""
        return self._do(lambda: self._venue.matching.price)

    @property
    def market_time(self) -> datetime:
        """The time by the market's clock."""
        return datetime.fromtimestamp(self._venue.market.now / 1000, UTC)

    @property
    def left(self) -> int:
        """How many bars are still to be played."""
        return len(self._venue.market.upcoming)

    @property
    def followers(self) -> int:
        """How many connections follow the klines."""
        return self._do(self._venue.streams.kline_followers)

    @property
    def subscribers(self) -> int:
        """How many connections follow the account."""
        return self._do(lambda: self._venue.user_data.subscribers)

    def wait_until[T](self, condition: Callable[[], T], seconds: float = _SECONDS, what: str = "") -> T:
        """Wait until something is so, and return it.

        Raises
        ------
        AssertionError
            If it is not after so many seconds; it tells the last requests.
        """
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > deadline:
                last = [f"{each.method} {each.path} {each.status} {each.code}" for each in self.requests[-8:]]
                raise AssertionError(f"not within {seconds:g} s: {what or condition}; the last requests were {last}")
            time.sleep(_LOOK_SECONDS)
        return found
