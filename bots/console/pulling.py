"""Asks all bots what waits to be told, again and again; a bot that does not answer keeps nobody waiting."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence

from bots.console.answers import Answer, is_picture, read_outbox
from bots.console.fleet import BotAt, Fleet
from bots.console.measures import Measures
from bots.notify.holding_back import PREFIX
from bots.resource.bot_http import BotHttp
from strategies.errors import BotUnreachableError, ClusterError

LOGGER = logging.getLogger("tradingbot.console")

_EVERY_SECONDS = 2.0
# A thousand bots are asked every five seconds: more would be all that this process does.
_MOST_A_SECOND = 200
_LOOK_EVERY_SECONDS = 10.0
# Less than the silence after which a bot tells its errors itself: what it told us until then is ours to tell.
_BELIEVED_SECONDS = 60.0


class Pulling:
    """What all bots have said last.

    Parameters
    ----------
    fleet : Fleet
        The bots.
    http : BotHttp
        The way to them.
    channels : sequence of str
        The names of the channels, without the console's prefix.
    measures : Measures
        What is counted.
    """

    def __init__(self, fleet: Fleet, http: BotHttp, channels: Sequence[str], measures: Measures) -> None:
        self.rounds = 0
        self.finished = time.monotonic()
        self._fleet, self._http, self._measures = fleet, http, measures
        self._channels = [PREFIX + channel for channel in channels]
        self._bots: dict[str, BotAt] = {}
        self._answers: dict[str, Answer] = {}
        self._looked: float | None = None
        self._silent: set[str] = set()
        self._blind = False
        self._news = asyncio.Condition()

    @property
    def bots(self) -> Mapping[str, BotAt]:
        """The bots by the names that people give them."""
        return self._bots

    def answers(self) -> list[Answer]:
        """Return what bots have said that still counts."""
        now = time.monotonic()
        return [answer for answer in self._answers.values() if now - answer.asked < _BELIEVED_SECONDS]

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            begun = time.monotonic()
            await self.pull()
            every = max(_EVERY_SECONDS, len(self._bots) / _MOST_A_SECOND)
            await asyncio.sleep(max(0.1, every - (time.monotonic() - begun)))

    async def wait(self, seconds: float | None) -> None:
        """Wait for the next round, or only so long."""
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait()
        except TimeoutError:
            return

    async def pull(self) -> None:
        """Ask everybody once."""
        await self._look()
        silent = {name for name in await asyncio.gather(*map(self._ask, list(self._bots.values()))) if name is not None}
        for name in sorted(self._silent - silent):
            LOGGER.info("%s answers again, or is gone", name)
        self._silent = silent
        self._measures.bots.set(len(self._bots))
        self._measures.silent_bots.set(len(silent))
        self._measures.last_pull.set_to_current_time()
        self.rounds, self.finished = self.rounds + 1, time.monotonic()
        async with self._news:
            self._news.notify_all()

    async def note_told(self, name: str, channel: str, number: int) -> bool:
        """Let a bot note what was told; say whether it did."""
        bot = self._bots.get(name)
        if bot is None:
            return False
        body = {"channel": PREFIX + channel, "told": number}
        try:
            await self._http.ask("POST", f"{bot.url}/outbox", name, token=bot.token, body=body)
        except BotUnreachableError as error:
            # It is said again after the next round, and until then remembered here.
            LOGGER.debug("%s", error)
            return False
        return True

    async def picture(self, name: str, number: int) -> bytes | None:
        """Return a bot's picture of an event; None where it cannot be had: no message waits for one."""
        bot = self._bots.get(name)
        if bot is None:
            return None
        try:
            query = [("event", str(number))]
            drawn = await self._http.fetch("GET", f"{bot.url}/picture", name, token=bot.token, query=query)
        except BotUnreachableError as error:
            LOGGER.info("a message goes without its picture: %s", error)
            return None
        return drawn if is_picture(drawn) else None

    async def _look(self) -> None:
        now = time.monotonic()
        if self._looked is not None and now - self._looked < _LOOK_EVERY_SECONDS:
            return
        try:
            found = await self._fleet.bots()
        except ClusterError as error:
            self._measures.cluster_errors.inc()
            if not self._blind:
                LOGGER.warning("bots cannot be looked for, those that are known are asked meanwhile: %s", error)
            self._blind = True
            return
        if self._blind:
            LOGGER.info("bots can be looked for again")
        self._blind, self._looked = False, now
        self._bots = {bot.name: bot for bot in found}

    async def _ask(self, bot: BotAt) -> str | None:
        """Ask a bot; return its name if it does not answer."""
        asked = time.monotonic()
        query = [("channel", channel) for channel in self._channels]
        try:
            told = await self._http.ask("GET", f"{bot.url}/outbox", bot.name, token=bot.token, query=query)
            self._answers[bot.name] = read_outbox(told, bot.name, self._channels, asked)
        except BotUnreachableError as error:
            if bot.name not in self._silent:
                LOGGER.warning("%s", error)
            return bot.name
        return None
