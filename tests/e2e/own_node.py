"""What a test can do only to a node of our own: signal a bot's process, stop Kubernetes' components, look at disks."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.e2e.cluster import node, places, volumes
from tests.e2e.cluster.components import POD_RANGE
from tests.e2e.kube import Kube
from tests.e2e.pods import Pod
from tests.e2e.waiting import NotYetError, wait_for

TASKS = places.STATE / "containerd/state/io.containerd.runtime.v2.task/k8s.io"

# Goes into a container's control group and grows there until the kernel has killed the other process.
HOG = """
import pathlib, sys, time
group, victim = pathlib.Path(sys.argv[1]), pathlib.Path("/proc", sys.argv[2])
def lives():
    try:
        return (victim / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
try:
    (victim / "oom_score_adj").write_text("1000")
    (group / "cgroup.procs").write_text("0")
except OSError:
    if lives():
        raise
taken = []
while lives():
    taken.append(b"x" * 2**22)
    # A killed process is there a little longer.
    time.sleep(0.01)
"""


class OwnNode:
    """The node that tests/e2e/cluster has brought up."""

    name = places.NODE

    def __init__(self, kube: Kube) -> None:
        self.kube = kube

    @property
    def address_for_pods(self) -> str:
        """The address of this machine that pods can reach: their network's gateway, there once a pod has been."""
        return str(ip_network(POD_RANGE)[1])

    def pid(self, pod: Pod) -> int:
        """Return the process id, on this machine, of a pod's container (its first one)."""
        file = TASKS / pod.container_id / "init.pid"
        try:
            return int(file.read_text())
        except (OSError, ValueError) as error:
            raise NotYetError(f"{pod.name} has no running process: {error}") from error

    def signal(self, pod: Pod, number: signal.Signals) -> int:
        """Send a signal to the pod's process from outside, and return its process id."""
        pid = wait_for(f"process of {pod.name}", lambda: self.pid(pod))
        os.kill(pid, number)
        return pid

    def freeze(self, pod: Pod) -> int:
        """Stop the pod's process where it stands (SIGSTOP)."""
        return self.signal(pod, signal.SIGSTOP)

    def kill(self, pod: Pod) -> int:
        """Kill the pod's process (SIGKILL)."""
        return self.signal(pod, signal.SIGKILL)

    def exhaust_memory(self, pod: Pod) -> None:
        """Take what memory the pod's container may have until the kernel kills its process; return at its end."""
        pid = wait_for(f"process of {pod.name}", lambda: self.pid(pod))
        hog = subprocess.run([sys.executable, "-c", HOG, str(_memory_of(pid)), str(pid)], timeout=60)
        assert hog.returncode in {0, -signal.SIGKILL}, "whoever takes all memory may be killed after the other one"

    def restart(self, component: str, *, kill: bool = False) -> None:
        """Stop a component (see node.COMPONENTS) and start it again; returns when it serves."""
        node.stop(component, kill=kill)
        node.start(component)
        if component == "etcd":
            node.wait_for_api()

    @contextmanager
    def without(self, component: str, *, kill: bool = True) -> Iterator[None]:
        """Do without a component for a while: `with node.without("apiserver"): ...`."""
        node.stop(component, kill=kill)
        try:
            yield
        finally:
            node.start(component)
            node.wait_for_api()

    @contextmanager
    def drained(self) -> Iterator[None]:
        """Drain the node as a person would, and take it into service again in the end.

        Pods that a controller makes anew meanwhile stay Pending, the operator's too.
        """
        try:
            self.kube.kubectl(
                *("drain", self.name, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=120s"),
                seconds=150,
            )
            yield
        finally:
            self.kube.kubectl("uncordon", self.name)

    def disk(self, namespace: str, claim: str) -> Path:
        """Return the folder behind a claim, the bot's /work."""
        found = self.kube.get("persistentvolumeclaims", claim, namespace)
        volume = found["spec"].get("volumeName") if found else None
        if not volume:
            raise NotYetError(f"the claim {namespace}/{claim} has no volume")
        return places.VOLUMES / str(volume)

    def log(self, component: str) -> str:
        """Return what a component has logged."""
        return (places.LOGS / f"{component}.log").read_text(errors="replace")

    def recycle_volumes(self) -> None:
        """Offer the volumes of deleted claims again when few are left."""
        free = [
            volume
            for volume in self.kube.list("persistentvolumes")
            if volume["spec"].get("storageClassName") == volumes.CLASS
            and volume.get("status", {}).get("phase") == "Available"
        ]
        if len(free) < volumes.COUNT // 2:
            volumes.recycle()


def _memory_of(pid: int) -> Path:
    """Return the folder of the control group that limits a process's memory."""
    groups = [line.split(":", 2) for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines()]
    found = {controller: path for _, names, path in groups for controller in names.split(",")}
    folder = "/sys/fs/cgroup/memory" + found["memory"] if "memory" in found else "/sys/fs/cgroup" + found[""]
    return Path(folder)


class ContainerWatch:
    """All containers of a namespace's pods on the node, looked at twenty times a second.

    The API's objects do not prove that processes ended: a pod deleted by force is gone while its process still runs.
    """

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.doubles: list[str] = []
        self.looks = 0
        self._pods: dict[str, str | None] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"containers of {namespace}", daemon=True)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop looking."""
        self._stopped.set()
        self._thread.join()

    def assert_never_two(self) -> None:
        """Fail if two processes of one pod's name ever ran at one time."""
        assert not self.doubles, f"two processes at one time: {'; '.join(self.doubles)}"
        assert self.looks, "nobody looked"

    def _run(self) -> None:
        while not self._stopped.is_set():
            running: dict[str, str] = {}
            for task in TASKS.glob("*/init.pid"):
                container = task.parent.name
                pod = self._pod(task.parent)
                if pod is None or not _runs(task):
                    continue
                if pod in running:
                    self.doubles.append(f"{pod} in {running[pod][:12]} and {container[:12]} at {time.strftime('%T')}")
                running[pod] = container
            self.looks += 1
            self._stopped.wait(0.05)

    def _pod(self, bundle: Path) -> str | None:
        """Return the pod of a container of the namespace; None for others, and for those that hold namespaces open."""
        if bundle.name not in self._pods:
            try:
                notes = json.loads((bundle / "config.json").read_text())["annotations"]
            except (OSError, ValueError, KeyError):
                return None
            kind, namespace = "io.kubernetes.cri.container-type", "io.kubernetes.cri.sandbox-namespace"
            ours = notes.get(kind) == "container" and notes.get(namespace) == self.namespace
            self._pods[bundle.name] = notes.get("io.kubernetes.cri.sandbox-name") if ours else None
        return self._pods[bundle.name]


def _runs(task: Path) -> bool:
    """Say whether a container's process lives; one that has ended but was not waited for is dead."""
    try:
        state = Path(f"/proc/{task.read_text().strip()}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in {"Z", "X"}
