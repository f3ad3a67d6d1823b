"""The console's process with pages: ready once they are open, and ended with them."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from bots.console.console import run_console
from bots.console.fleet import BotAt
from strategies.errors import StartError


class NoBots:
    """See Fleet; whoever asks for bots fails the test: nobody is to be told of them."""

    async def bots(self) -> Sequence[BotAt]:
        """See Fleet."""
        raise AssertionError("asked for, though nobody is told")

    async def document(self, bot: BotAt) -> dict[str, object]:
        """See Fleet."""
        raise AssertionError

    def where_its_log_is(self, bot: BotAt) -> str:
        """See Fleet."""
        raise AssertionError

    async def close(self) -> None:
        """See Fleet."""


class Pages:
    """Pages that are open until the test ends them."""

    def __init__(self) -> None:
        self.open, self.broken, self.closed = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        self.open.set()
        try:
            yield self._ended
        finally:
            self.closed.set()

    async def _ended(self) -> None:
        await self.broken.wait()
        raise StartError("the pages have ended")


async def test_pages_alone_ask_no_bot_what_there_is_to_tell_and_close_at_a_signal() -> None:
    pages = Pages()
    running = asyncio.create_task(run_console(NoBots(), [], "127.0.0.1", 0, pages.opened()))
    await asyncio.wait_for(pages.open.wait(), 10)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, 10)
    assert pages.closed.is_set()


async def test_a_console_whose_pages_have_broken_ends_so_that_a_new_process_takes_its_place() -> None:
    pages = Pages()
    running = asyncio.create_task(run_console(NoBots(), [], "127.0.0.1", 0, pages.opened()))
    await asyncio.wait_for(pages.open.wait(), 10)
    pages.broken.set()
    with pytest.raises(StartError, match="the pages have ended"):
        await asyncio.wait_for(running, 10)
    assert pages.closed.is_set()
