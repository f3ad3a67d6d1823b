"""A TradingBot as a test handles it: applied, changed, looked at, asked."""

import copy
import json
from collections.abc import Callable
from typing import Any

from bots.resource.names import API_VERSION, BOT_LABEL, KIND
from tests.e2e.kube import Kube, Manifest
from tests.e2e.pods import Pod
from tests.e2e.waiting import NotYetError, wait_for

# Bars a second, and rules that enter and leave often: trades within seconds, without network.
DOCUMENT: dict[str, Any] = {
    "version": "1.0",
    "broker": {"type": "mock", "initial_balance": 1000.0, "commission": 0.001},
    "trading": {"symbol": "BTCUSDT", "position_size": 0.1},
    "data": {"data_source": "mock", "interval": "1m", "lookback_bars": 50, "seed": 1, "speed": 60},
    "strategy": {
        "entry_logic": {"name": "RSIBBEntryMixin", "params": {"rsi_oversold": 60, "bb_dev": 0.2}},
        "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 10}},
    },
}

QUERY = """
import json, pathlib, sqlite3, sys
(path,) = pathlib.Path("/work/journal").glob("*.sqlite")
database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
database.row_factory = sqlite3.Row
print(json.dumps([dict(row) for row in database.execute(sys.argv[1])], default=str))
"""


def document(**sections: dict[str, Any]) -> dict[str, Any]:
    """Return a document that trades every few seconds, with some sections' keys replaced."""
    made = copy.deepcopy(DOCUMENT)
    for name, keys in sections.items():
        made[name] = made.get(name, {}) | keys
    return made


class Bot:
    """A TradingBot by its name, whether it exists yet or not."""

    def __init__(self, kube: Kube, namespace: str, name: str, *, reachable: bool) -> None:
        self.kube, self.namespace, self.name = kube, namespace, name
        self.pod = Pod(kube, namespace, f"{name}-0", reachable=reachable)

    def manifest(self, config: dict[str, Any] | None = None, **spec: Any) -> Manifest:
        """Return its manifest; spec's keys are those of the resource, such as `updatePolicy`."""
        return {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": {**spec, "config": config or document()},
        }

    def apply(self, config: dict[str, Any] | None = None, **spec: Any) -> None:
        """`kubectl apply` it, with the document and the spec given, all else left to its defaults."""
        self.kube.apply(self.manifest(config, **spec))

    def patch(self, **spec: Any) -> None:
        """Change some keys of its spec; None removes one."""
        self.kube.patch("tradingbots", self.name, {"spec": spec}, self.namespace)

    def annotate(self, **annotations: str | None) -> None:
        """Set annotations; write the key with `**{"tradingbots.dev/restart": "1"}`."""
        self.kube.patch("tradingbots", self.name, {"metadata": {"annotations": annotations}}, self.namespace)

    def delete(self) -> None:
        """Ask for its deletion and do not wait."""
        self.kube.delete("tradingbots", self.name, self.namespace)

    def get(self) -> Manifest:
        """Return the resource."""
        found = self.kube.get("tradingbots", self.name, self.namespace)
        if found is None:
            raise NotYetError(f"there is no TradingBot {self.namespace}/{self.name}")
        return found

    def status(self) -> Manifest:
        """Return the resource's status, empty as long as nobody has written it."""
        return dict(self.get().get("status", {}))

    def condition(self, kind: str) -> Manifest:
        """Return a condition of the resource's status, or nothing."""
        return next((dict(each) for each in self.status().get("conditions", []) if each["type"] == kind), {})

    def events(self) -> list[Manifest]:
        """Return what was told about the resource, oldest first."""
        found = [
            event
            for event in self.kube.list("events", self.namespace)
            if event["involvedObject"].get("kind") == KIND and event["involvedObject"].get("name") == self.name
        ]
        return sorted(found, key=lambda event: event.get("lastTimestamp") or event.get("eventTime") or "")

    def wait_event(self, reason: str) -> str:
        """Wait until an event of a reason was told, a moment after the status says so; return the last one's text."""
        what = f"an event {reason} of {self.namespace}/{self.name}"
        told = wait_for(what, lambda: [each for each in self.events() if each["reason"] == reason], bool, seconds=30)
        return str(told[-1]["message"])

    def pods(self) -> list[Manifest]:
        """Return all of its pods; there should never be more than one."""
        return self.kube.list("pods", self.namespace, f"{BOT_LABEL}={self.name}")

    def wait(
        self, what: str, until: Callable[[Manifest], object], *, seconds: float = 90, every: float = 0.2
    ) -> Manifest:
        """Wait until the resource's status satisfies a condition, and return the status."""
        return wait_for(f"{what} of {self.namespace}/{self.name}", self.status, until, seconds=seconds, every=every)

    def wait_phase(self, phase: str, *, seconds: float = 90) -> Manifest:
        """Wait for a phase of the current generation."""

        def look() -> Manifest:
            found = self.get()
            return {"generation": found["metadata"]["generation"], **found.get("status", {})}

        return wait_for(
            f"phase {phase} of {self.namespace}/{self.name}",
            look,
            lambda seen: seen.get("phase") == phase and seen.get("observedGeneration") == seen["generation"],
            seconds=seconds,
        )

    def wait_ready(self, *, seconds: float = 90) -> Manifest:
        """Wait until the resource's condition Ready is True, and return the status."""
        return self.wait(
            "readiness",
            lambda seen: any(
                each["type"] == "Ready" and each["status"] == "True" for each in seen.get("conditions", [])
            ),
            seconds=seconds,
        )

    def wait_gone(self, *, seconds: float = 90) -> None:
        """Wait until neither the resource nor a pod of it exists."""
        wait_for(
            f"end of {self.namespace}/{self.name}",
            lambda: (self.kube.get("tradingbots", self.name, self.namespace), self.pods()),
            lambda seen: seen == (None, []),
            seconds=seconds,
        )

    def told(self) -> Manifest:
        """Return what the bot itself says at /status; NotYetError while it does not."""
        code, body = self.pod.http("/status")
        if code != 200:
            raise NotYetError(f"{self.namespace}/{self.name} answers {code}: {body[:300]}")
        answer: Manifest = json.loads(body)
        return answer

    def wait_told(self, what: str, until: Callable[[Manifest], object], *, seconds: float = 90) -> Manifest:
        """Wait until what the bot itself says at /status satisfies a condition, and return it."""
        return wait_for(f"{what} of {self.namespace}/{self.name}", self.told, until, seconds=seconds, every=0.1)

    def wait_traded(self, trades: int = 1, *, seconds: float = 120) -> Manifest:
        """Wait until the bot has closed so many trades."""
        return self.wait_told(f"{trades} trades", lambda seen: seen["trades"] >= trades, seconds=seconds)

    def journal(self, query: str) -> list[dict[str, Any]]:
        """Return rows of the bot's journal (SQL on the tables of bots/journal/tables.py), read inside its pod."""
        rows: list[dict[str, Any]] = json.loads(self.pod.execute("python", "-c", QUERY, query))
        return rows

    def doubled_orders(self) -> list[dict[str, Any]]:
        """Return what must not be: two entries on one bar, and lots of which more was sold than bought."""
        entries = self.journal(
            "SELECT bar_time, count(*) AS entries FROM orders"
            " WHERE side = 'buy' AND status NOT IN ('rejected', 'never_sent') GROUP BY bar_time HAVING count(*) > 1"
        )
        lots = self.journal(
            "SELECT * FROM (SELECT lot,"
            " sum(CASE WHEN side = 'buy' THEN CAST(fills.quantity AS REAL) ELSE 0 END) AS bought,"
            " sum(CASE WHEN side = 'sell' THEN CAST(fills.quantity AS REAL) ELSE 0 END) AS sold"
            " FROM fills JOIN orders USING (client_order_id) GROUP BY lot) WHERE sold > bought * 1.000001"
        )
        return entries + lots
