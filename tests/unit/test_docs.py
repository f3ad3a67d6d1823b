"""The documentation says what the program does: links, commands, options, metrics, documents and examples."""

import importlib
import json
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from prometheus_client import generate_latest

import strategies.exits
from bots.bot import LiveTradingBot
from bots.cli import main
from bots.commands.backtesting import backtest_document
from bots.config import load, parse_document, schema
from bots.running.options import RunOptions
from bots.seen import history
from bots.seen.metrics import BotMetrics
from strategies import registry
from strategies.errors import DocumentError
from tests.made_bars import write_made_bars

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page."""

    page: str
    line: int
    language: str
    file: str | None
    text: str


# --- Reading the pages ------------------------------------------------------------------------------------------


def blocks_of(page: Path) -> Iterator[Block]:
    fence = re.compile(r"^( *)```(\w*)(?: file=(\S+))?\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
    text = page.read_text(encoding="utf-8")
    for found in fence.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(str(page.relative_to(ROOT)), line, found[2], found[3], found[4])


def prose_of(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"^( *)```.*?^\1```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ +(.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
FILES = {block.file: block.text for block in BLOCKS if block.file}


def named(block: Block) -> str:
    return f"{block.page}:{block.line}"


# --- Links ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose_of(page)):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors_of(file)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_names_the_place_where_it_was_written(page: Path) -> None:
    assert re.findall(r"/(?:root|home|Users|tmp)/\w*", page.read_text(encoding="utf-8")) == []


# --- Commands and options ---------------------------------------------------------------------------------------


def commands_written(page: Path) -> Iterator[list[str]]:
    """Yield what follows `tradingbot` in code spans and console blocks, up to the end of that command."""
    spans = re.findall(r"`([^`\n]+)`", prose_of(page))
    lines = [line for block in blocks_of(page) if block.language == "console" for line in block.text.splitlines()]
    typed = [line.strip().removeprefix("$ ") for line in lines if line.strip().startswith("$ ")]
    for text in [*spans, *typed]:
        for found in re.finditer(r"(?:^|[\s(])(?:\.venv/bin/)?tradingbot +([^|&;<>#)]+)", text):
            yield shlex.split(found[1])


def options_of(command: click.Command) -> set[str]:
    if isinstance(command, click.Group) and command is not main:
        return {option for inner in command.commands.values() for option in options_of(inner)}
    return {"--help", "-h"} | {name for parameter in command.params for name in parameter.opts if name[0] == "-"}


def test_every_command_and_option_in_the_pages_exists() -> None:
    wrong, seen = [], set()
    for page in PAGES:
        for words in commands_written(page):
            if words[0].startswith("-"):
                command: click.Command = main
            elif words[0] in main.commands:
                command = main.commands[words[0]]
                seen.add(words[0])
            else:
                wrong.append(f"{page.name}: tradingbot {' '.join(words)}")
                continue
            unknown = {word for word in words if word.startswith("--")} - options_of(command) - {"--version"}
            wrong += [f"{page.name}: tradingbot {words[0]} {option}" for option in unknown]
    assert wrong == []
    assert seen == set(main.commands), "a command is not documented"


def test_every_option_is_documented_and_no_other() -> None:
    existing = {option for command in main.commands.values() for option in options_of(command)} | {"--version"}
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    # The options of other programs are theirs.
    text = re.sub(r"^\$ (helm|kubectl|docker) .*$", "", text, flags=re.MULTILINE)
    written = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    assert written - existing == set()
    assert existing - written - {"-h"} == set()


def test_every_make_target_in_the_pages_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    written = {target for text in texts for target in re.findall(r"(?:`|\$ )make ([a-z][a-z-]+)", text)}
    assert {"demo", "test"} <= written
    assert written - targets == set()


# --- What is seen from outside ----------------------------------------------------------------------------------


def rows_of(page: str, first: str) -> list[list[str]]:
    """Return the rows of tables whose first cell begins like that, code marks taken off."""
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in cells if row[0].startswith(first)]


def test_the_table_of_metrics_lists_what_a_bot_exposes(tmp_path: Path) -> None:
    status = LiveTradingBot(ROOT / "configs" / "0001.json", RunOptions(workdir=tmp_path)).get_status()
    times = {"last_bar": "2025-01-01T00:00:00Z", "last_bar_arrived": "2025-01-01T00:01:00Z"}
    metrics = BotMetrics("0001", ("time_limit",))
    metrics.watch_status(lambda: status | {"data_feed_status": status["data_feed_status"] | times})
    metrics.watch_means(tmp_path)

    text = generate_latest(metrics.registry).decode()

    exposed = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    assert {row[0]: row[1] for row in rows_of("docs/run.md", "tradingbot_")} == exposed


def test_the_table_of_addresses_lists_what_the_server_answers() -> None:
    served = re.findall(r'web\.get\("([^"]+)"', (ROOT / "bots" / "seen" / "server.py").read_text(encoding="utf-8"))
    assert sorted(row[0] for row in rows_of("docs/run.md", "/")) == sorted([*served, *history.ADDRESSES])


def test_the_table_of_the_status_names_its_keys(tmp_path: Path) -> None:
    status = LiveTradingBot(ROOT / "configs" / "0001.json", RunOptions(workdir=tmp_path)).get_status()
    section = (ROOT / "docs" / "run.md").read_text(encoding="utf-8").partition("| Key of the status")[2]
    rows = [line.split("|")[1] for line in section.partition("\n\n")[0].splitlines()[2:]]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(status)


# --- Examples ---------------------------------------------------------------------------------------------------


def forget_schemas() -> None:
    """Forget which rules there are, and what was made from that."""
    for known in (registry._exits, schema._schema, load._schema):
        known.cache_clear()


@pytest.fixture
def extended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install the examples of docs/extend.md: the mixin as a file of strategies/exits, the strategy as a package."""
    for name, text in FILES.items():
        path = tmp_path / str(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "my_strategies" / "__init__.py").touch()
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    metadata = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 1.0\n")
    points = [
        "\n".join([f"[{group}]", *(f"{name} = {place}" for name, place in offered.items())])
        for group, offered in project["entry-points"].items()
    ]
    (metadata / "entry_points.txt").write_text("\n".join(points) + "\n")

    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(strategies.exits, "__path__", [*strategies.exits.__path__, str(tmp_path / "strategies/exits")])
    forget_schemas()
    yield tmp_path
    forget_schemas()
    for name in set(sys.modules) - before:
        if name.startswith(("my_strategies", "strategies.exits.")):
            del sys.modules[name]
    vars(strategies.exits).pop("sma_cross", None)


def documents() -> list[Block]:
    """Return the documents that stand in the pages; what has a file's name is tried elsewhere."""
    plain = [block for block in BLOCKS if block.language == "json" and block.file is None]
    return [block for block in plain if "strategy" in json.loads(block.text)]


@pytest.mark.parametrize("block", documents(), ids=named)
@pytest.mark.usefixtures("extended")
def test_every_document_in_the_pages_is_good(block: Block) -> None:
    assert parse_document(json.loads(block.text)).warnings() == ()


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "python"], ids=named)
def test_every_piece_of_python_compiles(block: Block) -> None:
    compile(block.text, named(block), "exec")


def test_the_examples_of_get_status_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = [b for b in BLOCKS if b.language == "python" and "get_status" in b.text]
    assert {block.page for block in examples} == {"README.md", "docs/run.md"}
    (tmp_path / "0001.json").write_bytes((ROOT / "configs" / "0001.json").read_bytes())
    monkeypatch.chdir(tmp_path)
    for block in examples:
        exec(block.text, {})


def backtest_of(document: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """Trade a document on made bars and return its trades."""
    write_made_bars(folder / "bars.csv", 1500)
    (folder / "example.json").write_text(json.dumps(document | {"data": {"interval": "1m"}}), encoding="utf-8")
    backtest_document(folder / "example.json", folder / "bars.csv", folder / "out")
    trades: list[dict[str, Any]] = json.loads((folder / "out" / "trades.json").read_text(encoding="utf-8"))
    return trades


def example(word: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        json.loads(block.text) for block in documents() if block.page == "docs/extend.md" and word in block.text
    )
    return found


def test_the_mixin_of_the_page_trades_from_one_new_file(extended: Path) -> None:
    trades = backtest_of(example("SMACrossExitMixin"), extended)
    assert {trade["exit_reason"] for trade in trades[:-1]} == {"sma_cross"}


def test_the_mixins_own_test_of_the_page_passes(extended: Path) -> None:
    (extended / "page_test.py").write_text(FILES["tests/unit/strategies/test_sma_cross.py"], encoding="utf-8")
    tests = [value for name, value in vars(importlib.import_module("page_test")).items() if name.startswith("test_")]
    sys.modules.pop("page_test")
    assert len(tests) == 2
    for test in tests:
        test()


def test_the_strategy_of_the_page_trades_as_an_installed_package(extended: Path) -> None:
    trades = backtest_of(example("breakout"), extended)
    assert {trade["exit_reason"] for trade in trades[:-1]} == {"breakdown"}


@pytest.mark.usefixtures("extended")
def test_a_misspelt_parameter_of_the_packages_strategy_is_told_as_the_page_says() -> None:
    document = example("breakout")
    document["strategy"]["params"] = {"entry_perod": 30}
    with pytest.raises(DocumentError) as raised:
        parse_document(document, "breakout.json")
    assert f"{raised.value}\n" in [block.text for block in BLOCKS if block.page == "docs/extend.md"]


def test_the_examples_leave_nothing_behind() -> None:
    assert "SMACrossExitMixin" not in registry.exit_names()
    assert "breakout" not in registry.strategy_names()
