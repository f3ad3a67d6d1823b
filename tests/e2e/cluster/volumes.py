"""The node's volumes: folders, offered as local volumes of a default StorageClass, which honour fsGroup.

There is no provisioner. A volume is offered again once the claim that held it is gone: emptied and made anew.
"""

import json
import shutil
import subprocess
from typing import Any

from tests.e2e.cluster import places
from tests.e2e.cluster.errors import ClusterError

CLASS = "local"
COUNT = 160
SIZE = "2Gi"


def offer() -> None:
    """Make the StorageClass and all volumes."""
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": CLASS, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    _create([storage_class, *(_volume(f"local-{number}") for number in range(COUNT))])


def recycle() -> int:
    """Offer the volumes again whose claim is gone, and return how many they were."""
    found = json.loads(_kubectl("get", "persistentvolumes", "-o", "json"))["items"]
    names = [
        volume["metadata"]["name"]
        for volume in found
        if volume["spec"].get("storageClassName") == CLASS and volume["status"].get("phase") == "Released"
    ]
    if names:
        _kubectl("delete", "persistentvolume", *names, "--wait=true", "--timeout=60s")
        for name in names:
            shutil.rmtree(places.VOLUMES / name, ignore_errors=True)
        _create([_volume(name) for name in names])
    return len(names)


def _volume(name: str) -> dict[str, Any]:
    path = places.VOLUMES / name
    path.mkdir(parents=True, exist_ok=True)
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [places.NODE]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": SIZE},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": CLASS,
            "local": {"path": str(path)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
        },
    }


def _create(items: list[dict[str, Any]]) -> None:
    _kubectl("create", "-f", "-", given=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def _kubectl(*arguments: str, given: str | None = None) -> str:
    run = subprocess.run(["kubectl", *arguments], input=given, capture_output=True, text=True, env=places.environment())
    if run.returncode:
        raise ClusterError(f"`kubectl {' '.join(arguments[:3])}` failed: {run.stderr[-2000:]}")
    return run.stdout
