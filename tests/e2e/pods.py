"""What a test does to a pod and asks of it, on any cluster."""

import json
import urllib.error
import urllib.request
from typing import Any

from tests.e2e.kube import Kube, Manifest, RefusedError, place
from tests.e2e.waiting import NotYetError, wait_for


class Pod:
    """A pod by its name; it may not exist yet, and may become another one under the same name."""

    def __init__(self, kube: Kube, namespace: str, name: str, *, reachable: bool) -> None:
        """Take a pod; `reachable` says whether pods' addresses can be reached from here."""
        self.kube, self.namespace, self.name, self._reachable = kube, namespace, name, reachable

    def get(self) -> Manifest:
        """Return the pod as the API has it."""
        found = self.kube.get("pods", self.name, self.namespace)
        if found is None:
            raise NotYetError(f"there is no pod {self.namespace}/{self.name}")
        return found

    @property
    def uid(self) -> str:
        """Name this very pod; another one under the same name has another."""
        return str(self.get()["metadata"]["uid"])

    @property
    def restarts(self) -> int:
        """Return how often its container was started again."""
        return int(self._container()["restartCount"])

    @property
    def container_id(self) -> str:
        """Return the container's id on its node."""
        return str(self._container().get("containerID", "")).rpartition("//")[2]

    @property
    def is_ready(self) -> bool:
        """Say whether it is ready and not about to be deleted."""
        pod = self.get()
        conditions = pod["status"].get("conditions", [])
        ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
        return ready and "deletionTimestamp" not in pod["metadata"]

    def wait_ready(self, *, other_than: str | None = None, seconds: float = 90) -> Manifest:
        """Wait until it is ready; `other_than` is the UID of an earlier pod of this name that does not count."""
        wait_for(
            f"ready pod {self.namespace}/{self.name}" + (f" other than {other_than}" if other_than else ""),
            self._summary,
            lambda seen: seen["ready"] and not seen["leaving"] and seen["uid"] != other_than,
            seconds=seconds,
        )
        return self.get()

    def wait_gone(self, uid: str, *, seconds: float = 90) -> None:
        """Wait until a pod of this UID no longer exists."""

        def same() -> Manifest | None:
            found = self.kube.get("pods", self.name, self.namespace)
            return found["status"] if found and found["metadata"]["uid"] == uid else None

        wait_for(f"end of pod {self.namespace}/{self.name}", same, lambda seen: seen is None, seconds=seconds)

    def delete(self, *, grace_seconds: int | None = None) -> None:
        """Delete it as `kubectl delete pod` does, without waiting."""
        options = {} if grace_seconds is None else {"gracePeriodSeconds": grace_seconds}
        self.kube.delete("pods", self.name, self.namespace, **options)

    def evict(self) -> None:
        """Evict it through the Eviction API; RefusedError with code 429 where a budget forbids it."""
        eviction = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": self.name, "namespace": self.namespace},
        }
        self.kube.request("POST", place("pods", self.namespace, self.name) + "/eviction", eviction)

    def execute(self, *command: str, container: str | None = None) -> str:
        """Run a command in the pod and return what it printed."""
        chosen = ["-c", container] if container else []
        return self.kube.kubectl("exec", self.name, *chosen, "--", *command, namespace=self.namespace)

    def logs(self, *, previous: bool = False) -> str:
        """Return what the pod has printed; `previous` is the container before the last restart."""
        options = ["--previous"] if previous else []
        return self.kube.kubectl("logs", self.name, "--all-containers", *options, namespace=self.namespace)

    def http(
        self,
        path: str,
        *,
        method: str = "GET",
        body: Any = None,
        token: str | None = None,
        port: int = 8080,
        seconds: float = 5,
    ) -> tuple[int, str]:
        """Ask the pod over HTTP and return status code and body; NotYetError while it does not answer.

        The pod is asked at its address where that can be reached, else through the API server, which keeps the token.
        """
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        if not self._reachable:
            if token:
                raise AssertionError("the API server's proxy passes no token on; this test needs the pod's address")
            try:
                target = place("pods", self.namespace, f"{self.name}:{port}") + f"/proxy{path}"
                return 200, self.kube.raw(method, target, body, seconds=seconds)
            except RefusedError as refused:
                return refused.code, refused.message
        address = self.get()["status"].get("podIP")
        if not address:
            raise NotYetError(f"pod {self.namespace}/{self.name} has no address yet")
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"http://{address}:{port}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=seconds) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()
        except OSError as error:
            raise NotYetError(f"pod {self.namespace}/{self.name} does not answer: {error}") from error

    def _container(self) -> Manifest:
        statuses = self.get()["status"].get("containerStatuses")
        if not statuses:
            raise NotYetError(f"pod {self.namespace}/{self.name} has no container yet")
        first: Manifest = statuses[0]
        return first

    def _summary(self) -> dict[str, Any]:
        pod = self.get()
        statuses = pod["status"].get("containerStatuses") or [{}]
        return {
            "uid": pod["metadata"]["uid"],
            "phase": pod["status"].get("phase"),
            "ready": statuses[0].get("ready", False),
            "leaving": "deletionTimestamp" in pod["metadata"],
            "restarts": statuses[0].get("restartCount"),
            "state": statuses[0].get("state"),
        }


def told_at(address: str) -> dict[str, Any]:
    """Return what a bot says at its pod's address, which needs no API server; NotYetError while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://{address}:8080/status", timeout=5) as answer:
            told: dict[str, Any] = json.loads(answer.read())
    except OSError as error:
        raise NotYetError(f"nobody answers at {address}: {error}") from error
    return told
