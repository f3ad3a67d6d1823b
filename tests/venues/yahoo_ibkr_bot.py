"""`tradingbot` whose Yahoo goes by a clock on a file, put forward by a test: `yahoo_ibkr_bot.py CLOCK ...`."""

import sys
from pathlib import Path


def main() -> None:
    """Put the clock in place before anybody asks it."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import adapters.yahoo.clock as clock
    from bots.cli import main as tradingbot
    from tests.venues.yahoo.clocks import HandClock

    clock.DEFAULT = HandClock(Path(sys.argv[1]))
    sys.argv = ["tradingbot", *sys.argv[2:]]
    tradingbot()


if __name__ == "__main__":
    main()
