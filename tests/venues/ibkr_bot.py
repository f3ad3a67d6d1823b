"""`tradingbot` with little patience for Interactive Brokers: what may take them minutes takes a test's seconds."""

import sys
from dataclasses import replace
from pathlib import Path

_PAUSE = 0.5


def main() -> None:
    """Put the patience in place before anybody waits."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from adapters.ibkr import broker, codes, source
    from bots.cli import main as tradingbot
    from tests.venues.tws.scene import PATIENCE

    patience = replace(PATIENCE, answer=0.8, idle=0.8, heartbeat=0.8, absent=1.5)
    broker.broker = lambda settings: broker.IbkrBroker(settings, patience)
    source.source = lambda settings: source.IbkrSource(settings, patience)
    codes.PACING_PAUSE = codes._COMPETING_PAUSE = _PAUSE
    sys.argv[0] = "tradingbot"
    tradingbot()


if __name__ == "__main__":
    main()
