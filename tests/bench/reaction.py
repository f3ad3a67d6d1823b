"""From the frame of a closed bar to the arrival of the order's request: bots beside bare clients, on like doubles.

A bot writes its intent into its journal, onto the disk, before it sends; a bare client writes nothing. Bots and bare
clients take turns in one run. In a crowd each has a double of its own, as an account has one bot for a symbol, and the
bars of all close at the same moment, as they do in a market: the two cores are then what all of them want.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

from tests.bench.bytecode import keep_bytecode
from tests.bench.figures import Measured, Ratio, Table
from tests.bench.reacting import Crowd, bare_clients, bots

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
# How many in a crowd, and how many reactions of each are counted in a round.
CROWDS = tuple((int(size), 60 if size == "1" else 20) for size in os.environ.get("BENCH_CROWDS", "1,10,20").split(","))
# What the first orders cost (imports, connections) is not what is measured.
WARM_UP = 10
AIM_MEDIAN, AIM_WORST = 3.0, 5.0


def measure() -> Measured:
    """Measure each size of crowd."""
    keep_bytecode()
    rows: list[tuple[str, ...]] = []
    ratios: list[Ratio] = []
    for size, reactions in CROWDS:
        bare: list[float] = []
        ours: list[float] = []
        for _ in range(ROUNDS):
            bare += _reactions(bare_clients, size, reactions)
            ours += _reactions(bots, size, reactions)
        for name, found in (("bare", bare), ("tradingbot", ours)):
            rows.append((str(size), name, f"{median(found):.2f} ms", f"{_p99(found):.2f} ms", f"{len(found):,}"))
        told = f"reaction of {size}: " if size > 1 else "reaction: "
        # The aim is what a bot adds. In a crowd both wait for processors, and how long says more of those.
        aims = (AIM_MEDIAN, AIM_WORST) if size == 1 else (None, None)
        ratios += [
            Ratio(f"{told}median, over bare clients", median(ours) / median(bare), aims[0]),
            Ratio(f"{told}99th percentile, over bare clients", _p99(ours) / _p99(bare), aims[1], 0.5),
        ]
        print(f"  a crowd of {size} is measured", flush=True)
    return Measured(
        "Reaction to a bar",
        "From the frame of a closed bar on Binance's wire to the arrival of the order's request, on a double of the "
        "exchange on loopback. A bare client is a socket, a signature and a request, and decides nothing. In a crowd "
        "the bars of all close at the same moment.",
        [Table("", ("at once", "", "median", "99th percentile", "orders"), rows)],
        ratios,
        limits="A bot's intent is on the disk before its order leaves: of the time beyond a bare client's, that is the "
        "largest part for one. In a crowd all wait for the same two cores, and the doubles of the exchange run there, "
        "too.",
    )


def _reactions(crowd: Callable[[int, Path], Crowd], size: int, reactions: int) -> list[float]:
    with tempfile.TemporaryDirectory() as folder, crowd(size, Path(folder)) as reacting:
        found: list[float] = []
        while len(found) < (reactions + WARM_UP) * size:
            found += reacting.close_bar()
            time.sleep(0.05)
    return found[WARM_UP * size :]


def _p99(found: list[float]) -> float:
    return quantiles(found, n=100)[98]
