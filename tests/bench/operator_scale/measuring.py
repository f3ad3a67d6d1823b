"""1,000 TradingBots of 7 KB: how long until all pods run, what it costs, and what a restart and a calm minute cost."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml

from tests.bench.figures import Measured, Ratio, Table
from tests.bench.memory import MIB, memory_of, peak_of, seconds_of
from tests.bench.operator_scale.cluster import Cluster
from tests.bench.operator_scale.objects import Manifest, bot, volume, without_its_operator
from tests.bench.operator_scale.operator_process import ROOT, Running, operator, wait_until_it_serves
from tests.bench.operator_scale.plane import control_plane
from tests.e2e.cluster import node

BOTS = int(os.environ.get("BENCH_BOTS", "1000"))
_CHILDREN = ("PersistentVolumeClaim", "Secret", "ConfigMap", "Service", "NetworkPolicy", "StatefulSet")
_OURS = "app.kubernetes.io/managed-by=tradingbot-operator"
# Where the operator asks a bot how it is.
_BOTS_PORT, _PORT = 8080, 18080
_CALM_SECONDS = float(os.environ.get("BENCH_IDLE_SECONDS", "60"))
_PATIENCE = 900.0


@dataclass(frozen=True, slots=True)
class _Created:
    applied: float
    pods: float
    running: float
    writes: Counter[str]
    processor: float
    peak: int


@dataclass(frozen=True, slots=True)
class _Restarted:
    observed: float
    writes: float
    peak: int
    idle: float
    resident: int


def obstacle() -> str | None:
    """Say why it cannot run here, or None."""
    return node.obstacle() or ("a node is up: end it first, `make cluster-down`" if node.is_up() else None)


def measure() -> Measured:
    """Measure, in some minutes."""
    with control_plane() as server, _pretended_bots(), tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(server, Path(folder)))


async def _measure(server: str, folder: Path) -> Measured:
    async with Cluster(server) as cluster:
        await cluster.apply(yaml.safe_load((ROOT / "charts/tradingbot-operator/files/crd.yaml").read_text()))
        await cluster.apply_all(volume(number, "first") for number in range(BOTS))
        with operator(folder, _PORT) as running:
            wait_until_it_serves(running)
            created = await _create(cluster, running)
            print("  the bots run", flush=True)
            children = [
                without_its_operator(child) for kind in _CHILDREN for child in await cluster.all_of(kind, _OURS)
            ]
        with operator(folder, _PORT) as running:
            restarted = await _restart(running)
            print("  the operator was restarted; the bots go", flush=True)
            await cluster.delete_all("TradingBot")
            await cluster.until(lambda: _gone(cluster), _PATIENCE, "all children are gone")
        print("  the bots are gone; their objects are applied by hand", flush=True)
        # Those that are kept when their bot goes.
        await cluster.delete_all("PersistentVolumeClaim", _OURS)
        await cluster.delete_all("PersistentVolume")
        await cluster.apply_all(volume(number, "second") for number in range(BOTS))
        direct = await _apply_directly(cluster, children)
    return _told(created, restarted, direct, len(children) / BOTS)


async def _create(cluster: Cluster, running: Running) -> _Created:
    written, begun, clock = running.writes(), datetime.now(UTC), time.monotonic()
    await cluster.apply_all(bot(number) for number in range(BOTS))
    applied = time.monotonic() - clock
    await cluster.until(lambda: _all_ready(cluster), _PATIENCE, "all pods are ready")
    pods = (max(await cluster.ready_since()) - begun).total_seconds()
    await cluster.until(lambda: _all_running(running), _PATIENCE, "all bots run")
    told = time.monotonic() - clock
    # What it still writes when all is well is counted, too.
    await asyncio.sleep(5)
    return _Created(applied, pods, told, running.writes() - written, seconds_of(running.pid), peak_of(running.pid))


async def _restart(running: Running) -> _Restarted:
    clock = time.monotonic()
    while not (running.running() == BOTS and running.waiting() == 0):
        if time.monotonic() - clock > _PATIENCE:
            raise TimeoutError("the operator does not see all bots again")
        await asyncio.sleep(0.1)
    observed, peak = time.monotonic() - clock, peak_of(running.pid)
    await asyncio.sleep(10)
    processor, since = seconds_of(running.pid), time.monotonic()
    await asyncio.sleep(_CALM_SECONDS)
    idle = (seconds_of(running.pid) - processor) / (time.monotonic() - since)
    return _Restarted(observed, running.writes().total(), peak, idle, memory_of(running.pid).resident)


async def _apply_directly(cluster: Cluster, children: list[Manifest]) -> float:
    begun = datetime.now(UTC)
    await cluster.apply_all(children)
    await cluster.until(lambda: _all_ready(cluster), _PATIENCE, "all pods are ready")
    return (max(await cluster.ready_since()) - begun).total_seconds()


async def _all_ready(cluster: Cluster) -> bool:
    return len(await cluster.ready_since()) == BOTS


async def _all_running(running: Running) -> bool:
    return running.running() == BOTS


async def _gone(cluster: Cluster) -> bool:
    return not await cluster.all_of("Pod", _OURS) and not await cluster.all_of("StatefulSet", _OURS)


@contextmanager
def _pretended_bots() -> Iterator[None]:
    command = [sys.executable, "-m", "tests.bench.operator_scale.pretended_bots", str(_BOTS_PORT)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _told(created: _Created, restarted: _Restarted, direct: float, children: float) -> Measured:
    writes = created.writes.total() / BOTS
    table = Table(
        f"{BOTS:,} TradingBots of 7 KB",
        ("", "operator", "applied by hand"),
        [
            ("all pods ready", f"{created.pods:.0f} s", f"{direct:.0f} s"),
            ("all statuses written", f"{created.running:.0f} s", ""),
            ("writes for a bot", f"{writes:.2f}", f"{children:.2f}"),
            *((f"of these {kind}", f"{count / BOTS:.2f}", "") for kind, count in created.writes.most_common()),
            ("processor time", f"{created.processor:.1f} s", ""),
            ("most memory, at creation", f"{created.peak / MIB:.0f} MiB", ""),
            ("restart: all bots seen", f"{restarted.observed:.1f} s", ""),
            ("restart: writes", f"{restarted.writes:.0f}", ""),
            ("restart: most memory", f"{restarted.peak / MIB:.0f} MiB", ""),
            ("nothing changes: processor", f"{100 * restarted.idle:.1f} % of a core", ""),
            ("nothing changes: memory", f"{restarted.resident / MIB:.0f} MiB", ""),
        ],
    )
    return Measured(
        "The operator at scale",
        "A real API server, etcd, controller-manager and scheduler, and kwok, which pretends ten nodes; every pod "
        "answers the operator as a bot that is well. The same objects are then applied without the operator, by the "
        "client that has applied the bots.",
        [table],
        [
            Ratio("operator: time until all pods are ready, over objects applied by hand", created.pods / direct, 1.3),
            Ratio("operator: writes for a bot, over objects made by hand", writes / children, 1.35, 0.1),
            Ratio("operator: most memory in MiB, over 150", max(created.peak, restarted.peak) / MIB / 150, 1.0, 0.15),
            Ratio("operator: restart until all bots are seen, over 10 s", restarted.observed / 10, 1.0),
        ],
        limits="A bot has six objects of its own (volume claim, token, document, service, network policy, stateful "
        "set), each applied once, and its status.",
    )
