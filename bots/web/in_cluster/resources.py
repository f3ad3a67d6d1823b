"""TradingBots at the API server: read and changed, every refusal a sentence."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bots.config.wording import one_line
from bots.console.api_server import ApiServer
from bots.resource.names import API_VERSION, GROUP, KIND, PLURAL, VERSION
from bots.web.in_cluster.found import Key
from strategies.errors import (
    ChangedMeanwhileError,
    ClusterRefusedError,
    DocumentError,
    Fault,
    NameTakenError,
    NoSuchBotError,
)

type Body = Mapping[str, Any]

_MANAGER = "tradingbot-console"
_MERGE = "application/merge-patch+json"
_PATCH = "application/json-patch+json"
_WRITING = {"fieldManager": _MANAGER, "fieldValidation": "Strict"}
_PAGE = "500"
_WATCH_SECONDS = 240


class Resources:
    """The TradingBots of a cluster.

    Parameters
    ----------
    api : ApiServer
        Where they are.
    """

    def __init__(self, api: ApiServer) -> None:
        self._api = api

    async def all(self, namespace: str | None) -> tuple[list[Body], str]:
        """Return all of a namespace, or of all, and the state of the cluster that this was."""
        items: list[Body] = []
        query = {"limit": _PAGE}
        while True:
            with _told("list", namespace or "all namespaces"):
                page = await self._api.ask("GET", _path(namespace), query)
            items += page.get("items") or []
            about = page.get("metadata") or {}
            if not about.get("continue"):
                return items, str(about.get("resourceVersion") or "")
            query = {"limit": _PAGE, "continue": str(about["continue"])}

    async def watch(self, namespace: str | None, since: str) -> AsyncIterator[Body]:
        """Yield what happens to them from a state on, until the server has had enough."""
        query = {
            "watch": "true", "resourceVersion": since, "allowWatchBookmarks": "true",
            "timeoutSeconds": str(_WATCH_SECONDS),
        }  # fmt: skip
        with _told("watch", namespace or "all namespaces"):
            # A server that died without a word is not waited for for ever; bookmarks come once a minute.
            async for event in self._api.watch(_path(namespace), query, _WATCH_SECONDS + 30.0):
                yield event

    async def get(self, key: Key) -> Body:
        """Return one of them."""
        with _told("read", key[0], key):
            return await self._api.ask("GET", _path(*key))

    async def create(self, key: Key, spec: Body) -> Body:
        """Make one."""
        about = {"name": key[1], "namespace": key[0]}
        body = {"apiVersion": API_VERSION, "kind": KIND, "metadata": about, "spec": spec}
        with _told("create", key[0], key):
            return await self._api.ask("POST", _path(key[0]), _WRITING, body)

    async def merge(self, key: Key, change: Body) -> Body:
        """Merge a change into one; None takes a key away."""
        with _told("change", key[0], key):
            return await self._api.ask("PATCH", _path(*key), _WRITING, change, _MERGE)

    async def replace(self, key: Key, config: Body, version: str) -> Body:
        """Put a document in the place of another, if the resource is in this very state.

        Raises
        ------
        ChangedMeanwhileError
            If it is not.
        """
        change = [
            {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
            {"op": "replace", "path": "/spec/config", "value": config},
        ]
        with _told("change", key[0], key):
            return await self._api.ask("PATCH", _path(*key), _WRITING, change, _PATCH)

    async def delete(self, key: Key, uid: str) -> None:
        """Delete one, and not another of the same name."""
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
        with _told("delete", key[0], key):
            await self._api.ask("DELETE", _path(*key), None, body)


def _path(namespace: str | None, name: str = "") -> str:
    scope = f"/namespaces/{namespace}" if namespace else ""
    return f"/apis/{GROUP}/{VERSION}{scope}/{PLURAL}" + (f"/{name}" if name else "")


@contextmanager
def _told(verb: str, where: str, key: Key | None = None) -> Iterator[None]:
    """Tell people what the API server refuses."""
    try:
        yield
    except ClusterRefusedError as error:
        name = ".".join(key) if key is not None else ""
        said = one_line(str(error))
        if error.status in (401, 403) and error.reason != "AlreadyExists":
            words = f"the console may not {verb} TradingBots in {where}: look at the console's role ({said})"
            raise ClusterRefusedError(error.status, error.reason, words) from error
        if error.status == 404 and key is not None and verb == "create":
            words = f"no TradingBot can be made in {where}: {said}"
            raise DocumentError(name, [Fault("name", words)]) from error
        if error.status == 404 and key is not None:
            raise NoSuchBotError(f"there is no TradingBot {key[1]} in {key[0]} any more") from error
        if error.status == 409 and error.reason == "AlreadyExists":
            raise NameTakenError(f"there is a bot {name} already: choose another name") from error
        if error.status == 409:
            raise ChangedMeanwhileError(f"{name} was changed by somebody else meanwhile: look at it again") from error
        if error.status in (400, 422) and key is not None:
            raise DocumentError(name, faults_of(error)) from error
        raise


def faults_of(error: ClusterRefusedError) -> list[Fault]:
    """Return what the API server finds wrong with a resource, by the keys of the document."""
    faults = []
    for note in getattr(error, "__notes__", ()):
        place, _, words = one_line(note).partition(": ")
        faults.append(Fault(place.removeprefix("spec.config.") or "spec", words))
    return faults or [Fault("document", f"the API server refuses it: {one_line(str(error))}")]
