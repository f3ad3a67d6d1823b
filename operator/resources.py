"""Pure builders: a bot as it should be in, the manifests of its children out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubernetes.utils.quantity import parse_quantity

from bots.resource.names import ACCOUNT, API_VERSION, APPLIED, BOT_LABEL, CONFIG, KIND, REVISION
from desired import Desired

type Manifest = dict[str, Any]

MANAGER = "tradingbot-operator"
MANAGED = {"app.kubernetes.io/managed-by": MANAGER}
PORT = 8080
TOKEN_KEY = "token"  # noqa: S105 - the name of a key in a Secret

_DOCUMENT = "bot.json"
_USER = 10001
# Measured on bots of configs/ (docs/deploy.md has the figures): Nautilus and its imports are nearly all of it.
_REQUESTS = {"cpu": "20m", "memory": "256Mi"}
# A bot is one thread: a core is all that it can use, also while it starts and is blind.
_LIMITS = {"cpu": "1", "memory": "512Mi"}
# A frozen process cannot stop politely: it gets this long, not the whole grace period of a clean stop.
_FROZEN_GRACE_SECONDS = 10
# Whoever asks there gets the credentials of the node: AWS, Google and most others; Alibaba; Azure's own.
_CLOUD_METADATA = ("169.254.169.254/32", "100.100.100.200/32", "168.63.129.16/32")
_CLOUD_METADATA_V6 = ("fd00:ec2::254/128", "fd20:ce::254/128")


@dataclass(frozen=True, slots=True)
class Setup:
    """What all bots of one operator share.

    Parameters
    ----------
    namespace : str
        The operator's own.
    image, pull_policy : str
        Of bots that name none.
    metrics_from : tuple of dict
        NetworkPolicyPeers that may read a bot's HTTP, beside the operator.
    console : bool
        Whether a console tells what happens to the bots.
    """

    namespace: str
    image: str
    pull_policy: str = "IfNotPresent"
    metrics_from: tuple[Mapping[str, Any], ...] = ()
    console: bool = False


def build_config_map(bot: Desired) -> Manifest:
    """The document, immutable and named by its content: a pod that comes back later still finds its own."""
    # As digested, not as written: two spellings of one content share a name, and an immutable text cannot change.
    text = json.dumps(json.loads(bot.document.canonical_json()), ensure_ascii=False, indent=1)
    return {**_head("v1", "ConfigMap", bot, bot.config_map), "immutable": True, "data": {_DOCUMENT: text}}


def build_claim(bot: Desired) -> Manifest:
    """The volume of the journal. Retained, it has no owner, and the next bot of this name goes on from it."""
    storage = bot.spec.storage
    spec: Manifest = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage.size}}}
    if storage.storage_class_name is not None:
        spec["storageClassName"] = storage.storage_class_name
    return {
        **_head("v1", "PersistentVolumeClaim", bot, claim_name(bot.name), owned=storage.on_delete == "Delete"),
        "spec": spec,
    }


def build_service(bot: Desired) -> Manifest:
    """A name for the bot's address; without an address of its own, of which a thousand bots would need a thousand."""
    return {
        **_head("v1", "Service", bot, bot.name),
        "spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": True,
            "selector": _selector(bot.name),
            "ports": [{"name": "http", "port": PORT, "targetPort": "http", "protocol": "TCP"}],
        },
    }


def build_network_policy(bot: Desired, setup: Setup) -> Manifest:
    """Who may ask the bot: the operator's namespace and those that scrape. It may go anywhere but to cloud metadata."""
    ours = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": setup.namespace}}}
    anywhere = [
        {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(_CLOUD_METADATA)}},
        {"ipBlock": {"cidr": "::/0", "except": list(_CLOUD_METADATA_V6)}},
        {"namespaceSelector": {}},
    ]
    return {
        **_head("networking.k8s.io/v1", "NetworkPolicy", bot, bot.name),
        "spec": {
            "podSelector": {"matchLabels": _selector(bot.name)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {
                    "from": [ours, *(dict(peer) for peer in setup.metrics_from)],
                    "ports": [{"port": "http", "protocol": "TCP"}],
                }
            ],
            "egress": [{"to": anywhere}],
        },
    }


def build_token_secret(bot: Desired, token: str) -> Manifest:
    """The key to the bot's changing API."""
    return {
        **_head("v1", "Secret", bot, token_name(bot.name)),
        # A type of its own, which never changes: a Secret of somebody else's of this name is refused, not taken.
        "type": "tradingbots.dev/api-token",
        "stringData": {TOKEN_KEY: token},
    }


def build_stateful_set(bot: Desired, setup: Setup, replicas: int) -> Manifest:
    """The pod's keeper, which never lets two of them exist; it replaces nothing by itself (OnDelete)."""
    head = _head("apps/v1", "StatefulSet", bot, bot.name)
    head["metadata"]["annotations"] = {APPLIED: bot.applied}
    return {
        **head,
        "spec": {
            "replicas": replicas,
            "serviceName": bot.name,
            "updateStrategy": {"type": "OnDelete"},
            "revisionHistoryLimit": 1,
            "selector": {"matchLabels": _selector(bot.name)},
            "template": {
                "metadata": {
                    "labels": {**bot.spec.pod_labels, **_labels(bot.name)},
                    "annotations": {
                        **bot.spec.pod_annotations,
                        REVISION: bot.revision,
                        CONFIG: bot.config_digest,
                        ACCOUNT: bot.account,
                    },
                },
                "spec": build_pod_spec(bot, setup),
            },
        },
    }


def build_pod_spec(bot: Desired, setup: Setup) -> Manifest:
    """The pod, fit for a namespace that enforces the restricted Pod Security Standard."""
    spec = bot.spec
    pod: Manifest = {
        "automountServiceAccountToken": False,
        # Every Service of a namespace would become seven environment variables of each bot.
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": spec.termination_grace_period_seconds,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(bot, setup)],
        "volumes": [
            {"name": "document", "configMap": {"name": bot.config_map}},
            {"name": "journal", "persistentVolumeClaim": {"claimName": claim_name(bot.name)}},
            {"name": "api-token", "secret": {"secretName": token_name(bot.name), "defaultMode": 0o440}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
        ],
    }
    if spec.node_selector:
        pod["nodeSelector"] = dict(spec.node_selector)
    if spec.tolerations:
        pod["tolerations"] = [dict(toleration) for toleration in spec.tolerations]
    if spec.affinity is not None:
        pod["affinity"] = dict(spec.affinity)
    if spec.service_account_name is not None:
        pod["serviceAccountName"] = spec.service_account_name
    return pod


def claim_name(bot: str) -> str:
    """Return the name of a bot's volume claim."""
    return f"{bot}-journal"


def token_name(bot: str) -> str:
    """Return the name of the Secret with a bot's API token."""
    return f"{bot}-api-token"


def _container(bot: Desired, setup: Setup) -> Manifest:
    spec = bot.spec
    container: Manifest = {
        "name": "bot",
        "image": spec.image or setup.image,
        "imagePullPolicy": spec.image_pull_policy or setup.pull_policy,
        "args": [
            "run", f"/etc/tradingbot/{_DOCUMENT}", "--name", bot.name, "--host", "0.0.0.0", "--port", str(PORT),  # noqa: S104 - inside a pod
            "--workdir", "/work", "--log-format", "json",
        ],
        "env": [
            {"name": "TRADINGBOT_TOKEN_FILE", "value": f"/run/tradingbot/{TOKEN_KEY}"},
            *([{"name": "TRADINGBOT_CONSOLE", "value": "1"}] if setup.console else ()),
            *({"name": variable.name, "value": variable.value} for variable in spec.extra_env),
        ],
        "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        "resources": _resources(bot),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "startupProbe": _probe("/healthz", periodSeconds=2, timeoutSeconds=2, failureThreshold=90),
        "livenessProbe": _probe(
            "/healthz",
            periodSeconds=10,
            timeoutSeconds=5,
            failureThreshold=3,
            terminationGracePeriodSeconds=_FROZEN_GRACE_SECONDS,
        ),
        "readinessProbe": _probe("/readyz", periodSeconds=5, timeoutSeconds=3, failureThreshold=2),
        "volumeMounts": [
            {"name": "document", "mountPath": "/etc/tradingbot", "readOnly": True},
            {"name": "journal", "mountPath": "/work"},
            {"name": "api-token", "mountPath": "/run/tradingbot", "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - a volume of the pod's own
        ],
    }  # fmt: skip
    if spec.secret_ref is not None:
        container["envFrom"] = [{"secretRef": {"name": spec.secret_ref.name}}]
    return container


def _resources(bot: Desired) -> Manifest:
    asked = bot.spec.resources
    if asked is None:
        return {"requests": dict(_REQUESTS), "limits": dict(_LIMITS)}
    # A default gives way to what was asked for: no limit below a request, no request above a limit.
    limits = {**{key: limit for key, limit in _LIMITS.items() if key not in asked.requests}, **asked.limits}
    requests = {
        key: limits[key] if key in limits and parse_quantity(limits[key]) < parse_quantity(amount) else amount
        for key, amount in _REQUESTS.items()
    }
    alone = {key: limit for key, limit in asked.limits.items() if key not in _REQUESTS}
    return {"requests": {**alone, **requests, **asked.requests}, "limits": limits}


def _probe(path: str, **numbers: int) -> Manifest:
    return {"httpGet": {"path": path, "port": "http"}, **numbers}


def _head(api_version: str, kind: str, bot: Desired, name: str, *, owned: bool = True) -> Manifest:
    metadata: Manifest = {"name": name, "namespace": bot.namespace, "labels": _labels(bot.name)}
    if owned:
        metadata["ownerReferences"] = [
            {
                "apiVersion": API_VERSION,
                "kind": KIND,
                "name": bot.name,
                "uid": bot.uid,
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ]
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def _selector(bot: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": "tradingbot", BOT_LABEL: bot}


def _labels(bot: str) -> dict[str, str]:
    return {**_selector(bot), "app.kubernetes.io/instance": bot, **MANAGED}
