"""The API server of the cluster in which this process runs: lists, and nothing else."""

import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from bots.resource.in_cluster import in_cluster_server
from strategies.errors import ClusterRefusedError, ClusterUnreachableError, StartError

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_TIMEOUT = aiohttp.ClientTimeout(total=10.0)


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
            # Read at each use: Kubernetes replaces it under the running process.
            headers = {"Authorization": f"Bearer {self._token_file.read_text().strip()}"}
            async with self._session.get(
                self._server + path, params=query, headers=headers, allow_redirects=False
            ) as response:
                said = await response.read()
                if response.status in (401, 403, 404):
                    told = f"{plural} cannot be listed, HTTP status {response.status}: look at the console's role"
                    raise ClusterRefusedError(response.status, "", told)
                if response.status != 200:
                    raise ClusterUnreachableError(f"the API server answers {path} with {response.status}")
                items = json.loads(said)["items"]
                return items if isinstance(items, list) else []
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError) as error:
            raise ClusterUnreachableError(f"the API server does not answer: {path}: {type(error).__name__}") from error
