"""What sweeps are staged with: a document, bars, and a strategy that fails when it is told to."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from bots.cli import main
from strategies import registry
from tests.made_bars import write_made_bars

RSI = "strategy.entry_logic.params.rsi_period"
HELD = "strategy.exit_logic.params.max_bars"
DOCUMENT: dict[str, Any] = {
    "trading": {"symbol": "BTCUSDT"},
    "data": {"interval": "1m"},
    "strategy": {
        "entry_logic": {
            "name": "RSIBBEntryMixin",
            "params": {"e_rsi_period": 7, "rsi_oversold": 48, "bb_period": 10, "bb_dev": 0.5},
        },
        "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 5}},
    },
}
_DOOMED = """
import os, signal
from strategies.custom import CustomStrategy
from strategies.base import Logic, StrategySection
from strategies.params import Params


class DoomedParams(Params):
    end: str = ""


class Doomed(CustomStrategy):
    @classmethod
    def build(cls, section):
        own = StrategySection("custom", Logic("RSIBBEntryMixin"), Logic("TimeBasedExitMixin"))
        made = super().build(own)
        made.end = DoomedParams.model_validate(section.params).end
        return made

    def update(self, bar):
        super().update(bar)
        if self.end == "raise":
            raise ValueError("no such\\nmarket")
        if self.end == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.end == "print":
            print("words that belong to nobody")
        if self.end == "exit":
            raise SystemExit(3)
"""


def write_document(folder: Path, **sections: object) -> Path:
    """Write a document and the bars that it is traded on."""
    path = folder / "bot.json"
    path.write_text(json.dumps(DOCUMENT | sections))
    if not (folder / "bars.csv").exists():
        write_made_bars(folder / "bars.csv", 600)
    return path


def swept(folder: Path, *arguments: str, document: Path | None = None) -> Result:
    """Run the command on two processes; what it raises beyond an exit status is the test's."""
    path = document or write_document(folder)
    own = ["--bars", str(folder / "bars.csv"), "--out", str(folder / "out"), "--jobs", "2"]
    return CliRunner().invoke(main, ["sweep", str(path), *own, *arguments], catch_exceptions=False)


def lines_of(folder: Path) -> dict[int, dict[str, Any]]:
    """Return the lines of results by their combination's number."""
    lines = map(json.loads, (folder / "out" / "results.jsonl").read_text().splitlines()[1:])
    return {line["number"]: line for line in lines}


@contextmanager
def doomed_strategy(folder: Path) -> Iterator[None]:
    """Install a strategy that fails as its parameter `end` says."""
    package = folder / "packages"
    package.mkdir()
    (package / "doomed_rules.py").write_text(_DOOMED)
    metadata = package / "doomed-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: doomed\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[tradingbot.strategies]\ndoomed = doomed_rules:Doomed\n")
    sys.path.insert(0, str(package))
    try:
        yield
    finally:
        sys.path.remove(str(package))
        sys.modules.pop("doomed_rules", None)
    assert "doomed" not in registry.strategy_names()
