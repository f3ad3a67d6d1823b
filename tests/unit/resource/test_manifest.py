"""A document's file wrapped into a manifest, and the commands that print manifest and definition."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import example, given
from hypothesis import strategies as st

from bots.cli import main
from bots.config import load_document, parse_document
from bots.resource.crd import crd
from bots.resource.manifest import bot_name, manifest
from bots.resource.plain_yaml import Number, to_yaml
from strategies.errors import DocumentError
from tests.unit.config.documents import CONFIGS, minimal, put
from tests.unit.resource.test_structural import SCHEMA

NUMBERED = sorted(CONFIGS.glob("[0-9]*.json"))


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def write(folder: Path, document: Any, name: str = "bot.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize("path", NUMBERED, ids=lambda path: path.name)
def test_a_shipped_manifest_is_what_the_command_makes_of_its_document(path: Path) -> None:
    shipped = path.with_name(f"bot-{path.stem}.yaml")
    made = command("manifest", str(path)).stdout
    assert shipped.read_text() == made, f"run `tradingbot manifest configs/{path.name} > configs/{shipped.name}`"
    assert made.startswith(f"# Made by `tradingbot manifest {path.name}`.\n")


@pytest.mark.parametrize("path", NUMBERED, ids=lambda path: path.name)
def test_a_manifest_holds_the_document_whole_and_in_its_order(path: Path) -> None:
    made = yaml.safe_load(manifest(path).text)
    document = json.loads(path.read_text())
    document.pop("$schema")
    assert made["metadata"] == {"name": f"bot-{path.stem}"}
    assert json.dumps(made["spec"]["config"]) == json.dumps(document)
    assert parse_document(made["spec"]["config"]).canonical_json() == load_document(path).canonical_json()


def test_every_shipped_document_has_its_manifest() -> None:
    assert {path.stem for path in CONFIGS.glob("bot-*.yaml")} == {f"bot-{path.stem}" for path in NUMBERED}


def test_numbers_stay_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    text = json.dumps(minimal()).replace(
        '"BTCUSDT"', '"BTCUSDT", "position_size": 0.10, "max_exposure": 1.0, "price_step": 1e-5'
    )
    path.write_text(text, encoding="utf-8")
    lines = [line.strip() for line in manifest(path).text.splitlines()]
    assert {"position_size: 0.10", "max_exposure: 1.0", "price_step: 1.0e-5"} <= set(lines)


def test_what_is_asked_for_is_filled_in(tmp_path: Path) -> None:
    path = write(tmp_path, minimal())
    options = ("--name", "my-bot", "--namespace", "trading", "--secret", "keys", "--image", "example.com/bot:1")
    made = yaml.safe_load(command("manifest", str(path), *options).stdout)
    assert made["metadata"] == {"name": "my-bot", "namespace": "trading"}
    assert made["spec"] == {"image": "example.com/bot:1", "secretRef": {"name": "keys"}, "config": minimal()}


@pytest.mark.parametrize(
    ("file", "name"),
    [("0001.json", "bot-0001"), ("my_bot.json", "my-bot"), ("BTC fast.v2.json", "btc-fast-v2"), ("a.json", "a")],
)
def test_a_bots_name_is_made_of_its_files(file: str, name: str) -> None:
    assert bot_name(Path("configs") / file) == name


@pytest.mark.parametrize("file", ["___.json", "é.json", f"{'a' * 41}.json"])
def test_a_file_whose_name_makes_none_is_told_to_give_one(tmp_path: Path, file: str) -> None:
    result = command("manifest", str(write(tmp_path, minimal(), file)))
    assert result.exit_code == 1
    assert "is no name of a bot" in result.stderr
    assert "give one by --name" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("name", ["0001", "My-bot", "a-", "a.b", "a" * 41, ""])
def test_a_name_that_the_api_server_would_refuse_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DocumentError, match="is no name of a bot"):
        manifest(write(tmp_path, minimal()), name)


def test_a_name_is_judged_here_as_by_the_api_server() -> None:
    pattern, longest = (rule["rule"] for rule in SCHEMA["x-kubernetes-validations"])
    assert re.fullmatch(r"self\.metadata\.name\.matches\('(.*)'\)", pattern)
    assert longest == "self.metadata.name.size() <= 40"


def test_faults_of_the_document_are_told_as_validate_tells_them(tmp_path: Path) -> None:
    path = write(tmp_path, put(minimal(), "trading.position_size", 2))
    told = command("manifest", str(path))
    assert (told.exit_code, told.stdout) == (1, "")
    assert told.stderr == command("validate", str(path)).stdout


def test_real_money_without_a_secret_is_warned_of() -> None:
    told = command("manifest", str(CONFIGS / "0003.json"))
    assert "warning: " in told.stderr
    assert "real money is traded, make a Secret with BINANCE_API_KEY, BINANCE_API_SECRET" in told.stderr
    assert "  # secretRef:\n  #   name: bot-0003\n" in told.stdout
    told = command("manifest", str(CONFIGS / "0003.json"), "--secret", "keys")
    assert told.stderr == ""
    assert "#   name" not in told.stdout


def test_paper_money_without_messages_needs_no_secret() -> None:
    told = command("manifest", str(CONFIGS / "0001.json"))
    assert told.stderr == ""
    assert "secretRef" not in told.stdout


def test_the_definition_is_printed_for_kubectl() -> None:
    told = command("schema", "--crd")
    assert told.exit_code == 0
    assert yaml.safe_load(told.stdout) == crd()


def test_without_the_option_the_documents_schema_is_printed_as_before() -> None:
    assert json.loads(command("schema").stdout)["title"] == "Trading bot"


# --- YAML that every reader reads alike -----------------------------------------------------------------------------


@example("\x85")
@example("a\u2028b")
@given(st.recursive(st.text(max_size=30) | st.booleans() | st.none(), lambda inner: st.lists(inner, max_size=3)))
def test_what_is_written_is_read_back(value: object) -> None:
    assert yaml.safe_load(to_yaml({"value": value})) == {"value": value}


@pytest.mark.parametrize("text", ["1e3", "0o7", "1_000", "12:30", "y", "N", "", "1.0", "on", "null", "~", "0x1f", ".5"])
def test_a_text_that_some_readers_take_for_something_else_is_quoted(text: str) -> None:
    written = to_yaml({"value": text})
    assert written.startswith(('value: "', "value: '")), written
    assert yaml.safe_load(written) == {"value": text}


@pytest.mark.parametrize("number", ["1", "-0.5", "1.0", "1e5", "1E5", "1e+5", "2.50e-7", "100000000000000000000"])
def test_a_number_is_read_as_the_same_number(number: str) -> None:
    assert yaml.safe_load(to_yaml({"value": Number(number)})) == {"value": json.loads(number)}


def test_a_text_of_several_lines_keeps_them() -> None:
    assert to_yaml({"value": "one\ntwo\n"}) == "value: |\n  one\n  two\n"
