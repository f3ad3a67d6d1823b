"""The node's own processes: started with a record, found again by it, and never taken for somebody else's."""

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.cluster import places
from tests.e2e.cluster.errors import ClusterError

_COMPONENTS = {"etcd", "containerd", "hyperkube", "kwok"}
# What this process started: kept so that Python neither complains about them nor forgets to bury the dead.
_children: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class Record:
    """A process that was started here; its start time tells it from a later one with the same number."""

    name: str
    command: list[str]
    pid: int
    started: str

    @property
    def alive(self) -> bool:
        """Say whether this very process still runs."""
        return _started(self.pid) == self.started


def start(name: str, command: list[str]) -> Record:
    """Start a component in the background; it outlives the process that starts it."""
    for folder in (places.LOGS, places.RECORDS):
        folder.mkdir(parents=True, exist_ok=True)
    path = places.program(command[0])
    if path is None:
        raise ClusterError(f"{command[0]} is missing: run `make cluster`")
    with (places.LOGS / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [path, *command[1:]],
            cwd=places.STATE,
            env=places.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _children.append(process)
    record = Record(name, command, process.pid, _started(process.pid))
    draft = places.RECORDS / f".{name}.new"
    draft.write_text(json.dumps([record.command, record.pid, record.started]))
    draft.replace(places.RECORDS / f"{name}.json")
    return record


def find(name: str) -> Record | None:
    """Return the record of a component, whether it still runs or not."""
    path = places.RECORDS / f"{name}.json"
    try:
        command, pid, started = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return Record(name, command, pid, started)


def stop(record: Record, number: signal.Signals = signal.SIGTERM, patience: float = 10.0) -> None:
    """End a component and wait until it is gone; one that does not end in time is killed."""
    if record.alive:
        os.kill(record.pid, number)
    deadline = time.monotonic() + patience
    while record.alive:
        if time.monotonic() > deadline:
            os.kill(record.pid, signal.SIGKILL)
            deadline += patience
        _bury_the_dead()
        time.sleep(0.02)


def log_end(name: str, lines: int = 15) -> str:
    """Return the last lines of a component's log."""
    path = places.LOGS / f"{name}.log"
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else "(no log)"


def kill_all() -> None:
    """Kill every process of this node: components, containers, and the shims that hold those.

    They are found by the state's folder, which only they name: records may be missing after a run that was killed.
    """
    tasks = places.STATE / "containerd/state/io.containerd.runtime.v2.task/k8s.io"
    components, shims = [], []
    for folder in Path("/proc").iterdir():
        words = _text(folder / "cmdline").split("\0") if folder.name.isdigit() else [""]
        program = Path(words[0]).name
        if program in _COMPONENTS and any(f"{places.STATE}/" in word for word in words):
            components.append(int(folder.name))
        elif program.startswith("containerd-shim") and str(places.SOCKET) in words:
            shims.append(int(folder.name))
    # First those that would start others again.
    _kill(components)
    containers = []
    for task in tasks.glob("*/init.pid"):
        pid = _text(task).strip()
        # The number may belong to another process by now; the cgroup names the container.
        if pid and task.parent.name in _text(Path("/proc") / pid / "cgroup"):
            containers.append(int(pid))
    _kill(containers)
    _kill(shims)


def unmount_all() -> None:
    """Take away every mount under the state's folder, the deepest first."""
    found = [line.split()[1] for line in _text(Path("/proc/mounts")).splitlines()]
    # The kernel writes a blank in a path as \040.
    for path in reversed([path.encode().decode("unicode_escape") for path in found]):
        if path.startswith(f"{places.STATE}/"):
            subprocess.run(["umount", "-l", path], capture_output=True, env=places.environment())


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(_started(pid) for pid in pids) and time.monotonic() < deadline:
        _bury_the_dead()
        time.sleep(0.02)


def _bury_the_dead() -> None:
    for child in _children:
        child.poll()


def _started(pid: int) -> str:
    """Return when a process was started, in the kernel's ticks; nothing for one that ended."""
    # The second field is the program's name in brackets, which may itself hold blanks and brackets.
    fields = _text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    if len(fields) <= 19:
        return ""
    state, threads = fields[0], int(fields[17])
    # Killed, its first thread may be gone before another, which still holds its ports.
    return "" if state == "Z" and threads <= 1 else fields[19]


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
