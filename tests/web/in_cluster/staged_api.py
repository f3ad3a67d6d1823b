"""An API server for TradingBots and pods, as strict as the real one where the console rests on that."""

import asyncio
import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bots.resource.names import BOT_LABEL, GROUP, VERSION

type Body = dict[str, Any]

TOKEN = "account-token"
_BOTS = f"/apis/{GROUP}/{VERSION}"


@dataclass
class Asked:
    """A request that came."""

    verb: str
    path: str
    query: Mapping[str, str]
    body: Any


@dataclass
class ApiDouble:
    """Keeps TradingBots, tells watches, and fails as it is told to."""

    bots: dict[tuple[str, str], Body] = field(default_factory=dict)
    pods: list[Body] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    version: int = 100
    # Verb to (status, reason, message, causes): what is refused.
    refusing: dict[str, tuple[int, str, str, list[Body]]] = field(default_factory=dict)
    # How many replacements somebody else comes before.
    rivals: int = 0
    page: int = 500
    watches: list["asyncio.Queue[Body | None]"] = field(default_factory=list)
    listed: int = 0
    watching: asyncio.Condition = field(default_factory=asyncio.Condition)

    # -- staged --------------------------------------------------------------------------------------------------

    def put(self, namespace: str, name: str, config: Any, status: Body | None = None, **spec: Any) -> Body:
        """Have a TradingBot, as if somebody had applied it."""
        before = self.bots.get((namespace, name))
        made: Body = {
            "metadata": {
                "namespace": namespace, "name": name, "uid": f"uid-{name}-{self.version}", "generation": 1,
                "annotations": {},
            },
            "spec": {"config": config, **spec},
            "status": status or {},
        }  # fmt: skip
        if before is not None:
            made["metadata"] |= {"uid": before["metadata"]["uid"], "generation": before["metadata"]["generation"] + 1}
        return self._keep(made, "ADDED" if before is None else "MODIFIED")

    def tell_status(self, namespace: str, name: str, **status: Any) -> None:
        """Write a status, as the operator does."""
        body = copy.deepcopy(self.bots[namespace, name])
        body["status"] = {**body["status"], **status}
        self._keep(body, "MODIFIED")

    def remove(self, namespace: str, name: str, *, told: bool = True) -> None:
        """Delete a TradingBot for good."""
        body = self.bots.pop((namespace, name))
        self.version += 1
        body["metadata"]["resourceVersion"] = str(self.version)
        if told:
            self._tell("DELETED", body)

    def run(self, namespace: str, name: str, address: str) -> None:
        """Have a pod that runs."""
        self.pods.append(
            {
                "metadata": {"namespace": namespace, "labels": {BOT_LABEL: name}},
                "status": {"podIP": address, "phase": "Running"},
            }
        )

    def expire(self) -> None:
        """Tell all watches that their state is forgotten."""
        status = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"}
        for watch in self.watches:
            watch.put_nowait({"type": "ERROR", "object": status})

    def bookmark(self) -> None:
        """Tell all watches how far they are."""
        self.version += 1
        self._tell("BOOKMARK", {"metadata": {"resourceVersion": str(self.version)}})

    def hang_up(self) -> None:
        """End all watches in the middle."""
        for watch in self.watches:
            watch.put_nowait(None)

    async def is_watched(self) -> None:
        """Wait for a watch."""
        async with asyncio.timeout(10), self.watching:
            await self.watching.wait_for(lambda: bool(self.watches))

    def said(self, verb: str) -> list[Asked]:
        """Return the requests of a kind."""
        return [each for each in self.asked if each.verb == verb]

    def read(self, namespace: str, name: str) -> Body | None:
        """Return what is answered to whoever reads one."""
        return self.bots.get((namespace, name))

    # -- served --------------------------------------------------------------------------------------------------

    def app(self) -> web.Application:
        """Return the server."""
        app = web.Application()
        app.router.add_route("*", "/api/v1/{tail:.*}", self._pods)
        app.router.add_route("*", _BOTS + "/{tail:.*}", self._answer)
        return app

    async def _pods(self, request: web.Request) -> web.StreamResponse:
        parts = request.path.split("/")
        place = parts[4] if "namespaces" in parts else None
        return web.json_response({"items": [pod for pod in self.pods if place in (None, pod["metadata"]["namespace"])]})

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        self.asked.append(Asked(request.method, request.path, dict(request.query), json.loads(text) if text else None))
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _no(401, "Unauthorized", "Unauthorized")
        verb = "WATCH" if request.query.get("watch") else request.method
        if verb in self.refusing:
            return _no(*self.refusing[verb])
        parts = request.path.removeprefix(_BOTS).strip("/").split("/")
        place, name = (parts[1], parts[3] if len(parts) > 3 else "") if parts[0] == "namespaces" else (None, "")
        match verb:
            case "WATCH":
                return await self._watch(request, place)
            case "GET" if not name:
                return self._list(request, place)
            case "POST":
                return self._create(self.asked[-1].body, str(place))
        body = self.read(str(place), name) if verb == "GET" else self.bots.get((str(place), name))
        if body is None:
            return _no(404, "NotFound", f'tradingbots.tradingbots.dev "{name}" not found')
        match verb:
            case "GET":
                return web.json_response(body)
            case "PATCH":
                return self._patch(copy.deepcopy(body), request.content_type)
            case _:
                return self._delete(body)

    def _list(self, request: web.Request, place: str | None) -> web.Response:
        self.listed += 1
        found = [body for key, body in sorted(self.bots.items()) if place in (None, key[0])]
        begin = int(request.query.get("continue", 0))
        more = str(begin + self.page) if len(found) > begin + self.page else ""
        about = {"resourceVersion": str(self.version), "continue": more}
        return web.json_response({"items": found[begin : begin + self.page], "metadata": about})

    async def _watch(self, request: web.Request, place: str | None) -> web.StreamResponse:
        assert request.query["allowWatchBookmarks"] == "true"
        response = web.StreamResponse()
        await response.prepare(request)
        events: asyncio.Queue[Body | None] = asyncio.Queue()
        since = int(request.query["resourceVersion"])
        # What has changed since is told as well: a watch that goes on misses nothing.
        for key, body in self.bots.items():
            if place in (None, key[0]) and int(body["metadata"]["resourceVersion"]) > since:
                events.put_nowait({"type": "MODIFIED", "object": copy.deepcopy(body)})
        self.watches.append(events)
        async with self.watching:
            self.watching.notify_all()
        try:
            while (event := await events.get()) is not None:
                line = json.dumps(event).encode() + b"\n"
                # In two pieces, as a network may bring it.
                await response.write(line[:20])
                await response.write(line[20:])
            return response
        finally:
            self.watches.remove(events)

    def _create(self, body: Body, place: str) -> web.Response:
        name = body["metadata"]["name"]
        if (place, name) in self.bots:
            return _no(409, "AlreadyExists", f'tradingbots.tradingbots.dev "{name}" already exists')
        made = self.put(place, name, **body["spec"])
        return web.json_response(made, status=201)

    def _patch(self, body: Body, media: str) -> web.Response:
        change, uid = self.asked[-1].body, body["metadata"]["uid"]
        before = copy.deepcopy(body)
        wanted = None
        if media == "application/json-patch+json":
            for step in change:
                if step["path"] == "/metadata/resourceVersion":
                    wanted = step["value"]
                else:
                    assert (step["op"], step["path"]) == ("replace", "/spec/config")
                    body["spec"]["config"] = step["value"]
            if self.rivals:
                self.rivals -= 1
                self.tell_status(body["metadata"]["namespace"], body["metadata"]["name"], trades=self.rivals)
                return _no(409, "Conflict", "the object has been modified")
        else:
            assert media == "application/merge-patch+json", media
            wanted = change.get("metadata", {}).get("resourceVersion")
            _merge(body, change)
        if wanted is not None and wanted != before["metadata"]["resourceVersion"]:
            return _no(409, "Conflict", "the object has been modified")
        assert body["metadata"]["uid"] == uid
        if body["spec"] != before["spec"]:
            body["metadata"]["generation"] += 1
        return web.json_response(self._keep(body, "MODIFIED"))

    def _delete(self, body: Body) -> web.Response:
        if self.asked[-1].body["preconditions"]["uid"] != body["metadata"]["uid"]:
            return _no(409, "Conflict", "the UID in the precondition does not match")
        if body["metadata"].get("finalizers"):
            body["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
            return web.json_response(self._keep(copy.deepcopy(body), "MODIFIED"))
        self.remove(body["metadata"]["namespace"], body["metadata"]["name"])
        return web.json_response({"kind": "Status", "status": "Success"})

    def _keep(self, body: Body, kind: str) -> Body:
        self.version += 1
        body["metadata"]["resourceVersion"] = str(self.version)
        self.bots[body["metadata"]["namespace"], body["metadata"]["name"]] = body
        self._tell(kind, body)
        return body

    def _tell(self, kind: str, body: Body) -> None:
        for watch in self.watches:
            watch.put_nowait({"type": kind, "object": copy.deepcopy(body)})


def _merge(body: Any, change: Any) -> None:
    for key, value in change.items():
        if value is None:
            body.pop(key, None)
        elif isinstance(value, dict):
            _merge(body.setdefault(key, {}), value)
        else:
            body[key] = value


def _no(status: int, reason: str, message: str, causes: list[Body] | None = None) -> web.Response:
    told = {"kind": "Status", "code": status, "reason": reason, "message": message, "details": {"causes": causes or []}}
    return web.json_response(told, status=status)
