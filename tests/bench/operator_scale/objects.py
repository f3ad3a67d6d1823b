"""What is put into the cluster: bots, the volumes that they find, and the children of bots without their operator."""

import json
from pathlib import Path
from typing import Any

from bots.resource.names import API_VERSION, KIND

type Manifest = dict[str, Any]

NAMESPACE = "default"
BYTES = 7168
_DOCUMENT = Path(__file__).parents[3] / "configs" / "0001.json"
_OF_THE_SERVER = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "ownerReferences")
# What controllers and the server have chosen: a claim that names its old volume would wait for that one for ever.
_CHOSEN = {"PersistentVolumeClaim": ("volumeName",), "Service": ("clusterIP", "clusterIPs")}
_BY_CONTROLLERS = "pv.kubernetes.io/"


def bot(number: int) -> Manifest:
    """Return a TradingBot of which the document has 7 KB: most of it is what people write about it."""
    document = json.loads(_DOCUMENT.read_text(encoding="utf-8"))
    document.pop("$schema", None)
    document["description"] = ""
    document["description"] = f"{number:04} ".ljust(BYTES - len(json.dumps(document)), ".")
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": name(number), "namespace": NAMESPACE},
        "spec": {"config": document},
    }


def name(number: int) -> str:
    """Return the name of a bot."""
    return f"bot-{number:04}"


def volume(number: int, generation: str) -> Manifest:
    """Return the volume of a bot's claim, found without a search; nothing is ever written to it."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"{generation}-{number:04}"},
        "spec": {
            "capacity": {"storage": "100Gi"},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": "/nonexistent"},
            "claimRef": {"namespace": NAMESPACE, "name": f"{name(number)}-journal"},
        },
    }


def without_its_operator(child: Manifest) -> Manifest:
    """Return what the operator made as somebody would apply it by hand: without owner and without what was chosen."""
    metadata = {key: value for key, value in child["metadata"].items() if key not in _OF_THE_SERVER}
    noted = metadata.get("annotations", {})
    metadata["annotations"] = {key: value for key, value in noted.items() if not key.startswith(_BY_CONTROLLERS)}
    made = {key: value for key, value in child.items() if key != "status"} | {"metadata": metadata}
    if chosen := _CHOSEN.get(child["kind"]):
        made["spec"] = {key: value for key, value in child["spec"].items() if key not in chosen}
    return made
