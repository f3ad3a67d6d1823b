"""Documents to start from: those of the folder configs/, each with what it is, and the smallest one there is."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bots.config import Document, load_document
from bots.web.forms.splicing import remove
from strategies.errors import DocumentError
from strategies.registry import entry_names, exit_names

# Beside the packages in a checkout; the image has them in a place of its own.
_FOLDERS = (Path(__file__).parents[3] / "configs", Path("/app/configs"))
SMALLEST = "smallest"


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """A document to start from, as people choose it."""

    name: str
    text: str
    document: Document

    @property
    def rules(self) -> str:
        """Name its rules."""
        strategy = self.document.strategy
        logics = [logic.name for logic in (strategy.entry_logic, strategy.exit_logic) if logic is not None]
        return ", ".join(name.removesuffix("Mixin") for name in logics) or strategy.type


@cache
def starting_points() -> tuple[StartingPoint, ...]:
    """Return all, those on paper first."""
    found = [StartingPoint(SMALLEST, _smallest(), load_text(_smallest())), *_in_folder()]
    return tuple(sorted(found, key=lambda each: (each.document.mode != "paper", each.name != SMALLEST, each.name)))


def load_text(text: str) -> Document:
    """Return the document of a text that has no faults."""
    return Document.model_validate(json.loads(text))


def _in_folder() -> Iterator[StartingPoint]:
    folder = next((each for each in _FOLDERS if each.is_dir()), None)
    for path in sorted(folder.glob("*.json")) if folder is not None else ():
        try:
            document = load_document(path)
        except DocumentError:
            continue
        # Where it leads, there is nothing once the document lies elsewhere.
        yield StartingPoint(path.stem, remove(path.read_text("utf-8"), ("$schema",)), document)


def _smallest() -> str:
    values = {
        "description": "The smallest bot there is: a simulated market, play money, defaults for the rest.",
        "trading": {"symbol": "BTCUSDT"},
        "strategy": {
            "entry_logic": {"name": entry_names()[0], "params": {}},
            "exit_logic": {"name": exit_names()[0], "params": {}},
        },
    }
    return json.dumps(values, indent=2) + "\n"
