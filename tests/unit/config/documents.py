"""Documents to start from, and ways to spoil them."""

import json
from pathlib import Path
from typing import Any

import pytest

from bots.config import Document, parse_document
from strategies.errors import DocumentError

ROOT = Path(__file__).parents[3]
CONFIGS = ROOT / "configs"
SCHEMA = CONFIGS / "schema" / "tradingbot.schema.json"
SHIPPED = sorted(set(CONFIGS.glob("*.json")) - {SCHEMA})

type Json = dict[str, Any]


def minimal() -> Json:
    """Return the shortest good document."""
    return {
        "trading": {"symbol": "BTCUSDT"},
        "strategy": {"entry_logic": {"name": "RSIBBEntryMixin"}, "exit_logic": {"name": "ATRExitMixin"}},
    }


def full() -> Json:
    """Return the seed's sample, in which every section is written out."""
    document: Json = json.loads((CONFIGS / "0002.json").read_text())
    return document


def put(document: Json, place: str, value: object) -> Json:
    """Set the value at `section.key`, making sections on the way, and return the document."""
    *sections, key = place.split(".")
    inner = document
    for section in sections:
        inner = inner.setdefault(section, {})
    inner[key] = value
    return document


def accepted(**values: object) -> Document:
    """Validate the minimal document with some values set, written as `section__key=value`."""
    document = minimal()
    for place, value in values.items():
        put(document, place.replace("__", "."), value)
    return parse_document(document)


def faults_of(document: object) -> dict[str, str]:
    """Return place -> message of a document that must be refused."""
    with pytest.raises(DocumentError) as caught:
        parse_document(document, "0001.json")
    return {fault.place: fault.message for fault in caught.value.faults}


def refusal(place: str, value: object) -> str:
    """Return what is said about one value in an otherwise good document, and see that nothing else is said."""
    faults = faults_of(put(full(), place, value))
    assert list(faults) == [place], faults
    return faults[place]
