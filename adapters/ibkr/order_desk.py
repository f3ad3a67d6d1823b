"""What is known of our orders over all connections: news in, states out, and bells for who waits for a certain one."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

from adapters.ibkr.ledger import Known, Ledger
from adapters.ibkr.news import Gone, OrderNews, Restored
from adapters.ibkr.telling import Fees, state_of, waits_for
from adapters.live.broker import OrderState

type Told = str | Gone | Restored


class OrderDesk:
    """Listens to a gateway; `client_id` is ours, `fees` says how executions' fees are told."""

    def __init__(self, client_id: int, fees: Fees) -> None:
        self.ledger = Ledger()
        self.fees = fees
        self._client_id = client_id
        self._readers: set[asyncio.Queue[Told]] = set()
        self._bell = asyncio.Event()

    def hear(self, news: OrderNews | Gone | Restored) -> None:
        """Take what the gateway says; whoever reads is told which order changed."""
        if isinstance(news, Gone | Restored):
            self._tell(news)
        elif (ref := self.ledger.take(news, self._client_id, time.monotonic())) is not None:
            self._tell(ref)

    def value(self, values: Mapping[str, Decimal]) -> None:
        """Learn what currencies are worth."""
        self.fees = replace(self.fees, values={**self.fees.values, **values})

    def state(self, ref: str) -> OrderState:
        """Return what can be told of an order now."""
        return state_of(self.ledger[ref], self.fees, time.monotonic())

    def is_ours(self, ref: str) -> bool:
        """Say whether an order was placed under our client id, or nobody told under which."""
        return self.ledger[ref].client_id in (0, self._client_id)

    async def ripe(self, ref: str) -> OrderState:
        """Return an order's state once the fees of all its executions are known, or were waited for."""
        while (seconds := waits_for(self.ledger[ref], self.fees, time.monotonic())) is not None:
            await self._changes(seconds)
        return self.state(ref)

    async def until(self, ref: str, come: Callable[[Known], bool], seconds: float, lost: Callable[[], bool]) -> bool:
        """Wait until an order has come somewhere; say whether it has, in time and before the connection was lost."""
        deadline = time.monotonic() + seconds
        while not come(self.ledger[ref]):
            if lost() or (left := deadline - time.monotonic()) <= 0:
                return False
            await self._changes(left)
        return True

    def read(self) -> "asyncio.Queue[Told]":
        """Return where the references of changed orders arrive."""
        queue: asyncio.Queue[Told] = asyncio.Queue()
        self._readers.add(queue)
        return queue

    def stop_reading(self, queue: "asyncio.Queue[Told]") -> None:
        """Let go of it."""
        self._readers.discard(queue)

    def remind(self, queue: "asyncio.Queue[Told]", ref: str) -> None:
        """Tell a reader of an order once more when there is more to tell of it though nothing comes any more.

        And when half of that time is over: then what is missing can still be asked for.
        """
        seconds = waits_for(self.ledger[ref], self.fees, time.monotonic())
        if seconds is not None:
            for later in (seconds, seconds - self.fees.wait / 2):
                if later > 0:
                    asyncio.get_running_loop().call_later(later, queue.put_nowait, ref)

    def late_fees(self, ref: str) -> list[str]:
        """Return the executions of an order whose fees have been waited for half of the time."""
        known, since = self.ledger[ref], time.monotonic() - self.fees.wait / 2
        return [number for number in known.uncharged() if known.came[number] <= since]

    async def _changes(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._bell.wait()

    def _tell(self, told: Told) -> None:
        for queue in self._readers:
            queue.put_nowait(told)
        # Everybody who waits now is woken; whoever waits later waits for the next.
        self._bell.set()
        self._bell = asyncio.Event()
