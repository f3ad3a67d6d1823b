"""What the node takes from the machine that it runs on, and gives back: an address, ports, rules of the firewall."""

import json
import socket
import subprocess
from contextlib import closing
from dataclasses import fields

from tests.e2e.cluster import places
from tests.e2e.cluster.components import Ports
from tests.e2e.cluster.errors import ClusterError


def remove_empty_chain(chain: str) -> None:
    """Remove a chain that kube-proxy's own cleaning leaves; one with rules in it belongs to somebody else."""

    def iptables(*arguments: str) -> str:
        command = ["iptables", "-w", *arguments]
        return subprocess.run(command, env=places.environment(), capture_output=True, text=True).stdout

    if iptables("-S", chain).splitlines() == [f"-N {chain}"]:
        for jump in ("INPUT", "OUTPUT"):
            iptables("-D", jump, "-j", chain)
        iptables("-X", chain)


def address() -> str:
    """Return an IPv4 address of this machine's that pods can reach."""
    run = subprocess.run(
        ["ip", "-json", "-4", "address", "show", "scope", "global"],
        env=places.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    for link in json.loads(run.stdout or "[]"):
        if link.get("ifname") != places.BRIDGE and link.get("addr_info"):
            return str(link["addr_info"][0]["local"])
    raise ClusterError("this machine has no IPv4 address but loopback's; pods could not reach the API server")


def free_ports() -> Ports:
    """Return the usual ports, and others where those are taken."""
    chosen: dict[str, int] = {}
    for field in fields(Ports):
        chosen[field.name] = _free_port(int(str(field.default)), set(chosen.values()))
    return Ports(**chosen)


def _free_port(usual: int, taken: set[int]) -> int:
    candidates = [usual, *range(usual + 20000, usual + 20100)]
    for port in candidates:
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("", port))
            except OSError:
                continue
        if port not in taken:
            return int(port)
    raise ClusterError(f"no free port near {usual}")
