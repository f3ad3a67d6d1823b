"""Backtests as a console runs them: one after the other, each in a process of its own, the last ones kept."""

import asyncio
import re
import time
from collections.abc import AsyncIterable, Sequence
from contextlib import suppress
from pathlib import Path

from bots.config import Document, document_from_bytes
from bots.web.backtests.backtest import Backtest, State
from bots.web.backtests.bars import MADE_COUNT, BarsFiles, Chosen, Offered, usual
from bots.web.backtests.comparing import Result, in_short, read_result
from bots.web.backtests.keeping import REPORT, Folders
from bots.web.backtests.process import run_backtest
from bots.web.bots import Who
from strategies.errors import BarsFileError, ManagingError, NoSuchBacktestError, NotNowError

PATIENCE_SECONDS = 300.0
_AT_ONCE, _MOST_WAITING = 1, 10
_MOST_KEPT, _MOST_BYTES = 50, 1024**3
_DOCUMENT = "document"
_CANCELLED = "was cancelled"


class Backtests:
    """The backtests of one console.

    Parameters
    ----------
    workdir : Path
        Where they are kept, below `web/backtests`, and bars that people send, in `bars`.
    documents : Path, optional
        The folder of documents, whose files of bars are offered as well.
    patience : float
        After how many seconds a backtest is given up.
    """

    def __init__(self, workdir: Path, documents: Path | None = None, *, patience: float = PATIENCE_SECONDS) -> None:
        self._bars = BarsFiles(workdir / "bars", documents)
        self._folders = Folders(workdir / "web" / "backtests", _MOST_KEPT, _MOST_BYTES)
        self._patience = patience
        self._known = {each.id: each for each in self._folders.all()}
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._begun: dict[str, float] = {}
        self._closed = False

    def offered(self) -> Sequence[Offered]:
        """Return the files of bars that can be chosen; besides, there are the document's `own` and those `made`."""
        return self._bars.offered()

    def usual_bars(self, document: Document) -> str:
        """Return the key of the bars that a document is most likely meant for."""
        return usual(document, self.offered())

    async def take_bars(self, name: str, chunks: AsyncIterable[bytes]) -> Offered:
        """Keep a CSV of bars that somebody sends.

        Raises
        ------
        BarsFileError
            If these are no bars; the sentence names the line.
        ManagingError
            If they cannot be kept under that name.
        """
        return await self._bars.take(name, chunks)

    async def start(self, text: str, bars: str, who: Who, *, bot: str = "draft", count: int = MADE_COUNT) -> str:
        """Begin a backtest, or let it wait for its turn, and return its id.

        Parameters
        ----------
        text : str
            The document.
        bars : str
            The key of bars that are `offered`; `own` for the document's data.file, `made` for a mock market's.
        who : Who
            Who asks.
        bot : str
            Whose document this is.
        count : int
            How many bars are made; only for `made`.

        Raises
        ------
        DocumentError
            If the document has faults.
        BarsFileError
            If there are no such bars.
        NotNowError
            If too many wait already.
        ManagingError
            If there is no room for its results.
        """
        document = document_from_bytes(text.encode(errors="replace"), f"{bot}.json")
        if self._closed or sum(1 for each in self._known.values() if not each.state.is_over) > _MOST_WAITING:
            raise NotNowError(f"{_MOST_WAITING} backtests wait already: wait, or cancel one")
        id = self._folders.make()
        folder = self._folders.of(id)
        try:
            chosen = await self._bars.choose(bars, document, folder, count)
            path = folder / _DOCUMENT / f"{_file_name(bot)}.json"
            path.parent.mkdir()
            path.write_text(text, "utf-8")
        except (BarsFileError, OSError) as error:
            self._folders.remove(id)
            if isinstance(error, OSError):
                raise ManagingError(f"the backtest cannot be kept: {error.strerror}") from error
            raise
        self._note(Backtest(id, bot, chosen.label, str(who.user), time.time(), line="waits for its turn"))
        self._tasks[id] = asyncio.create_task(self._run(id, chosen))
        return id

    def list(self) -> Sequence[Backtest]:
        """Return all, the newest first."""
        return [self._as_of_now(each) for each in reversed(self._known.values())]

    def get(self, id: str) -> Backtest:
        """Return one.

        Raises
        ------
        NoSuchBacktestError
            If there is none of this id.
        """
        if id not in self._known:
            raise NoSuchBacktestError("there is no such backtest: only the last ones are kept")
        return self._as_of_now(self._known[id])

    def document(self, id: str) -> str:
        """Return the document that one has traded."""
        self.get(id)
        return self._document(id).read_text("utf-8")

    def report(self, id: str) -> Path:
        """Return the page that the command has made of one.

        Raises
        ------
        NotNowError
            If it is not done.
        """
        return self._results(id) / REPORT

    async def result(self, id: str) -> Result:
        """Return the figures and the equity of one, to be shown and compared; see `report`."""
        return await asyncio.to_thread(read_result, self.get(id), self._results(id))

    async def compare(self, ids: Sequence[str]) -> Sequence[Result]:
        """Return those of several."""
        return [await self.result(id) for id in ids]

    async def delete(self, id: str) -> None:
        """Cancel it if it is not over, and forget it."""
        self.get(id)
        await self._cancel(id)
        self._known.pop(id, None)
        await asyncio.to_thread(self._folders.remove, id)

    async def cancel(self, id: str) -> None:
        """End one that waits or runs; what it was is still told."""
        self.get(id)
        await self._cancel(id)

    async def close(self) -> None:
        """End all that run; none is begun any more."""
        self._closed = True
        for id in tuple(self._tasks):
            await self._cancel(id)

    async def _run(self, id: str, chosen: Chosen) -> None:
        try:
            async with self._room:
                await self._trade(id, chosen)
        except asyncio.CancelledError:
            self._end(id, State.FAILED, _CANCELLED)
            raise
        finally:
            self._begun.pop(id, None)
            self._tasks.pop(id, None)
            await asyncio.to_thread(self._make_room)

    async def _trade(self, id: str, chosen: Chosen) -> None:
        folder = self._folders.of(id)
        self._begun[id] = time.monotonic()
        self._note(self._known[id].now(State.RUNNING))
        try:
            async with asyncio.timeout(self._patience):
                ended = await run_backtest(self._document(id), chosen.path, folder)
        except TimeoutError:
            self._end(id, State.FAILED, f"took longer than {self._patience:g} s and was given up: take fewer bars")
            return
        except OSError as error:
            self._end(id, State.FAILED, f"cannot be run: {error.strerror or error}")
            return
        if ended.code:
            # Paths of this machine say nothing to who is elsewhere.
            self._end(id, State.FAILED, ended.why.replace(f"{folder}/", ""))
        elif not (folder / REPORT).is_file():
            self._end(id, State.FAILED, "has left no report")
        else:
            doubts = [line.removeprefix("warning: ") for line in ended.said if line.startswith("warning: ")]
            self._end(id, State.DONE, "; ".join(doubts), in_short(folder))

    def _document(self, id: str) -> Path:
        # The command calls the bot as its document.
        return self._folders.of(id) / _DOCUMENT / f"{_file_name(self._known[id].bot)}.json"

    def _end(self, id: str, state: State, line: str, brought: str = "") -> None:
        seconds = time.monotonic() - self._begun[id] if id in self._begun else 0.0
        self._note(self._known[id].now(state, line, round(seconds, 1), brought))

    def _note(self, backtest: Backtest) -> None:
        self._known[backtest.id] = backtest
        self._folders.note(backtest)

    def _results(self, id: str) -> Path:
        backtest = self.get(id)
        if backtest.state is not State.DONE:
            raise NotNowError(f"this backtest has no results: it {_how(backtest)}")
        return self._folders.of(id)

    def _as_of_now(self, backtest: Backtest) -> Backtest:
        if backtest.state is not State.RUNNING:
            return backtest
        seconds = time.monotonic() - self._begun.get(backtest.id, time.monotonic())
        return backtest.now(State.RUNNING, f"for {seconds:.0f} s", round(seconds, 1))

    async def _cancel(self, id: str) -> None:
        task = self._tasks.get(id)
        if task is None:
            return
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        # One that had not begun to wait even has noted nothing.
        if id in self._known and not self._known[id].state.is_over:
            self._end(id, State.FAILED, _CANCELLED)
        self._tasks.pop(id, None)

    def _make_room(self) -> None:
        for each in self._folders.too_many(list(self._known.values())):
            self._known.pop(each.id, None)
            self._folders.remove(each.id)


def _how(backtest: Backtest) -> str:
    match backtest.state:
        case State.WAITING:
            return "waits for its turn"
        case State.RUNNING:
            return "still runs"
        case _:
            return f"failed: {backtest.line}"


def _file_name(bot: str) -> str:
    """Return a bot's name as a file can have it."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", bot)[:100].lstrip(".") or "draft"
