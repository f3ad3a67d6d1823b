"""A control plane without a node: etcd, API server, controller-manager and scheduler, and kwok that pretends nodes."""

import json
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from tests.e2e.cluster import components, keys, machine, node, places, processes, readiness, tools
from tests.e2e.cluster.errors import ClusterError
from tests.e2e.cluster.saying import say

KWOK = "sigs.k8s.io/kwok/cmd/kwok@v0.7.0"
NODES = 10
# Pods "run" on loopback: whoever asks one reaches a process of ours and nobody else.
PODS = "127.100.0.0/16"


@contextmanager
def control_plane() -> Iterator[str]:
    """Run it, and give the API server's address.

    Raises
    ------
    ClusterError
        If this machine cannot, or if a node of the end-to-end tests is up.
    """
    if node.obstacle() or node.is_up():
        raise ClusterError(node.obstacle() or "a node is up: end it first, `make cluster-down`")
    with node.alone():
        _provide()
        node.clear()
        try:
            yield _start()
        finally:
            node.clear()


def admin() -> ssl.SSLContext:
    """Return what makes a client the cluster's administrator."""
    context = ssl.create_default_context(cafile=str(places.KEYS / "ca.crt"))
    context.load_cert_chain(places.KEYS / "admin.crt", places.KEYS / "admin.key")
    return context


def _provide() -> None:
    tools.provide()
    if places.program("kwok") is None:
        say("building kwok (some minutes)")
        tools.run("go", "install", KWOK, GOBIN=str(places.PROGRAMS), GOFLAGS="-buildvcs=false", CGO_ENABLED="0")


def _start() -> str:
    places.STATE.mkdir(parents=True, mode=0o755)
    places.RECORDS.mkdir()
    ports = machine.free_ports()
    (places.STATE / "ports.json").write_text(json.dumps(asdict(ports)))
    server = f"https://127.0.0.1:{ports.api}"
    keys.make(["127.0.0.1", components.API_SERVICE], server)
    commands = components.commands(ports, "127.0.0.1")
    # The address of a Service's end must not be loopback's; nobody asks for it here.
    commands["apiserver"].append("--endpoint-reconciler-type=none")
    # At its defaults the controller of stateful sets alone takes minutes for a thousand of them.
    commands["controller-manager"] += [
        *("--kube-api-qps=400", "--kube-api-burst=600"),
        "--concurrent-statefulset-syncs=20",
        # Pretended nodes give no sign of life: after a minute their pods would be called not ready.
        "--node-monitor-grace-period=3h",
    ]
    processes.start("etcd", commands["etcd"])
    processes.start("apiserver", commands["apiserver"])
    node.wait_for_api()
    for name in ("controller-manager", "scheduler"):
        processes.start(name, commands[name])
    _pretend_nodes()
    processes.start(
        "kwok",
        [
            *("kwok", f"--kubeconfig={places.KUBECONFIG}", "--manage-all-nodes=true", f"--cidr={PODS}"),
            *("--node-ip=127.0.0.1", "--node-lease-duration-seconds=0"),
        ],
    )
    deadline = time.monotonic() + 60
    while not readiness.pods_are_admitted():
        if time.monotonic() > deadline:
            raise ClusterError("the control plane does not come up")
        time.sleep(0.2)
    return server


def _pretend_nodes() -> None:
    room = {"cpu": "1000", "memory": "1Ti", "pods": "1000"}
    nodes = [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": f"pretended-{number}",
                "annotations": {"kwok.x-k8s.io/node": "fake"},
                "labels": {"kubernetes.io/hostname": f"pretended-{number}"},
            },
            "status": {"allocatable": room, "capacity": room},
        }
        for number in range(NODES)
    ]
    subprocess.run(
        ["kubectl", "apply", "-f", "-"],
        input=json.dumps({"apiVersion": "v1", "kind": "List", "items": nodes}),
        env=places.environment(),
        text=True,
        check=True,
        capture_output=True,
    )
