"""Clocks for tests: one that stands until somebody sleeps on it, and one that runs faster than time."""

import asyncio
import time
from datetime import datetime, timedelta

_SLOW = 0.5


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


class SlowStart:
    """A clock at half its pace for `lead` seconds, within which a bot connects, and `speed` times as fast then."""

    def __init__(self, start: datetime, lead: float, speed: float, origin: float) -> None:
        self._start, self._lead, self._speed, self._origin = start, lead, speed, origin

    def now(self) -> datetime:
        passed = time.time() - self._origin
        fast = max(0.0, passed - self._lead) * self._speed
        return self._start + timedelta(seconds=min(passed, self._lead) * _SLOW + fast)

    async def sleep(self, seconds: float) -> None:
        until = self.now() + timedelta(seconds=seconds)
        while (left := (until - self.now()).total_seconds()) > 0:
            slowly = self._origin + self._lead - time.time()
            await asyncio.sleep(min(left / _SLOW, slowly) if slowly > 0 else left / self._speed)
