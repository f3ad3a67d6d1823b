"""Tells people by one channel what waits at all bots, and lets each bot note what was told of it."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bots.console.answers import Answer
from bots.console.collecting import Mark, Parcel, Untold, next_parcel, ripe, told_up_to
from bots.console.measures import Measures
from bots.console.pulling import Pulling
from bots.notify.courier import Delivery
from bots.notify.holding_back import PREFIX
from bots.notify.message import ILLUSTRATED, Message, Notifier
from bots.trading.events import EventKind
from strategies.errors import MessageRefusedError, NotToldError

LOGGER = logging.getLogger("tradingbot.console")

GATHER_SECONDS = 2.0
"""For so long an event waits for others of its kind: bots that fail together are one message."""


@dataclass(slots=True)
class Told:
    """What was told of a bot and may still come with its next answer: when it was told or the bot has noted it."""

    at: float
    noted: bool = False


class Telling:
    """One channel of the console.

    What was told is remembered here until the bot has noted it, and has been asked after that: an answer may have been
    on its way meanwhile.

    Parameters
    ----------
    notifier : Notifier
        The channel.
    pulling : Pulling
        What waits.
    measures : Measures
        What is counted.
    clock : callable
        Returns seconds that only go forward.
    """

    def __init__(
        self, notifier: Notifier, pulling: Pulling, measures: Measures, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.delivery = Delivery()
        self.calm = asyncio.Lock()
        self._notifier, self._pulling, self._measures, self._clock = notifier, pulling, measures, clock
        for counter in (measures.sent, measures.errors):
            # Seen from the beginning, so that the first one is an increase.
            counter.labels(notifier.name)
        self._told: dict[str, dict[Mark, Told]] = {}
        self._since: dict[EventKind, float] = {}

    async def run(self) -> None:
        """Tell until cancelled; whoever holds `calm` has nothing cancelled that is on its way."""
        while True:
            async with self.calm:
                pause = await self.tell_one()
            if pause is None:
                await self._pulling.wait(None)
            else:
                await asyncio.sleep(pause)

    async def tell_one(self) -> float | None:
        """Send the next message; return how long to wait before the one after it, None for the next round."""
        name, delivery = self._notifier.name, self.delivery
        answers = self._pulling.answers()
        await self._have_noted(answers)
        untold = self._untold(answers)
        delivery.waiting = len(untold)
        self._measures.waiting.labels(name).set(len(untold))
        parcel = next_parcel(ripe(untold, self._since, self._clock(), GATHER_SECONDS))
        if parcel is None:
            return GATHER_SECONDS / 4 if untold else None
        try:
            await self._send(parcel)
        except NotToldError as error:
            self._measures.errors.labels(name).inc()
            return delivery.failed(name, error)
        delivery.took(name)
        now, bots = self._clock(), {each.whose.bot for each in parcel.of}
        for each in parcel.of:
            self._told.setdefault(each.whose.bot, {})[each.mark] = Told(now)
        await self._have_noted([answer for answer in answers if answer.whose.bot in bots])
        return 0.0

    async def _send(self, parcel: Parcel) -> None:
        name = self._notifier.name
        try:
            await self._notifier.send(await self._illustrated(parcel))
        except MessageRefusedError as error:
            # It would stand in the way of all others for ever.
            self.delivery.note(error)
            self._measures.errors.labels(name).inc()
            LOGGER.error("%s takes no message like this one, it is left out: %s", name, error)
        else:
            self.delivery.sent += 1
            self._measures.sent.labels(name).inc()

    async def _illustrated(self, parcel: Parcel) -> Message:
        """Return the message of one event with the picture that its bot draws of it; many have none."""
        first = parcel.of[0]
        if len(parcel.of) > 1 or first.kept.event.kind not in ILLUSTRATED:
            return parcel.message
        picture = await self._pulling.picture(first.whose.bot, first.kept.number)
        return replace(parcel.message, picture=picture)

    def _untold(self, answers: Sequence[Answer]) -> list[Untold]:
        now = self._clock()
        untold = []
        for answer in answers:
            told = self._told.get(answer.whose.bot, {})
            self._forget(answer, told)
            untold += [each for each in self._waiting(answer) if each.mark not in told]
        kinds = {each.kept.event.kind for each in untold}
        self._since = {kind: self._since.get(kind, now) for kind in kinds}
        return untold

    def _forget(self, answer: Answer, told: dict[Mark, Told]) -> None:
        """Forget what a bot no longer offers when it is asked after that: it has noted it."""
        offered = {each.mark for each in self._waiting(answer)}
        for mark in [mark for mark, sent in told.items() if sent.at < answer.asked and mark not in offered]:
            del told[mark]

    def _waiting(self, answer: Answer) -> list[Untold]:
        return [Untold(answer.whose, kept) for kept in answer.waiting.get(PREFIX + self._notifier.name, ())]

    async def _have_noted(self, answers: Sequence[Answer]) -> None:
        """Let bots note what was told of them, all at once."""
        await asyncio.gather(*map(self._have_one_noted, answers))

    async def _have_one_noted(self, answer: Answer) -> None:
        bot = answer.whose.bot
        told = self._told.get(bot)
        if not told:
            return
        last = told_up_to([each.mark for each in self._waiting(answer)], told)
        news = [sent for mark, sent in told.items() if not sent.noted and last is not None and mark[0] <= last]
        if last is not None and news and await self._pulling.note_told(bot, self._notifier.name, last):
            now = self._clock()
            for sent in news:
                sent.at, sent.noted = now, True
