"""`tradingbot` whose Yahoo runs by a clock faster than time: `yahoo_bot.py START SPEED ORIGIN ...`."""

import sys
from datetime import datetime
from pathlib import Path


def main() -> None:
    """Put the clock in place before anybody asks it."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import adapters.yahoo.clock as clock
    from bots.cli import main as tradingbot
    from tests.venues.yahoo.clocks import FastClock

    start, speed, origin = sys.argv[1:4]
    clock.DEFAULT = FastClock(datetime.fromisoformat(start), float(speed), float(origin))
    sys.argv = ["tradingbot", *sys.argv[4:]]
    tradingbot()


if __name__ == "__main__":
    main()
