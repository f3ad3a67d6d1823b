"""Where backtests lie: a folder for each, with its document, how far it is, and its results; the oldest go."""

import os
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path

from bots.web.backtests.backtest import Backtest, State
from strategies.errors import ManagingError

REPORT, SUMMARY, EQUITY, TRADES = "report.html", "summary.json", "equity.csv", "trades.json"
_STATE = "backtest.json"
_ID = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{6}")
_INTERRUPTED = "the console ended meanwhile: run it again"


class Folders:
    """The folders of backtests.

    Parameters
    ----------
    folder : Path
        Where they lie.
    most : int
        How many are kept.
    most_bytes : int
        How much they may take on disk in all.
    """

    def __init__(self, folder: Path, most: int, most_bytes: int) -> None:
        self._folder, self._most, self._most_bytes = folder, most, most_bytes

    def of(self, id: str) -> Path:
        """Return the folder of one."""
        return self._folder / id

    def make(self) -> str:
        """Make a folder and return the id.

        Raises
        ------
        ManagingError
            If that is impossible.
        """
        id = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{os.urandom(3).hex()}"
        try:
            self.of(id).mkdir(parents=True)
        except OSError as error:
            raise ManagingError(f"backtests cannot be kept in {self._folder}: {error.strerror}") from error
        return id

    def note(self, backtest: Backtest) -> None:
        """Write down how far one is."""
        # One that was deleted meanwhile, or a full disk: what runs is known anyway.
        with suppress(OSError):
            coming = self.of(backtest.id) / f".{_STATE}"
            coming.write_text(backtest.to_json(), "utf-8")
            coming.replace(self.of(backtest.id) / _STATE)

    def all(self) -> list[Backtest]:
        """Read all, the oldest first; what a console has not brought to its end has failed."""
        found = []
        with suppress(OSError):
            for folder in sorted(self._folder.iterdir()):
                if not _ID.fullmatch(folder.name):
                    continue
                try:
                    backtest = Backtest.from_json((folder / _STATE).read_text("utf-8"))
                except (OSError, ValueError):
                    shutil.rmtree(folder, ignore_errors=True)
                    continue
                if not backtest.state.is_over:
                    backtest = backtest.now(State.FAILED, _INTERRUPTED)
                    self.note(backtest)
                found.append(backtest)
        return found

    def remove(self, id: str) -> None:
        """Delete one with its results."""
        shutil.rmtree(self.of(id), ignore_errors=True)

    def too_many(self, oldest_first: list[Backtest]) -> list[Backtest]:
        """Say which have to go."""
        over = [each for each in oldest_first if each.state.is_over]
        sizes = [_bytes(self.of(each.id)) for each in over]
        going = max(len(oldest_first) - self._most, 0)
        while going < len(over) and sum(sizes[going:]) > self._most_bytes:
            going += 1
        return over[:going]


def _bytes(folder: Path) -> int:
    with suppress(OSError):
        return sum(file.stat().st_size for file in folder.iterdir())
    return 0
