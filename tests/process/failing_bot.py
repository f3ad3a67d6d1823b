"""The command `tradingbot`, in which a step fails: FAIL_STEP as in killed_bot.py, FAIL_AT a list of its counts.

Run as `FAIL_STEP=... FAIL_AT=50,80 python -m tests.process.failing_bot run DOCUMENT`.
"""

import os
from typing import Any

from bots.cli import main
from strategies.custom import CustomStrategy
from tests.process.killed_bot import STEPS as PLACES_TO_DIE

STEPS = PLACES_TO_DIE | {"before the strategy is asked for an exit": (CustomStrategy, "should_exit", True)}


def fail_at(step: str, counts: set[int]) -> None:
    """Make a step raise whenever it is reached for one of these times."""
    owner, name, before = STEPS[step]
    original = getattr(owner, name)
    reached = [0]

    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        reached[0] += 1
        if before and reached[0] in counts:
            raise ZeroDivisionError(f"staged: {step}")
        answer = original(self, *args, **kwargs)
        if not before and reached[0] in counts:
            raise ZeroDivisionError(f"staged: {step}")
        return answer

    setattr(owner, name, wrapped)


if __name__ == "__main__":
    fail_at(os.environ["FAIL_STEP"], {int(count) for count in os.environ["FAIL_AT"].split(",")})
    main()
