"""Runs a bot that kills itself with SIGKILL at a chosen step: `python killed_bot.py DOCUMENT WORKDIR STEP COUNT`.

The steps lie between everything that must not be torn apart; COUNT is which time the step is reached. Without a
step the bot runs to the end of its feed.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adapters.mock_broker import LiveMockClient
from bots.bot import LiveTradingBot
from bots.journal.store import SqlJournal
from bots.running.options import RunOptions
from bots.trading.trader import Trader

# step -> class, method, whether the bot dies before the method or after it
STEPS: dict[str, tuple[type, str, bool]] = {
    "before a bar is decided": (Trader, "on_bar", True),
    "after a bar was decided, before its orders leave": (Trader, "on_bar", False),
    "before the journal writes": (SqlJournal, "_write", True),
    "after the journal wrote": (SqlJournal, "_write", False),
    "between intent and order": (LiveMockClient, "submit_order", True),
    "between order and fill": (LiveMockClient, "generate_order_filled", True),
    "after the fill was sent, before it is booked": (LiveMockClient, "generate_order_filled", False),
    "before a fill is booked": (Trader, "on_execution", True),
    "after a fill was booked": (Trader, "on_execution", False),
}


def die_at(step: str, count: int) -> None:
    """Make the process kill itself when `step` is reached for the `count`th time."""
    owner, name, before = STEPS[step]
    original: Callable[..., Any] = getattr(owner, name)
    left = [count]

    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        left[0] -= 1
        if before and left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = original(self, *args, **kwargs)
        if not before and left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(owner, name, wrapped)


def main() -> int:
    """Run the bot."""
    document, workdir, *step = sys.argv[1:]
    if step:
        die_at(step[0], int(step[1]))
    return LiveTradingBot(document, RunOptions(workdir=Path(workdir), port=0)).run()


if __name__ == "__main__":
    sys.exit(main())
