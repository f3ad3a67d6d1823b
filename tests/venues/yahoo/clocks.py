"""Clocks for tests: one that stands until somebody sleeps on it, one put forward by hand, one faster than time."""

import asyncio
import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

_MOMENT = struct.Struct("d")


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


class HandClock:
    """A clock on a file, read by several processes, that goes on only when it is put forward."""

    def __init__(self, path: Path, start: datetime | None = None) -> None:
        if start is not None:
            path.write_bytes(bytes(_MOMENT.size))
        with path.open("r+b") as file:
            self._kept = mmap.mmap(file.fileno(), _MOMENT.size)
        if start is not None:
            self.set(start)

    def now(self) -> datetime:
        seconds: float = _MOMENT.unpack_from(self._kept)[0]
        return datetime.fromtimestamp(seconds, UTC)

    async def sleep(self, seconds: float) -> None:
        until = self.now() + timedelta(seconds=seconds)
        # Another process moves it: there is nothing to be told by.
        while self.now() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    def set(self, moment: datetime) -> None:
        """Put the clock to a moment."""
        _MOMENT.pack_into(self._kept, 0, moment.timestamp())
