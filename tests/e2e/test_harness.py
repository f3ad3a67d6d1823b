"""The harness itself: each thing that scenarios rest on, seen once with pods that no operator made."""

import json
from typing import Any

import pytest

from bots.resource.names import BOT_LABEL
from tests.e2e.bots import document
from tests.e2e.kube import Kube, Manifest, RefusedError
from tests.e2e.own_node import OwnNode
from tests.e2e.podmonitors import scraping
from tests.e2e.pods import Pod
from tests.e2e.podwatch import PodWatch
from tests.e2e.prometheus import Prometheus
from tests.e2e.waiting import wait_for

SECURE: dict[str, Any] = {
    "runAsNonRoot": True,
    "runAsUser": 10001,
    "runAsGroup": 10001,
    "fsGroup": 10001,
    "seccompProfile": {"type": "RuntimeDefault"},
}
CONFINED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}


def trading_set(name: str, image: str, pull_policy: str) -> list[Manifest]:
    """A bot as an operator would make it, but by hand."""
    labels = {"app.kubernetes.io/name": "tradingbot", BOT_LABEL: name}
    command = ["run", "/etc/tradingbot/bot.json", "--name", name, "--host", "0.0.0.0", "--port", "8080"]
    container = {
        "name": "bot",
        "image": image,
        "imagePullPolicy": pull_policy,
        "args": [*command, "--workdir", "/work", "--log-format", "json"],
        "ports": [{"name": "http", "containerPort": 8080}],
        "securityContext": CONFINED,
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 1},
        "volumeMounts": [
            {"name": "journal", "mountPath": "/work"},
            {"name": "config", "mountPath": "/etc/tradingbot"},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    }
    volumes = [
        {"name": "journal", "persistentVolumeClaim": {"claimName": f"{name}-journal"}},
        {"name": "config", "configMap": {"name": name}},
        {"name": "tmp", "emptyDir": {}},
    ]
    spec = {"automountServiceAccountToken": False, "securityContext": SECURE}
    template = {"metadata": {"labels": labels}, "spec": {**spec, "containers": [container], "volumes": volumes}}
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    made = {"serviceName": name, "selector": {"matchLabels": {BOT_LABEL: name}}, "template": template}
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"bot.json": text()}},
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": f"{name}-journal"}, "spec": claim},
        {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name}, "spec": made},
    ]


def text() -> str:
    return json.dumps(document(data={"speed": 600}))


def plain_pod(name: str, bot: str, image: str, pull_policy: str) -> Manifest:
    """A pod that only sleeps."""
    container = {
        "name": "sleeper",
        "image": image,
        "imagePullPolicy": pull_policy,
        "command": ["sleep", "600"],
        "securityContext": CONFINED,
    }
    about = {"name": name, "labels": {BOT_LABEL: bot}}
    spec = {"securityContext": SECURE, "containers": [container], "terminationGracePeriodSeconds": 0}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": spec}


def test_a_namespace_of_a_test_refuses_a_pod_that_is_not_restricted(kube: Kube, namespace: str, image: str) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "root"},
        "spec": {"containers": [{"name": "root", "image": image}]},
    }
    with pytest.raises(RefusedError, match="restricted") as refused:
        kube.create("pods", pod, namespace)
    assert refused.value.code == 403


def test_a_killed_bot_of_the_image_under_test_trades_on_where_it_was(
    kube: Kube, node: OwnNode, namespace: str, image: str, pull_policy: str, never_two: PodWatch, new_prometheus: Any
) -> None:
    kube.apply(trading_set("hand", image, pull_policy), namespace)
    pod = Pod(kube, namespace, "hand-0", reachable=True)
    pod.wait_ready()

    def trades() -> int:
        return int(json.loads(pod.http("/status")[1])["trades"])

    before = wait_for("trade", trades)
    monitor = {
        "metadata": {"name": "bots", "namespace": namespace},
        "spec": {"selector": {"matchLabels": {BOT_LABEL: "hand"}}, "podMetricsEndpoints": [{"port": "http"}]},
    }
    prometheus: Prometheus = new_prometheus(scraping([monitor]))
    wait_for("scraped bot", lambda: prometheus.query("up"), lambda found: [value for _, value in found] == [1.0])

    node.kill(pod)

    wait_for("restart", lambda: pod.restarts)
    assert wait_for("status of the restarted bot", trades) >= before
    assert [life.restarts for life in never_two.of("hand")] == [1]


def test_the_watch_sees_two_pods_of_one_bot_even_over_a_restart_of_the_api_server(
    kube: Kube, node: OwnNode, namespace: str, image: str, pull_policy: str
) -> None:
    with PodWatch(kube, namespace) as watch:
        kube.create("pods", plain_pod("one", "bot", image, pull_policy), namespace)
        Pod(kube, namespace, "one", reachable=True).wait_ready()
        watch.assert_never_two()

        node.restart("apiserver", kill=True)

        wait_for("account", lambda: kube.create("pods", plain_pod("two", "bot", image, pull_policy), namespace))
        wait_for("second pod in the watch", lambda: watch.doubles)
        with pytest.raises(AssertionError, match=r"two pods at one time: two .* appeared while one"):
            watch.assert_never_two()


def test_waiting_in_vain_says_what_was_seen_last() -> None:
    with pytest.raises(AssertionError, match=r"no miracle within 0\.1 s; last seen: 'nothing'"):
        wait_for("miracle", lambda: "nothing", lambda seen: seen != "nothing", seconds=0.1)
