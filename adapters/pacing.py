"""Keeping a simulated market in step with the bot that trades on it."""

import asyncio


class Lockstep:
    """Lets a simulated feed wait until the bot has dealt with a bar and no order of its is on the way.

    At full speed the market would otherwise outrun the bot's own orders, and live and backtest would differ.
    """

    def __init__(self) -> None:
        self._done = asyncio.Event()
        self._done.set()
        self._open = asyncio.Event()
        self._open.set()

    def begin(self) -> None:
        """Note that a bar is on its way to the bot."""
        self._done.clear()

    def done(self) -> None:
        """Note that the bot has dealt with it."""
        self._done.set()

    def hold(self) -> None:
        """Let no further bar through: the bot is about to stop."""
        self._open.clear()

    async def wait(self) -> None:
        """Wait for the bot."""
        await self._done.wait()
        await self._open.wait()
