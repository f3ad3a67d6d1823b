"""The chart as Helm renders it, and the programs that look at it."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.cluster import places

type Manifest = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "tradingbot-operator"
RELEASE = "tradingbot-operator"
NAMESPACE = "trading"

MONITORS = {"PodMonitor", "ServiceMonitor", "PrometheusRule"}

DIGEST = "sha256:" + "0123456789abcdef" * 4
PEER = {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}

# The installations that people make, and one that uses every value.
MATRIX: dict[str, Manifest] = {
    "default": {},
    "console": {
        "console": {
            "enabled": True,
            "existingSecret": "telegram",
            "egressPorts": [443, 2525],
            "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
        }
    },
    "console in the browser": {
        "console": {
            "enabled": True,
            "web": {
                "enabled": True,
                "usersSecret": "console-users",
                "behindProxy": True,
                "from": [PEER],
                "resources": {"requests": {"cpu": "10m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
            },
        }
    },
    "namespaced": {"watchNamespaces": ["bots", "more-bots"]},
    "own namespace only": {"watchNamespaces": [NAMESPACE]},
    "monitoring": {"monitoring": {"enabled": True, "labels": {"release": "prometheus"}, "interval": "1m"}},
    "existing secret": {"key": {"existingSecret": "our-key"}},
    "no CRD": {"crds": {"create": False}},
    "nothing but the Deployment": {
        "crds": {"create": False},
        "rbac": {"create": False},
        "serviceAccount": {"create": False, "name": "ours"},
        "key": {"existingSecret": "our-key"},
        "networkPolicy": {"enabled": False},
    },
    "everything": {
        "image": {
            "repository": "registry.example.com:5000/team/tradingbot",
            "tag": "1.2.3",
            "digest": DIGEST,
            "pullPolicy": "Always",
        },
        "imagePullSecrets": [{"name": "registry"}],
        "fullnameOverride": "bots-operator",
        # Names of digits alone must stay texts.
        "watchNamespaces": ["42", "bots"],
        "sweepSeconds": 30,
        "serviceAccount": {"name": "7", "annotations": {"example.com/role": "trader"}},
        "bots": {"metricsFrom": [PEER]},
        "networkPolicy": {
            "metricsFrom": [PEER],
            "apiServerPorts": [6443],
            "apiServerCIDRs": ["10.96.0.1/32", "fd00::1/128"],
        },
        "monitoring": {
            "enabled": True,
            "labels": {"app.kubernetes.io/instance": "prometheus"},
            "rules": {"enabled": True, "runbooks": "https://git.example.com/tradingbot/blob/main/"},
            "dashboards": {
                "enabled": True,
                "labels": {"dashboard": "yes"},
                "annotations": {"grafana_folder": "Trading"},
            },
        },
        "resources": {"requests": {"cpu": 1, "memory": "200Mi"}, "limits": {"cpu": "2", "memory": "300Mi"}},
        "terminationGracePeriodSeconds": 5,
        "priorityClassName": "important",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "trading", "operator": "Exists", "effect": "NoSchedule"}],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}]
                }
            }
        },
        "podAnnotations": {"example.com/note": "x"},
        "podLabels": {"team": "trading", "app.kubernetes.io/name": "something-else"},
        "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy.example.com:3128"}],
    },
}


class UniqueKeysLoader(yaml.SafeLoader):
    """Refuses a key that stands twice, as the API server does and YAML's own loader does not."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = [key for key in keys if keys.count(key) > 1]
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"twice: {twice[0]}", node.start_mark)
        return super().construct_mapping(node, deep)


@dataclass(frozen=True, slots=True)
class Rendered:
    """The manifests of one installation."""

    text: str
    manifests: list[Manifest] = field(default_factory=list)

    def of(self, kind: str) -> list[Manifest]:
        return [manifest for manifest in self.manifests if manifest["kind"] == kind]

    def only(self, kind: str, ending: str = "") -> Manifest:
        (found,) = [manifest for manifest in self.of(kind) if manifest["metadata"]["name"].endswith(ending)]
        return found

    def pods(self) -> Iterator[tuple[Manifest, Manifest]]:
        """Yield metadata and spec of everything that becomes a pod."""
        for manifest in self.manifests:
            if manifest["kind"] == "Pod":
                yield manifest["metadata"], manifest["spec"]
            elif "template" in manifest.get("spec", {}):
                yield manifest["spec"]["template"]["metadata"], manifest["spec"]["template"]["spec"]


def program_or_skip(name: str) -> str:
    """Return where a program lies. Without it the test is skipped, but fails with CI=true, where it must be there."""
    found = os.environ.get(name.upper().replace("-", "_")) or places.program(name)
    if found:
        return found
    said = f"{name} is not on PATH nor in {places.PROGRAMS}: `make cluster` brings it"
    if os.environ.get("CI") == "true":
        pytest.fail(said)
    pytest.skip(said)


def run_helm(*arguments: str, values: Mapping[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
    """Run Helm, with values as it reads them from a file."""
    files = ["-f", "-"] if values is not None else []
    environment = {**os.environ, "KUBECONFIG": os.devnull}
    return subprocess.run(
        [program_or_skip("helm"), *arguments, *files],
        input=yaml.safe_dump(values) if values is not None else None,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=60,
    )


def render(values: Mapping[str, Any], release: str = RELEASE, namespace: str = NAMESPACE) -> Rendered:
    """Render an installation, hooks included."""
    run = run_helm("template", release, str(CHART), "-n", namespace, values=values)
    assert run.returncode == 0, run.stderr
    # S506: a safe loader with one more scruple.
    documents = yaml.load_all(run.stdout, UniqueKeysLoader)
    return Rendered(run.stdout, [document for document in documents if document])
