"""Who may import whom: the rooms of docs/architecture.md, held by a look at every import statement."""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("bots", "strategies", "adapters", "operator")
NAUTILUS = "nautilus_trader"


@dataclass(frozen=True, slots=True)
class Imports:
    """What one module imports, by when: as it is loaded, later inside a function, or only for the type checker."""

    loading: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    typing: frozenset[str] = frozenset()

    @property
    def running(self) -> frozenset[str]:
        return self.loading | self.later

    @property
    def all(self) -> frozenset[str]:
        return self.loading | self.later | self.typing


type Graph = Mapping[str, Imports]


# --- Reading the graph ------------------------------------------------------------------------------------------


@dataclass
class ImportReader(ast.NodeVisitor):
    """Collects the imports of one module, each with the kind of place where it stands."""

    module: str
    is_package: bool
    known: frozenset[str]
    place: str = "loading"
    found: dict[str, set[str]] = field(default_factory=lambda: {"loading": set(), "later": set(), "typing": set()})

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.add(alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            here = self.module.split(".")
            above = here[: len(here) - node.level + self.is_package]
            base = ".".join([*above, base] if base else above)
        for alias in node.names:
            # `from package import module` imports the module; anything else is a name inside the package.
            inner = f"{base}.{alias.name}"
            self.add(inner if inner in self.known else base)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.visit_in("later", node.body)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_in("later", node.body)

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            self.visit_in("typing", node.body)
            self.visit_in(self.place, node.orelse)
        else:
            self.generic_visit(node)

    def visit_in(self, place: str, body: Iterable[ast.stmt]) -> None:
        before, self.place = self.place, place if self.place == "loading" else self.place
        for statement in body:
            self.visit(statement)
        self.place = before

    def add(self, name: str) -> None:
        # The operator's modules lie in a plain folder and are imported by their bare names.
        sibling = f"operator.{name}"
        self.found[self.place].add(sibling if sibling in self.known else name)


def read_graph(root: Path) -> dict[str, Imports]:
    """Read the imports of every module in the rooms under `root`."""
    files = {module_name(path.relative_to(root)): path for room in ROOMS for path in (root / room).rglob("*.py")}
    known = frozenset(files)
    graph = {}
    for module, path in files.items():
        reader = ImportReader(module, path.name == "__init__.py", known)
        reader.visit(ast.parse(path.read_text(encoding="utf-8"), str(path)))
        graph[module] = Imports(**{place: frozenset(names) for place, names in reader.found.items()})
    return graph


def module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# --- The rules --------------------------------------------------------------------------------------------------


def violations(graph: Graph) -> list[str]:
    """Say every breach of the layers, one sentence each."""
    return [*forbidden_rooms(graph), *nautilus_outside_its_seam(graph), *nautilus_where_small(graph), *cycles(graph)]


def within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def forbidden_rooms(graph: Graph) -> Iterator[str]:
    if "operator" in graph:
        yield "operator has an __init__.py: it would hide Python's own operator"
    operators = {module for module in graph if within(module, "operator")}
    for module, imports in graph.items():
        for name in sorted(imports.all):
            # `import operator` is Python's own; only what lies in the folder counts.
            room = "operator" if name in operators else name.partition(".")[0]
            if room == "operator" and name not in operators:
                continue
            if not may_import(module, name, room):
                yield f"{module} imports {name}"


# Rooms of bots, and what lies outside them: what is decided must not know who runs it or who looks on.
NEVER_OUTWARDS = {
    "bots.config": (
        "bots.resource", "bots.trading", "bots.journal", "bots.running", "bots.seen", "bots.results", "bots.commands",
    ),
    "bots.resource": ("bots.trading", "bots.journal", "bots.running", "bots.seen", "bots.results", "bots.commands"),
    "bots.trading": (
        "bots.journal.store", "bots.journal.opening", "bots.notify", "bots.running", "bots.seen", "bots.results",
        "bots.commands", "sqlalchemy", "aiohttp", "asyncio", "logging",
    ),
    "bots.journal": ("bots.notify", "bots.running", "bots.seen", "bots.results", "bots.commands", "aiohttp", "asyncio"),
    "bots.notify": ("bots.journal", "bots.running", "bots.seen.server", "bots.console", "bots.commands"),
    "bots.console": ("bots.journal", "bots.running", "bots.seen.server", "bots.trading.trader", "bots.commands"),
    "bots.web": (
        "bots.running.session", "bots.running.life", "bots.running.node", "bots.seen.server", "bots.commands",
        "bots.notify",
    ),
    "bots.web.api": ("bots.journal", "bots.web.at_home", "bots.web.in_cluster", "sqlalchemy"),
    "bots.web.pages": ("bots.journal", "bots.web.at_home", "bots.web.in_cluster", "sqlalchemy"),
    "bots.web.forms": ("bots.journal", "bots.web.at_home", "bots.web.in_cluster", "bots.web.pages", "fastapi"),
    "bots.web.login": ("bots.journal", "bots.web.at_home", "bots.web.in_cluster", "bots.web.backtests", "sqlalchemy"),
    "bots.web.at_home": ("bots.web.in_cluster", "bots.web.pages", "bots.web.api", "fastapi"),
    "bots.web.in_cluster": ("bots.journal", "bots.web.at_home", "bots.web.pages", "bots.web.api", "fastapi"),
    "bots.seen": ("bots.running.session", "bots.running.life", "bots.journal", "bots.results.report", "bots.commands"),
}  # fmt: skip


# Who opens the console in the browser; nobody else knows of it.
OPENS_THE_WEB = (
    "bots.web", "bots.web_cli", "bots.commands.web_console", "bots.commands.users", "bots.commands.consoling",
    "bots.console",
)  # fmt: skip


def may_import(module: str, name: str, room: str) -> bool:
    if within(name, "bots.web") and not within(module, *OPENS_THE_WEB):
        return False
    if within(module, "strategies"):
        return room not in {"bots", "operator", "adapters"}
    if within(module, "adapters"):
        return room not in {"bots", "operator"}
    if within(module, "bots"):
        return room != "operator" and not any(
            within(module, inner) and within(name, *outer) for inner, outer in NEVER_OUTWARDS.items()
        )
    return room not in {"bots", "strategies", "adapters"} or within(
        name, "bots.config", "bots.resource", "bots.trading.halts", "strategies.errors"
    )


def may_import_nautilus(module: str) -> bool:
    if within(module, "adapters"):
        return module not in {"adapters", "adapters.registry"}
    return module in {"strategies.strategy", "bots.running.node"}


def must_stay_small(module: str) -> bool:
    if within(module, "strategies"):
        return module != "strategies.strategy"
    return module.startswith("bots.config") or within(module, "bots.resource", "bots.commands.validate", "operator")


def nautilus_outside_its_seam(graph: Graph) -> Iterator[str]:
    for module, imports in graph.items():
        if not may_import_nautilus(module) and any(within(name, NAUTILUS) for name in imports.all):
            yield f"{module} imports {NAUTILUS}"


def nautilus_where_small(graph: Graph) -> Iterator[str]:
    for module in graph:
        way = way_to_nautilus(graph, module)
        if must_stay_small(module) and len(way) > 2:
            yield f"{module} loads {NAUTILUS}: {' > '.join(way)}"


def way_to_nautilus(graph: Graph, start: str) -> list[str]:
    """Follow what loading a module loads, packages above it included, until Nautilus comes."""
    ways = {start: [start]}
    queue = [start]
    while queue:
        module = queue.pop(0)
        for name in sorted({*graph[module].loading, *above(module)}):
            if within(name, NAUTILUS):
                return [*ways[module], NAUTILUS]
            for loaded in (*above(name), name):
                if loaded in graph and loaded not in ways:
                    ways[loaded] = [*ways[module], loaded]
                    queue.append(loaded)
    return []


def above(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def cycles(graph: Graph) -> Iterator[str]:
    """Find modules that need each other to run; imports for the type checker alone are left out."""
    done: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> Iterator[str]:
        if module in path:
            yield f"cycle: {' > '.join((*path[path.index(module) :], module))}"
        elif module in graph and module not in done:
            for name in sorted(graph[module].running):
                yield from walk(name, (*path, module))
            done.add(module)

    for module in sorted(graph):
        yield from walk(module, ())


# --- This project -----------------------------------------------------------------------------------------------


def test_the_project_keeps_its_layers() -> None:
    graph = read_graph(ROOT)

    assert {"bots", "strategies.errors", "adapters"} <= graph.keys(), "the reader has lost sight of the project"
    assert violations(graph) == []


def test_the_operators_folder_is_no_package() -> None:
    assert (ROOT / "operator").is_dir()
    assert not (ROOT / "operator" / "__init__.py").exists()


def test_loading_the_document_and_its_resource_loads_neither_nautilus_nor_pandas() -> None:
    probe = (
        "import bots.config, bots.resource.crd, sys; print(sorted({'nautilus_trader', 'pandas'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout.strip()) == (0, "[]"), run.stderr


# --- The rules can fail -----------------------------------------------------------------------------------------


def loading(*names: str) -> Imports:
    return Imports(loading=frozenset(names))


BREACHES: dict[str, tuple[Graph, str]] = {
    "a decision that knows its database": (
        {"bots.trading.risk": loading("sqlalchemy.orm")},
        "bots.trading.risk imports sqlalchemy.orm",
    ),
    "a decision that knows who looks on": (
        {"bots.trading.trader": loading("bots.seen.metrics"), "bots.seen.metrics": loading()},
        "bots.trading.trader imports bots.seen.metrics",
    ),
    "strategies_import_bots": (
        {"bots": loading(), "strategies.x": loading("bots")},
        "strategies.x imports bots",
    ),
    "strategies_import_adapters": (
        {"strategies.x": loading("adapters.mock"), "adapters.mock": loading()},
        "strategies.x imports adapters.mock",
    ),
    "strategies_import_the_operator": (
        {"strategies.x": loading("operator.status"), "operator.status": loading()},
        "strategies.x imports operator.status",
    ),
    "adapters_import_bots_inside_a_function": (
        {"adapters.x": Imports(later=frozenset({"bots.trading.risk"}))},
        "adapters.x imports bots.trading.risk",
    ),
    "adapters_import_bots_for_types_only": (
        {"adapters.x": Imports(typing=frozenset({"bots.trading.risk"}))},
        "adapters.x imports bots.trading.risk",
    ),
    "bots_import_the_operator": (
        {"bots.x": loading("operator.status"), "operator.status": loading()},
        "bots.x imports operator.status",
    ),
    "the_operator_imports_a_bots_risk": (
        {"operator.main": loading("bots.trading.risk")},
        "operator.main imports bots.trading.risk",
    ),
    "the_operator_imports_a_strategy": (
        {"operator.main": loading("strategies.registry")},
        "operator.main imports strategies.registry",
    ),
    "the_operator_imports_a_name_that_only_begins_like_the_document": (
        {"operator.main": loading("bots.configure")},
        "operator.main imports bots.configure",
    ),
    "the_document_knows_the_resource_that_holds_it": (
        {"bots.config.x": loading("bots.resource.names"), "bots.resource.names": loading()},
        "bots.config.x imports bots.resource.names",
    ),
    "the_resource_knows_who_runs_it": (
        {"bots.resource.x": Imports(later=frozenset({"bots.running.options"}))},
        "bots.resource.x imports bots.running.options",
    ),
    "the_resource_loads_nautilus_through_a_strategy": (
        {
            "bots.resource.crd": loading("strategies.strategy"),
            "strategies.strategy": loading("nautilus_trader.trading"),
        },
        "bots.resource.crd loads nautilus_trader: bots.resource.crd > strategies.strategy > nautilus_trader",
    ),
    "the_operator_becomes_a_package": (
        {"operator": loading()},
        "operator has an __init__.py: it would hide Python's own operator",
    ),
    "a_mixin_imports_nautilus": (
        {"strategies.entries.x": loading("nautilus_trader.model")},
        "strategies.entries.x imports nautilus_trader",
    ),
    "the_journal_imports_nautilus_inside_a_function": (
        {"bots.journal": Imports(later=frozenset({"nautilus_trader"}))},
        "bots.journal imports nautilus_trader",
    ),
    "the_adapters_registry_imports_nautilus": (
        {"adapters.registry": loading("nautilus_trader")},
        "adapters.registry imports nautilus_trader",
    ),
    "the_document_loads_nautilus_through_a_client": (
        {"bots.config": loading("adapters.mock"), "adapters.mock": loading("nautilus_trader.model")},
        "bots.config loads nautilus_trader: bots.config > adapters.mock > nautilus_trader",
    ),
    "a_part_of_the_document_loads_nautilus_through_two_modules": (
        {
            "bots.config.x": loading("bots.y"),
            "bots.y": loading("bots.running.node"),
            "bots.running.node": loading("nautilus_trader"),
        },
        "bots.config.x loads nautilus_trader: bots.config.x > bots.y > bots.running.node > nautilus_trader",
    ),
    "the_validator_loads_nautilus_through_a_packages_init": (
        {
            "bots.commands.validate": loading("adapters.venues.x"),
            "adapters.venues": loading("nautilus_trader"),
            "adapters.venues.x": loading(),
        },
        "bots.commands.validate loads nautilus_trader: bots.commands.validate > adapters.venues > nautilus_trader",
    ),
    "a_mixin_loads_nautilus_through_the_one_strategy": (
        {"strategies.x": loading("strategies.strategy"), "strategies.strategy": loading("nautilus_trader.trading")},
        "strategies.x loads nautilus_trader: strategies.x > strategies.strategy > nautilus_trader",
    ),
    "two_modules_need_each_other": (
        {"bots.a": loading("bots.b"), "bots.b": loading("bots.a")},
        "cycle: bots.a > bots.b > bots.a",
    ),
    "two_modules_need_each_other_inside_a_function": (
        {"bots.a": loading("bots.b"), "bots.b": Imports(later=frozenset({"bots.a"}))},
        "cycle: bots.a > bots.b > bots.a",
    ),
}


@pytest.mark.parametrize(("graph", "sentence"), BREACHES.values(), ids=BREACHES)
def test_a_breach_is_told(graph: Graph, sentence: str) -> None:
    assert violations(graph) == [sentence]


def test_what_is_allowed_is_not_told() -> None:
    graph = {
        "bots.config": loading("strategies.errors", "adapters.registry", "operator"),
        "bots.cli": Imports(loading=frozenset({"bots.config"}), later=frozenset({"bots.running.node"})),
        "bots.running.node": Imports(
            loading=frozenset({"nautilus_trader.live", "adapters.mock", "strategies.strategy"}),
            typing=frozenset({"bots.cli"}),
        ),
        "strategies.errors": loading(),
        "strategies.strategy": loading("nautilus_trader.trading"),
        "adapters.registry": loading("strategies.errors"),
        "adapters.mock": loading("nautilus_trader.model"),
        "operator.main": loading("bots.config", "bots.resource", "strategies.errors", "operator.status", "kopf"),
        "bots.resource": loading("bots.config", "strategies.registry"),
        "strategies.registry": loading(),
        "operator.status": loading("operator"),
    }

    assert violations(graph) == []


# --- The reader sees every import -------------------------------------------------------------------------------


def test_the_reader_tells_apart_when_an_import_happens(tmp_path: Path) -> None:
    source = """
import json as j, bots.risk
from strategies import errors, bar as b, Nothing
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from nautilus_trader.model import Bar
else:
    import csv
try:
    import uvloop
except ImportError:
    pass
class A:
    import decimal
    async def f(self):
        import nautilus_trader.live
        def g():
            from .node import build
"""
    write(tmp_path, {"bots/x.py": source, "strategies/errors.py": "", "strategies/bar.py": "", "bots/node.py": ""})

    assert read_graph(tmp_path)["bots.x"] == Imports(
        loading=frozenset(
            {
                "json",
                "bots.risk",
                "strategies",
                "strategies.errors",
                "strategies.bar",
                "typing",
                "csv",
                "uvloop",
                "decimal",
            }
        ),
        later=frozenset({"nautilus_trader.live", "bots.node"}),
        typing=frozenset({"nautilus_trader.model"}),
    )


def test_the_reader_follows_relative_imports(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "bots/journal/__init__.py": "from .store import Store\nfrom .. import risk",
            "bots/journal/store.py": "from . import tables\nfrom ..risk import refuse\nfrom .tables import Order",
            "bots/journal/tables.py": "",
            "bots/risk.py": "",
        },
    )
    graph = read_graph(tmp_path)

    assert graph["bots.journal"] == loading("bots.journal.store", "bots.risk")
    assert graph["bots.journal.store"] == loading("bots.journal.tables", "bots.risk")


def test_the_reader_knows_the_operators_modules_by_their_bare_names(tmp_path: Path) -> None:
    files = {
        "operator/main.py": "import reconcile, operator",
        "operator/reconcile.py": "from operator import itemgetter",
    }
    write(tmp_path, files)

    assert read_graph(tmp_path) == {
        "operator.main": loading("operator.reconcile", "operator"),
        "operator.reconcile": loading("operator"),
    }


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
