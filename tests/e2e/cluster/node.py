"""A node's life: up, down, and single components stopped and started while it lives."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from tests.e2e.cluster import components, images, keys, machine, places, processes, readiness, tools, volumes
from tests.e2e.cluster.errors import ClusterError
from tests.e2e.cluster.saying import say

COMPONENTS = ("etcd", "containerd", "apiserver", "controller-manager", "scheduler", "kubelet", "proxy")
PATIENCE_SECONDS = 90.0


@contextmanager
def alone() -> Iterator[None]:
    """Hold the node's lock: one command at a time changes it."""
    with places.LOCK.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another command is at work on the node; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def obstacle() -> str | None:
    """Say why this machine cannot run a node, however much is installed, or None."""
    if not sys.platform.startswith("linux"):
        return "a node of our own needs Linux"
    if os.geteuid() != 0:
        return "a node of our own needs root"
    return None


def is_up() -> bool:
    """Say whether the node runs and its API server answers."""
    return places.KUBECONFIG.exists() and all(_lives(name) for name in COMPONENTS) and readiness.api_is_ready()


def up(*, provide: bool) -> None:
    """Bring the node up, unless it is; `provide` allows to bring programs that are missing."""
    if reason := obstacle():
        raise ClusterError(reason)
    with alone():
        if is_up():
            say("the node is up already")
            return
        if provide:
            tools.provide()
            tools.provide_builder()
        if lacking := tools.missing():
            raise ClusterError(f"missing on this machine: {', '.join(lacking)}; `make cluster` brings them")
        if places.STATE.exists():
            say("clearing away what an earlier node left behind")
            clear()
        try:
            _start()
        except BaseException:
            # The logs stay for the person who looks; the next `up` clears them away.
            processes.kill_all()
            raise


def down() -> None:
    """End the node and leave nothing behind, in whatever state it is."""
    with alone():
        if not places.STATE.exists():
            return
        if is_up():
            _delete_pods()
        clear()
        say("the node is down")


def stop(name: str, *, kill: bool = False) -> None:
    """Stop one component, at once if asked; containers go on running without containerd and without the kubelet."""
    with alone():
        processes.stop(_record(name), signal.SIGKILL if kill else signal.SIGTERM)


def start(name: str) -> None:
    """Start one component again as it was started first, and wait until it serves."""
    with alone():
        record = _record(name)
        if not record.alive:
            processes.start(name, record.command)
        _await_component(name)


def wait_for_api() -> None:
    """Wait until the API server is ready, and the store behind it."""
    _await("the API server to be ready", ("etcd", "apiserver"), readiness.api_is_ready)


def _start() -> None:
    begun = time.monotonic()
    address, plugins = machine.address(), places.network_plugins()
    if plugins is None:
        raise ClusterError("the CNI plugins are missing")
    places.STATE.mkdir(parents=True, mode=0o755)
    places.RECORDS.mkdir()
    ports = machine.free_ports()
    (places.STATE / "ports.json").write_text(json.dumps(asdict(ports)))
    keys.make(["127.0.0.1", components.API_SERVICE, address], f"https://127.0.0.1:{ports.api}")
    components.write_files(ports, plugins)
    commands = components.commands(ports, address)
    for name in ("etcd", "containerd", "apiserver"):
        processes.start(name, commands[name])
    _await_component("containerd")
    images.load_pause()
    _await_component("apiserver")
    for name in ("controller-manager", "scheduler", "kubelet", "proxy"):
        processes.start(name, commands[name])
    volumes.offer()
    _await("the node to be ready", ("kubelet",), readiness.node_is_ready)
    _await("the default service account", ("controller-manager",), readiness.pods_are_admitted)
    say(f"the node is up after {time.monotonic() - begun:.0f} s; KUBECONFIG={places.KUBECONFIG}")


def _await_component(name: str) -> None:
    if name == "containerd":
        _await("containerd to answer", (name,), readiness.containerd_answers)
    elif name == "apiserver":
        wait_for_api()
    elif name == "etcd":
        _await(
            "etcd to answer", (name,), lambda: readiness.answers(f"http://127.0.0.1:{readiness.ports().etcd}/health")
        )
    elif name == "kubelet":
        _await(
            "the kubelet to answer",
            (name,),
            lambda: readiness.answers(f"http://127.0.0.1:{readiness.ports().kubelet_health}/healthz"),
        )


def _await(what: str, names: tuple[str, ...], probe: Callable[[], bool]) -> None:
    """Wait for a condition, but no longer than the components live that shall bring it about."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not probe():
        for name in names:
            if not _lives(name):
                raise ClusterError(f"{name} ended while waiting for {what}:\n{processes.log_end(name)}")
        if time.monotonic() > deadline:
            ends = "\n".join(f"--- {name}\n{processes.log_end(name)}" for name in names)
            raise ClusterError(f"waited {PATIENCE_SECONDS:.0f} s in vain for {what}:\n{ends}")
        time.sleep(0.1)


def _lives(name: str) -> bool:
    record = processes.find(name)
    return record is not None and record.alive


def _record(name: str) -> processes.Record:
    record = processes.find(name) if name in COMPONENTS else None
    if record is None:
        raise ClusterError(f"{name} was never started here; components are {', '.join(COMPONENTS)}")
    return record


def _delete_pods() -> None:
    """Let the kubelet clear its pods away; first stop what would make new ones."""
    for name in ("controller-manager", "scheduler"):
        processes.stop(_record(name), signal.SIGKILL)
    command = ["kubectl", "delete", "pods", "--all", "--all-namespaces", "--grace-period=1", "--timeout=30s"]
    subprocess.run(command, env=places.environment(), capture_output=True)


def clear() -> None:
    """Remove every trace of a node, whether it ended in order or was killed."""
    processes.kill_all()
    deadline = time.monotonic() + 10
    while places.STATE.exists():
        processes.unmount_all()
        try:
            shutil.rmtree(places.STATE)
        except OSError as error:
            # A killed process may still be letting go of its files.
            if time.monotonic() > deadline:
                raise ClusterError(f"cannot remove {places.STATE}: {error}") from error
            time.sleep(0.2)
    quiet = {"env": places.environment(), "capture_output": True}
    subprocess.run(["ip", "link", "delete", places.BRIDGE], check=False, **quiet)  # type: ignore[call-overload]
    if places.program("hyperkube"):
        subprocess.run(["hyperkube", "kube-proxy", "--cleanup"], check=False, **quiet)  # type: ignore[call-overload]
    machine.remove_empty_chain("KUBE-FIREWALL")
