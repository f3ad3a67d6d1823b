"""Asking the node's components whether they serve."""

import json
import ssl
import urllib.error
import urllib.request

from tests.e2e.cluster import images, places
from tests.e2e.cluster.components import Ports
from tests.e2e.cluster.errors import ClusterError


def ports() -> Ports:
    """Return the ports that the node listens on."""
    return Ports(**json.loads((places.STATE / "ports.json").read_text()))


def _api(path: str) -> str:
    """Ask the API server as its administrator; nothing while it does not answer."""
    try:
        context = ssl.create_default_context(cafile=str(places.KEYS / "ca.crt"))
        context.load_cert_chain(places.KEYS / "admin.crt", places.KEYS / "admin.key")
        with urllib.request.urlopen(f"https://127.0.0.1:{ports().api}{path}", timeout=5, context=context) as answer:
            return str(answer.read().decode())
    except (OSError, urllib.error.URLError):
        return ""


def api_is_ready() -> bool:
    """Say whether the API server is ready, and the store behind it."""
    return _api("/readyz") == "ok"


def node_is_ready() -> bool:
    """Say whether pods can be scheduled to the node."""
    text = _api(f"/api/v1/nodes/{places.NODE}")
    conditions = json.loads(text).get("status", {}).get("conditions", []) if text else []
    taints = json.loads(text).get("spec", {}).get("taints") if text else None
    return not taints and any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def pods_are_admitted() -> bool:
    """Say whether the default service account, without which no pod is admitted, is there."""
    return bool(_api("/api/v1/namespaces/default/serviceaccounts/default"))


def containerd_answers() -> bool:
    """Say whether containerd answers."""
    try:
        images.ctr("version")
    except ClusterError:
        return False
    return True


def answers(url: str) -> bool:
    """Say whether an address answers with 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
