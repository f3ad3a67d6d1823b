"""The operator as a process of this machine, asked for its metrics."""

import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.cluster import places

ROOT = Path(__file__).parents[3]
_PREFIX = "tradingbot_operator_"
_READS = {"GET", "LIST", "WATCH"}
SWEEP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Running:
    """An operator that runs."""

    pid: int
    port: int

    def writes(self) -> Counter[str]:
        """Return how often it has written objects of each kind, its Lease left out."""
        found: Counter[str] = Counter()
        for labels, value in self._samples("api_calls_total"):
            if labels["verb"] not in _READS and labels["kind"] != "Lease":
                found[labels["kind"]] += int(value)
        return found

    def running(self) -> int:
        """Return how many bots it counts as running."""
        return int(sum(value for labels, value in self._samples("bots") if labels["phase"] == "Running"))

    def waiting(self) -> int:
        """Return how many names wait to be looked at."""
        return int(sum(value for _, value in self._samples("queue_length")))

    def _samples(self, name: str) -> list[tuple[dict[str, str], float]]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
                text = answer.read().decode()
        except OSError:
            return []
        return [
            (sample.labels, sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == _PREFIX + name
        ]


@contextmanager
def operator(folder: Path, port: int) -> Iterator[Running]:
    """Run the operator beside the control plane."""
    key = folder / "key"
    key.write_text("0123456789abcdef" * 4)
    environment = {
        **os.environ,
        "KUBECONFIG": str(places.KUBECONFIG),
        "PYTHONPATH": str(ROOT),
        "TRADINGBOT_OPERATOR_NAMESPACE": "default",
        "TRADINGBOT_OPERATOR_POD": "bench",
        "TRADINGBOT_OPERATOR_BOT_IMAGE": "tradingbot:bench",
        "TRADINGBOT_OPERATOR_KEY_FILE": str(key),
        "TRADINGBOT_OPERATOR_SWEEP_SECONDS": str(SWEEP_SECONDS),
        "TRADINGBOT_OPERATOR_PORT": str(port),
    }
    kopf = str(Path(sys.executable).with_name("kopf"))
    command = [kopf, "run", "--standalone", "--log-format=json", "--all-namespaces", str(ROOT / "operator" / "main.py")]
    with (folder / "operator.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            yield Running(process.pid, port)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_it_serves(running: Running, seconds: float = 60.0) -> None:
    """Wait until it answers."""
    deadline = time.monotonic() + seconds
    while not running._samples("sweep_interval_seconds"):
        if time.monotonic() > deadline:
            raise TimeoutError("the operator does not answer")
        time.sleep(0.1)
