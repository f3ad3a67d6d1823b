"""The Kubernetes API in plain dicts: short requests, errors of our own, every call counted.

The library's models are left aside: they cost half as much processor time again, and this operator writes dicts.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration

from resources import MANAGER, Manifest
from strategies.errors import ClusterError, ClusterRefusedError, ClusterUnreachableError

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
_METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_TIMEOUT_SECONDS = 10.0
_PAGE = 500
_CONNECTIONS = 32

PLURALS = {
    "ConfigMap": "api/v1/{}/configmaps",
    "Event": "api/v1/{}/events",
    "Lease": "apis/coordination.k8s.io/v1/{}/leases",
    "NetworkPolicy": "apis/networking.k8s.io/v1/{}/networkpolicies",
    "PersistentVolumeClaim": "api/v1/{}/persistentvolumeclaims",
    "Pod": "api/v1/{}/pods",
    "Secret": "api/v1/{}/secrets",
    "Service": "api/v1/{}/services",
    "StatefulSet": "apis/apps/v1/{}/statefulsets",
    "TradingBot": "apis/tradingbots.dev/v1alpha1/{}/tradingbots",
}


def path_of(kind: str, namespace: str | None, name: str = "", sub: str = "") -> str:
    """Return the path of a kind's objects in a namespace (None: in all), of one of them, or of its subresource."""
    inner = f"namespaces/{namespace}/" if namespace else ""
    path = "/" + PLURALS[kind].format(inner).replace("//", "/")
    return "/".join(part for part in (path, name, sub) if part)


class Api:
    """A connection to the API server.

    Parameters
    ----------
    counted : callable
        Told verb, kind and HTTP status (0 where there was none) of every call.
    """

    def __init__(self, client: ApiClient, counted: Callable[[str, str, int], None]) -> None:
        self._client = client
        self._counted = counted

    @classmethod
    async def connect(cls, counted: Callable[[str, str, int], None]) -> "Api":
        """Connect as the pod's service account, or as the kubeconfig says outside of a cluster."""
        configuration = Configuration()
        try:
            config.load_incluster_config(client_configuration=configuration)
        except config.ConfigException:
            await config.load_kube_config(client_configuration=configuration)
        configuration.connection_pool_maxsize = _CONNECTIONS
        return cls(ApiClient(configuration), counted)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def get(self, kind: str, namespace: str, name: str) -> Manifest | None:
        """Return an object, or None where there is none."""
        try:
            return await self._call("GET", kind, path_of(kind, namespace, name))
        except ClusterRefusedError as error:
            if error.status == 404:
                return None
            raise

    async def metadata(self, kind: str, namespace: str | None, selector: str = "") -> AsyncIterator[Manifest]:
        """Yield the metadata of a kind's objects, page by page: what they hold is not fetched."""
        follow = ""
        while True:
            query = {"limit": _PAGE, "labelSelector": selector, "continue": follow}
            page = await self._call("GET", kind, path_of(kind, namespace), query=query, accept=_METADATA_ONLY)
            for item in page.get("items") or ():
                yield item
            follow = page["metadata"].get("continue") or ""
            if not follow:
                return

    async def find(self, kind: str, namespace: str, **query: str) -> list[Manifest]:
        """Return a kind's objects that a query selects."""
        found = await self._call("GET", kind, path_of(kind, namespace), query=query)
        return list(found.get("items") or ())

    async def apply(self, manifest: Manifest, *, force: bool) -> Manifest:
        """Apply a manifest on the server's side; without `force` it is refused where others have set something else."""
        kind, metadata = manifest["kind"], manifest["metadata"]
        query = {"fieldManager": MANAGER, "force": str(force).lower(), "fieldValidation": "Strict"}
        path = path_of(kind, metadata["namespace"], metadata["name"])
        return await self._call("PATCH", kind, path, manifest, APPLY, query)

    async def create(self, manifest: Manifest) -> Manifest:
        """Create an object."""
        kind, namespace = manifest["kind"], manifest["metadata"]["namespace"]
        return await self._call("POST", kind, path_of(kind, namespace), manifest, query={"fieldManager": MANAGER})

    async def replace(self, manifest: Manifest) -> Manifest:
        """Replace an object, unless somebody else has changed it meanwhile."""
        kind, metadata = manifest["kind"], manifest["metadata"]
        return await self._call("PUT", kind, path_of(kind, metadata["namespace"], metadata["name"]), manifest)

    async def patch(self, kind: str, namespace: str, name: str, patch: Mapping[str, Any], sub: str = "") -> Manifest:
        """Change some fields of an object (JSON merge patch)."""
        query = {"fieldManager": MANAGER}
        try:
            return await self._call("PATCH", kind, path_of(kind, namespace, name, sub), dict(patch), MERGE, query)
        except ClusterRefusedError as error:
            if error.status == 409:
                raise ClusterUnreachableError(f"{error}; it is looked at again") from error
            raise

    async def delete(self, kind: str, namespace: str, name: str, uid: str) -> None:
        """Delete this very object, with the grace that it asks for itself; no other of its name."""
        options = {"preconditions": {"uid": uid}}
        try:
            await self._call("DELETE", kind, path_of(kind, namespace, name), options)
        except ClusterRefusedError as error:
            if error.status not in (404, 409):
                raise

    async def _call(
        self,
        verb: str,
        kind: str,
        path: str,
        body: Manifest | None = None,
        content: str = "application/json",
        query: Mapping[str, Any] | None = None,
        accept: str = "application/json",
    ) -> Manifest:
        code = 0
        try:
            request = await self._client.param_serialize(
                verb,
                path,
                query_params=[(key, value) for key, value in (query or {}).items() if value != ""],
                header_params={"Accept": accept, "Content-Type": content},
                body=body,
                auth_settings=["BearerToken"],
            )
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                response = await self._client.call_api(*request, _request_timeout=_TIMEOUT_SECONDS)
                code, data = response.status, await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            told = f"{verb} {path}: {type(error).__name__} {error}".rstrip()
            raise ClusterUnreachableError(f"the API server does not answer: {told}") from error
        finally:
            self._counted(verb, kind, code)
        return _read(code, data, f"{kind} {path.rsplit('/', 1)[-1]}")


def _read(code: int, data: bytes, what: str) -> Manifest:
    try:
        value = json.loads(data)
    except ValueError:
        value = {}
    if not isinstance(value, dict):
        # A proxy's words, not the API server's.
        value = {}
    if code < 300:
        return value
    told = f"{what}: {value.get('message') or f'HTTP status {code}'}"
    if code == 429 or code >= 500:
        raise ClusterUnreachableError(f"the API server asks to come again: {told}")
    raise ClusterRefusedError(code, value.get("reason") or "", told)


def first_line(error: ClusterError) -> str:
    """Return an error's first line: server-side messages may be long."""
    return str(error).split("\n", 1)[0][:1000]
