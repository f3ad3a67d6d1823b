"""What lies in configs/ and docs/ is good and up to date."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bots.commands.validate import check_files
from bots.config import json_schema, load_document
from bots.config.reference import reference
from strategies.registry import entry_names, exit_names
from tests.unit.config.documents import ROOT, SCHEMA, SHIPPED, accepted


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_document_is_good_and_without_warnings(path: Path) -> None:
    checked = check_files([path])
    assert (checked.faults, checked.warnings) == ((), ())
    assert checked.documents[0][1].description


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_document_names_the_schema_first(path: Path) -> None:
    assert next(iter(json.loads(path.read_text()).items())) == ("$schema", f"./schema/{SCHEMA.name}")


def test_every_broker_source_entry_and_exit_is_shown() -> None:
    documents = [load_document(path) for path in SHIPPED]
    assert {document.broker.type for document in documents} == {"mock", "binance_paper", "binance", "ibkr"}
    assert {document.data.data_source for document in documents} == {"mock", "replay", "binance", "yahoo", "ibkr"}
    logics = [(document.strategy.entry_logic, document.strategy.exit_logic) for document in documents]
    assert {entry.name for entry, _ in logics if entry} == set(entry_names())
    assert {exit.name for _, exit in logics if exit} == set(exit_names())


def test_the_shipped_schema_is_what_the_models_say() -> None:
    assert json.loads(SCHEMA.read_text()) == json_schema(), "run `make schema`"


def test_the_reference_is_what_the_models_say() -> None:
    text = (ROOT / "docs" / "document.md").read_text()
    assert text == reference(), "run `python -m bots.config.reference > docs/document.md`"


def test_the_references_first_example_is_the_shortest_document() -> None:
    example = reference().split("```json\n")[1].split("```")[0]
    assert json.loads(example) == json.loads(accepted().canonical_json())


def test_the_document_is_read_without_nautilus_pandas_or_numpy() -> None:
    loaded = "[m for m in ('nautilus_trader', 'pandas', 'numpy') if m in sys.modules]"
    code = f"import bots.commands.validate, sys; print({loaded})"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
