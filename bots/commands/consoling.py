"""The command `tradingbot console`: who looks after many bots, made of what the environment and the options say."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from bots.config.outputs import Email, Events, Notifications, Telegram
from bots.config.types import Event
from bots.console.console import run_console
from bots.console.fleet import Fleet, Listed, read_addresses
from bots.notify.message import Notifier
from bots.notify.notifiers import notifiers
from bots.resource.keys import read_key
from bots.seen.logs import JsonFormatter, TextFormatter
from strategies.errors import StartError


@dataclass(frozen=True, slots=True)
class InBrowser:
    """Where the console is opened in the browser.

    Parameters
    ----------
    port, host : int and str
        Where it listens.
    users : Path
        The file of those who may log in.
    workdir : Path
        Where backtests are kept.
    behind_proxy : bool
        Whether a proxy with TLS stands before it.
    """

    port: int
    host: str
    users: Path
    workdir: Path
    behind_proxy: bool = False


def run(
    namespaces: Sequence[str],
    key_file: Path | None,
    bots: Sequence[str],
    token_file: Path | None,
    host: str,
    port: int,
    *,
    json_log: bool,
    web: InBrowser | None = None,
) -> None:
    """Run the console until it is stopped.

    Raises
    ------
    StartError
        If options or variables do not go together.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter("console") if json_log else TextFormatter("console"))
    logger = logging.getLogger("tradingbot")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        asyncio.run(_run(namespaces, key_file, bots, token_file, host, port, web))
    finally:
        logger.removeHandler(handler)


def channels_from(environ: Mapping[str, str], *, needed: bool = True) -> list[Notifier]:
    """Return the channels for which there are variables; which of its events go there each bot's document says.

    Raises
    ------
    StartError
        If there are none where one is needed, or if a variable is missing or malformed.
    """
    kinds: Events = get_args(Event)
    asked = Notifications(
        enabled=True,
        telegram=Telegram(enabled="TELEGRAM_BOT_TOKEN" in environ, notify_on=kinds),
        email=Email(enabled="SMTP_HOST" in environ, notify_on=kinds),
    )
    made, missing = notifiers(asked, environ)
    if missing:
        raise StartError("\n".join(missing))
    if not made and needed:
        raise StartError(
            "there is nobody to tell: set TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_IDS, or SMTP_HOST, EMAIL_FROM and "
            "EMAIL_TO"
        )
    return made


async def _run(
    namespaces: Sequence[str],
    key_file: Path | None,
    bots: Sequence[str],
    token_file: Path | None,
    host: str,
    port: int,
    web: InBrowser | None,
) -> None:
    if web is not None and key_file is None:
        raise StartError(
            "--web-port is for the bots of a cluster, name the operator's key by --key-file; for bots of a folder "
            "there is tradingbot web"
        )
    fleet = _fleet(namespaces, key_file, bots, token_file)
    channels = channels_from(os.environ, needed=web is None)
    pages = None if web is None or key_file is None else _open(web, namespaces, key_file)
    await run_console(fleet, channels, host, port, pages)


@asynccontextmanager
async def _open(
    web: InBrowser, namespaces: Sequence[str], key_file: Path
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    from bots.console.api_server import ApiServer
    from bots.web.backtests.running import Backtests
    from bots.web.in_cluster import InClusterBots
    from bots.web.opening import Place, open_console

    api = ApiServer.of_pod(os.environ)
    try:
        bots = InClusterBots(api, namespaces, read_key(key_file))
        place = Place(web.users, web.host, web.port, web.behind_proxy)
        async with open_console(bots, Backtests(web.workdir), place) as opened:
            yield opened.serving.ended
    finally:
        await api.close()


def _fleet(namespaces: Sequence[str], key_file: Path | None, bots: Sequence[str], token_file: Path | None) -> Fleet:
    if bots:
        if namespaces or key_file:
            raise StartError(
                "--bot names bots by hand, --namespace and --key-file look for them in a cluster: not both"
            )
        return Listed(read_addresses(bots), token_file)
    if key_file is None:
        raise StartError("name the bots by --bot NAME=URL, or in a cluster the operator's key by --key-file")
    from bots.console.cluster import InCluster

    return InCluster.from_pod(namespaces, key_file, os.environ)
