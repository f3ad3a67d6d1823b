"""What one console in the browser consists of, as its routes find it."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from bots.web.auditing import AuditLog
from bots.web.backtests.running import Backtests
from bots.web.bots import Bots
from bots.web.login.doors import Doors
from bots.web.login.sessions import Session
from bots.web.under_way import UnderWay


@dataclass(frozen=True, slots=True)
class Console:
    """All that routes work with; it lies in `app.state.console`.

    Parameters
    ----------
    bots : Bots
        The bots, wherever they live.
    doors : Doors
        Who may come in: users, sessions, attempts.
    audit : AuditLog
        Where each action is written down.
    backtests : Backtests
        Backtests that people have started here.
    under_way : UnderWay
        What is being done to bots at this moment.
    """

    bots: Bots
    doors: Doors
    audit: AuditLog
    backtests: Backtests
    under_way: UnderWay = field(default_factory=UnderWay)


def _console(request: Request) -> Console:
    console: Console = request.app.state.console
    return console


def _session(request: Request) -> Session:
    # The gate lets nobody reach a route without one.
    session: Session = request.state.session
    return session


type TheConsole = Annotated[Console, Depends(_console)]
type TheSession = Annotated[Session, Depends(_session)]
