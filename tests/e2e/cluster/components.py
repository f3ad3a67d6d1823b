"""How each component of the node is started, and the configuration files that they read.

The files are JSON, which YAML's readers take.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.cluster import places

POD_RANGE = "10.231.0.0/16"
SERVICE_RANGE = "10.230.0.0/16"
API_SERVICE = "10.230.0.1"
PAUSE = "localhost/tradingbot-pause:1"
MAX_PODS = 200


@dataclass(frozen=True, slots=True)
class Ports:
    """The TCP ports that the node listens on; usual ones where they are free."""

    etcd: int = 2379
    etcd_peer: int = 2380
    api: int = 6443
    kubelet: int = 10250
    kubelet_health: int = 10248
    controller_manager: int = 10257
    scheduler: int = 10259
    proxy_health: int = 10256
    proxy_metrics: int = 10249


def commands(ports: Ports, address: str) -> dict[str, list[str]]:
    """Return the command of each component, in the order in which they are started."""
    keys, state = places.KEYS, places.STATE
    etcd, peer = f"http://127.0.0.1:{ports.etcd}", f"http://127.0.0.1:{ports.etcd_peer}"
    return {
        "etcd": [
            "etcd",
            f"--data-dir={state / 'etcd'}",
            *(f"--listen-client-urls={etcd}", f"--advertise-client-urls={etcd}"),
            *(f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}"),
            f"--initial-cluster=default={peer}",
        ],
        "containerd": ["containerd", "--config", str(state / "containerd.toml")],
        "apiserver": [
            *("hyperkube", "kube-apiserver", f"--etcd-servers={etcd}"),
            *(f"--secure-port={ports.api}", f"--advertise-address={address}"),
            *(f"--tls-cert-file={keys / 'apiserver.crt'}", f"--tls-private-key-file={keys / 'apiserver.key'}"),
            f"--client-ca-file={keys / 'ca.crt'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            *(f"--service-account-key-file={keys / 'sa.pub'}", f"--service-account-signing-key-file={keys / 'sa.key'}"),
            *(f"--service-cluster-ip-range={SERVICE_RANGE}", "--authorization-mode=Node,RBAC"),
            "--kubelet-preferred-address-types=InternalIP",
            *(f"--kubelet-client-certificate={keys / 'admin.crt'}", f"--kubelet-client-key={keys / 'admin.key'}"),
            # Debian 12's etcd 3.4 does not tell how far a watch has come, which streamed lists wait for.
            "--feature-gates=WatchList=false",
        ],
        "controller-manager": [
            *("hyperkube", "kube-controller-manager", f"--kubeconfig={state / 'controller-manager.conf'}"),
            *(f"--service-account-private-key-file={keys / 'sa.key'}", f"--root-ca-file={keys / 'ca.crt'}"),
            *("--use-service-account-credentials", "--leader-elect=false"),
            *(f"--secure-port={ports.controller_manager}", f"--cert-dir={state / 'controller-manager'}"),
            *("--kube-api-qps=200", "--kube-api-burst=300"),
        ],
        "scheduler": [
            *("hyperkube", "kube-scheduler", f"--kubeconfig={state / 'scheduler.conf'}", "--leader-elect=false"),
            *(f"--secure-port={ports.scheduler}", f"--cert-dir={state / 'scheduler'}"),
        ],
        "kubelet": [
            *("hyperkube", "kubelet", f"--config={state / 'kubelet.json'}", f"--kubeconfig={state / 'kubelet.conf'}"),
            *(f"--hostname-override={places.NODE}", f"--node-ip={address}"),
            *(f"--root-dir={state / 'kubelet'}", f"--cert-dir={state / 'kubelet-keys'}"),
        ],
        "proxy": [
            *("hyperkube", "kube-proxy", f"--config={state / 'proxy.json'}", f"--hostname-override={places.NODE}"),
        ],
    }


def write_files(ports: Ports, plugins: Path) -> None:
    """Write what the components read; `plugins` is the folder with the CNI plugins."""
    state = places.STATE
    (state / "cni").mkdir(exist_ok=True)
    _write(state / "cni" / "10-pods.conflist", _network())
    _write(state / "kubelet.json", _kubelet(ports))
    _write(state / "proxy.json", _proxy(ports))
    (state / "containerd.toml").write_text(
        f"""version = 2
root = "{state}/containerd/root"
state = "{state}/containerd/state"
[grpc]
  address = "{places.SOCKET}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{state}/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE}"
  # In a container, root may not give processes a better score than its own.
  restrict_oom_score_adj = true
  # So that what a killed node leaves behind lies under one folder.
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{state}/cni"
"""
    )


def _write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1))


def _network() -> dict[str, Any]:
    # No masquerading: pods talk to each other and to the node, and to nobody else.
    bridge = {
        "type": "bridge",
        "bridge": places.BRIDGE,
        "isGateway": True,
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "dataDir": str(places.STATE / "addresses"),
            "ranges": [[{"subnet": POD_RANGE}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    return {"cniVersion": "0.4.0", "name": "tradingbot", "plugins": [bridge]}


def _kubelet(ports: Ports) -> dict[str, Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "port": ports.kubelet,
        "healthzPort": ports.kubelet_health,
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "failSwapOn": False,
        "enforceNodeAllocatable": [],
        "containerRuntimeEndpoint": f"unix://{places.SOCKET}",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(places.KEYS / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "oomScoreAdj": 0,
        "maxPods": MAX_PODS,
        # Else it leaves rules in the machine's firewall that nobody takes away.
        "makeIPTablesUtilChains": False,
        "serializeImagePulls": False,
        "eventRecordQPS": 0,
        "kubeAPIQPS": 200,
        "kubeAPIBurst": 300,
        # The machine's disk is not ours: a full one must neither evict pods nor delete the image under test.
        "evictionHard": {},
        "imageGCHighThresholdPercent": 100,
        "localStorageCapacityIsolation": True,
        "podLogsDir": str(places.STATE / "pods"),
    }


def _proxy(ports: Ports) -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(places.KUBECONFIG)},
        "mode": "iptables",
        "clusterCIDR": POD_RANGE,
        "healthzBindAddress": f"127.0.0.1:{ports.proxy_health}",
        "metricsBindAddress": f"127.0.0.1:{ports.proxy_metrics}",
        # No reaching of node ports over loopback: it would change the machine's routing and firewall for good.
        "iptables": {"localhostNodePorts": False},
        # The kernel's table is the machine's, not ours.
        "conntrack": {"maxPerCore": 0, "min": 0},
    }
