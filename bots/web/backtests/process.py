"""A backtest's process: bounded in time, in what it says, in what it writes, and always the first to make room."""

import asyncio
import os
import resource
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bots.config.wording import one_line

_LARGEST_FILE = 256 * 1024 * 1024
_LINES, _LONGEST = 100, 400
_CHUNK = 65_536
_NICE = 10
# What any program needs; the document says the rest, and the keys of venues are none of its business.
_NEEDED = {"PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "TZ", "VIRTUAL_ENV"}


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: its exit status, negative by a signal, and the last lines that it said."""

    code: int
    said: tuple[str, ...]

    @property
    def why(self) -> str:
        """Say in a line why it has failed."""
        if self.code < 0:
            return (
                f"was ended by {signal.Signals(-self.code).name}; {_MEMORY}"
                if self.code == -9
                else (f"was ended by {signal.Signals(-self.code).name}")
            )
        lines = [line for line in self.said if line.strip()]
        return lines[-1] if lines else f"ended with exit code {self.code} and said nothing"


_MEMORY = "perhaps for want of memory: take fewer bars"


async def run_backtest(document: Path, bars: Path, out: Path) -> Ended:
    """Run the command `backtest` and wait for its end; its process does not outlive this.

    Raises
    ------
    OSError
        If no process can be made.
    """
    command = [sys.executable, "-m", "bots.web.backtests.child", str(document), "--bars", str(bars), "--out", str(out)]
    return await run_bounded(command, environment_of(os.environ))


def environment_of(own: Mapping[str, str]) -> dict[str, str]:
    """Return of this process' environment what a backtest needs, and no secret."""
    return {name: value for name, value in own.items() if name in _NEEDED or name.startswith("PYTHON")}


async def run_bounded(command: Sequence[str], environment: Mapping[str, str]) -> Ended:
    """Run a command whose standard input stays open for as long as this process lives."""
    child = await asyncio.create_subprocess_exec(
        *command, env=environment, stdin=PIPE, stdout=PIPE, stderr=STDOUT, start_new_session=True
    )
    try:
        _bound(child.pid)
        said = await _last_lines(child)
        return Ended(await child.wait(), said)
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await asyncio.shield(child.wait())


def _bound(pid: int) -> None:
    # It may be gone already, and not every system has all of these.
    with suppress(OSError, ValueError):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, _NICE)
    with suppress(OSError):
        # Where memory runs out, it goes, and not the console or a bot that trades.
        Path(f"/proc/{pid}/oom_score_adj").write_text("1000", encoding="ascii")


async def _last_lines(child: Process) -> tuple[str, ...]:
    lines: deque[str] = deque(maxlen=_LINES)
    rest = b""
    stream = child.stdout
    while stream is not None and (chunk := await stream.read(_CHUNK)):
        *whole, rest = (rest + chunk).split(b"\n")
        lines.extend(_shown(line) for line in whole)
        rest = rest[-_CHUNK:]
    if rest:
        lines.append(_shown(rest))
    return tuple(lines)


def _shown(line: bytes) -> str:
    return one_line(line.decode("utf-8", "replace").rstrip())[:_LONGEST]
