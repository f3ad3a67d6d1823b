"""The console as a whole: pulls, tells by every channel, listens, and serves its health, until it is stopped."""

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from bots.console.fleet import Fleet
from bots.console.measures import Measures
from bots.console.pulling import Pulling
from bots.console.routing import Routing
from bots.console.serving import Serving
from bots.console.telling import Telling
from bots.notify.message import Notifier
from bots.notify.notifiers import obeying
from bots.resource.bot_http import BotHttp

LOGGER = logging.getLogger("tradingbot.console")

# A round takes as long as its slowest bot, and all of a thousand bots may be slow.
_LONGEST_ROUND_SECONDS = 120.0
_LAST_WORDS_SECONDS = 10.0
_LARGEST_ANSWER = 8_388_608


type Pages = AbstractAsyncContextManager[Callable[[], Awaitable[None]]]
"""The console in the browser: open inside the block, which is given what waits until it serves no more."""


async def run_console(
    fleet: Fleet, notifiers: Sequence[Notifier], host: str, port: int, pages: Pages | None = None
) -> None:
    """Run until told to stop by a signal.

    Raises
    ------
    PortTakenError
        If the port is in use.
    LoginError
        If nobody could log in to the pages.
    """
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    measures, http = Measures(), BotHttp(largest=_LARGEST_ANSWER)
    pulling = Pulling(fleet, http, [notifier.name for notifier in notifiers], measures)

    def ailment() -> str:
        if not notifiers:
            # Nobody is told anything, and nobody asked what there is to tell.
            return ""
        late = time.monotonic() - pulling.finished
        return f"bots were last asked {late:.0f} s ago" if late > _LONGEST_ROUND_SECONDS else ""

    def begun() -> bool:
        return pages_open.is_set() and (pulling.rounds > 0 or not notifiers)

    pages_open = asyncio.Event()
    serving = Serving(measures.registry, ailment, lambda: ailment() or ("" if begun() else "not begun yet"))
    try:
        address = await serving.start(host, port)
        told = f"tells by {', '.join(each.name for each in notifiers)}" if notifiers else "tells nobody"
        LOGGER.info("the console %s; see %s/metrics", told, address)
        tellings = [Telling(notifier, pulling, measures) for notifier in notifiers]
        async with AsyncExitStack() as stack:
            runs: list[Callable[[], Awaitable[None]]] = [pulling.run, *(telling.run for telling in tellings)]
            if not notifiers:
                runs = []
            else:
                await stack.enter_async_context(obeying(notifiers, Routing(pulling, fleet, http)))
            if pages is not None:
                runs.append(await stack.enter_async_context(pages))
            pages_open.set()
            tasks = [asyncio.create_task(_awaited(run)) for run in runs]
            waiting = asyncio.create_task(stop.wait())
            await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
            # What is on its way is told again if its bot cannot note it.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_WORDS_SECONDS):
                    await asyncio.gather(*(telling.calm.acquire() for telling in tellings))
            await _end([waiting, *tasks])
        for task in tasks:
            if not task.cancelled() and (error := task.exception()) is not None:
                # A fault of ours: a new process is the best that can be had of it.
                raise error
    finally:
        await serving.stop()
        for close in (fleet.close, http.close, *(notifier.close for notifier in notifiers)):
            with contextlib.suppress(Exception):
                await close()


async def _awaited(run: Callable[[], Awaitable[None]]) -> None:
    await run()


async def _end(tasks: Sequence[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
