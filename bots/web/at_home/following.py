"""All bots of the folder, looked at again and again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from pathlib import Path

from bots.config.wording import one_line
from bots.resource.bot_http import BotHttp
from bots.web.at_home.documents import Documents, Known
from bots.web.at_home.journals import Files, files_in, files_of, names_in
from bots.web.at_home.looking import Looker, Sight
from bots.web.at_home.names import NAME
from bots.web.at_home.processes import Process, reap
from bots.web.at_home.published import Facts, Published
from bots.web.at_home.wanted import Wanted
from strategies.errors import NoSuchBotError

LOGGER = logging.getLogger("tradingbot.web")
# Of a thousand bots, so that pages are served meanwhile.
_AT_ONCE = 16
# What is known of a thousand bots shall be seen before the last of them was looked at.
_PUBLISH_SECONDS = 0.5


class Following:
    """Looks at the fleet.

    Parameters
    ----------
    documents : Documents
        The folder.
    workdir : Path
        Where the journals lie.
    wanted : Wanted
        What shall run.
    ended : callable
        Called with the name and the process of a bot that was seen to have ended, and with the path of its log.
    interval : float
        Seconds between two looks.
    """

    def __init__(
        self,
        documents: Documents,
        workdir: Path,
        wanted: Wanted,
        ended: Callable[[str, Process, str], Awaitable[None]],
        interval: float,
    ) -> None:
        self.published = Published()
        self.http = BotHttp()
        self.known: Mapping[str, Known] = {}
        self._documents, self._workdir, self._wanted, self._ended = documents, workdir, wanted, ended
        self._interval = interval
        self._lookers: dict[str, Looker] = {}
        self._trouble = ""
        self._learning, self._scanning = asyncio.Lock(), asyncio.Lock()
        self._asking = asyncio.Semaphore(_AT_ONCE)
        self._looks: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Find out which bots there are, and begin to look at them."""
        await self.refresh()
        self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Look no more."""
        tasks = [*self._looks, *([self._task] if self._task is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.http.close()

    def looker(self, name: str) -> Looker:
        """Return what looks at a bot.

        Raises
        ------
        NoSuchBotError
            If there is none of this name.
        """
        looker = self._lookers.get(name)
        if looker is None or not (looker.runs or self._is_meant(name)):
            raise _unknown(name)
        return looker

    async def look(self, name: str) -> Sight:
        """Look at one bot now, its document included, and publish what is seen."""
        if not NAME.fullmatch(name):
            raise _unknown(name)
        async with self._learning:
            self.known = await asyncio.to_thread(self._documents.look_at, name)
        if name in self.known and name not in self._lookers:
            self._lookers[name] = Looker(name, self._workdir)
        looker = self.looker(name)
        async with looker.lock:
            async with self._scanning:
                await asyncio.to_thread(lambda: looker.update(files_of(self._workdir, name)))
            await self._look_with(looker)
        self.publish()
        return looker.sight

    async def refresh(self) -> None:
        """Find out which bots there are now."""
        await self._scan()
        self.publish()

    def publish(self) -> None:
        """Show others what was seen."""
        self.published.publish(self._seen(), self._trouble)

    def _seen(self) -> Iterator[tuple[str, Facts]]:
        for name, looker in self._lookers.items():
            if looker.runs or self._is_meant(name):
                yield name, Facts(self.known.get(name), looker.sight, self._wanted.get(name), looker.trace.values)

    def _is_meant(self, name: str) -> bool:
        """Say whether a bot is to be here even if nobody runs it; of others there may be old journals."""
        return name in self.known or self._wanted.get(name) is not None

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            end = loop.time() + self._interval
            try:
                await self._round(end)
            except Exception:
                # Whatever is wrong with one round must not end them all.
                LOGGER.exception("cannot look at the bots")
            await asyncio.sleep(max(0.0, end - loop.time()))

    async def _round(self, end: float) -> None:
        await self._scan()
        for looker in self._lookers.values():
            if not looker.lock.locked() and self._is_due(looker):
                task = asyncio.create_task(self._look_at(looker))
                self._looks.add(task)
                task.add_done_callback(self._looks.discard)
        self.publish()
        # Whoever is silent is waited for by its own look only.
        while self._looks and asyncio.get_running_loop().time() < end:
            await asyncio.wait(self._looks, timeout=_PUBLISH_SECONDS)
            self.publish()

    async def _scan(self) -> None:
        reap()
        await self._learn()
        async with self._scanning:
            files = await asyncio.to_thread(files_in, self._workdir)
            names = {*self.known, *self._wanted, *names_in(files)}
            for name in filter(NAME.fullmatch, names - self._lookers.keys()):
                self._lookers[name] = Looker(name, self._workdir)
            idle = [looker for looker in self._lookers.values() if not looker.lock.locked()]
            await asyncio.to_thread(_update, idle, files)

    async def _learn(self) -> None:
        async with self._learning:
            try:
                self.known, self._trouble = await asyncio.to_thread(self._documents.look), ""
            except OSError as error:
                # What was known stays: a folder that is gone for a moment takes no bot out of sight.
                self._trouble = one_line(f"the folder {self._documents.folder} cannot be read: {error.strerror}")

    def _is_due(self, looker: Looker) -> bool:
        if looker.runs:
            return True
        known, wish = self.known.get(looker.name), self._wanted.get(looker.name)
        if wish is not None and not wish.end:
            return True
        return known is not None and looker.has_news(known)

    async def _look_at(self, looker: Looker) -> None:
        async with self._asking, looker.lock:
            try:
                await self._look_with(looker)
            except Exception:
                LOGGER.exception("cannot look at %s", looker.name)

    async def _look_with(self, looker: Looker) -> None:
        known, wish = self.known.get(looker.name), self._wanted.get(looker.name)
        sight = await looker.look(self.http, known, wish.process if wish is not None else None)
        if wish is None:
            return
        if sight.process is None and not wish.end:
            await self._ended(looker.name, wish.process, known.log if known is not None else "")
        elif sight.process is not None and sight.holds_journal and sight.process != wish.process:
            await asyncio.to_thread(self._wanted.adopt, looker.name, sight.process)


def _unknown(name: str) -> NoSuchBotError:
    return NoSuchBotError(f"there is no bot {name[:60]!a} here")


def _update(lookers: Iterable[Looker], files: Files) -> None:
    for looker in lookers:
        looker.update(files)
