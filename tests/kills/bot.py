"""`tradingbot` with little patience for Binance, and with a mistake in it if the environment names one.

Run as `python -m tests.kills.bot run DOCUMENT`. What may take the real bot ten seconds takes a seed three; what follows
from what stays as it is: a request is dead before its absence counts.
"""

import os
import sys
from datetime import timedelta

import aiohttp

from adapters.binance import broker, rest, source
from adapters.live import passing
from bots.cli import main
from tests.kills.mutants import MUTANT, apply

WINDOW_MS = 3000


def be_impatient() -> None:
    """Put the patience in place before anybody waits."""
    rest.RECV_WINDOW_MS = WINDOW_MS
    broker.RECV_WINDOW_MS = WINDOW_MS  # type: ignore[attr-defined]  # it is that of rest, by name
    rest._PATIENCE = aiohttp.ClientTimeout(total=2, connect=1)
    broker.BinanceBroker.absent_is_final_after = timedelta(milliseconds=WINDOW_MS + 500)
    broker._HEARTBEAT_SECONDS = source._HEARTBEAT_SECONDS = 2.0
    passing._LOOK_SECONDS = 2.0
    passing._PAUSES_SECONDS = (0.5, 0.5, 1.0, 1.0, 1.0, 1.0)


if __name__ == "__main__":
    be_impatient()
    if name := os.environ.get(MUTANT):
        apply(name)
    sys.argv[0] = "tradingbot"
    main()
