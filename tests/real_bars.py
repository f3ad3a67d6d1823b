"""Real bars, taken from the installed `backtesting` package: its data is its own, so none of it lies in this project.

Run as `python -m tests.real_bars NAME OUT.csv`.
"""

import csv
import importlib.util
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

HEADER = ("timestamp", "open", "high", "low", "close", "volume")


@dataclass(frozen=True, slots=True)
class Series:
    """One series of the package: its file there, and the decimals that its prices are quoted with."""

    file: str
    decimals: int


SERIES = {
    "EURUSD-1H": Series("EURUSD.csv", decimals=5),
    "GOOG-1D": Series("GOOG.csv", decimals=2),
}


def source_path(name: str) -> Path:
    """Find the package's own file without importing the package, which would pull in bokeh."""
    spec = importlib.util.find_spec("backtesting")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("backtesting, whose real bars the tests and the demo use, is missing: run `make setup`")
    return Path(spec.submodule_search_locations[0]) / "test" / SERIES[name].file


def rows(name: str) -> Iterator[tuple[str, ...]]:
    """Yield the bars as text in the columns of HEADER."""
    step = Decimal(1).scaleb(-SERIES[name].decimals)
    with source_path(name).open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            # The package leaves the first column without a name and its times without a zone; they are UTC.
            time = datetime.fromisoformat(f"{row['']}+00:00" if " " in row[""] else f"{row['']} 00:00:00+00:00")
            prices = (f"{Decimal(row[column]).quantize(step)}" for column in ("Open", "High", "Low", "Close"))
            yield (f"{time:%Y-%m-%dT%H:%M:%SZ}", *prices, row["Volume"])


def write_bars(name: str, path: Path) -> Path:
    """Write the series to a CSV file, at once and whole, so that tests in parallel may share it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows(name))
    return draft.replace(path)


def bars_path(name: str) -> Path:
    """Return the series as a CSV file, writing it under build/ where it is not there yet."""
    path = Path(__file__).resolve().parents[1] / "build" / "bars" / f"{name}.csv"
    return path if path.exists() else write_bars(name, path)


def main(arguments: list[str]) -> int:
    """Write one series to a file; the exit code says whether that was asked for rightly."""
    if len(arguments) != 2 or arguments[0] not in SERIES:
        print(f"usage: python -m tests.real_bars {{{','.join(SERIES)}}} OUT.csv", file=sys.stderr)
        return 2
    write_bars(arguments[0], Path(arguments[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
