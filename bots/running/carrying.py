"""The couriers of a bot: begun with it, poked when something was committed, ended after its last words."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bots.config.outputs import Notifications
from bots.notify.courier import Courier
from bots.notify.handing_over import HandingOver
from bots.notify.holding_back import HoldingBack
from bots.notify.message import Identity, Illustrate, Notifier
from bots.trading.keeping import Outbox

_LAST_WORDS_SECONDS = 5.0


class Carrying:
    """Tells people what the journal has, by every channel at its own pace.

    Parameters
    ----------
    notifiers : sequence of Notifier
        The channels.
    outbox : Outbox
        The journal's events.
    whose : callable
        Returns whose messages they are.
    illustrate : callable
        Returns the picture of an event, or None.
    asked : Notifications
        The document's section.
    holding : HoldingBack
        Says what is left to a console.
    """

    def __init__(
        self,
        notifiers: Sequence[Notifier],
        outbox: Outbox,
        whose: Callable[[], Identity],
        illustrate: Illustrate,
        asked: Notifications,
        holding: HoldingBack,
    ) -> None:
        self.notifiers, self._holding = tuple(notifiers), holding
        self._couriers = [Courier(notifier, outbox, whose, illustrate, holding) for notifier in notifiers]
        self.handing_over = HandingOver(outbox, asked, whose, holding, self._couriers, time.monotonic, illustrate)

    @asynccontextmanager
    async def going(self) -> AsyncIterator[None]:
        """Carry meanwhile; at the end wait a little for what is on its way."""
        self.handing_over.begin()
        for courier in self._couriers:
            courier.begin()
        tasks = [asyncio.create_task(courier.run()) for courier in self._couriers]
        try:
            yield
        finally:
            await asyncio.gather(
                self.handing_over.finish(_LAST_WORDS_SECONDS),
                *(courier.finish(_LAST_WORDS_SECONDS) for courier in self._couriers),
            )
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.gather(*(courier.notifier.close() for courier in self._couriers), return_exceptions=True)

    def poke(self) -> None:
        """Say that something new was committed."""
        for courier in self._couriers:
            courier.poke()

    @property
    def console(self) -> str | None:
        """How the console is: heard or away; None where the bot is to tell people itself."""
        if not self._holding.expected:
            return None
        return "away" if self._holding.is_missed(time.monotonic()) else "heard"

    def describe(self) -> dict[str, Mapping[str, Any]]:
        """Return how each channel is doing."""
        return {
            courier.notifier.name: {
                "waiting": courier.delivery.waiting,
                "errors": courier.delivery.errors,
                "sent": courier.delivery.sent,
                "trouble": courier.delivery.trouble or None,
            }
            for courier in self._couriers
        }
