"""Bots in a cluster: found by their pods, whose tokens the operator's key gives; their documents are resources."""

import ipaddress
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bots.console.api_server import ApiServer
from bots.console.fleet import BotAt
from bots.resource.keys import read_key, token_for
from bots.resource.names import BOT_LABEL, GROUP, PLURAL, VERSION
from strategies.errors import BotUnreachableError, ClusterError

_SELECTOR = "app.kubernetes.io/name=tradingbot,app.kubernetes.io/managed-by=tradingbot-operator"
_PORT = 8080


class InCluster:
    """See Fleet.

    Parameters
    ----------
    api : ApiServer
        Knows the pods.
    namespaces : sequence of str
        Where to look; everywhere if empty.
    key : bytes
        The operator's.
    """

    def __init__(self, api: ApiServer, namespaces: Sequence[str], key: bytes) -> None:
        self._api, self._namespaces, self._key = api, tuple(namespaces), key

    @classmethod
    def from_pod(cls, namespaces: Sequence[str], key_file: Path, environ: Mapping[str, str]) -> "InCluster":
        """Look as the service account of this process' pod.

        Raises
        ------
        StartError
            If this is no pod, or if the key cannot be used.
        """
        return cls(ApiServer.of_pod(environ), namespaces, read_key(key_file))

    async def bots(self) -> Sequence[BotAt]:
        """See Fleet."""
        pods = []
        for namespace in self._namespaces or (None,):
            # From the API server's memory: whoever asks this often need not see the very last change.
            query = {"labelSelector": _SELECTOR, "resourceVersion": "0"}
            pods += await self._api.list("api/v1", namespace, "pods", query)
        return bots_of(pods, self._key)

    async def document(self, bot: BotAt) -> Mapping[str, Any]:
        """See Fleet."""
        namespace, name = bot.key
        query = {"fieldSelector": f"metadata.name={name}"}
        try:
            found = await self._api.list(f"apis/{GROUP}/{VERSION}", namespace, PLURAL, query)
        except ClusterError as error:
            raise BotUnreachableError(f"the document of {bot.name} cannot be read: {error}") from error
        for each in found:
            document = each.get("spec", {}).get("config")
            if isinstance(document, dict):
                return document
        raise BotUnreachableError(f"there is no TradingBot {namespace}/{name} any more")

    def where_its_log_is(self, bot: BotAt) -> str:
        """See Fleet."""
        namespace, name = bot.key
        return f"kubectl --namespace {namespace} logs statefulset/{name} --tail=50"

    async def close(self) -> None:
        """See Fleet."""
        await self._api.close()


def bots_of(pods: Sequence[Mapping[str, Any]], key: bytes) -> list[BotAt]:
    """Return the bots whose pods have an address; two of one name are called by their namespaces as well."""
    found: dict[tuple[str, str], str] = {}
    for pod in pods:
        metadata, ip = pod["metadata"], (pod.get("status") or {}).get("podIP")
        name = (metadata.get("labels") or {}).get(BOT_LABEL)
        if name and ip and (pod.get("status") or {}).get("phase") == "Running":
            host = f"[{ip}]" if ipaddress.ip_address(ip).version == 6 else ip
            found[metadata["namespace"], name] = f"http://{host}:{_PORT}"
    often = Counter(name for _, name in found)
    return [
        BotAt(name if often[name] == 1 else f"{namespace}/{name}", url, token_for((namespace, name), key),
              (namespace, name))
        for (namespace, name), url in sorted(found.items())
    ]  # fmt: skip
