"""Halting, resuming and selling out: over the bot's own HTTP, by its resource's annotation where it has no pod."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from bots.console.fleet import BotAt
from bots.resource.bot_http import BotHttp
from bots.resource.names import HALT
from bots.trading.halts import HaltMode
from bots.web.bots import Who
from bots.web.in_cluster.following import Following
from bots.web.in_cluster.found import Key
from bots.web.in_cluster.hearing import status_of
from bots.web.in_cluster.resources import Resources
from strategies.errors import BotUnreachableError, NotNowError

LOGGER = logging.getLogger("tradingbot.web")

_LONGEST_REASON = 200
_LOOK_SECONDS = 0.5
# The operator asks for a bot's last words and ends its pod within that.
_HOLD_SECONDS = 120


class Halting:
    """Says to bots what they have to know at once.

    Parameters
    ----------
    following : Following
        Knows where they are.
    resources : Resources
        Their resources.
    http : BotHttp
        The way to them.
    seconds : float
        For how long a position may take to be closed.
    """

    def __init__(self, following: Following, resources: Resources, http: BotHttp, seconds: float) -> None:
        self._following, self._resources, self._http, self._seconds = following, resources, http, seconds

    async def halt(self, key: Key, mode: HaltMode, reason: str, who: Who) -> None:
        """Halt a bot; one that does not answer is halted by the operator, as soon as it does."""
        at, found = self._following.at(key), self._following.found(key)
        if at is not None:
            body = {"mode": str(mode), "reason": reason[:_LONGEST_REASON], "by": str(who)}
            try:
                await self._post(at, "/halt", body)
                await self._following.look(key)
                return
            except BotUnreachableError as error:
                LOGGER.warning("%s is halted by its annotation: %s", ".".join(key), error)
        if found is not None and found.halt in tuple(HaltMode) and HaltMode(found.halt).stricter_than(mode):
            return
        self._following.take(await self._resources.merge(key, {"metadata": {"annotations": {HALT: str(mode)}}}))

    async def resume(self, key: Key, who: Who) -> None:
        """Lift a bot's halt, whoever has asked for it."""
        found, at = self._following.found(key), self._following.at(key)
        if found is not None and found.halt is not None:
            # Before the bot is told: the operator would halt it again.
            self._following.take(await self._resources.merge(key, {"metadata": {"annotations": {HALT: None}}}))
        elif at is None:
            raise NotNowError(f"{'.'.join(key)} has no pod that could be told: start it, then resume it")
        if at is None:
            return
        await self._post(at, "/resume", {"by": str(who)})
        await self._following.look(key)

    async def sell_out(self, key: Key, who: Who) -> None:
        """Have a bot close all that it holds, and make no entries for a moment after.

        The halt that this takes is lifted again, unless it was halted before: it is to trade when it is started anew.

        Raises
        ------
        NotNowError
            If it has not sold within the time; it stays halted, and goes on trying.
        BotUnreachableError
            If it does not answer.
        """
        at, name = self._following.at(key), ".".join(key)
        if at is None:
            raise NotNowError(f"{name} has no pod that could sell: wait until it runs, or keep the position")
        before = (await status_of(self._http, at)).get("halt")
        reason = "its position is closed before it is stopped"
        await self._post(at, "/halt", {"mode": str(HaltMode.CLOSE_POSITIONS), "reason": reason, "by": str(who)})
        try:
            async with asyncio.timeout(self._seconds):
                await self._until_flat(at)
        except TimeoutError as error:
            raise NotNowError(
                f"{name} has not sold everything within {self._seconds:.0f} s (is its market open?): it runs on, "
                "halted, and goes on trying; stop it later"
            ) from error
        if not before:
            await self._post(at, "/hold", {"seconds": _HOLD_SECONDS})
            await self._post(at, "/resume", {"by": str(who)})

    async def _until_flat(self, at: BotAt) -> None:
        while True:
            if _is_flat(await self._said(at)):
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _said(self, at: BotAt) -> Mapping[str, Any]:
        try:
            return await status_of(self._http, at)
        except BotUnreachableError:
            # A moment without an answer is not the end of it.
            return {}

    async def _post(self, at: BotAt, path: str, body: Mapping[str, object]) -> None:
        await self._http.ask("POST", at.url + path, at.name, token=at.token, body=dict(body))


def _is_flat(status: Mapping[str, Any]) -> bool:
    position, broker = status.get("position"), status.get("broker_status")
    if not isinstance(position, Mapping) or not isinstance(broker, Mapping):
        return False
    return position.get("quantity") == 0 and not position.get("lots") and not broker.get("open_orders")
