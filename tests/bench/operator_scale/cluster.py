"""The API as the bench uses it: many objects put at once, and what became of them."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import aiohttp

from tests.bench.operator_scale.objects import NAMESPACE, Manifest
from tests.bench.operator_scale.plane import admin

_AT_ONCE = 20
_KINDS = {
    "ConfigMap": "api/v1/namespaces/{}/configmaps",
    "Namespace": "api/v1/namespaces",
    "NetworkPolicy": "apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "PersistentVolume": "api/v1/persistentvolumes",
    "PersistentVolumeClaim": "api/v1/namespaces/{}/persistentvolumeclaims",
    "Pod": "api/v1/namespaces/{}/pods",
    "Secret": "api/v1/namespaces/{}/secrets",
    "Service": "api/v1/namespaces/{}/services",
    "StatefulSet": "apis/apps/v1/namespaces/{}/statefulsets",
    "TradingBot": "apis/tradingbots.dev/v1alpha1/namespaces/{}/tradingbots",
    "CustomResourceDefinition": "apis/apiextensions.k8s.io/v1/customresourcedefinitions",
}
_APPLY = {"Content-Type": "application/apply-patch+yaml"}


class Cluster:
    """A client of the API server."""

    def __init__(self, server: str) -> None:
        self._server = server

    async def __aenter__(self) -> Self:
        """Connect."""
        connector = aiohttp.TCPConnector(ssl=admin(), limit=_AT_ONCE)
        self._session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=120))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go."""
        await self._session.close()

    async def apply(self, manifest: Manifest) -> None:
        """Apply an object, as kubectl does on the server's side."""
        name = manifest["metadata"]["name"]
        url = f"{self._url(manifest['kind'])}/{name}?fieldManager=bench&force=true"
        await self._ask("PATCH", url, data=json.dumps(manifest), headers=_APPLY)

    async def apply_all(self, manifests: Iterable[Manifest]) -> None:
        """Apply many, twenty at a time."""
        await _each(manifests, self.apply)

    async def all_of(self, kind: str, selector: str = "") -> list[Manifest]:
        """Return all objects of a kind."""
        told = await self._ask("GET", f"{self._url(kind)}?labelSelector={selector}")
        items: list[Manifest] = told["items"]
        return [{"kind": kind, "apiVersion": told["apiVersion"], **item} for item in items]

    async def delete_all(self, kind: str, selector: str = "") -> None:
        """Delete all objects of a kind, and wait until they are gone."""
        for each in await self.all_of(kind, selector):
            await self._ask("DELETE", f"{self._url(kind)}/{each['metadata']['name']}", missing=True)
        await self.until(lambda: self._none_of(kind, selector), 600, f"no {kind} is left")

    async def until(self, true: Callable[[], Awaitable[bool]], seconds: float, what: str) -> None:
        """Wait for something; looked at every second."""
        async with asyncio.timeout(seconds):
            while not await true():  # noqa: ASYNC110  # What is waited for lies in another process.
                await asyncio.sleep(1.0)

    async def ready_since(self) -> list[datetime]:
        """Return when each pod that is ready has become so."""
        return [
            datetime.fromisoformat(condition["lastTransitionTime"])
            for pod in await self.all_of("Pod")
            for condition in pod["status"].get("conditions", ())
            if condition["type"] == "Ready" and condition["status"] == "True"
        ]

    async def _none_of(self, kind: str, selector: str) -> bool:
        return not await self.all_of(kind, selector)

    async def _ask(self, verb: str, url: str, *, missing: bool = False, **more: Any) -> Any:
        async with self._session.request(verb, url, **more) as response:
            if response.status == 404 and missing:
                return None
            if response.status >= 400:
                raise RuntimeError(f"{verb} {url}: {response.status} {(await response.text())[:500]}")
            return await response.json()

    def _url(self, kind: str) -> str:
        return f"{self._server}/{_KINDS[kind].format(NAMESPACE)}"


async def _each(items: Iterable[Manifest], do: Callable[[Manifest], Awaitable[None]]) -> None:
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(item: Manifest) -> None:
        async with room:
            await do(item)

    await asyncio.gather(*(one(item) for item in items))
