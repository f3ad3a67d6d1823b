"""Bots of a folder of documents, each a process of its own: the port `Bots` on one machine."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Engine

from bots.journal.history import read_curve, read_events, read_orders
from bots.seen.history import rows_told
from bots.seen.last_lines import tail
from bots.trading.halts import HaltMode
from bots.trading.records import Trade
from bots.web.at_home import past
from bots.web.at_home.documents import Documents
from bots.web.at_home.ending import Ending
from bots.web.at_home.following import Following
from bots.web.at_home.halting import Halting
from bots.web.at_home.journals import Journal
from bots.web.at_home.own_files import only_console, token_file_in
from bots.web.at_home.processes import Process
from bots.web.at_home.spawning import Spawning
from bots.web.at_home.starting import Starting
from bots.web.at_home.wanted import Wanted
from bots.web.bots import Entry, OnLeaving, Who, Written
from strategies.errors import (
    BotUnreachableError,
    NameTakenError,
    NoSuchBotError,
    NotNowError,
    TradingBotError,
)

_INTERVAL_SECONDS = 2.0
_CLOSE_SECONDS = 60.0
_END_SECONDS = 30.0
_PROGRAM = ("-m", "bots.cli")


class AtHome:
    """The bots of a folder; see `Bots` for what each method does.

    Parameters
    ----------
    configs : Path
        Where the documents lie, as NAME.json.
    workdir : Path
        Where the bots run: their journals and logs, and in web/ what this console keeps.
    interval : float
        Seconds between two looks at the bots.
    close_seconds, end_seconds : float
        For how long a position may take to be closed, and a process to end.
    program : sequence of str
        What Python runs to trade: the command `tradingbot`.
    """

    def __init__(
        self,
        configs: Path,
        workdir: Path,
        *,
        interval: float = _INTERVAL_SECONDS,
        close_seconds: float = _CLOSE_SECONDS,
        end_seconds: float = _END_SECONDS,
        program: Sequence[str] = _PROGRAM,
    ) -> None:
        self._configs, self._workdir = configs.absolute(), workdir.absolute()
        self._web = self._workdir / "web"
        self._interval, self._close_seconds, self._end_seconds = interval, close_seconds, end_seconds
        self._program = program
        self._documents = Documents(self._configs)
        self._writing = asyncio.Lock()
        self._busy: set[str] = set()
        self._lock: IO[str] | None = None

    @property
    def kind(self) -> str:
        """Say where bots live."""
        return "folder"

    @property
    def place(self) -> str:
        """Name the folder."""
        return str(self._configs)

    async def begin(self) -> None:
        """Begin to follow the bots.

        Raises
        ------
        StartError
            If the folder is not there, or what was kept cannot be read; AlreadyRunningError if another console
            manages the bots of this working directory.
        """
        lock = only_console(self._configs, self._web)
        try:
            token_file, self._wanted = token_file_in(self._web), Wanted(self._web / "wanted.json")
        except BaseException:
            lock.close()
            raise
        self._lock = lock
        self._following = Following(self._documents, self._workdir, self._wanted, self._ended, self._interval)
        spawning = Spawning(self._workdir, token_file, self._program)
        self._starting = Starting(spawning, self._documents, self._following, self._wanted)
        self._halting = Halting(self._following, token_file, self._close_seconds)
        self._ending = Ending(self._following, self._halting, self._wanted, self._end_seconds)
        try:
            await self._following.begin()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Let go of the bots; those that run go on."""
        if self._lock is not None:
            await self._following.close()
            self._lock.close()
            self._lock = None

    # -- seen ----------------------------------------------------------------------------------------------------

    def fleet(self) -> Sequence[Entry]:
        """Return all bots, by name."""
        return self._following.published.fleet

    def entry(self, name: str) -> Entry:
        """Return one of them."""
        entry = self._following.published.entry(name)
        if entry is None:
            raise NoSuchBotError(f"there is no bot {name[:60]!a} here")
        return entry

    @property
    def version(self) -> int:
        """Count the changes that `fleet` has seen."""
        return self._following.published.version

    async def changed(self, since: int) -> int:
        """Wait until `version` is another."""
        return await self._following.published.changed(since)

    async def status(self, name: str) -> Mapping[str, Any]:
        """Return what a bot says of itself; a stopped one by its journal."""
        sight = await self._following.look(name)
        if sight.status is not None:
            return sight.status
        if sight.process is not None:
            raise BotUnreachableError(f"{name} does not answer: {sight.row.detail}")
        return await asyncio.to_thread(past.status, self._documents.path(name), self._journal(name).found)

    async def trades(self, name: str) -> Sequence[Trade]:
        """Return its trades."""
        return await asyncio.to_thread(past.trades, self._journal(name).found)

    async def curve(self, name: str, points: int) -> Sequence[Mapping[str, Any]]:
        """Return its equity and drawdown in all."""
        return await self._read(name, lambda engine: read_curve(engine, points))

    async def bars(self, name: str, limit: int) -> Mapping[str, Any]:
        """Return its last bars; none of one that does not run."""
        row = self._following.looker(name).sight.row
        if row.answered is None or not row.address:
            return {"interval": row.interval, "bars": []}
        told = await self._following.http.ask("GET", f"{row.address}/bars", name, query=[("limit", str(limit))])
        return told if isinstance(told, dict) else {"interval": row.interval, "bars": []}

    async def orders(self, name: str, limit: int) -> Sequence[Mapping[str, Any]]:
        """Return its last orders."""
        return await self._read(name, lambda engine: read_orders(engine, limit))

    async def events(self, name: str, limit: int) -> Sequence[Mapping[str, Any]]:
        """Return what happened to it."""
        return await self._read(name, lambda engine: read_events(engine, limit))

    async def log_tail(self, name: str, lines: int) -> Sequence[str]:
        """Return the last lines of its log."""
        self._following.looker(name)
        return await asyncio.to_thread(tail, self._workdir / self._log(name), lines)

    # -- its document --------------------------------------------------------------------------------------------

    async def document(self, name: str) -> Written:
        """Return its document."""
        return await asyncio.to_thread(self._documents.read, name)

    async def create(self, name: str, text: str, who: Who) -> Entry:
        """Make a bot that does not run yet."""
        if self._following.published.entry(name) is not None:
            raise NameTakenError(f"there is a bot {name} already: choose another name")
        async with self._writing:
            await asyncio.to_thread(self._documents.create, name, text)
        await self._following.look(name)
        return self.entry(name)

    async def save(self, name: str, text: str, version: str, who: Who) -> Written:
        """Replace its document."""
        async with self._writing:
            written = await asyncio.to_thread(self._documents.save, name, text, version)
        await self._following.look(name)
        return written

    # -- what is done to it --------------------------------------------------------------------------------------

    async def start(self, name: str, who: Who) -> None:
        """Let it run."""
        async with self._alone(name):
            await self._start(name, who)

    async def start_wanted(self, who: Who) -> Mapping[str, str]:
        """Start all that shall run and do not, as after a reboot; return why some were not started."""
        failed = {}
        at_once = asyncio.Semaphore(max(2, os.cpu_count() or 2))

        async def start(name: str) -> None:
            async with at_once:
                try:
                    if (await self._following.look(name)).process is None:
                        await self.start(name, who)
                except TradingBotError as error:
                    failed[name] = str(error)

        await asyncio.gather(*map(start, self._wanted))
        return failed

    async def stop(self, name: str, position: OnLeaving, who: Who) -> None:
        """Let it end, and close its position before where that is asked."""
        async with self._alone(name):
            await self._ending.stop(name, position, who)

    async def restart(self, name: str, who: Who) -> None:
        """Stop it, its position kept, and start it with its document as it is now."""
        async with self._alone(name):
            # What could not be started again is not stopped.
            await self._starting.check(name)
            await self._ending.stop(name, OnLeaving.KEEP, who, for_good=False)
            await self._start(name, who)

    async def halt(self, name: str, mode: HaltMode, reason: str, who: Who) -> None:
        """Let it make no entries until it is resumed."""
        await self._halting.halt(name, mode, reason, who)

    async def resume(self, name: str, who: Who) -> None:
        """Let it make entries again."""
        await self._halting.resume(name, who)

    async def delete(self, name: str, position: OnLeaving, who: Who) -> None:
        """Remove it: it is stopped, and its document is moved to .deleted; its journal stays."""
        async with self._alone(name):
            self._following.looker(name)
            await asyncio.to_thread(self._documents.check, name)
            await self._ending.stop_if_it_runs(name, position, who)
            async with self._writing:
                await asyncio.to_thread(self._documents.remove, name)
            await asyncio.to_thread(self._wanted.forget, name)
        await self._following.refresh()

    # -- within --------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _alone(self, name: str) -> AsyncIterator[None]:
        """Let nobody else start or stop the bot meanwhile."""
        if name in self._busy:
            raise NotNowError(f"{name} is being started or stopped already: wait until that is done")
        self._busy.add(name)
        try:
            yield
        finally:
            self._busy.discard(name)

    async def _start(self, name: str, who: Who) -> None:
        await self._starting.start(name, who)

    async def _ended(self, name: str, process: Process, log: str) -> None:
        await self._starting.note_end(name, process, log)

    async def _read(
        self, name: str, read: Callable[[Engine], Sequence[Mapping[str, Any]]]
    ) -> Sequence[Mapping[str, Any]]:
        found = self._journal(name).found
        return await asyncio.to_thread(lambda: rows_told(past.from_journal(found, read, [])))

    def _journal(self, name: str) -> Journal:
        looker, known = self._following.looker(name), self._following.known.get(name)
        return looker.running() or looker.at_rest(known.mode if known is not None else "")

    def _log(self, name: str) -> str:
        known = self._following.known.get(name)
        return known.log if known is not None and known.log else f"logs/live/trading_bot_{name}.log"
