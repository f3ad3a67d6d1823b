"""The API server of the cluster in which this process runs."""

import json
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from bots.resource.in_cluster import in_cluster_server
from strategies.errors import ClusterError, ClusterRefusedError, ClusterUnreachableError, StartError

OPEN = "OPEN"
"""Type of the first event of each watch, which is ours: nothing has happened yet, and the server listens."""

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_TIMEOUT = aiohttp.ClientTimeout(total=10.0)
# etcd takes no larger object.
_LONGEST_LINE = 4_194_304
_TOO_MANY = 429
_BROKEN = (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError)


class ApiServer:
    """Asks as the service account of the pod.

    Parameters
    ----------
    server : str
        Its address.
    account : Path
        The folder with the account's token and the server's authority.
    """

    def __init__(self, server: str, account: Path = _ACCOUNT) -> None:
        self._server, self._token_file = server, account / "token"
        trust = ssl.create_default_context(cafile=str(account / "ca.crt")) if server.startswith("https:") else True
        self._session = aiohttp.ClientSession(
            timeout=_TIMEOUT, connector=aiohttp.TCPConnector(ssl=trust), trust_env=False
        )

    @classmethod
    def of_pod(cls, environ: Mapping[str, str]) -> "ApiServer":
        """Return the server of this pod's cluster.

        Raises
        ------
        StartError
            If this is no pod, or one without a service account's token.
        """
        server = in_cluster_server(environ)
        if server is None or not (_ACCOUNT / "token").exists():
            raise StartError("this is no pod of a cluster with a token of its service account: name bots by --bot")
        return cls(server)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def list(self, group: str, namespace: str | None, plural: str, query: Mapping[str, str]) -> list[Any]:
        """Return the objects that a query selects, in a namespace or in all.

        Raises
        ------
        ClusterError
            If the server does not answer, or answers no.
        """
        path = f"/{group}/{f'namespaces/{namespace}/' if namespace else ''}{plural}"
        try:
            said = await self.ask("GET", path, query)
        except ClusterRefusedError as error:
            if error.status in (401, 403, 404):
                told = f"{plural} cannot be listed, HTTP status {error.status}: look at the console's role"
                raise ClusterRefusedError(error.status, "", told) from error
            raise ClusterUnreachableError(f"the API server answers {path} with {error.status}") from error
        items = said.get("items")
        if items is None:
            raise ClusterUnreachableError(f"the API server does not answer: {path}: KeyError")
        return items if isinstance(items, list) else []

    async def ask(
        self,
        verb: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
        media: str = "application/json",
    ) -> Mapping[str, Any]:
        """Return what the server answers to a request.

        Raises
        ------
        ClusterRefusedError
            If it says no; the message is its own, and `__notes__` holds its causes, one `field: words` each.
        ClusterUnreachableError
            If it does not answer, or asks to come again later.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": media} if data is not None else {}
        try:
            async with self._session.request(
                verb, self._server + path, params=query, data=data, headers=headers | self._token(),
                allow_redirects=False,
            ) as response:  # fmt: skip
                said = await response.read()
                if response.status >= 300:
                    raise _refusal(response.status, said, path)
                told = json.loads(said)
                return told if isinstance(told, dict) else {}
        except _BROKEN as error:
            raise ClusterUnreachableError(f"the API server does not answer: {path}: {type(error).__name__}") from error

    async def watch(self, path: str, query: Mapping[str, str], seconds: float) -> AsyncIterator[Mapping[str, Any]]:
        """Yield the events of a watch until the server ends it, or is silent for so long; the first is `OPEN`.

        Raises
        ------
        ClusterError
            As `ask` does.
        """
        timeout = aiohttp.ClientTimeout(total=None, connect=10.0, sock_read=seconds)
        try:
            async with self._session.get(
                self._server + path, params=query, headers=self._token(), timeout=timeout, allow_redirects=False
            ) as response:
                if response.status >= 300:
                    raise _refusal(response.status, await response.read(), path)
                yield {"type": OPEN, "object": {"metadata": {"resourceVersion": query["resourceVersion"]}}}
                async for line in _lines(response.content.iter_any()):
                    event = json.loads(line)
                    if isinstance(event, dict):
                        yield event
        except _BROKEN as error:
            raise ClusterUnreachableError(f"the API server ends a watch: {path}: {type(error).__name__}") from error

    def _token(self) -> dict[str, str]:
        # Read at each use: Kubernetes replaces it under the running process.
        return {"Authorization": f"Bearer {self._token_file.read_text().strip()}"}


async def _lines(parts: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    begun = bytearray()
    async for part in parts:
        begun += part
        if b"\n" not in part:
            if len(begun) > _LONGEST_LINE:
                raise ValueError("a line without end")
            continue
        *lines, rest = bytes(begun).split(b"\n")
        begun = bytearray(rest)
        for line in filter(None, lines):
            yield line


def _refusal(status: int, said: bytes, path: str) -> ClusterError:
    try:
        told = json.loads(said)
    except ValueError:
        told = None
    told = told if isinstance(told, dict) else {}
    words = str(told.get("message") or f"HTTP status {status} of {path}")
    if status == _TOO_MANY or status >= 500:
        return ClusterUnreachableError(f"the API server asks to come again later: {words}")
    error = ClusterRefusedError(status, str(told.get("reason") or ""), words)
    details = told.get("details")
    causes = details.get("causes") if isinstance(details, dict) else None
    for cause in causes if isinstance(causes, list) else ():
        if isinstance(cause, dict):
            error.add_note(f"{cause.get('field', '')}: {cause.get('message', '')}")
    return error
