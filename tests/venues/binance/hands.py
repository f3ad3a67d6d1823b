"""Playing the double's market, and doing at its account what a person or the exchange itself does."""

import asyncio
from concurrent.futures import Future
from decimal import Decimal
from functools import partial

from strategies.bar import Bar
from tests.venues.binance.held import Held, copied
from tests.venues.binance.orders import NewOrder, Order
from tests.venues.binance.playing import Pace
from tests.venues.binance.wording import balance_update


class Playing:
    """A market that is being played."""

    def __init__(self, future: "Future[None]") -> None:
        self._future = future

    @property
    def is_over(self) -> bool:
        """Whether it has come to its end, or was stopped."""
        return self._future.done()

    def wait(self, seconds: float = 60.0) -> None:
        """Return when all bars were played; raise what went wrong, or TimeoutError."""
        self._future.result(seconds)

    def stop(self) -> None:
        """Play no further bar."""
        self._future.cancel()


class Played(Held):
    """Moving it on."""

    def play(
        self,
        bars_per_second: float | None = None,
        *,
        count: int | None = None,
        settle_seconds: float = 0.0,
        wait_for_client: bool = False,
        wait_for_account: bool = False,
    ) -> Playing:
        """Play so many bars, or all that are left, and go on meanwhile.

        Without `bars_per_second` as fast as it goes. With `settle_seconds` the market waits after each bar until no
        request has come for so long, and none is being dealt with. With `wait_for_client` it stands still while
        nobody follows the klines, with `wait_for_account` while nobody follows the account.
        """
        pace = Pace(
            1 / bars_per_second if bars_per_second else 0.0, settle_seconds, int(wait_for_client), int(wait_for_account)
        )
        return Playing(asyncio.run_coroutine_threadsafe(self._player.play(count, pace), self._loop))

    def push(self, count: int = 1) -> None:
        """Play the next bars at once, and return when they have closed."""
        self._await(self._player.play(count, Pace()))

    def push_bar(self, bar: Bar) -> None:
        """Play a bar of the test's own before those that are left."""
        self._await(self._player.play_bar(bar))

    def jump(self, price: float | Decimal) -> None:
        """Let the market be at a price without having been at those between: stops may be jumped over."""
        self._do(partial(self._player.move, Decimal(str(price)), jump=True))

    def slide(self, price: float | Decimal) -> None:
        """Let the market go to a price through all that lie between."""
        self._do(partial(self._player.move, Decimal(str(price)), jump=False))

    def place_by_hand(self, side: str, quantity: Decimal | str, client_order_id: str = "web_order") -> Order:
        """Send a market order as a person at the exchange's own page does."""

        def placing() -> Order:
            new = NewOrder(client_order_id, side, "MARKET", Decimal(quantity))
            order, happened = self._venue.matching.place(new, self._venue.now_ms())
            self._venue.tell(happened)
            return copied(order)

        return self._do(placing)

    def cancel_by_hand(self, client_order_id: str) -> None:
        """Take a resting order back as a person at the exchange's own page does."""
        self._do(lambda: self._end(client_order_id, None))

    def expire(self, client_order_id: str, reason: str = "EXCHANGE_CANCELED") -> None:
        """End a resting order as the exchange does."""
        self._do(lambda: self._end(client_order_id, reason))

    def deposit(self, asset: str, amount: Decimal | str) -> None:
        """Pay in, or with a negative amount out; who follows the account is told."""

        def paying() -> None:
            now, added = self._venue.now_ms(), Decimal(amount)
            self._venue.account.add(asset, added)
            self._venue.user_data.tell([balance_update(asset, added, now)], self._venue.misbehave.user_data)
            self._venue.tell([self._venue.account.told(asset)])

        self._do(paying)

    def _end(self, client_order_id: str, reason: str | None) -> None:
        venue = self._venue
        for order in venue.orders_by(None, client_order_id):
            if order.is_open:
                now = venue.now_ms()
                venue.tell(
                    venue.matching.cancel(order, venue.generated_id(), now)
                    if reason is None
                    else venue.matching.expire(order, reason, now)
                )
                return
        raise AssertionError(f"no order {client_order_id} rests")
