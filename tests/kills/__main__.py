"""`python -m tests.kills --from 0 --seeds 200 --jobs 2`: kills real bots by seeds, says which broke what."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.kills import at_ibkr, run
from tests.kills.mutants import MUTANT, MUTANTS
from tests.kills.outcome import Outcome

VENUES: Mapping[str, Callable[[int], Outcome]] = {"binance": run.run_seed, "ibkr": at_ibkr.run_seed}


def outcomes(venue: str, first: int, count: int, jobs: int) -> Iterator[Outcome]:
    """Run all seeds, in so many processes; give each outcome as it comes."""
    with ProcessPoolExecutor(jobs) as pool:
        running = [pool.submit(VENUES[venue], seed) for seed in range(first, first + count)]
        for future in as_completed(running):
            yield future.result()


def main() -> int:
    """Return 1 if an invariant was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__)
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="SEED")
    parser.add_argument("--seeds", type=int, default=200, metavar="COUNT")
    parser.add_argument("--jobs", type=int, default=1, metavar="PROCESSES")
    parser.add_argument("--venue", choices=VENUES, default="binance")
    parser.add_argument("--mutant", choices=MUTANTS, help="a mistake that the bot is to have")
    options = parser.parse_args()
    if options.mutant:
        os.environ[MUTANT] = options.mutant
    met: Counter[str] = Counter()
    broken, begun, done, seconds = [], time.monotonic(), 0, 0.0
    kills = orders = trades = requests = 0
    for outcome in outcomes(options.venue, options.first, options.seeds, options.jobs):
        done, seconds, met = done + 1, seconds + outcome.seconds, met + outcome.trace.met
        kills, orders = kills + outcome.kills, orders + outcome.orders
        trades, requests = trades + outcome.trades, requests + outcome.requests
        if outcome.broken is not None:
            broken.append(outcome.plan.seed)
            print(f"\n{outcome.told()}\n")
        said = f"seed {outcome.plan.seed}: {outcome.seconds:.0f} s, {outcome.kills} kills, {outcome.orders} orders"
        print(f"{said}; {done} of {options.seeds} done, {len(broken)} broken", flush=True)
    for what, times in sorted(met.items()):
        print(f"{times:9d}  {what}")
    print(
        f"{done} seeds, {kills} kills, {orders} orders, {trades} trades, {requests} requests; {seconds / done:.1f} s a "
        f"seed, {time.monotonic() - begun:.0f} s in all; broken: {sorted(broken) or 'none'}"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
