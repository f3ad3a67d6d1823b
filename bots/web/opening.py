"""A console in the browser, opened and closed as one thing, inside whatever process holds the bots."""

import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bots.seen.rebinding import is_this_machine
from bots.web.app import Reach, make_app
from bots.web.auditing import AuditLog
from bots.web.backtests.running import Backtests
from bots.web.bots import Bots
from bots.web.console import Console
from bots.web.login.doors import Doors
from bots.web.login.first_time import FirstTime, box
from bots.web.login.users import UsersFile
from bots.web.serving import Serving
from strategies.errors import LoginError

LOGGER = logging.getLogger("tradingbot.web")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a console is opened.

    Parameters
    ----------
    users : Path
        The file of users.
    host, port : str, int
        Where to listen; port 0 takes one that is free.
    behind_proxy : bool
        Whether a proxy stands before it, whose word on schemes, hosts and addresses is taken.
    audit : Path, optional
        The audit log; the process' log without it.
    """

    users: Path
    host: str = "127.0.0.1"
    port: int = 5000
    behind_proxy: bool = False
    audit: Path | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A console that is open: its address, and what waits until it is no more."""

    address: str
    serving: Serving


def _tell(text: str) -> None:
    # Not by the log: it may be kept, and this is a password.
    print(text, file=sys.stderr, flush=True)  # noqa: T201


@asynccontextmanager
async def open_console(
    bots: Bots, backtests: Backtests, place: Place, tell: Callable[[str], None] = _tell
) -> AsyncIterator[Opened]:
    """Serve a console until the block ends; bots that run go on.

    Parameters
    ----------
    bots : Bots
        The bots; begun and closed with the console.
    backtests : Backtests
        What runs the backtests; closed with the console.
    place : Place
        Where.
    tell : callable
        Shows a person the one-time password.

    Raises
    ------
    LoginError
        If the file of users cannot be used, or has none and can have none.
    PortTakenError
        If nothing can listen there.
    """
    users = UsersFile(place.users)
    password, first_time = _first_time(users)
    console = Console(bots, Doors(users, first_time=first_time), AuditLog(place.audit), backtests)
    reach = Reach(is_this_machine(place.host), place.behind_proxy)
    app = make_app(console, reach)
    async with app.router.lifespan_context(app):
        serving = Serving(app)
        address = await serving.start(place.host, place.port)
        try:
            LOGGER.info("the console is open at %s", address)
            if not reach.local and not place.behind_proxy:
                LOGGER.warning(
                    "it listens on %s without TLS, so passwords travel where others may read them: put a proxy with "
                    "TLS before it, and run it with --behind-proxy",
                    place.host,
                )
            if password:
                tell(box(password, address))
            yield Opened(address, serving)
        finally:
            reach.closing.begin()
            await serving.stop()


def _first_time(users: UsersFile) -> tuple[str, FirstTime | None]:
    if users.all():
        return "", None
    if not users.can_be_written():
        raise LoginError(
            f"nobody could log in: {users.path} has no users, and cannot be written here; make one elsewhere with "
            "`tradingbot user add NAME --file users.json`"
        )
    return FirstTime.make()
