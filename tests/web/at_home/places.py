"""A folder of documents and a working directory, the console over them, and real bots, of which none is left behind."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bots.journal.looking import journals_in
from bots.journal.opening import JournalKey, journal_url, open_journal
from bots.web.at_home import AtHome
from bots.web.at_home.processes import Process, find
from bots.web.bots import Entry, Who
from tests.process.running import PATIENCE_SECONDS, write_document

OLGA = Who("olga")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the documents lie, and where the bots run."""

    configs: Path
    workdir: Path

    def document(self, name: str, **sections: dict[str, Any]) -> Path:
        """Write the document of a bot that trades often on a mock market."""
        return write_document(self.configs / f"{name}.json", **sections)

    def journal(self, name: str, mode: str = "paper", symbol: str = "BTCUSDT") -> None:
        """Leave a journal behind as a bot does that ran and saw no bar."""
        key = JournalKey(name, mode, symbol)
        open_journal(key, journal_url(key, self.workdir)).close()

    def wanted(self) -> Mapping[str, Any]:
        """Return what is kept of the bots that shall run."""
        file = self.workdir / "web" / "wanted.json"
        told: Mapping[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        return told

    def holders(self) -> list[int]:
        """Return the processes that trade here."""
        return [number for found in journals_in(self.workdir) if (number := found.process()) is not None]

    def clear(self) -> None:
        """Kill what still runs here."""
        processes = [Process(**wish["process"]) for wish in self.wanted().values()]
        processes += [process for number in self.holders() if (process := find(number)) is not None]
        for process in processes:
            if process.lives and process.pid != os.getpid():
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
            # And waited for: a child that nobody waited for is told of when the tests end.
            while process.lives:
                time.sleep(0.01)


@asynccontextmanager
async def at_home(place: Place, **options: Any) -> AsyncIterator[AtHome]:
    """Give a console over a place that looks often."""
    home = AtHome(place.configs, place.workdir, **({"interval": 0.2} | options))
    await home.begin()
    try:
        yield home
    finally:
        await home.close()


async def until(home: AtHome, name: str, what: str, condition: Callable[[Entry], object]) -> Entry:
    """Return the first entry of a bot that satisfies a condition."""
    entry = home.entry(name)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition(entry):
                await home.changed(home.version)
                entry = home.entry(name)
    except TimeoutError:
        raise AssertionError(f"no {what} within {PATIENCE_SECONDS:.0f} s; last seen: {entry}") from None
    return entry


async def until_true(what: str, condition: Callable[[], object]) -> None:
    """Wait until something is so that tells nobody of itself."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE_SECONDS
    while not condition():
        assert loop.time() < deadline, f"no {what} within {PATIENCE_SECONDS:.0f} s"
        await asyncio.sleep(0.02)
