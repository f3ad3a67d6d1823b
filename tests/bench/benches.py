"""The benches by name, in the order of the page. Each is a module whose `measure()` returns what it has measured.

A module may also have `obstacle()`, which says why it cannot run here, or None.
"""

from collections.abc import Sequence
from importlib import import_module

from tests.bench.figures import Measured

MODULES = {
    "footprint": "tests.bench.footprint.measuring",
    "reaction": "tests.bench.reaction",
    "backtest": "tests.bench.backtest",
    "sweep": "tests.bench.sweep",
    "soak": "tests.bench.soak",
    "operator": "tests.bench.operator_scale.measuring",
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
