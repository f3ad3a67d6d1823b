"""A clock that jumps: an event loop whose time passes when nothing is left to do, and wall clocks that follow it."""

import asyncio
import importlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from datetime import UTC, datetime, timedelta, tzinfo
from heapq import heappop, heappush
from typing import Any

START = datetime(2026, 1, 5, 23, 35, tzinfo=UTC)
"""Twenty-five minutes before a new day, so that the limits of a day begin anew within a run."""

# Every module of the product that runs in a simulation and reads a clock; a test holds this list against the sources.
READERS = (
    "adapters.live.following",
    "adapters.live.line",
    "adapters.live.passing",
    "adapters.live.sending",
    "bots.journal.store",
    "bots.running.settling",
)


# Looked at less often, for speed; and forgotten as soon as in a long life, of which a run is only an hour.
_FOR_SHORT_RUNS = {"_WATCH_SECONDS": 30.0, "_REMEMBERED": 6}


class NothingLeftError(Exception):
    """Everybody waits, and nothing will ever happen again."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs callbacks as asyncio does and never sleeps; has no network, no signals and no threads."""

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def time(self) -> float:
        """Return the seconds since the beginning."""
        return self.now

    def wall(self) -> datetime:
        """Return the time as people have it."""
        return START + timedelta(seconds=self.now)

    # Shorter than asyncio's own, which ask on every call for threads, debugging and a network.

    def call_soon[*Ts](
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Run a callback after those that wait now."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_at[*Ts](
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run a callback at a time."""
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        heappush(self._scheduled, timer)
        return timer

    def call_later[*Ts](
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run a callback after so many seconds."""
        return self.call_at(self.now + delay, callback, *args, context=context)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        return

    def _run_once(self) -> None:
        ready, timers = self._ready, self._scheduled
        while not ready:
            if not timers:
                raise NothingLeftError
            timer = heappop(timers)
            if not timer.cancelled():
                self.now = max(self.now, timer.when())
                ready.append(timer)
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()

    def _write_to_self(self) -> None:
        return


class _Time:
    """Stands where a module has imported `time`."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.monotonic = loop.time


def _datetime(loop: VirtualLoop) -> type[datetime]:
    class Follows(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return loop.wall()

    return Follows


@contextmanager
def virtual_time(loop: VirtualLoop) -> Iterator[None]:
    """Let every clock of the product follow a loop's, until the end of a with statement."""
    clocks = {"time": _Time(loop), "datetime": _datetime(loop)} | _FOR_SHORT_RUNS
    before = []
    for name in READERS:
        module = importlib.import_module(name)
        for attribute, clock in clocks.items():
            if hasattr(module, attribute):
                before.append((module, attribute, getattr(module, attribute)))
                setattr(module, attribute, clock)
    try:
        yield
    finally:
        for module, attribute, original in before:
            setattr(module, attribute, original)
