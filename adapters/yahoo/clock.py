"""What time it is, and waiting: the one place from which bars of Yahoo take the time."""

import asyncio
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """A clock that can be waited on."""

    def now(self) -> datetime:
        """Return the time, aware UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after so many of this clock's seconds."""
        ...


class WallClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the time, aware UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        await asyncio.sleep(seconds)


DEFAULT: Clock = WallClock()
"""What sources take that are not given another; replaced by those who let a market run faster than time."""
