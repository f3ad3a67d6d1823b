"""One bench in a process of its own: `python -m tests.bench.one NAME OUT`; 3 if it cannot run here."""

import signal
import sys
from pathlib import Path

from tests.bench import benches
from tests.bench.machine import described
from tests.bench.outcomes import Outcome, write_one

CANNOT_RUN_HERE = 3


def main(name: str, out: str) -> int:
    """Measure, and write the outcome."""
    if obstacle := benches.obstacle(name):
        print(obstacle, file=sys.stderr)
        return CANNOT_RUN_HERE
    write_one(Path(out), Outcome(described(), benches.measure(name)))
    return 0


if __name__ == "__main__":
    # Ended from outside, it ends what it has started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main(*sys.argv[1:]))
