"""What benches have measured, and where, kept from run to run: by name, as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.figures import Measured


@dataclass(frozen=True, slots=True)
class Outcome:
    """One bench's outcome, and the machine on which it was measured."""

    machine: Mapping[str, str]
    measured: Measured

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON's values."""
        return {"machine": dict(self.machine), "measured": self.measured.to_json()}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Outcome":
        """Read it back."""
        return cls(told["machine"], Measured.from_json(told["measured"]))


def read_one(path: Path) -> Outcome:
    """Read one bench's outcome."""
    return Outcome.from_json(json.loads(path.read_text(encoding="utf-8")))


def write_one(path: Path, outcome: Outcome) -> None:
    """Write one bench's outcome."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(outcome.to_json(), indent=2) + "\n", encoding="utf-8")


def read_all(path: Path) -> dict[str, Outcome]:
    """Read the baseline; without a file there is none of any bench."""
    if not path.exists():
        return {}
    told = json.loads(path.read_text(encoding="utf-8"))
    return {name: Outcome.from_json(each) for name, each in told.items()}


def write_all(path: Path, outcomes: Mapping[str, Outcome]) -> None:
    """Write the baseline."""
    told = {name: outcome.to_json() for name, outcome in outcomes.items()}
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
