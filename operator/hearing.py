"""What each bot said last: asked for when it matters, otherwise at most twice a minute."""

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from answers import Answer
from asking import Bots
from bots.trading.halts import HaltMode, is_only_for
from halting import Wish
from resources import MANAGER
from seen import Key, PodSeen
from strategies.errors import BotRefusedError, BotUnreachableError

LOG = logging.getLogger(MANAGER)
EVERY_SECONDS = 30.0
CLOSING_REASON = "the TradingBot is deleted with deletePolicy ClosePosition"
CLOSING = Wish(HaltMode.CLOSE_POSITIONS, CLOSING_REASON)
_STARTING_SECONDS = 2.0
_MISSES = 3
# Longer than all calls that a change takes may take together.
_HOLD_SECONDS = 120


@dataclass(frozen=True, slots=True)
class _Heard:
    pod: str
    at: float
    answer: Answer | None
    misses: int


class Hearing:
    """Asks bots how they are, and remembers it by pod: what an earlier pod said is not what this one says.

    Parameters
    ----------
    bots : Bots
        Their HTTP.
    clock : callable
        Monotonic seconds.
    """

    def __init__(self, bots: Bots, clock: Callable[[], float] = time.monotonic) -> None:
        self._bots, self._clock = bots, clock
        self._heard: dict[Key, _Heard] = {}
        self.refused: set[Key] = set()

    def forget(self, key: Key) -> None:
        """Forget a bot that is no more."""
        self._heard.pop(key, None)
        self.refused.discard(key)

    async def lately(self, key: Key, pod: PodSeen | None) -> Answer | None:
        """Return what a bot said lately; a bot that is not ready, or has just become so, is asked more often."""
        if pod is None:
            return None
        heard = self._heard.get(key)
        if heard is not None and heard.pod == pod.uid:
            settled = heard.answer is not None and heard.answer.ready and pod.ready
            if self._clock() - heard.at < (EVERY_SECONDS if settled else _STARTING_SECONDS):
                return heard.answer
        return await self.now(key, pod)

    async def now(self, key: Key, pod: PodSeen) -> Answer | None:
        """Ask a bot, and return its answer; None where it gives none."""
        if pod.ip is None or not pod.running:
            self._heard.pop(key, None)
            return None
        try:
            answer = await self._bots.status(pod.ip)
        except BotUnreachableError as error:
            LOG.debug("%s: %s", key, error)
            answer = None
        if answer is not None and answer.bot not in ("", key.name):
            LOG.warning("%s: at %s answers another bot, %s", key, pod.ip, answer.bot)
            answer = None
        before = self._heard.get(key)
        missed = before.misses if before is not None and before.pod == pod.uid else 0
        self._heard[key] = _Heard(pod.uid, self._clock(), answer, 0 if answer is not None else missed + 1)
        return answer

    def is_deaf_to(self, key: Key, pod: PodSeen) -> bool:
        """Say whether a bot that calls itself ready has not been heard for several times."""
        heard = self._heard.get(key)
        return pod.ready and heard is not None and heard.pod == pod.uid and heard.misses >= _MISSES

    async def flat_for_now(self, key: Key, pod: PodSeen | None, token: str) -> bool:
        """Say whether a bot holds nothing, and see to it that it enters nothing for the next two minutes."""
        answer = await self.now(key, pod) if pod is not None else None
        if pod is None or pod.ip is None or answer is None or not answer.flat:
            return False
        if not await self._hold(key, pod.ip, token):
            return False
        # It may have entered between the question and the hold; from here on it cannot.
        answer = await self.now(key, pod)
        return answer is not None and answer.flat

    async def last_words(self, key: Key, pod: PodSeen, token: str) -> Answer | None:
        """Return what a bot holds that is about to be stopped; it enters nothing more, so that flat stays flat."""
        if pod.ip is not None and pod.running:
            if not await self._hold(key, pod.ip, token):
                return None
        return await self.now(key, pod)

    async def _hold(self, key: Key, ip: str, token: str) -> bool:
        """Have a bot enter nothing for the next two minutes; say whether it will."""
        try:
            await self._bots.hold(ip, token, _HOLD_SECONDS)
        except BotUnreachableError as error:
            self._note(key, error)
            LOG.warning("%s: cannot hold its entries: %s", key, error)
            return False
        return True

    def _note(self, key: Key, error: BotUnreachableError) -> None:
        """Note a bot that does not take its token: its Secret is not what it should be."""
        if isinstance(error, BotRefusedError):
            self.refused.add(key)

    async def halt(self, key: Key, pod: PodSeen, token: str, wish: Wish) -> str | None:
        """Halt a bot; return why it could not be told so, or None."""
        return await self._say(key, pod, lambda ip: self._bots.halt(ip, token, wish.mode, wish.reason))

    async def resume(self, key: Key, pod: PodSeen, token: str) -> str | None:
        """Lift a bot's halt; return why it could not be told so, or None."""
        return await self._say(key, pod, lambda ip: self._bots.resume(ip, token))

    async def _say(self, key: Key, pod: PodSeen, word: Callable[[str], Awaitable[None]]) -> str | None:
        if pod.ip is None or not pod.running:
            return "its pod does not run"
        try:
            await word(pod.ip)
        except BotUnreachableError as error:
            self._note(key, error)
            return str(error)
        return None

    async def let_go(self, pod: PodSeen, answer: Answer, token: str) -> None:
        """Lift the halt by which a bot has closed its position: a later bot on its journal is to trade again.

        Entries are held meanwhile; a halt that a limit had set before stays.
        """
        if pod.ip is None or answer.halt is None or not is_only_for(answer.halt, CLOSING_REASON):
            return
        try:
            await self._bots.hold(pod.ip, token, _HOLD_SECONDS)
            await self._bots.resume(pod.ip, token)
        except BotUnreachableError as error:
            LOG.warning("%s: its halt stays, lift it with tradingbot resume: %s", pod.name, error)
