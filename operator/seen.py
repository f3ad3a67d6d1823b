"""What the API server has shown of bots, StatefulSets and pods: the few facts that decisions need. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bots.resource.names import ACCOUNT, APPLIED, BOT_LABEL, CONFIG, LAST_WORDS, REVISION

type Manifest = Mapping[str, Any]


class Key(NamedTuple):
    """Which bot."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class BotSeen:
    """A TradingBot."""

    metadata: Manifest
    spec: Manifest
    status: Manifest

    @property
    def uid(self) -> str:
        """Return which object of this name it is."""
        return str(self.metadata["uid"])

    @property
    def deleting(self) -> bool:
        """Say whether somebody has deleted it."""
        return "deletionTimestamp" in self.metadata

    @property
    def finalizers(self) -> list[str]:
        """Return what must happen before it goes."""
        return list(self.metadata.get("finalizers") or ())

    @property
    def annotations(self) -> Mapping[str, str]:
        """Return its annotations."""
        return self.metadata.get("annotations") or {}


@dataclass(frozen=True, slots=True)
class SetSeen:
    """A bot's StatefulSet."""

    uid: str
    version: int
    owner: str | None
    replicas: int
    applied: str | None
    last_words: str | None
    revision: str | None
    config_digest: str | None
    config_map: str | None
    image: str | None
    deleting: bool
    created: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a container's last run ended."""

    reason: str
    exit_code: int
    message: str
    finished: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class PodSeen:
    """A bot's pod."""

    name: str
    uid: str
    version: int
    revision: str | None
    config_map: str | None
    ip: str | None
    phase: str
    ready: bool
    running: bool
    deleting: bool
    restarts: int
    waiting: str | None
    waiting_message: str
    ended: Ended | None
    unschedulable: str | None
    disrupted: str | None
    reason: str | None
    deleted: str | None = None
    created: str = ""
    account: str = ""

    @property
    def has_run(self) -> bool:
        """Say whether a bot has ever run in it."""
        return self.running or self.ended is not None or self.restarts > 0


def bot_seen(body: Manifest) -> BotSeen:
    """Read a TradingBot."""
    metadata = {key: value for key, value in body["metadata"].items() if key != "managedFields"}
    return BotSeen(metadata, body.get("spec") or {}, body.get("status") or {})


def set_seen(body: Manifest) -> SetSeen:
    """Read a StatefulSet."""
    metadata, spec = body["metadata"], body["spec"]
    template = spec["template"]
    annotations = template["metadata"].get("annotations") or {}
    owners = metadata.get("ownerReferences") or ()
    return SetSeen(
        uid=metadata["uid"],
        version=version_of(body),
        owner=next((owner["uid"] for owner in owners if owner.get("controller")), None),
        replicas=spec.get("replicas", 1),
        applied=(metadata.get("annotations") or {}).get(APPLIED),
        last_words=(metadata.get("annotations") or {}).get(LAST_WORDS),
        revision=annotations.get(REVISION),
        config_digest=annotations.get(CONFIG),
        config_map=_config_map(template["spec"]),
        image=template["spec"]["containers"][0].get("image"),
        deleting="deletionTimestamp" in metadata,
        created=metadata.get("creationTimestamp") or "",
        account=annotations.get(ACCOUNT) or "",
    )


def pod_seen(body: Manifest) -> PodSeen:
    """Read a pod."""
    metadata, status = body["metadata"], body.get("status") or {}
    conditions = {condition["type"]: condition for condition in status.get("conditions") or ()}
    container: Manifest = next(
        (one for one in status.get("containerStatuses") or () if one["name"] == "bot"), {"restartCount": 0}
    )
    state, last = container.get("state") or {}, container.get("lastState") or {}
    waiting = state.get("waiting") or {}
    ended = state.get("terminated") or last.get("terminated")
    scheduled = conditions.get("PodScheduled") or {}
    annotations = metadata.get("annotations") or {}
    return PodSeen(
        name=metadata["name"],
        uid=metadata["uid"],
        version=version_of(body),
        revision=annotations.get(REVISION),
        config_map=_config_map(body["spec"]),
        ip=status.get("podIP"),
        phase=status.get("phase", "Pending"),
        ready=(conditions.get("Ready") or {}).get("status") == "True",
        running="running" in state,
        deleting="deletionTimestamp" in metadata,
        restarts=container["restartCount"],
        waiting=waiting.get("reason"),
        waiting_message=waiting.get("message") or "",
        ended=_ended(ended) if ended else None,
        unschedulable=scheduled.get("message") or "no node takes it" if scheduled.get("status") == "False" else None,
        disrupted=(conditions.get("DisruptionTarget") or {}).get("reason"),
        reason=status.get("reason"),
        deleted=metadata.get("deletionTimestamp"),
        created=metadata.get("creationTimestamp") or "",
        account=annotations.get(ACCOUNT) or "",
    )


def _ended(told: Manifest) -> Ended:
    return Ended(
        told.get("reason") or "Error", told.get("exitCode", 0), told.get("message") or "", told.get("finishedAt") or ""
    )


def key_of_child(body: Manifest) -> Key | None:
    """Return whose child it is, by its label."""
    metadata = body["metadata"]
    name = (metadata.get("labels") or {}).get(BOT_LABEL)
    return Key(metadata["namespace"], name) if name else None


def version_of(body: Manifest) -> int:
    """Return which state of an object it is: later ones have greater numbers."""
    return int(body["metadata"]["resourceVersion"])


def _config_map(pod_spec: Manifest) -> str | None:
    for volume in pod_spec.get("volumes") or ():
        if volume["name"] == "document" and "configMap" in volume:
            return str(volume["configMap"]["name"])
    return None
