"""A process' memory and processor time, as the kernel counts them."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Memory:
    """In bytes: resident, its share of what is shared (PSS), what is its alone, and what of that it has written.

    Libraries that no other process has loaded are its alone, too: of one process, only what it has written can grow.
    """

    resident: int
    proportional: int
    private: int
    written: int


def memory_of(pid: int) -> Memory:
    """Return a process' memory."""
    found: dict[str, int] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]:
        name, _, amount = line.partition(":")
        found[name] = int(amount.split()[0]) * 1024
    clean, written = found["Private_Clean"], found["Private_Dirty"]
    return Memory(found["Rss"], found["Pss"], clean + written, written)


def peak_of(pid: int) -> int:
    """Return the most memory that a process has had resident, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def seconds_of(pid: int) -> float:
    """Return the processor time that a process has had, its threads' included."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
