"""Bots are started, each once, and how one has ended by itself is kept."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import Engine, select

from bots.config import document_from_bytes
from bots.journal import tables
from bots.journal.looking import Found
from bots.web.at_home import past, processes
from bots.web.at_home.documents import Documents
from bots.web.at_home.following import Following
from bots.web.at_home.processes import Process
from bots.web.at_home.spawning import Spawning
from bots.web.at_home.wanted import Wanted, Wish
from bots.web.bots import Who
from strategies.errors import AlreadyRunningError, JournalError, StartError, WrongJournalError

# A bot that cannot start says so within this time, mostly; one that takes longer is seen in the fleet.
_START_SECONDS = 12.0
_LOOK_SECONDS = 0.2


class Starting:
    """Starts bots.

    Parameters
    ----------
    spawning : Spawning
        Makes their processes.
    documents : Documents
        What they run with.
    following : Following
        Sees them.
    wanted : Wanted
        Where it is kept that they shall run.
    """

    def __init__(self, spawning: Spawning, documents: Documents, following: Following, wanted: Wanted) -> None:
        self._spawning, self._documents, self._following, self._wanted = spawning, documents, following, wanted

    async def start(self, name: str, who: Who) -> None:
        """Start a bot, and wait a moment for whether it does.

        Raises
        ------
        AlreadyRunningError
            If it runs.
        DocumentError
            If its document has faults.
        StartError
            If it ended at once.
        """
        sight = await self._following.look(name)
        if sight.process is not None:
            raise AlreadyRunningError(f"{name} runs already (process {sight.process.pid})")
        await self.check(name)
        await asyncio.to_thread(self._spawn, name, who)
        await self._until_it_runs(name)

    async def check(self, name: str) -> None:
        """Raise NoSuchBotError or DocumentError where a bot has no document, or one with faults."""
        written = await asyncio.to_thread(self._documents.read, name)
        await asyncio.to_thread(document_from_bytes, written.text.encode(), f"{name}.json")

    async def note_end(self, name: str, process: Process, log: str) -> None:
        """Note how a bot that shall run has ended without a word from here."""
        looker = self._following.looker(name)
        if looker.ending == process:
            return
        known = self._following.known.get(name)
        found = looker.at_rest(known.mode if known is not None else "").found
        told = await asyncio.to_thread(_was_told, found, self._wanted.get(name))
        if told:
            end = "was told to end, and not from here"
        elif processes.exit_code(process) == 0:
            # The bars of its file came to their end.
            await asyncio.to_thread(self._wanted.forget, name)
            return
        else:
            end = await asyncio.to_thread(self._spawning.how_it_ended, name, process, log)
        await asyncio.to_thread(self._wanted.note_end, name, process, end)

    def _spawn(self, name: str, who: Who) -> None:
        # Both or neither, whoever hangs up meanwhile.
        at = datetime.now(UTC).isoformat(timespec="seconds")
        process = self._spawning.spawn(self._documents.path(name))
        self._wanted.put(name, Wish(str(who), at, process))

    async def _until_it_runs(self, name: str) -> None:
        end = asyncio.get_running_loop().time() + _START_SECONDS
        while asyncio.get_running_loop().time() < end:
            sight = await self._following.look(name)
            if sight.process is None:
                wish = self._wanted.get(name)
                if wish is not None and wish.end:
                    raise StartError(f"{name} {wish.end}")
                return
            if sight.status is not None and sight.status.get("state") == "running":
                return
            await asyncio.sleep(_LOOK_SECONDS)


def _was_told(found: Found, wish: Wish | None) -> bool:
    """Say whether the last that a bot wrote since it was started is that it was stopped."""

    def last(engine: Engine) -> bool:
        events = tables.events.c
        with engine.connect() as connection:
            row = connection.execute(select(events.time, events.data).order_by(events.id.desc()).limit(1)).first()
        begun = None if wish is None else datetime.fromisoformat(wish.at)
        return row is not None and row.data.get("state") == "stopped" and (begun is None or row.time >= begun)

    try:
        return past.from_journal(found, last, False)
    except (JournalError, WrongJournalError):
        return False
