"""Waiting: always for a condition, never for luck."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 60.0


class NotYetError(Exception):
    """What was looked at is not there yet, or does not answer; whoever waits looks again."""


def wait_for[T](
    what: str,
    look: Callable[[], T],
    until: Callable[[T], object] = bool,
    *,
    seconds: float = PATIENCE_SECONDS,
    every: float = 0.2,
) -> T:
    """Look until what is seen satisfies a condition, and return it; fail with what was seen last.

    An API that does not answer meanwhile is no failure: it is looked at again.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            seen = look()
            if until(seen):
                return seen
            last = repr(seen)
        except NotYetError as error:
            last = str(error)
        if time.monotonic() > deadline:
            raise AssertionError(f"no {what} within {seconds:g} s; last seen: {last[:3000]}")
        time.sleep(every)


def holds_for(what: str, look: Callable[[], object], *, seconds: float, every: float = 0.2) -> None:
    """Fail if a condition does not hold all the time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = look()
        assert seen, f"{what} held no longer: {seen!r}"
        time.sleep(every)
