"""From a PodMonitor to the pods that Prometheus scrapes: what the Prometheus operator and Kubernetes discovery do.

Debian's Prometheus is built without Kubernetes discovery. So pods are found here and handed over in a file, with the
labels that discovery would give them; choosing among them and relabelling is left to Prometheus itself.
"""

import json
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.e2e.kube import Kube, Manifest, RefusedError
from tests.e2e.waiting import NotYetError

# Beside Prometheus' configuration, which names it.
FILE = "pods.json"


class Discovery:
    """Keeps a file of all pods up to date, one target for each port of a container."""

    def __init__(self, kube: Kube, folder: Path) -> None:
        self.kube, self.folder = kube, folder
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="discovery", daemon=True)

    def __enter__(self) -> Self:
        """Find the pods that there are, and go on finding."""
        self._write()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(0.5):
            try:
                self._write()
            except (NotYetError, RefusedError):
                continue

    def _write(self) -> None:
        draft = self.folder / f".{FILE}"
        draft.write_text(json.dumps([target for pod in self.kube.list("pods") for target in _targets(pod)]))
        draft.replace(self.folder / FILE)


def _targets(pod: Manifest) -> list[dict[str, Any]]:
    about, status = pod["metadata"], pod["status"]
    if not status.get("podIP"):
        return []
    prefix = "__meta_kubernetes_"
    labels = {
        f"{prefix}namespace": about["namespace"],
        f"{prefix}pod_name": about["name"],
        f"{prefix}pod_ip": status["podIP"],
        f"{prefix}pod_phase": status.get("phase", ""),
        f"{prefix}pod_uid": about["uid"],
        f"{prefix}pod_node_name": pod["spec"].get("nodeName", ""),
        **{f"{prefix}pod_label_{_label(key)}": value for key, value in about.get("labels", {}).items()},
        **{f"{prefix}pod_labelpresent_{_label(key)}": "true" for key in about.get("labels", {})},
    }
    return [
        {
            "targets": [f"{status['podIP']}:{port['containerPort']}"],
            "labels": {
                **labels,
                f"{prefix}pod_container_name": container["name"],
                f"{prefix}pod_container_port_name": port.get("name", ""),
                f"{prefix}pod_container_port_number": str(port["containerPort"]),
            },
        }
        for container in pod["spec"]["containers"]
        for port in container.get("ports", [])
    ]


def scraping(monitors: list[Manifest], interval: str = "1s") -> dict[str, Any]:
    """Return a configuration that selects pods as the Prometheus operator would for these PodMonitors."""
    jobs = [_job(monitor, number) for monitor in monitors for number, _ in enumerate(_endpoints(monitor))]
    return {"global": {"scrape_interval": interval, "evaluation_interval": interval}, "scrape_configs": jobs}


def _endpoints(monitor: Manifest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = monitor["spec"]["podMetricsEndpoints"]
    return found


def _job(monitor: Manifest, number: int) -> dict[str, Any]:
    about, spec, endpoint = monitor["metadata"], monitor["spec"], _endpoints(monitor)[number]
    chosen = spec.get("namespaceSelector", {})
    rules: list[dict[str, Any]] = []
    if not chosen.get("any"):
        names = chosen.get("matchNames", [about.get("namespace", "default")])
        rules.append(_rule("keep", "__meta_kubernetes_namespace", regex="|".join(names)))
    rules += [
        _rule("keep", f"__meta_kubernetes_pod_label_{_label(key)}", regex=value)
        for key, value in spec["selector"].get("matchLabels", {}).items()
    ]
    rules += [
        _rule("drop", "__meta_kubernetes_pod_phase", regex="(Failed|Succeeded)"),
        _rule("keep", "__meta_kubernetes_pod_container_port_name", regex=str(endpoint["port"])),
        _rule("replace", "__meta_kubernetes_namespace", target_label="namespace"),
        _rule("replace", "__meta_kubernetes_pod_container_name", target_label="container"),
        _rule("replace", "__meta_kubernetes_pod_name", target_label="pod"),
    ]
    if job := spec.get("jobLabel"):
        rules.append(_rule("replace", f"__meta_kubernetes_pod_label_{_label(job)}", target_label="job", regex="(.+)"))
    rules += [_translated(rule) for rule in endpoint.get("relabelings", [])]
    return {
        "job_name": f"podMonitor/{about.get('namespace', 'default')}/{about['name']}/{number}",
        "metrics_path": endpoint.get("path", "/metrics"),
        "honor_labels": endpoint.get("honorLabels", False),
        "file_sd_configs": [{"files": [FILE]}],
        "relabel_configs": rules,
        "metric_relabel_configs": [_translated(rule) for rule in endpoint.get("metricRelabelings", [])],
    }


def _rule(action: str, source: str, **more: str) -> dict[str, Any]:
    return {"action": action, "source_labels": [source], **more}


def _label(name: str) -> str:
    """Return a label's name as Prometheus writes it."""
    return "".join(letter if letter.isalnum() else "_" for letter in name)


def _translated(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a relabelling in Prometheus' own spelling, which has underscores."""
    return {"".join(f"_{each.lower()}" if each.isupper() else each for each in key): rule[key] for key in rule}
