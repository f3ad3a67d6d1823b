"""A bot's process: how it is started, and what it said when it ended by itself."""

import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bots.config.wording import one_line
from bots.seen.last_lines import tail
from bots.web.at_home import processes
from bots.web.at_home.processes import Process
from strategies.errors import StartError

TOKEN_FILE = "TRADINGBOT_TOKEN_FILE"  # noqa: S105  # the name of a variable
# They would give all bots one name, or one journal where this console does not look.
_NOT_FOR_BOTS = ("TRADINGBOT_NAME", "TRADINGBOT_JOURNAL_URL")
_LOG_LINE = re.compile(r"[-0-9]{10} [:0-9]{8} (ERROR|CRITICAL) +\S+  (?P<said>.*)")
_LINES, _LONGEST = 200, 300


class Spawning:
    """Makes the processes of bots.

    Parameters
    ----------
    workdir : Path
        Where they run.
    token_file : Path
        Holds the token with which they take changes.
    program : sequence of str
        What Python runs: the command `tradingbot`.
    """

    def __init__(self, workdir: Path, token_file: Path, program: Sequence[str]) -> None:
        self._workdir, self._token_file, self._program = workdir, token_file, program

    def spawn(self, document: Path) -> Process:
        """Start the bot of a document; nothing of this process is needed for it to go on.

        Raises
        ------
        StartError
            If no process can be made.
        """
        command = [sys.executable, *self._program, "run", str(document), "--workdir", str(self._workdir)]
        try:
            # Any port: the bot notes in its journal where it answers.
            return processes.spawn(
                [*command, "--port", "0"], self._environment(os.environ), self._output(document.stem)
            )
        except OSError as error:
            raise StartError(f"cannot start {document.stem}: {error.strerror or error}") from error

    def how_it_ended(self, name: str, process: Process, log: str) -> str:
        """Say how a bot's process ended: by itself, as far as is known here."""
        code = processes.exit_code(process)
        if code is not None and code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        said = self.last_words(name, log)
        # Of one that a console before this one has started it is not known.
        return f"ended with exit code {code}{said}" if code is not None else f"its process is gone{said}"

    def last_words(self, name: str, log: str) -> str:
        """Return the last that a bot said of an error, after a colon; nothing where it said none."""
        for line in reversed(tail(self._output(name), _LINES)):
            if line.strip() and not line.startswith("warning: "):
                return f": {one_line(line)[:_LONGEST]}"
        for line in reversed(tail(self._workdir / log, _LINES) if log else []):
            if (found := _LOG_LINE.fullmatch(line)) is not None:
                return f": {one_line(found['said'])[:_LONGEST]}"
        return ""

    def _output(self, name: str) -> Path:
        return self._workdir / "logs" / "web" / f"{name}.txt"

    def _environment(self, own: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in own.items() if name not in _NOT_FOR_BOTS}
        return {TOKEN_FILE: str(self._token_file)} | kept
