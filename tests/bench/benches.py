"""The benches by name, in the order of the page. Each is a module whose `measure()` returns what it has measured.

A module may also have `obstacle()`, which says why it cannot run here, or None.
"""

from collections.abc import Sequence
from importlib import import_module

from tests.bench.figures import Measured

# What each is made of when it is only to be seen that it runs through.
SMALL = {
    "BENCH_CROWD": "2",
    "BENCH_STARTS": "1",
    "BENCH_IDLE_SECONDS": "3",
    "BENCH_ROUNDS": "1",
    "BENCH_CROWDS": "1,2",
    "BENCH_RUNS": "1",
    "BENCH_BARS": "8000",
    "BENCH_DAYS": "3",
    "BENCH_BOTS": "20",
}
# How long each takes on two cores that have nothing else to do.
MINUTES = {
    "footprint": 8,
    "reaction": 6,
    "backtest": 4,
    "sweep": 2,
    "soak": 1,
    "operator": 10,
    "console": 1,
    "nautilus2": 1,
}
MODULES = {
    "footprint": "tests.bench.footprint.measuring",
    "reaction": "tests.bench.reaction",
    "backtest": "tests.bench.backtest",
    "sweep": "tests.bench.sweep",
    "soak": "tests.bench.soak",
    "operator": "tests.bench.operator_scale.measuring",
    "console": "tests.bench.console",
    "nautilus2": "tests.bench.nautilus2.measuring",
}


def chosen(names: Sequence[str]) -> list[str]:
    """Return the benches of these names, or all, in the order of the page.

    Raises
    ------
    ValueError
        If there is no bench of a name.
    """
    unknown = [name for name in names if name not in MODULES]
    if unknown:
        raise ValueError(f"there is no bench {', '.join(unknown)}; there are {', '.join(MODULES)}")
    return [name for name in MODULES if not names or name in names]


def obstacle(name: str) -> str | None:
    """Say why a bench cannot run here, or None."""
    says = getattr(import_module(MODULES[name]), "obstacle", None)
    return says() if says else None


def measure(name: str) -> Measured:
    """Run a bench."""
    measured: Measured = import_module(MODULES[name]).measure()
    return measured
