"""The command `tradingbot web`: the console in the browser for the bots of a folder."""

import asyncio
import logging
import signal
from pathlib import Path

from bots.seen.logs import JsonFormatter, TextFormatter
from bots.web.at_home import AtHome
from bots.web.backtests.running import Backtests
from bots.web.bots import Who
from bots.web.opening import Place, open_console
from strategies.errors import StartError

LOGGER = logging.getLogger("tradingbot.web")


def run(configs: Path, workdir: Path, place: Place, *, start_wanted: bool, json_log: bool) -> None:
    """Serve the console until it is stopped.

    Raises
    ------
    StartError
        If a folder is none, or the port cannot be had.
    LoginError
        If the file of users cannot be used.
    """
    if not configs.is_dir():
        told = f"{configs} is a file, not a folder" if configs.exists() else f"there is no folder {configs}"
        raise StartError(f"{told}; name another by --configs")
    try:
        workdir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"cannot make the working directory {workdir}: {error.strerror}") from error
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter("web") if json_log else TextFormatter("web"))
    logger = logging.getLogger("tradingbot")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        asyncio.run(_run(AtHome(configs, workdir), Backtests(workdir, configs), place, start_wanted))
    finally:
        logger.removeHandler(handler)


async def _run(bots: AtHome, backtests: Backtests, place: Place, start_wanted: bool) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with open_console(bots, backtests, place) as opened:
        work = [asyncio.create_task(opened.serving.ended()), asyncio.create_task(stopped.wait())]
        starting = asyncio.create_task(_start_wanted(bots) if start_wanted else asyncio.sleep(0))
        await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        for task in (*work, starting):
            task.cancel()
        # Who is told twice does not wait.
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _start_wanted(bots: AtHome) -> None:
    for name, why in (await bots.start_wanted(Who("tradingbot web", "start"))).items():
        LOGGER.error("%s was not started: %s", name, why)
