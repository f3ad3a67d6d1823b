"""The console in the browser as a test handles it: installed by the chart, reached as a person reaches it."""

import contextlib
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.kube import MORTAL, Kube, Manifest
from tests.e2e.operator_release import OperatorRelease
from tests.e2e.pods import Pod
from tests.e2e.waiting import NotYetError, wait_for
from tests.web.staging import PASSWORDS, write_users

_SECRET = "console-users"
PICTURES = Path(__file__).parents[2] / "build" / "e2e" / "web"


class WebConsole:
    """The console of a release, with pages and without a channel; there after `install`."""

    def __init__(self, kube: Kube, operator: OperatorRelease, folder: Path) -> None:
        self.kube, self.namespace = kube, operator.namespace
        self._operator, self._folder = operator, folder
        self.address = ""

    def install(self) -> None:
        """Have it run, and wait until it is ready."""
        users = write_users(self._folder / "users.json").read_text()
        kept = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": _SECRET},
            "stringData": {"users.json": users},
        }
        self.kube.delete("secrets", _SECRET, self.namespace)
        self.kube.create("secrets", kept, self.namespace)
        self._operator.install(console={"enabled": True, "web": {"enabled": True, "usersSecret": _SECRET}})
        wait_for("the console", lambda: self.pod.is_ready)

    def pods(self) -> list[Manifest]:
        return self.kube.list("pods", self.namespace, "app.kubernetes.io/name=tradingbot-operator-console")

    @property
    def pod(self) -> Pod:
        staying = [pod["metadata"]["name"] for pod in self.pods() if "deletionTimestamp" not in pod["metadata"]]
        if len(staying) != 1:
            raise NotYetError(f"the console has {len(staying)} pods")
        return Pod(self.kube, self.namespace, staying[0], reachable=True)

    @contextmanager
    def reached(self) -> Iterator[str]:
        """Reach it by `kubectl port-forward`, as docs/deploy.md shows, and return its address."""
        service = f"service/{self._operator.name}-console"
        command = ["kubectl", "port-forward", "--namespace", self.namespace, service, ":5000"]
        with subprocess.Popen(
            [*MORTAL, *command], env=self.kube.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as forward:
            assert forward.stdout is not None
            try:
                said = forward.stdout.readline()
                found = re.search(r"127\.0\.0\.1:(\d+)", said)
                assert found, f"kubectl port-forward says {said!r}"
                self.address = f"http://localhost:{found[1]}"
                yield self.address
            finally:
                forward.kill()

    @contextmanager
    def api(self, user: str) -> Iterator[httpx.Client]:
        """Log in by the API."""
        with httpx.Client(base_url=f"{self.address}/api/v1", timeout=90, headers={"Origin": self.address}) as client:
            told = client.post("/session", json={"user": user, "password": PASSWORDS[user]})
            assert told.status_code == 200, told.text
            client.headers["X-CSRF-Token"] = told.json()["csrf"]
            yield client

    def audited(self) -> list[tuple[str, str, str]]:
        """Return who did what to which bot, as the console's log says."""
        lines = []
        for line in self.pod.logs().splitlines():
            with contextlib.suppress(ValueError, KeyError, TypeError):
                told = _audit(json.loads(line))
                lines.append((told["user"], told["action"], f"{told['bot']}: {told['outcome']}"))
        return lines


def _audit(line: dict[str, Any]) -> dict[str, Any]:
    if "outcome" in line:
        return line
    told: dict[str, Any] = json.loads(line["message"])
    return told
