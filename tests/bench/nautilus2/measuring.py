"""Nautilus 2 beside the Nautilus that the project has: what of it is there under which name, and what it would gain."""

import ast
import json
import subprocess
import sys
import venv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles

from tests.bench.bytecode import keep_bytecode
from tests.bench.figures import Measured, Ratio, Table
from tests.bench.memory import MIB, Memory, memory_of

ROOT = Path(__file__).resolve().parents[3]
NEWEST = "2.0.0rc7"
_HERE = Path(__file__).parent
_PLACE = ROOT / "build" / "bench" / "nautilus2"
_BARS, _TURNS = 2000, 5
_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class _Run:
    """One process: seconds to import and until the first bar, seconds from bar to order, and its memory then."""

    imported: float
    ready: float
    laps: Sequence[float]
    memory: Memory


_FIGURES: tuple[tuple[str, Callable[[_Run], float], str], ...] = (
    ("import", lambda run: run.imported, "s"),
    ("start to the first bar", lambda run: run.ready, "s"),
    ("bar to order, median", lambda run: median(run.laps) * 1e6, "µs"),
    ("bar to order, 99th percentile", lambda run: quantiles(run.laps, n=100)[98] * 1e6, "µs"),
    (f"memory written to, {_BARS:,} orders later", lambda run: run.memory.written / MIB, "MiB"),
)


def obstacle() -> str | None:
    """Say why Nautilus 2 cannot be had here."""
    if sys.version_info < (3, 13):
        return f"Nautilus {NEWEST} needs Python 3.13, and this is {sys.version.split()[0]}"
    try:
        _python()
    except subprocess.CalledProcessError as error:
        return f"Nautilus {NEWEST} cannot be installed: {error.stderr.strip().splitlines()[-1]}"
    return None


def measure() -> Measured:
    """Look the names up, and run the same trades in both."""
    keep_bytecode()
    runs: dict[str, list[_Run]] = {"in_one.py": [], "in_two.py": []}
    for turn in range(_TURNS + 1):
        for program, python in (("in_one.py", sys.executable), ("in_two.py", str(_python()))):
            found = _run(python, program)
            # The first one writes the bytecode.
            if turn:
                runs[program].append(found)
    return _told(runs["in_one.py"], runs["in_two.py"], _looked_up(_used()))


def _python() -> Path:
    python = _PLACE / "bin" / "python"
    if not (_PLACE / NEWEST).exists():
        venv.create(_PLACE, clear=True, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", f"nautilus_trader=={NEWEST}"]
        subprocess.run(command, check=True, capture_output=True, text=True)
        (_PLACE / NEWEST).touch()
    return python


def _run(python: str, program: str) -> _Run:
    command = [python, str(_HERE / program), str(_BARS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            memory = memory_of(process.pid)
            process.communicate("\n", _PATIENCE_SECONDS)
        finally:
            process.kill()
    return _Run(told["imported"], told["ready"], told["laps"], memory)


def _used() -> list[tuple[str, str]]:
    """Return what the project imports of Nautilus."""
    found = set()
    for package in ("bots", "adapters", "strategies"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nautilus_trader"):
                    found |= {(node.module or "", each.name) for each in node.names}
    return sorted(found)


def _looked_up(used: Sequence[tuple[str, str]]) -> Mapping[str, str | None]:
    command = [str(_python()), str(_HERE / "look_up.py")]
    told = subprocess.run(command, input=json.dumps(used), capture_output=True, text=True, check=True).stdout
    places: Mapping[str, str | None] = json.loads(told)
    return places


def _told(one: Sequence[_Run], two: Sequence[_Run], places: Mapping[str, str | None]) -> Measured:
    figures: list[tuple[str, float, float, str]] = [
        (name, median(map(of, one)), median(map(of, two)), unit) for name, of, unit in _FIGURES
    ]
    there = [name for name, place in places.items() if place == name.rpartition(".")[0]]
    moved = [name for name, place in places.items() if place is not None and name not in there]
    gone = [name for name, place in places.items() if place is None]
    names = Table(
        "What the project imports of Nautilus",
        ("", "names", ""),
        [
            ("where it was", str(len(there)), ""),
            ("elsewhere", str(len(moved)), ""),
            ("not by that name", str(len(gone)), ", ".join(f"`{name.rpartition('.')[2]}`" for name in gone)),
        ],
    )
    table = Table(
        f"{_BARS:,} bars, an order each: a feed, a broker and a strategy of our own",
        ("", "Nautilus 1", "Nautilus 2", "2 over 1"),
        [(name, _shown(a, unit), _shown(b, unit), f"{b / a:.2f}") for name, a, b, unit in figures],
    )
    return Measured(
        "Nautilus 2",
        "The four places where the project touches Nautilus (values, a feed, a broker, a strategy in a node), written "
        "by hand for either version and run by turns; nothing of the project runs in them.",
        [names, table],
        [Ratio(f"Nautilus 2 over 1: {name}", b / a, margin=0.5) for name, a, b, _ in figures],
        limits="[Decision 12](adr/0012-nautilus-2-later.md) says what stands in the way.",
        versions={"Nautilus 1": version("nautilus_trader"), "Nautilus 2": NEWEST},
    )


def _shown(value: float, unit: str) -> str:
    return f"{value:,.{0 if value >= 10 else 2}f} {unit}"
