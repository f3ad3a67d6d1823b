"""A strict stand-in for the API server, in memory: the same methods as Api, and refusals where the real one refuses.

It knows uids, resource versions, times of creation, who set which field (server-side apply), immutable ConfigMaps,
volumes that cannot grow, finalizers and owners. What the operator has no right to do is an error of the test, not an
answer.
"""

import itertools
from collections.abc import AsyncIterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from api import Api
from bots.resource.status import status_schema
from resources import MANAGER
from seen import Key
from strategies.errors import ClusterRefusedError, ClusterUnreachableError
from tests.unit.operator.fields import Path, as_stored, at, leaves, merged, put_at
from tests.unit.operator.things import CONFIG, Json, metadata, pod_status
from tests.unit.resource.api_server import complaints
from world import KINDS, World

type Place = tuple[str, str, str]

# What the chart's role allows; `list` covers reading metadata only, too.
RIGHTS = {
    "ConfigMap": {"list", "create", "patch", "delete"},
    "Event": {"list", "create"},
    "Lease": {"get", "create", "update"},
    "NetworkPolicy": {"create", "patch"},
    "PersistentVolumeClaim": {"get", "list", "create", "patch"},
    "Pod": {"get", "list", "delete"},
    "Secret": {"create", "patch"},
    "Service": {"create", "patch"},
    "StatefulSet": {"get", "list", "create", "patch"},
    "TradingBot": {"get", "list", "patch", "patch status"},
}


class Call(NamedTuple):
    """One request of the operator."""

    verb: str
    kind: str
    name: str


class Cluster(Api):
    """Objects by kind, namespace and name, and a note of every call."""

    def __init__(self) -> None:
        self.objects: dict[Place, Json] = {}
        self.calls: list[Call] = []
        self.volumes_grow = False
        self._refusals: dict[tuple[str, str], Exception] = {}
        self._managers: dict[Place, dict[Path, str]] = {}
        self._numbers = itertools.count(1001)

    # --- What tests do and look at ---

    def refuse(self, verb: str, kind: str, error: Exception) -> None:
        """Refuse all calls of a kind from now on."""
        self._refusals[verb, kind] = error

    def relent(self) -> None:
        """Refuse nothing any more that was to be refused."""
        self._refusals.clear()

    def forget_calls(self) -> None:
        """Begin a new note of calls."""
        self.calls.clear()

    @property
    def writes(self) -> list[Call]:
        """What was changed or tried to, events aside."""
        return [call for call in self.calls if call.verb not in ("get", "list") and call.kind != "Event"]

    @property
    def told(self) -> list[str]:
        """Reasons of the events that the operator has posted, in their order."""
        return [body["reason"] for (kind, _, _), body in self.objects.items() if kind == "Event"]

    def notes(self, reason: str) -> list[str]:
        """Return the notes of the events of a reason."""
        return [b["message"] for (kind, _, _), b in self.objects.items() if kind == "Event" and b["reason"] == reason]

    def of_kind(self, kind: str) -> list[Json]:
        """Return all objects of a kind."""
        return [body for (one, _, _), body in self.objects.items() if one == kind]

    def there(self, kind: str, name: str) -> Json:
        """Return an object that has to be there."""
        return self.objects[kind, "desk", name]

    def put(self, kind: str, body: Json, manager: str = "somebody") -> Json:
        """Make or change an object as somebody else than the operator."""
        place = (kind, body["metadata"].get("namespace", "desk"), body["metadata"]["name"])
        body, known = deepcopy(body), self.objects.get(place)
        before = self._managers.get(place, {}) if known else {}
        kept = {path: before.get(path, manager) for path, value in leaves(body) if known and at(known, path) == value}
        self._managers[place] = {path: manager for path, _ in leaves(body)} | kept
        body["metadata"] |= {"namespace": place[1], "resourceVersion": str(next(self._numbers))}
        born = known["metadata"] if known else self._birth()
        body["metadata"] |= {key: born[key] for key in ("uid", "creationTimestamp")}
        self.objects[place] = body
        return body

    def add_bot(self, name: str = "btc", annotations: Json | None = None, **spec: Any) -> Key:
        """Apply a new TradingBot."""
        head = metadata(name, annotations=annotations or {})
        self.put("TradingBot", {"metadata": head, "spec": {"config": CONFIG, **spec}})
        return Key("desk", name)

    def change_bot(self, name: str = "btc", **spec: Any) -> None:
        """Apply a changed spec; what is not named stays."""
        body = deepcopy(self.there("TradingBot", name))
        body["spec"] |= spec
        body["metadata"]["generation"] += 1
        self.put("TradingBot", body)

    def annotate_bot(self, key: str, value: str | None, name: str = "btc") -> None:
        """Set an annotation of a TradingBot, or take it away."""
        body = deepcopy(self.there("TradingBot", name))
        annotations = body["metadata"].setdefault("annotations", {})
        annotations.pop(key, None)
        if value is not None:
            annotations[key] = value
        self.put("TradingBot", body)

    def delete_bot(self, name: str = "btc", at: str = "2026-01-02T00:00:00Z") -> None:
        """Delete a TradingBot in the background; it stays as long as it has finalizers."""
        body = deepcopy(self.there("TradingBot", name))
        body["metadata"]["deletionTimestamp"] = at
        self.put("TradingBot", body)
        self._collect()

    def mark_deleted(self, kind: str, name: str) -> None:
        """Delete an object that something holds on to: it stays until it is removed."""
        body = deepcopy(self.there(kind, name))
        body["metadata"]["deletionTimestamp"] = "2026-01-02T00:00:00Z"
        self.put(kind, body)

    def orphan(self, kind: str, name: str) -> None:
        """Take an object's owners away, as a deletion with --cascade=orphan does."""
        body = deepcopy(self.there(kind, name))
        del body["metadata"]["ownerReferences"]
        self.put(kind, body)

    def remove(self, kind: str, name: str) -> None:
        """Take an object away, unseen by any watch."""
        del self.objects[kind, "desk", name]

    def status(self, name: str = "btc") -> Json:
        """Return a TradingBot's status."""
        return self.there("TradingBot", name).get("status") or {}

    def condition(self, kind: str, name: str = "btc") -> tuple[str, str, str]:
        """Return status, reason and message of one of a TradingBot's conditions."""
        (one,) = (one for one in self.status(name)["conditions"] if one["type"] == kind)
        return one["status"], one["reason"], one["message"]

    def settle(self, **status: Any) -> None:
        """Have pods come and go as their StatefulSets say; `status` is as in pod_status."""
        for body in self.of_kind("Pod"):
            owner = self.objects.get(("StatefulSet", body["metadata"]["namespace"], body["metadata"]["name"][:-2]))
            if "deletionTimestamp" in body["metadata"] or owner is None or owner["spec"]["replicas"] == 0:
                self.remove("Pod", body["metadata"]["name"])
        for body in self.of_kind("StatefulSet"):
            name = f"{body['metadata']['name']}-0"
            if body["spec"]["replicas"] and ("Pod", "desk", name) not in self.objects:
                template = deepcopy(body["spec"]["template"])
                head = {**template["metadata"], "name": name}
                self.put("Pod", {"metadata": head, "spec": template["spec"], "status": {"phase": "Pending"}})
        for body in self.of_kind("Pod"):
            if "deletionTimestamp" not in body["metadata"] and body["status"] != pod_status(**status):
                self.put("Pod", {**body, "status": pod_status(**status)})

    def show(self, world: World) -> None:
        """Show a world all that there is, as watches do."""
        for (kind, _, _), body in list(self.objects.items()):
            if kind in KINDS:
                world.take(kind, body)
        for kind in KINDS:
            for place in world.places(kind):
                if (kind, *place) not in self.objects:
                    world.drop(kind, *place)

    # --- What the operator calls ---

    async def get(self, kind: str, namespace: str, name: str) -> Json | None:
        """See Api."""
        self._called("get", kind, name)
        return deepcopy(self.objects.get((kind, namespace, name)))

    async def metadata(self, kind: str, namespace: str | None, selector: str = "") -> AsyncIterator[Json]:
        """See Api."""
        self._called("list", kind, "")
        asked = dict(one.split("=") for one in selector.split(",")) if selector else {}
        for (one, where, _), body in list(self.objects.items()):
            labels = body["metadata"].get("labels") or {}
            if one == kind and namespace in (None, where) and asked.items() <= labels.items():
                yield {"metadata": deepcopy(body["metadata"])}

    async def find(self, kind: str, namespace: str, **query: str) -> list[Json]:
        """See Api."""
        self._called("list", kind, "")
        asked = dict(one.split("=") for one in query.pop("fieldSelector").split(","))
        if query or asked.keys() != {"involvedObject.uid", "reason"}:
            raise AssertionError(f"this stand-in cannot select by {query} and {asked}")
        return [
            deepcopy(body)
            for body in self.of_kind(kind)
            if body["metadata"]["namespace"] == namespace
            and body["involvedObject"]["uid"] == asked["involvedObject.uid"]
            and body["reason"] == asked["reason"]
        ]

    async def apply(self, manifest: Json, *, force: bool) -> Json:
        """See Api."""
        kind, head = manifest["kind"], manifest["metadata"]
        self._called("apply", kind, head["name"])
        place = (kind, head["namespace"], head["name"])
        wanted = as_stored(manifest)
        if place not in self.objects:
            return deepcopy(self.put(kind, wanted, MANAGER))
        body, managers = deepcopy(self.objects[place]), self._managers[place]
        asked = dict(leaves(wanted))
        taken = [
            path for path, value in asked.items() if managers.get(path, MANAGER) != MANAGER and at(body, path) != value
        ]
        if taken and not force:
            raise ClusterRefusedError(409, "Conflict", f"Apply failed with {len(taken)} conflicts: {taken}")
        for path in [path for path, manager in managers.items() if manager == MANAGER and path not in asked]:
            put_at(body, path, None)
            del managers[path]
        for path, value in asked.items():
            put_at(body, path, value)
            managers[path] = MANAGER
        self._check_change(kind, self.objects[place], body)
        if body != self.objects[place]:
            body["metadata"]["resourceVersion"] = str(next(self._numbers))
            self.objects[place] = body
        return deepcopy(body)

    async def create(self, manifest: Json) -> Json:
        """See Api."""
        kind, head = manifest["kind"], manifest["metadata"]
        self._called("create", kind, head["name"])
        if (kind, head["namespace"], head["name"]) in self.objects:
            raise ClusterRefusedError(409, "AlreadyExists", f'{kind} "{head["name"]}" already exists')
        return deepcopy(self.put(kind, manifest, MANAGER))

    async def replace(self, manifest: Json) -> Json:
        """See Api."""
        kind, head = manifest["kind"], manifest["metadata"]
        self._called("replace", kind, head["name"])
        known = self.objects[kind, head["namespace"], head["name"]]
        if known["metadata"]["resourceVersion"] != head["resourceVersion"]:
            raise ClusterRefusedError(409, "Conflict", "the object has been modified")
        return deepcopy(self.put(kind, manifest, MANAGER))

    async def patch(self, kind: str, namespace: str, name: str, patch: Mapping[str, Any], sub: str = "") -> Json:
        """See Api."""
        self._called(f"patch {sub}".strip(), kind, name)
        place = (kind, namespace, name)
        if place not in self.objects:
            raise ClusterRefusedError(404, "NotFound", f'{kind} "{name}" not found')
        before = self.objects[place]
        version = (patch.get("metadata") or {}).get("resourceVersion", before["metadata"]["resourceVersion"])
        if version != before["metadata"]["resourceVersion"]:
            raise ClusterUnreachableError("the object has been modified; it is looked at again")
        body = merged(before, {"status": patch["status"]} if sub == "status" else patch)
        if kind == "TradingBot" and (wrong := list(complaints(body.get("status", {}), status_schema()))):
            raise AssertionError(f"the API server refuses this status: {wrong}")
        if body != before:
            # What is patched is another manager's than what is applied, although both are the operator.
            changed = [path for path, value in leaves(body) if at(before, path) != value]
            self._managers[place] |= dict.fromkeys(changed, f"{MANAGER}, by a patch")
            body["metadata"]["resourceVersion"] = str(next(self._numbers))
            self.objects[place] = body
        self._collect()
        return deepcopy(body)

    async def delete(self, kind: str, namespace: str, name: str, uid: str) -> None:
        """See Api; a pod is on its way out until `settle`."""
        self._called("delete", kind, name)
        body = self.objects.get((kind, namespace, name))
        if body is None or body["metadata"]["uid"] != uid:
            return
        if kind == "Pod":
            self.put(kind, {**body, "metadata": {**body["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}})
        else:
            self.remove(kind, name)

    def _birth(self) -> Json:
        """Return what an object gets for good when it is made: every later one a second later."""
        number = next(self._numbers)
        made = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
        return {"uid": f"uid-{number}", "creationTimestamp": f"{made:%Y-%m-%dT%H:%M:%SZ}"}

    def _called(self, verb: str, kind: str, name: str) -> None:
        self.calls.append(Call(verb, kind, name))
        needed = {"apply": {"create", "patch"}, "replace": {"update"}}.get(verb, {verb})
        if not needed <= RIGHTS[kind]:
            raise AssertionError(f"the operator has no right to {verb} a {kind}")
        if (error := self._refusals.get((verb, kind))) is not None:
            raise error

    def _check_change(self, kind: str, old: Json, new: Json) -> None:
        if kind == "ConfigMap" and old.get("immutable") and old["data"] != new["data"]:
            raise ClusterRefusedError(422, "Invalid", "data: Forbidden: field is immutable when `immutable` is set")
        if kind == "PersistentVolumeClaim" and old["spec"] != new["spec"]:
            if old["spec"].get("storageClassName") != new["spec"].get("storageClassName"):
                raise ClusterRefusedError(422, "Invalid", "spec is immutable after creation")
            if not self.volumes_grow:
                raise ClusterRefusedError(403, "Forbidden", "only dynamically provisioned pvc can be resized")
        if kind == "StatefulSet" and old["spec"]["selector"] != new["spec"]["selector"]:
            raise ClusterRefusedError(422, "Invalid", "updates to statefulset spec are forbidden")

    def _collect(self) -> None:
        """Remove deleted bots that nothing holds any more, and what they own."""
        for bot in self.of_kind("TradingBot"):
            head = bot["metadata"]
            if "deletionTimestamp" in head and not head.get("finalizers"):
                self.remove("TradingBot", head["name"])
                for kind, where, name in list(self.objects):
                    owners = self.objects[kind, where, name]["metadata"].get("ownerReferences") or ()
                    if head["uid"] in {owner["uid"] for owner in owners}:
                        del self.objects[kind, where, name]
