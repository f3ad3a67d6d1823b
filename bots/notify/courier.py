"""Carries the journal's events to one channel, for as long as it takes, and delays no trade meanwhile."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bots.notify.digest import next_message
from bots.notify.holding_back import HoldingBack
from bots.notify.message import Identity, Illustrate, Notifier
from bots.trading.keeping import Outbox
from strategies.errors import JournalError, MessageRefusedError, NotToldError

LOGGER = logging.getLogger("tradingbot.notify")

# As many events are looked at together; of more a digest says how many.
_MOST = 500
_FIRST_PAUSE_SECONDS = 2.0
_LONGEST_PAUSE_SECONDS = 60.0


@dataclass(slots=True)
class Delivery:
    """How a channel is doing."""

    waiting: int = 0
    errors: int = 0
    trouble: str = ""
    sent: int = 0
    failures: int = field(default=0, repr=False)

    def note(self, error: Exception) -> None:
        """Note that something went wrong."""
        self.errors += 1
        self.trouble = str(error)

    def failed(self, name: str, error: Exception) -> float:
        """Note that the channel took nothing; return how long to wait before it is tried again."""
        self.note(error)
        if self.failures == 0:
            LOGGER.warning("%s: messages wait until it takes them again: %s", name, error)
        self.failures += 1
        pause = min(_FIRST_PAUSE_SECONDS * 2.0 ** min(self.failures - 1, 20), _LONGEST_PAUSE_SECONDS)
        asked = error.retry_after if isinstance(error, NotToldError) else None
        return max(asked or 0.0, pause * random.uniform(0.8, 1.2))

    def took(self, name: str) -> None:
        """Note that the channel took a message."""
        if self.failures:
            LOGGER.info("%s takes messages again", name)
        self.failures, self.trouble = 0, ""


class Courier:
    """Tells one channel everything once; what it cannot tell waits in the journal, also through a restart.

    Parameters
    ----------
    notifier : Notifier
        The channel.
    outbox : Outbox
        The journal's events.
    whose : callable
        Returns whose messages they are.
    illustrate : callable, optional
        Returns the picture of an event, or None.
    holding : HoldingBack, optional
        Says what is left to a console.
    """

    def __init__(
        self,
        notifier: Notifier,
        outbox: Outbox,
        whose: Callable[[], Identity],
        illustrate: Illustrate | None = None,
        holding: HoldingBack | None = None,
    ) -> None:
        self.delivery = Delivery()
        self.sending: int | None = None
        self._holding = holding or HoldingBack(False, 0.0)
        self.notifier = notifier
        self._outbox, self._whose, self._illustrate = outbox, whose, illustrate
        self._news, self._told_all, self._hurry = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._sent_untold: int | None = None
        self._drawn: tuple[int, bytes | None] | None = None

    def begin(self) -> None:
        """Have the channel told of what happens from now on, or since it was last told.

        Raises
        ------
        JournalError
            If the journal cannot be used.
        """
        self._outbox.begin(self.notifier.name)
        self._news.set()

    def poke(self) -> None:
        """Say that there is something new."""
        self._news.set()

    async def run(self) -> None:
        """Carry until cancelled."""
        while True:
            pause = await self._carry_one()
            if pause is None:
                self._told_all.set()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), self._holding.silent_in(time.monotonic()))
            else:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._hurry.wait(), pause)
                self._hurry.clear()

    async def finish(self, seconds: float) -> None:
        """Wait until all was told, but only so long: the last words of a bot that stops."""
        self._told_all.clear()
        self.poke()
        # Whoever rests after a failure tries once more.
        self._hurry.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._told_all.wait(), seconds)

    async def _carry_one(self) -> float | None:
        """Send the next message; return how long to wait before the one after it, None where there is none."""
        name, delivery = self.notifier.name, self.delivery
        self._news.clear()
        kinds = self._holding.may_tell(self.notifier.kinds, time.monotonic())
        if not kinds:
            delivery.waiting = 0
            return None
        try:
            if self._sent_untold is not None:
                # The journal could not take it down when it was sent.
                self._outbox.told(name, self._sent_untold)
                self._sent_untold = None
            waiting = self._outbox.waiting(name, kinds, _MOST)
            delivery.waiting = len(waiting)
            following = next_message(waiting, whose := self._whose())
            if following is None:
                return None
            message, self.sending = following.message, following.last
            if following.of is not None and self._illustrate is not None:
                if self._drawn is None or self._drawn[0] != following.last:
                    self._drawn = following.last, await self._illustrate(following.of, whose)
                message = replace(message, picture=self._drawn[1])
            try:
                await self.notifier.send(message)
            except MessageRefusedError as error:
                # It would stand in the way of all others for ever.
                delivery.note(error)
                LOGGER.error("%s takes no message like this one, it is left out: %s", name, error)
            delivery.sent += 1
            self._sent_untold = following.last
            self._outbox.told(name, following.last)
            self._sent_untold = self._drawn = None
        except (NotToldError, JournalError) as error:
            return delivery.failed(name, error)
        finally:
            self.sending = None
        delivery.took(name)
        delivery.waiting = max(0, delivery.waiting - 1)
        return 0.0
