"""Asking many bots how they are: each from a thread of its own, so that a silent one holds up nobody."""

import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bots.config.wording import one_line
from bots.journal.looking import Found, Stamp, Told, journals_in, look
from bots.seen.fetching import fetch_status
from bots.seen.overview import distinct
from bots.seen.rows import Row, State, row_of_journal, row_of_status, unanswered
from strategies.errors import BotUnreachableError, TradingBotError

_TOO_LATE = "it takes too long to answer"


class FromJournal:
    """A bot of a working directory: it is asked where its journal says that it serves, else the journal itself."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._stamp: Stamp | None = None
        self._told = Told()
        self._last: Row | None = None
        self._runs = False

    def __call__(self) -> Row:
        """Return how the bot is."""
        # The journal of one that answers is left alone: it changes with every bar, and reading it costs time.
        if self._runs and (row := self._answer()) is not None:
            return row
        if self._has_changed():
            try:
                self._told = look(self._found)
            except TradingBotError as error:
                self._stamp = None
                return Row(one_line(self._found.bot), self._found.mode, State.UNREADABLE, one_line(str(error)))
            if (row := self._answer()) is not None:
                return row
        process = self._found.process()
        self._runs = process is not None
        if process is None:
            self._last = None
            return self._from_journal()
        return unanswered(
            self._last or self._from_journal(), f"process {process} holds its journal and does not answer"
        )

    def _has_changed(self) -> bool:
        stamp = self._found.stamp()
        changed, self._stamp = stamp != self._stamp, stamp
        return changed

    def _answer(self) -> Row | None:
        if self._told.address is None:
            return None
        try:
            status = fetch_status(self._told.address)
        except BotUnreachableError:
            return None
        # The address may be another bot's by now.
        if not self._is_mine(status):
            return None
        self._last, self._runs = row_of_status(status, datetime.now(UTC)), True
        return self._last

    def _is_mine(self, status: dict[str, Any]) -> bool:
        mine = (self._found.bot, self._found.mode, self._told.symbol)
        return (status.get("bot"), status.get("mode"), status.get("symbol")) == mine

    def _from_journal(self) -> Row:
        told = self._told
        return row_of_journal(self._found.bot, self._found.mode, told.symbol or "", told.saved, told.halt)


class FromUrl:
    """A bot of which only the address is known."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._last = _nameless(url)

    def __call__(self) -> Row:
        """Return how the bot is."""
        try:
            self._last = row_of_status(fetch_status(self._url), datetime.now(UTC))
        except BotUnreachableError as error:
            # The remedy that follows is for those who asked for this one bot.
            return unanswered(self._last, str(error).partition("; ")[0])
        return self._last


class _Asking(threading.Thread):
    """Asks one bot again and again; ends with the process, or when told that nobody wants to know any more."""

    def __init__(self, ask: Callable[[], Row], unknown: Row, interval: float) -> None:
        super().__init__(daemon=True)
        self._ask, self._interval = ask, interval
        self.row = unknown
        self.asked, self.unwanted = threading.Event(), threading.Event()

    def run(self) -> None:
        while not self.unwanted.is_set():
            try:
                self.row = self._ask()
            except Exception as error:
                # Whatever a damaged journal or a strange answer brings must not take a bot out of sight.
                self.row = unanswered(self.row, f"{type(error).__name__}: {error}")
            self.asked.set()
            self.unwanted.wait(self._interval)


class Everybody:
    """All bots of a working directory and at some addresses, as they last said that they are; asked until it is left.

    Parameters
    ----------
    workdir : Path
        Whose journals name bots; looked through again at each `gather`.
    urls : iterable of str
        Addresses of bots elsewhere.
    interval : float
        Seconds between two questions to a bot.
    """

    def __init__(self, workdir: Path, urls: Iterable[str], interval: float) -> None:
        self._workdir, self._interval = workdir, interval
        self._asking: dict[Found | str, _Asking] = {}
        for url in urls:
            self._begin(url, FromUrl(url), _nameless(url))

    def __enter__(self) -> Self:
        """Return it; it asks already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ask nobody any more, without waiting for answers that are on their way."""
        for asking in self._asking.values():
            asking.unwanted.set()

    def gather(self) -> list[Row]:
        """Return what is known now; who has not answered yet is being asked."""
        found = journals_in(self._workdir)
        for each in found:
            self._begin(each, FromJournal(each), Row(one_line(each.bot), each.mode, State.ASKING))
        for key in [key for key in self._asking if isinstance(key, Found) and key not in found]:
            self._asking.pop(key).unwanted.set()
        return distinct(asking.row for asking in self._asking.values())

    def wait(self, patience: float) -> list[Row]:
        """Return what is known once everybody has answered, or is known not to, or patience is over."""
        self.gather()
        deadline = time.monotonic() + patience
        for asking in self._asking.values():
            asking.asked.wait(max(0.0, deadline - time.monotonic()))
        return [unanswered(row, _TOO_LATE) if row.state is State.ASKING else row for row in self.gather()]

    def _begin(self, key: Found | str, ask: Callable[[], Row], unknown: Row) -> None:
        if key not in self._asking:
            self._asking[key] = _Asking(ask, unknown, self._interval)
            self._asking[key].start()


def _nameless(url: str) -> Row:
    return Row(one_line(url.partition("://")[2]), "", State.ASKING, address=url)
