"""Bots, StatefulSets, pods and answers to begin with, each as the API server or the bot itself would show it."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

from answers import Answer
from desired import Desired, understand
from resources import Setup, build_stateful_set
from seen import BotSeen, Key, PodSeen, SetSeen, bot_seen, pod_seen, set_seen

type Json = dict[str, Any]

KEY = Key("desk", "btc")
UID = "0b9c2c0e-6a43-4b6e-9f0e-1b9f3f1d2a01"
SETUP = Setup(
    "trading-system",
    "registry.example/tradingbot:1.0",
    metrics_from=({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}},),
)
CONFIG: Json = {
    "trading": {"symbol": "BTCUSDT"},
    "strategy": {"entry_logic": {"name": "RSIBBEntryMixin"}, "exit_logic": {"name": "ATRExitMixin"}},
}
OTHER_CONFIG: Json = {**CONFIG, "risk_management": {"stop_loss_pct": 3.0}}
EVERYTHING: Json = {
    "image": "registry.example/other:2",
    "imagePullPolicy": "Always",
    "secretRef": {"name": "binance"},
    "suspend": False,
    "updatePolicy": "OnFlat",
    "deletePolicy": "ClosePosition",
    "storage": {"size": "5Gi", "storageClassName": "fast", "onDelete": "Delete"},
    "resources": {
        "requests": {"cpu": "100m", "memory": "300Mi"},
        "limits": {"cpu": 1, "memory": "600Mi", "ephemeral-storage": "1Gi"},
    },
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30}],
    "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
    "podLabels": {"example.com/team": "quants"},
    "podAnnotations": {"example.com/owner": "anna"},
    "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}],
    "serviceAccountName": "bots",
    "terminationGracePeriodSeconds": 120,
}


def metadata(name: str = "btc", uid: str = UID, **more: Any) -> Json:
    """Return what the API server says of a TradingBot beside what was asked for."""
    head = {"namespace": "desk", "name": name, "uid": uid, "generation": 1, "resourceVersion": "10"}
    return {**head, "creationTimestamp": "2026-01-01T00:00:00Z", **more}


def wanted(
    config: Json = CONFIG, name: str = "btc", uid: str = UID, restart: str | None = None, **spec: Any
) -> Desired:
    """Return a bot as its children are built from it."""
    more = {"annotations": {"tradingbots.dev/restart": restart}} if restart is not None else {}
    return understand(metadata(name, uid, **more), {"config": config, **spec})


def bot(status: Json | None = None, spec: Json | None = None, **more: Any) -> BotSeen:
    """Return a TradingBot as it was seen; `more` goes into its metadata."""
    return bot_seen({"metadata": metadata(**more), "spec": {"config": CONFIG, **(spec or {})}, "status": status or {}})


def set_body(desired: Desired, replicas: int = 1, version: int = 20, **more: Any) -> Json:
    """Return a bot's StatefulSet as the API server shows it."""
    body = deepcopy(build_stateful_set(desired, SETUP, replicas))
    body["metadata"] |= {"uid": f"set-{version}", "resourceVersion": str(version), **more}
    return body


def pod_body(desired: Desired, version: int = 30, status: Json | None = None, **more: Any) -> Json:
    """Return a bot's pod as the API server shows it; one that runs and is ready unless a status is given."""
    template = deepcopy(build_stateful_set(desired, SETUP, 1)["spec"]["template"])
    head = {"namespace": desired.namespace, "name": f"{desired.name}-0", "uid": f"pod-{version}"}
    return {
        "metadata": {**template["metadata"], **head, "resourceVersion": str(version), **more},
        "spec": template["spec"],
        "status": status if status is not None else pod_status(),
    }


def pod_status(*, ready: bool = True, restarts: int = 0, state: Json | None = None, last: Json | None = None) -> Json:
    """Return the status of a pod whose container runs, unless `state` says otherwise."""
    answer = "True" if ready else "False"
    return {
        "phase": "Running",
        "podIP": "10.0.0.7",
        "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": answer}],
        "containerStatuses": [
            {
                "name": "bot",
                "ready": ready,
                "restartCount": restarts,
                "state": state if state is not None else {"running": {"startedAt": "2026-01-01T00:00:00Z"}},
                "lastState": last or {},
            }
        ],
    }


def a_set(desired: Desired, **changes: Any) -> SetSeen:
    """Return a bot's StatefulSet as it was seen."""
    return replace(set_seen(set_body(desired)), **changes)


def a_pod(desired: Desired, **changes: Any) -> PodSeen:
    """Return a bot's pod as it was seen; it runs and is ready unless changed."""
    return replace(pod_seen(pod_body(desired)), **changes)


def said(**changes: Any) -> Answer:
    """Return what a bot that holds nothing says of itself, with some of it changed."""
    flat = Answer(
        position="0",
        equity="1000.00",
        profit="0.00",
        currency="USDT",
        trades=4,
        last_bar="2026-01-01T00:05:00Z",
        halt=None,
        halt_mode=None,
        open_orders=(),
        ready=True,
        reasons=(),
    )
    return replace(flat, **changes)
