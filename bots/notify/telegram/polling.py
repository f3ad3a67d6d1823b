"""Asks Telegram what people write to the bot; what keeps it from that is told once."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bots.notify.commands.reading import MENU
from bots.notify.telegram.answering import Answering
from bots.notify.telegram.line import TelegramLine
from bots.notify.telegram.troubles import AnotherPollerError
from bots.notify.telegram.updates import offset_after
from strategies.errors import NotToldError

LOGGER = logging.getLogger("tradingbot.notify")

_WAIT_SECONDS = 25
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 2.0, 60.0
# Each time that another process asks, one of the two is cut off: it is given ever more room.
_FIRST_RETREAT_SECONDS, _LONGEST_RETREAT_SECONDS = 10.0, 600.0
# A line on which nothing is said for half a minute is cut now and then, and that is nothing.
_TOLD_AT = 2


class Polling:
    """Listens to the chats that may ask.

    Parameters
    ----------
    line : TelegramLine
        The way to Telegram.
    answering : Answering
        Deals with what is heard.
    """

    def __init__(self, line: TelegramLine, answering: Answering) -> None:
        line.hold()
        self._line, self._answering = line, answering
        self._username: str | None = None
        self._offset: int | None = None
        self._failures = self._conflicts = 0
        self._last_conflict = 0.0

    @asynccontextmanager
    async def going(self) -> AsyncIterator[None]:
        """Listen meanwhile."""
        task = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._answering.stop()
            await self._line.let_go()

    async def _listen(self) -> None:
        while True:
            pause = await self.listen_once()
            await asyncio.sleep(pause)

    async def listen_once(self) -> float:
        """Ask once, and have dealt with what came; return after how long to ask again."""
        try:
            if self._username is None:
                self._username = await self._line.introduce(MENU)
            # After trouble without waiting: it is over as soon as there is an answer, though nobody has written.
            updates = await self._line.updates(self._offset, 0 if self._failures else _WAIT_SECONDS)
        except AnotherPollerError as error:
            return self._retreat(error)
        except NotToldError as error:
            return self._failed(error)
        self._note_success()
        before, self._offset = self._offset, offset_after(updates, self._offset)
        self._answering.take(updates, self._username)
        # What has no number would be handed over again at once.
        return _FIRST_PAUSE_SECONDS if updates and self._offset == before else 0.0

    def _note_success(self) -> None:
        if self._failures >= _TOLD_AT:
            LOGGER.info("Telegram's commands are heard again")
        self._failures = 0
        # While two ask, each is heard now and then: that is no end of it.
        alone_for = asyncio.get_running_loop().time() - self._last_conflict
        if self._conflicts and alone_for > 2 * _LONGEST_RETREAT_SECONDS:
            LOGGER.info("no other process asks for this Telegram bot's commands any more")
            self._conflicts = 0

    def _retreat(self, error: NotToldError) -> float:
        if not self._conflicts:
            LOGGER.warning(
                "another process asks for this Telegram bot's commands, and only one can: they may not be heard here "
                "until it stops; give each process a bot of its own (%s)", error,
            )  # fmt: skip
        self._conflicts += 1
        self._last_conflict = asyncio.get_running_loop().time()
        return _growing(_FIRST_RETREAT_SECONDS, self._conflicts, _LONGEST_RETREAT_SECONDS)

    def _failed(self, error: NotToldError) -> float:
        self._failures += 1
        if self._failures == _TOLD_AT:
            LOGGER.warning("Telegram's commands are not heard until it answers again: %s", error)
        return max(error.retry_after or 0.0, _growing(_FIRST_PAUSE_SECONDS, self._failures, _LONGEST_PAUSE_SECONDS))


def _growing(first: float, times: int, longest: float) -> float:
    return float(min(first * 2.0 ** min(times - 1, 20), longest) * random.uniform(0.8, 1.2))
