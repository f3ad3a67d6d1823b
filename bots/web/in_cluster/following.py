"""All TradingBots as they are: listed, watched, and their pods asked what they say."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from bots.config.wording import one_line
from bots.console.fleet import BotAt
from bots.resource.bot_http import BotHttp
from bots.web.in_cluster.entries import Heard, entry_of
from bots.web.in_cluster.found import Found, Key, found_of
from bots.web.in_cluster.hearing import hear
from bots.web.in_cluster.published import Published
from bots.web.in_cluster.resources import Body, Resources
from strategies.errors import ClusterError, ClusterRefusedError

LOGGER = logging.getLogger("tradingbot.web")

_EVERY_SECONDS = 2.0
# A thousand bots are asked every ten seconds: more would be all that this process does.
_MOST_A_SECOND = 100
_AT_ONCE = 48
_PODS_EVERY_SECONDS = 5.0
_FIRST_LOOK_SECONDS = 10.0
_SETTLE_SECONDS = 3.0
_LONGEST_PAUSE_SECONDS = 30.0
_GONE = 410


class Pods(Protocol):
    """Knows where bots answer."""

    async def bots(self) -> Sequence[BotAt]:
        """Return those that have a pod that runs."""
        ...


class Following:
    """Follows the fleet.

    Parameters
    ----------
    resources : Resources
        The TradingBots.
    pods : Pods
        Where they answer.
    http : BotHttp
        The way to them.
    namespaces : sequence of str
        Where to look; everywhere if empty.
    interval, pause : float
        Seconds between two rounds of questions, and before the first new try of what failed.
    """

    def __init__(
        self,
        resources: Resources,
        pods: Pods,
        http: BotHttp,
        namespaces: Sequence[str],
        interval: float = _EVERY_SECONDS,
        pause: float = 1.0,
    ) -> None:
        self.published = Published()
        self._resources, self._pods, self._http = resources, pods, http
        self._places: Sequence[str | None] = tuple(namespaces) or (None,)
        self._interval, self._pause = interval, pause
        self._found: dict[Key, Found] = {}
        self._heard: dict[Key, Heard] = {}
        self._at: Mapping[Key, BotAt] = {}
        self._troubles: dict[str, str] = {}
        self._listed: dict[str | None, asyncio.Event] = {place: asyncio.Event() for place in self._places}
        self._asking = asyncio.Semaphore(_AT_ONCE)
        self._pods_looked = -_PODS_EVERY_SECONDS
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        """Begin; a cluster that does not answer at once is waited for meanwhile."""
        self._tasks = [asyncio.create_task(self._follow(place)) for place in self._places]
        self._tasks.append(asyncio.create_task(self._ask_on_and_on()))
        with suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_LOOK_SECONDS):
                await asyncio.gather(*(listed.wait() for listed in self._listed.values()))

    async def close(self) -> None:
        """Follow no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def found(self, key: Key) -> Found | None:
        """Return a resource as it was last seen."""
        return self._found.get(key)

    def heard(self, key: Key) -> Heard:
        """Return what its pod said last."""
        return self._heard.get(key, Heard())

    def at(self, key: Key) -> BotAt | None:
        """Return where a bot answers."""
        return self._at.get(key)

    def take(self, body: Body) -> None:
        """Take in a resource as it is now; an older state of it is no news."""
        key = (body["metadata"]["namespace"], body["metadata"]["name"])
        before = self._found.get(key)
        found = found_of(body, before)
        if before is None or before.uid != found.uid or _number(found.version) >= _number(before.version):
            self._found[key] = found
            self._publish(key)

    async def settle(self, key: Key, until: Callable[[Found | None], bool]) -> None:
        """Wait a moment until the watch has shown what was just done."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_SECONDS):
                version = self.published.version
                while not until(self._found.get(key)):
                    version = await self.published.changed(version)

    async def look(self, key: Key) -> None:
        """Ask one bot now."""
        if (at := self._at.get(key)) is not None:
            await self._ask(at)

    # -- its resource --------------------------------------------------------------------------------------------

    async def _follow(self, place: str | None) -> None:
        since, failures, what = "", 0, f"TradingBots{f' in {place}' if place else ''}"
        while True:
            try:
                if not since:
                    since = await self._list(place)
                    self._note(what)
                    failures = 0
                async for event in self._resources.watch(place, since):
                    since = self._happened(event) or since
                    if failures:
                        self._note(what)
                        failures = 0
                continue
            except ClusterError as error:
                if isinstance(error, ClusterRefusedError):
                    since = ""
                    if error.status == _GONE and not failures:
                        # The server has forgotten that state: all is listed anew.
                        failures = 1
                        continue
                self._note(what, f"{what} cannot be followed: {error}")
            except Exception as error:
                LOGGER.exception("cannot follow %s", what)
                self._note(what, f"{what} cannot be followed: {error!r}")
                since = ""
            failures += 1
            pause = min(self._pause * 2 ** min(failures, 10) / 2, _LONGEST_PAUSE_SECONDS)
            # Many consoles must not come back in the same instant.
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))

    async def _list(self, place: str | None) -> str:
        items, since = await self._resources.all(place)
        before = self._found
        made = await asyncio.to_thread(lambda: [found_of(body, before.get(_key(body))) for body in items])
        there = {found.key for found in made}
        for found in made:
            self._found[found.key] = found
            self._publish(found.key)
        for key in [key for key in self._found if place in (None, key[0]) and key not in there]:
            self._forget(key)
        self._listed[place].set()
        return since

    def _happened(self, event: Body) -> str:
        """Take in what a watch tells; return the state of the cluster that this is."""
        body, kind = event["object"], event["type"]
        if kind == "ERROR":
            raise ClusterRefusedError(int(body.get("code") or 0), "", one_line(str(body.get("message"))))
        if kind == "DELETED":
            known = self._found.get(_key(body))
            if known is not None and known.uid == body["metadata"].get("uid"):
                self._forget(known.key)
        elif kind in ("ADDED", "MODIFIED"):
            self.take(body)
        return str(body["metadata"]["resourceVersion"])

    def _forget(self, key: Key) -> None:
        self._found.pop(key, None)
        self._heard.pop(key, None)
        self.published.drop(".".join(key))

    # -- its pod -------------------------------------------------------------------------------------------------

    async def _ask_on_and_on(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            try:
                await self._look_for_pods()
                await asyncio.gather(*map(self._ask, list(self._at.values())))
            except Exception:
                # Whatever is wrong with one round must not end them all.
                LOGGER.exception("cannot ask the bots")
            every = max(self._interval, len(self._at) / _MOST_A_SECOND)
            await asyncio.sleep(max(self._interval / 10, every - (loop.time() - begun)))

    async def _look_for_pods(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._pods_looked < min(_PODS_EVERY_SECONDS, self._interval * 3):
            return
        try:
            self._at = {bot.key: bot for bot in await self._pods.bots()}
        except ClusterError as error:
            self._note("pods", f"bots' pods cannot be looked for: {error}")
            return
        self._note("pods")
        self._pods_looked = now
        for key in list(self._found):
            heard, has_pod = self.heard(key), key in self._at
            if heard.has_pod != has_pod:
                # Of another pod nothing is known.
                self._heard[key] = Heard(has_pod, equity=heard.equity)
                self._publish(key)

    async def _ask(self, bot: BotAt) -> None:
        if bot.key not in self._found:
            return
        async with self._asking:
            heard = await hear(self._http, bot, self.heard(bot.key))
        if bot.key in self._found and self._at.get(bot.key) == bot:
            self._heard[bot.key] = heard
            self._publish(bot.key)

    # -- told ----------------------------------------------------------------------------------------------------

    def _publish(self, key: Key) -> None:
        self.published.put(entry_of(self._found[key], self.heard(key), "; ".join(self._troubles.values())))

    def _note(self, what: str, trouble: str = "") -> None:
        """Note that something fails, or does not any more."""
        if self._troubles.get(what, "") == trouble:
            return
        if trouble:
            self._troubles[what] = one_line(trouble)
            LOGGER.warning("%s", trouble)
        else:
            del self._troubles[what]
            LOGGER.info("%s can be looked at again", what)
        for key in self._found:
            self._publish(key)


def _key(body: Mapping[str, Any]) -> Key:
    return body["metadata"]["namespace"], body["metadata"]["name"]


def _number(version: str) -> int:
    return int(version) if version.isdigit() else 0
