"""A cluster as a test talks to it: kubectl and helm as people use them, and the API itself for what is polled."""

import json
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import urlencode

import yaml

from bots.resource.names import GROUP, VERSION
from tests.e2e.waiting import NotYetError

type Manifest = dict[str, Any]

PATHS = {
    "namespaces": "/api/v1",
    "nodes": "/api/v1",
    "persistentvolumes": "/api/v1",
    "pods": "/api/v1",
    "services": "/api/v1",
    "configmaps": "/api/v1",
    "secrets": "/api/v1",
    "events": "/api/v1",
    "persistentvolumeclaims": "/api/v1",
    "statefulsets": "/apis/apps/v1",
    "deployments": "/apis/apps/v1",
    "networkpolicies": "/apis/networking.k8s.io/v1",
    "leases": "/apis/coordination.k8s.io/v1",
    "customresourcedefinitions": "/apis/apiextensions.k8s.io/v1",
    "tradingbots": f"/apis/{GROUP}/{VERSION}",
}


# What a killed test run starts shall die with it, where the system can do that.
MORTAL = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()


class CommandError(AssertionError):
    """A command failed; `output` is all that it printed."""

    def __init__(self, command: list[str], code: int, output: str) -> None:
        super().__init__(f"`{' '.join(command)}` ended with {code}: {output.strip()[-4000:]}")
        self.output = output


class RefusedError(AssertionError):
    """The API server refused a request: `code` is its HTTP status, `reason` and `message` are its words."""

    def __init__(self, code: int, body: str) -> None:
        try:
            status = json.loads(body)
        except ValueError:
            status = {}
        self.code, self.reason = code, str(status.get("reason", ""))
        self.message = str(status.get("message", body))
        super().__init__(f"{code} {self.reason}: {self.message[:4000]}")


class Kube:
    """A cluster behind a kubeconfig.

    `kubectl proxy` answers the API's requests on loopback: it knows every way to log in, and outlives restarts of the
    API server. While that one is down, requests raise NotYetError, which `wait_for` takes for "look again".
    """

    def __init__(self, kubeconfig: Path | str, path: str) -> None:
        self.kubeconfig = str(kubeconfig)
        self.environment = {**os.environ, "KUBECONFIG": self.kubeconfig, "PATH": path}
        self._proxy: subprocess.Popen[str] | None = None
        self._address = ""
        self._folder = tempfile.TemporaryDirectory(prefix="e2e-")

    def __enter__(self) -> Self:
        """Start the proxy."""
        self._proxy = subprocess.Popen(
            # Reads and writes of what its own filter would refuse are the tests' business.
            [*MORTAL, "kubectl", "proxy", "--port=0", "--reject-paths=^$", "--reject-methods=^$"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._proxy.stdout is not None
        self._address = f"http://{self._proxy.stdout.readline().split()[-1]}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the proxy."""
        if self._proxy:
            self._proxy.kill()
            self._proxy.communicate()
        self._folder.cleanup()

    # As people do it.

    def kubectl(
        self, *arguments: str, namespace: str | None = None, given: str | None = None, seconds: float = 120
    ) -> str:
        """Run kubectl and return what it printed; CommandError if it fails."""
        scope = ["--namespace", namespace] if namespace else []
        return self.run("kubectl", *scope, *arguments, given=given, seconds=seconds)

    def helm(self, *arguments: str, seconds: float = 180) -> str:
        """Run helm and return what it printed; CommandError if it fails."""
        return self.run("helm", *arguments, seconds=seconds)

    def run(self, *command: str, given: str | None = None, seconds: float = 120) -> str:
        """Run any command with this cluster's KUBECONFIG."""
        done = subprocess.run(
            command,
            env=self.environment,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
        )
        if done.returncode:
            raise CommandError(list(command), done.returncode, done.stdout)
        return done.stdout

    def apply(self, what: str | Path | Manifest | Iterable[Manifest], namespace: str | None = None) -> str:
        """`kubectl apply` a manifest (text, file, dict or dicts) and return what it printed."""
        if isinstance(what, Path):
            text = what.read_text()
        elif isinstance(what, str):
            text = what
        else:
            items = [dict(what)] if isinstance(what, Mapping) else list(what)
            text = yaml.safe_dump_all(items, sort_keys=False)
        return self.kubectl("apply", "-f", "-", namespace=namespace, given=text)

    def write(self, text: str) -> Path:
        """Write a file that lives as long as this cluster is talked to, such as Helm's values."""
        handle, name = tempfile.mkstemp(dir=self._folder.name, suffix=".yaml", text=True)
        with os.fdopen(handle, "w") as file:
            file.write(text)
        return Path(name)

    # The API itself.

    def get(self, kind: str, name: str, namespace: str | None = None) -> Manifest | None:
        """Return an object, or None where there is none."""
        try:
            return self.request("GET", place(kind, namespace, name))
        except RefusedError as refused:
            if refused.code == 404:
                return None
            raise

    def list(self, kind: str, namespace: str | None = None, selector: str = "") -> list[Manifest]:
        """Return the objects of a kind, in one namespace or in all, chosen by labels."""
        query = f"?{urlencode({'labelSelector': selector})}" if selector else ""
        found: list[Manifest] = self.request("GET", place(kind, namespace) + query)["items"]
        return found

    def create(self, kind: str, body: Manifest, namespace: str | None = None) -> Manifest:
        """Create an object by a plain POST, past all that kubectl checks by itself."""
        return self.request("POST", place(kind, namespace), body)

    def patch(
        self, kind: str, name: str, change: Manifest, namespace: str | None = None, subresource: str = ""
    ) -> Manifest:
        """Merge a change into an object; None deletes a key."""
        path = place(kind, namespace, name) + (f"/{subresource}" if subresource else "")
        return self.request("PATCH", path, change, "application/merge-patch+json")

    def delete(self, kind: str, name: str, namespace: str | None = None, **options: Any) -> None:
        """Ask for an object's deletion and do not wait; options are those of DeleteOptions."""
        body = {"apiVersion": "v1", "kind": "DeleteOptions", **options}
        try:
            self.request("DELETE", place(kind, namespace, name), body)
        except RefusedError as refused:
            if refused.code != 404:
                raise

    def request(
        self, method: str, path: str, body: Manifest | None = None, media: str = "application/json"
    ) -> Manifest:
        """Make a request of the API server; RefusedError if it refuses, NotYetError if it does not answer."""
        answer: Manifest = json.loads(self.raw(method, path, body, media))
        return answer

    def raw(
        self, method: str, path: str, body: Manifest | None = None, media: str = "application/json", seconds: float = 30
    ) -> str:
        """Make a request of the API server and return the answer's text, such as /readyz or /metrics have."""
        with self.open(method, path, body, media, seconds) as answer:
            return answer.read().decode()

    def open(
        self, method: str, path: str, body: Manifest | None = None, media: str = "application/json", seconds: float = 30
    ) -> IO[bytes]:
        """Make a request and return the answer as a stream, for watches."""
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self._address + path, data, {"Content-Type": media}, method=method)
        try:
            answer: IO[bytes] = urllib.request.urlopen(asked, timeout=seconds)
        except urllib.error.HTTPError as refused:
            text = refused.read().decode(errors="replace")
            if refused.code in {429, 502, 503, 504}:
                raise NotYetError(f"the API server answers {refused.code}: {text[:300]}") from refused
            raise RefusedError(refused.code, text) from None
        except OSError as error:
            raise NotYetError(f"the API server does not answer: {error}") from error
        return answer


def place(kind: str, namespace: str | None = None, name: str | None = None) -> str:
    """Return the path of a kind of objects, or of one object, within the API."""
    scope = f"/namespaces/{namespace}" if namespace else ""
    return f"{PATHS[kind]}{scope}/{kind}" + (f"/{name}" if name else "")
