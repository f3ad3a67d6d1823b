"""Processes as /proc shows them: which one it is, how it is, and a word to just that one."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
# After its name, which may hold anything: the state, how many threads it has, and when it began.
_STATE, _THREADS, _BEGUN = 0, 17, 19
_DEAD, _FROZEN = ("Z", "X"), ("T", "t")


@dataclass(frozen=True, slots=True)
class Process:
    """One process, and none that is given its number later: when it began is told in ticks since the machine did."""

    pid: int
    begun: int
    boot: str

    @property
    def lives(self) -> bool:
        """Say whether it still runs."""
        child = _CHILDREN.get(self)
        return find(self.pid) == self if child is None else child.poll() is None

    @property
    def frozen(self) -> bool:
        """Say whether it was stopped in its tracks, as by SIGSTOP."""
        fields = _fields(self.pid)
        return fields is not None and fields[_STATE] in _FROZEN

    @property
    def age(self) -> float:
        """Return for how many seconds it has run."""
        up = float((_PROC / "uptime").read_text(encoding="ascii").split()[0])
        return up - self.begun / os.sysconf("SC_CLK_TCK")

    def tell_to_end(self) -> bool:
        """Ask it to end; False if it has.

        Raises
        ------
        PermissionError
            If it is somebody else's.
        """
        with suppress(ProcessLookupError):
            handle = os.pidfd_open(self.pid)
            try:
                # Asked only now: what the handle leads to is no other from here on.
                if self.lives:
                    signal.pidfd_send_signal(handle, signal.SIGTERM)
                    return True
            finally:
                os.close(handle)
        return False


_CHILDREN: dict[Process, subprocess.Popen[bytes]] = {}
"""Processes that this one has started, whoever asked for it: somebody has to hear how each of them ends."""


def find(pid: int) -> Process | None:
    """Return the process of this number, None if there is none that runs."""
    fields = _fields(pid)
    # Of one whose first thread has ended others may still go on, and what it has locked is locked.
    if fields is None or (fields[_STATE] in _DEAD and int(fields[_THREADS]) <= 1):
        return None
    return Process(pid, int(fields[_BEGUN]), _boot())


def spawn(command: Sequence[str], environment: Mapping[str, str], output: Path) -> Process:
    """Start a process that outlives this one; what it says of errors goes to a file.

    Raises
    ------
    OSError
        If it cannot be started.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("wb") as told:
        child = subprocess.Popen(  # noqa: S603  # a list, and no shell
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            # All that it says there stands in its log as well.
            stdout=subprocess.DEVNULL,
            stderr=told,
            # Ctrl+C at the terminal of the console is not meant for it.
            start_new_session=True,
        )
    # It is there, as a zombie at least, until `exit_code` has asked.
    fields = _fields(child.pid)
    process = Process(child.pid, int(fields[_BEGUN]) if fields is not None else 0, _boot())
    _CHILDREN[process] = child
    return process


def reap() -> None:
    """Hear of each child that has ended, whether anybody asks for it or not: until then it stays a zombie."""
    for child in list(_CHILDREN.values()):
        child.poll()


def exit_code(process: Process) -> int | None:
    """Return how a process ended, negative by a signal; None if it runs, or if it is no child of this one."""
    child = _CHILDREN.get(process)
    return None if child is None else child.poll()


def _fields(pid: int) -> list[str] | None:
    try:
        told = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return told.rpartition(")")[2].split()


@cache
def _boot() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
