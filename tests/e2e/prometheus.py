"""A real Prometheus for a test, on loopback."""

import json
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import yaml

from tests.e2e.kube import MORTAL, Kube
from tests.e2e.podmonitors import Discovery
from tests.e2e.waiting import NotYetError, wait_for


class Prometheus:
    """Prometheus with a configuration, such as `podmonitors.scraping` makes; `rules` is a file of alerts and rules."""

    def __init__(self, kube: Kube, config: dict[str, Any], rules: dict[str, Any] | None = None) -> None:
        self.kube, self.config, self.rules = kube, config, rules
        self._folder = tempfile.TemporaryDirectory(prefix="prometheus-")
        self._stack = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self.address = ""

    def __enter__(self) -> Self:
        """Start it and wait until it serves."""
        folder = Path(self._folder.name)
        config = dict(self.config)
        if self.rules is not None:
            (folder / "rules.yaml").write_text(yaml.safe_dump(self.rules))
            config["rule_files"] = [str(folder / "rules.yaml")]
        self._stack.enter_context(Discovery(self.kube, folder))
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
        self.kube.run("promtool", "check", "config", str(folder / "prometheus.yaml"))
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *(*MORTAL, "prometheus", f"--config.file={folder / 'prometheus.yaml'}"),
                    *(f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}"),
                ],
                env=self.kube.environment,
                stdout=log,
                stderr=log,
            )
        wait_for("Prometheus that serves", self._serves)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it and forget its data."""
        if self._process:
            self._process.kill()
            self._process.wait()
        self._stack.close()
        self._folder.cleanup()

    def log(self) -> str:
        """Return what it has logged."""
        return (Path(self._folder.name) / "log").read_text(errors="replace")

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """Return an instant vector: labels and value of each series."""
        answer = self._ask(f"/api/v1/query?{urlencode({'query': expression})}")
        return [(each["metric"], float(each["value"][1])) for each in answer["data"]["result"]]

    def targets(self) -> list[dict[str, Any]]:
        """Return the targets that it scrapes, each with `labels`, `health` and `lastError`."""
        found: list[dict[str, Any]] = self._ask("/api/v1/targets?state=active")["data"]["activeTargets"]
        return found

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that are pending or firing."""
        found: list[dict[str, Any]] = self._ask("/api/v1/alerts")["data"]["alerts"]
        return found

    def _serves(self) -> bool:
        if self._process and self._process.poll() is not None:
            raise AssertionError(f"Prometheus ended:\n{self.log()[-3000:]}")
        try:
            with urllib.request.urlopen(f"{self.address}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _ask(self, path: str) -> Any:
        try:
            with urllib.request.urlopen(self.address + path, timeout=10) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"Prometheus refuses {path}: {refused.read().decode()}") from None
        except OSError as error:
            raise NotYetError(f"Prometheus does not answer: {error}") from error
