"""Clocks for tests: one that stands until somebody sleeps on it, and one that runs faster than time."""

import asyncio
import time
from datetime import datetime, timedelta


class SteppedClock:
    """A clock that goes on only by being slept on, all at once: days pass in no time, and always alike."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def set(self, moment: datetime) -> None:
        """Put the clock to a moment."""
        self._now = moment


class FastClock:
    """A clock that runs `speed` times as fast as time, from `start` on.

    Two processes that begin with the same `origin`, a time.time(), have the same clock.
    """

    def __init__(self, start: datetime, speed: float, origin: float | None = None) -> None:
        self._start, self._speed = start, speed
        self._origin = time.time() if origin is None else origin

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.time() - self._origin) * self._speed)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)
