"""The command `tradingbot console`: who looks after many bots, made of what the environment and the options say."""

import asyncio
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from bots.config.outputs import Email, Events, Notifications, Telegram
from bots.config.types import Event
from bots.console.console import run_console
from bots.console.fleet import Fleet, Listed, read_addresses
from bots.notify.message import Notifier
from bots.notify.notifiers import notifiers
from bots.seen.logs import JsonFormatter, TextFormatter
from strategies.errors import StartError


def run(
    namespaces: Sequence[str],
    key_file: Path | None,
    bots: Sequence[str],
    token_file: Path | None,
    host: str,
    port: int,
    *,
    json_log: bool,
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
        asyncio.run(_run(namespaces, key_file, bots, token_file, host, port))
    finally:
        logger.removeHandler(handler)


def channels_from(environ: Mapping[str, str]) -> list[Notifier]:
    """Return the channels for which there are variables; which of its events go there each bot's document says.

    Raises
    ------
    StartError
        If there are none, or if a variable is missing or malformed.
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
    if not made:
        raise StartError(
            "there is nobody to tell: set TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_IDS, or SMTP_HOST, EMAIL_FROM and "
            "EMAIL_TO"
        )
    return made


async def _run(
    namespaces: Sequence[str], key_file: Path | None, bots: Sequence[str], token_file: Path | None, host: str, port: int
) -> None:
    fleet = _fleet(namespaces, key_file, bots, token_file)
    await run_console(fleet, channels_from(os.environ), host, port)


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
