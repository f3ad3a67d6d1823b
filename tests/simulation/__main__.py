"""`python -m tests.simulation --from 0 --seeds 1000 --jobs 2`: runs seeds, says which broke what and what was met."""

import argparse
import gc
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.simulation.run import run_seed

_SEEDS_AT_A_TIME = 100


@dataclass(slots=True)
class Tally:
    """What some seeds have brought."""

    seeds: int = 0
    trades: int = 0
    points: int = 0
    met: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Add what other seeds have brought."""
        self.seeds += other.seeds
        self.trades += other.trades
        self.points += other.points
        self.met += other.met
        self.broken += other.broken


def tally_of(seeds: range) -> Tally:
    """Run seeds one after another."""
    # What a run leaves behind goes with it; looking for cycles all the time takes a tenth of the whole.
    gc.set_threshold(50_000, 20, 20)
    tally = Tally(len(seeds))
    for seed in seeds:
        outcome = run_seed(seed)
        tally.met += outcome.trace.met
        tally.trades += outcome.trades
        tally.points += outcome.crash_points
        if outcome.broken is not None:
            tally.broken.append(outcome.told())
    return tally


def tallies(first: int, count: int, jobs: int) -> Iterator[Tally]:
    """Run all seeds, in so many processes; give what each portion has brought."""
    end = first + count
    portions = [range(at, min(at + _SEEDS_AT_A_TIME, end)) for at in range(first, end, _SEEDS_AT_A_TIME)]
    if jobs == 1:
        yield from map(tally_of, portions)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(tally_of, portions)


def main() -> int:
    """Return 1 if an invariant was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="SEED")
    parser.add_argument("--seeds", type=int, default=1000, metavar="COUNT")
    parser.add_argument("--jobs", type=int, default=1, metavar="PROCESSES")
    options = parser.parse_args()
    whole, begun = Tally(), time.monotonic()
    for tally in tallies(options.first, options.seeds, options.jobs):
        whole.add(tally)
        for told in tally.broken:
            print(f"\n{told}\n")
        took = time.monotonic() - begun
        print(f"{whole.seeds} seeds, {whole.seeds / took:.0f} a second, {len(whole.broken)} broken", flush=True)
    for what, times in sorted(whole.met.items()):
        print(f"{times:9d}  {what}")
    print(f"{whole.trades} trades, {whole.points} points at which a process could have died")
    return 1 if whole.broken else 0


if __name__ == "__main__":
    sys.exit(main())
