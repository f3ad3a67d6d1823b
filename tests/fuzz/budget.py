"""How much is tried: a fixed few examples of each test, or as many as fit into a time.

Without FUZZ_SECONDS the same examples are tried every time. With it (`make fuzz`) they are others every time, and each
module has that many seconds, shared among its tests; what fails is shown as small as it can be made, with the line that
reproduces it, and is tried again first the next time.
"""

import functools
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
_FEW, _ROUND = 200, 200
# Nothing here takes a tenth of a second; a machine that is busy with other things may take its time.
_LONGEST_SECONDS = 20.0


class Tally:
    """How many examples the test under way has seen, and until when it goes on."""

    def __init__(self) -> None:
        self.examples = 0
        self.until = 0.0

    def begin(self, seconds: float) -> None:
        """Count anew."""
        self.examples, self.until = 0, time.monotonic() + seconds


TALLY = Tally()


def fuzz(few: int = _FEW, **strategies: SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a test be run on examples, which must not take long, each by itself."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def once(*args: Any, **named: Any) -> None:
            TALLY.examples += 1
            with no_longer_than(_LONGEST_SECONDS):
                test(*args, **named)

        examples = settings(
            max_examples=_ROUND if SECONDS else few,
            derandomize=not SECONDS,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        )(given(**strategies)(once))

        @functools.wraps(examples)
        def rounds(*args: Any, **named: Any) -> None:
            examples(*args, **named)
            while time.monotonic() < TALLY.until:
                examples(*args, **named)

        return rounds

    return decorate


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """Fail what takes longer, wherever it hangs, also where every exception is caught."""

    class TooLongError(BaseException):
        pass

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except TooLongError as error:
        raise AssertionError(f"not done within {seconds:g} s") from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
