"""What was started here and shall run: kept in a file, so that it is known after a reboot."""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bots.web import atomic
from bots.web.at_home.processes import Process
from strategies.errors import StartError

_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Wish:
    """That a bot shall run: who said so and when, its process, and how that ended where it did so by itself."""

    by: str
    at: str
    process: Process
    end: str = ""


class Wanted:
    """The bots that shall run.

    Parameters
    ----------
    file : Path
        Where that is kept.

    Raises
    ------
    StartError
        If the file cannot be read.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._wishes = _read(file)
        self._writing = threading.Lock()

    def __iter__(self) -> Iterator[str]:
        """Return the names of those that shall run."""
        return iter(sorted(self._wishes))

    def get(self, name: str) -> Wish | None:
        """Return the wish that a bot runs, None where it need not."""
        return self._wishes.get(name)

    def put(self, name: str, wish: Wish) -> None:
        """Note that a bot shall run."""
        with self._writing:
            self._keep(self._wishes | {name: wish})

    def note_end(self, name: str, process: Process, end: str) -> None:
        """Note how a bot's process ended by itself."""
        with self._writing:
            wish = self._wishes.get(name)
            if wish is not None and wish.process == process and wish.end != end:
                self._keep(self._wishes | {name: replace(wish, end=end)})

    def adopt(self, name: str, process: Process) -> None:
        """Note that another process runs a bot that shall run: somebody has started it by hand."""
        with self._writing:
            wish = self._wishes.get(name)
            if wish is not None and wish.process != process:
                self._keep(self._wishes | {name: replace(wish, process=process, end="")})

    def forget(self, name: str) -> None:
        """Note that a bot need not run."""
        with self._writing:
            if name in self._wishes:
                self._keep({each: wish for each, wish in self._wishes.items() if each != name})

    def _keep(self, wishes: dict[str, Wish]) -> None:
        text = json.dumps({name: asdict(wish) for name, wish in sorted(wishes.items())}, indent=1)
        atomic.write(self._file, text.encode(), _MODE)
        self._wishes = wishes


def _read(file: Path) -> dict[str, Wish]:
    try:
        told = json.loads(file.read_bytes())
        return {name: Wish(**(wish | {"process": Process(**wish["process"])})) for name, wish in told.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise StartError(
            f"{file} cannot be read ({type(error).__name__}): mend it, or move it away and start again the bots that "
            "shall run"
        ) from error
