"""One bot looked at: its process, what it says of itself, and else what its journal does."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bots.resource.bot_http import BotHttp
from bots.seen.rows import Row, State, row_of_journal, row_of_status, unanswered
from bots.web.at_home.documents import Known, meaning_of
from bots.web.at_home.journals import MODES, Files, Journal
from bots.web.at_home.processes import Process
from bots.web.at_home.tracing import Trace
from strategies.errors import BotUnreachableError, TradingBotError

# Nautilus takes seconds to load, on a busy machine many.
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Sight:
    """How one bot is.

    Parameters
    ----------
    row : Row
        What it says, or its journal.
    process : Process, optional
        The one that runs it.
    holds_journal : bool
        Whether that process trades with the journal already.
    status : mapping, optional
        What it answered just now.
    halted : bool
        Whether a halt stands.
    meaning : str
        Digest of the document that it runs with; empty where that is not known.
    young : bool
        Whether its process has just begun.
    """

    row: Row
    process: Process | None = None
    holds_journal: bool = False
    status: Mapping[str, Any] | None = None
    halted: bool = False
    meaning: str = ""
    young: bool = False


class Looker:
    """Looks at one bot, again and again; what did not change is not read again.

    Parameters
    ----------
    name : str
        The bot's.
    workdir : Path
        Where its journal lies.
    """

    def __init__(self, name: str, workdir: Path) -> None:
        self.name = name
        self.lock = asyncio.Lock()
        self.ending: Process | None = None
        """The process that was told to end."""
        self.journals = {mode: Journal(name, mode, workdir) for mode in MODES}
        self.sight = Sight(Row(name, "", State.ASKING))
        self.trace = Trace()
        self._known: Known | None = None
        self._held: Process | None = None
        self._answered: Row | None = None
        self._meaning: tuple[Process, str] | None = None

    def update(self, files: Files) -> None:
        """Take in how the files of its journals are; may block."""
        for journal in self.journals.values():
            journal.update(files)

    @property
    def runs(self) -> bool:
        """Say whether a process was seen that runs it, now or at the last look."""
        return self.sight.process is not None or self.running() is not None

    def has_news(self, known: Known) -> bool:
        """Say whether there is something to see of a bot that does not run."""
        return self.sight.row.state is State.ASKING or known is not self._known or self.at_rest(known.mode).is_news

    def running(self) -> Journal | None:
        """Return the journal that a process trades with."""
        return next((journal for journal in self.journals.values() if journal.holder is not None), None)

    def at_rest(self, mode: str) -> Journal:
        """Return the journal that counts while nobody runs the bot: that of its document's mode, or any."""
        return self.journals.get(mode) or next(
            (journal for journal in self.journals.values() if journal.exists), self.journals["paper"]
        )

    async def look(self, http: BotHttp, known: Known | None, started: Process | None) -> Sight:
        """Return how the bot is; `started` is the process that this console, or one before it, has started."""
        journal, self._known = self.running(), known
        if journal is not None and journal.holder is not None:
            self.sight = await self._running(http, journal, journal.holder)
        elif started is not None and started.lives:
            self.sight = Sight(await self._around_its_life(known, started), started, young=True)
        else:
            self._answered = None
            row = await self._resting(known)
            halt = self.at_rest(known.mode if known else row.mode).reading.told.halt
            self.sight = Sight(row, halted=halt is not None)
        await self._trace(known)
        return self.sight

    async def _trace(self, known: Known | None) -> None:
        if known is None:
            return
        journal = self.running() or self.at_rest(known.mode)
        # Of one that runs the journal changes with every bar, and its equity is not read with every bar.
        seen = self.sight.row.trades if self.runs else journal.reading
        await self.trace.follow(journal.found, known.bar, seen, runs=self.runs)

    async def _around_its_life(self, known: Known | None, process: Process) -> Row:
        """Return the row of a bot whose process does not have its journal yet, or does not have it any more."""
        row = await self._resting(known)
        if process == self._held:
            return self.ended(replace(row, state=State.STOPPING, detail=f"process {process.pid} ends"), process)
        return self.ended(replace(row, state=State.STARTING, detail=f"process {process.pid} starts"), process)

    async def _running(self, http: BotHttp, journal: Journal, process: Process) -> Sight:
        if process != self._held:
            self._held, self._answered = process, None
        young = process.age < _START_SECONDS
        status = await self._ask(http, journal, process)
        if status is None and journal.is_news:
            # Where it answers stands in its journal, and that changes with each start.
            await asyncio.to_thread(journal.read)
            status = await self._ask(http, journal, process)
        if status is None:
            row = self._answered or _of_journal(journal, self.name)
            row = self.ended(_silent(row, process, young=young), process)
            return Sight(row, process, True, halted=self.sight.halted, young=young)
        self._answered = row_of_status(status, datetime.now(UTC))
        meaning = await self._meaning_of(journal, process, status)
        return Sight(self._answered, process, True, status, bool(status.get("halt")), meaning, young)

    async def _ask(self, http: BotHttp, journal: Journal, process: Process) -> Mapping[str, Any] | None:
        address = journal.reading.told.address
        if address is None or process.frozen:
            return None
        try:
            status = await http.ask("GET", f"{address}/status", self.name)
        except BotUnreachableError:
            return None
        # The address may be another's by now.
        mine = (self.name, journal.found.mode, process.pid)
        if not isinstance(status, dict) or (status.get("bot"), status.get("mode"), status.get("pid")) != mine:
            return None
        return status

    async def _meaning_of(self, journal: Journal, process: Process, status: Mapping[str, Any]) -> str:
        """Return the digest of what a process runs with; it notes that before it trades."""
        if self._meaning is not None and self._meaning[0] == process:
            return self._meaning[1]
        if status.get("state") != "running":
            return ""
        try:
            canonical = await asyncio.to_thread(journal.runs_with)
        except TradingBotError:
            return ""
        self._meaning = process, meaning_of(canonical) if canonical else ""
        return self._meaning[1]

    async def _resting(self, known: Known | None) -> Row:
        journal = self.at_rest(known.mode if known else "")
        if journal.is_news or not journal.exists:
            await asyncio.to_thread(journal.read)
        row = _of_journal(journal, self.name)
        if known is None or known.faults:
            return row
        if not journal.exists:
            row = replace(row_of_journal(self.name, known.mode, known.symbol, None, None), detail="has never run")
        return replace(row, interval=known.interval, feed=known.source, broker=known.broker)

    def ended(self, row: Row, process: Process) -> Row:
        """Return a bot's row with the word that its process was told to end, if it was."""
        if self.ending != process:
            return row
        return replace(row, state=State.STOPPING, detail=f"process {process.pid} was told to end")


def _of_journal(journal: Journal, name: str) -> Row:
    told, mode = journal.reading.told, journal.found.mode
    if journal.reading.fault:
        return Row(name, mode, State.UNREADABLE, journal.reading.fault)
    return row_of_journal(name, mode, told.symbol or "", told.saved, told.halt)


def _silent(row: Row, process: Process, *, young: bool) -> Row:
    if young and row.answered is None and not process.frozen:
        return replace(row, state=State.STARTING, detail=f"process {process.pid} starts")
    frozen = ": it is frozen, as by SIGSTOP" if process.frozen else ""
    return unanswered(row, f"process {process.pid} holds its journal and does not answer{frozen}")
