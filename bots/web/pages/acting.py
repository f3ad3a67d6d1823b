"""What is done to a bot from a page: first what it will do is said, then it is done."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from bots.trading.halts import HaltMode
from bots.web.acting import LONGEST_REASON, act
from bots.web.api.problems import status_of
from bots.web.bots import Action, OnLeaving
from bots.web.console import TheConsole, TheSession
from bots.web.foreseeing import foresee
from bots.web.pages.rendering import label, render
from strategies.errors import NoSuchBotError, TradingBotError

router = APIRouter()
# Closing is an action of its own here.
_HALTS = {
    HaltMode.BLOCK_ENTRIES: "Make no entries; keep what it holds, exits and stops work on",
    HaltMode.CANCEL_ORDERS: "Make no entries, and take back the orders that rest at the venue, stops too",
}
_DONE = {
    Action.START: "is started",
    Action.STOP: "is stopped",
    Action.RESTART: "is restarted",
    Action.HALT: "is halted",
    Action.RESUME: "may make entries again",
    Action.CLOSE: "is told to sell everything, and is halted",
    Action.DELETE: "is deleted",
}


@router.get("/bots/{name}/confirm/{action}")
async def confirm(
    request: Request,
    console: TheConsole,
    name: str,
    action: Action,
    position: OnLeaving = OnLeaving.KEEP,
    mode: HaltMode = HaltMode.BLOCK_ENTRIES,
) -> Response:
    """Say what an action will do, and ask."""
    return await _asked(request, console, name, action, position, mode)


@router.post("/bots/{name}/{action}")
async def do(
    request: Request,
    console: TheConsole,
    session: TheSession,
    name: str,
    action: Action,
    position: Annotated[OnLeaving, Form()] = OnLeaving.KEEP,
    mode: Annotated[HaltMode, Form()] = HaltMode.BLOCK_ENTRIES,
    reason: Annotated[str, Form()] = "",
    typed: Annotated[str | None, Form()] = None,
) -> Response:
    """Do it, and say what came of it; where it was not done, ask again and say why.

    What was typed stays in the page, into which the answer is merged.
    """
    try:
        await act(console, session, name, action, position=position, mode=mode, reason=reason, typed=typed)
    except TradingBotError as error:
        if isinstance(error, NoSuchBotError):
            raise
        answer = await _asked(request, console, name, action, position, mode, str(error))
        answer.status_code = status_of(error)
        return answer
    answer = render(request, "done.html", sentence=f"{name} {_DONE[action]}.")
    if action is Action.DELETE:
        # Its page is no more; the list says so by itself.
        answer.headers["HX-Redirect"] = "/"
    return answer


async def _asked(
    request: Request,
    console: TheConsole,
    name: str,
    action: Action,
    position: OnLeaving,
    mode: HaltMode,
    refused: str = "",
) -> Response:
    entry = console.bots.entry(name)
    foreseen = await foresee(console.bots, name, action, position, mode)
    possible = action in entry.actions
    return render(
        request,
        "confirm.html",
        name=name,
        action=action,
        title=foreseen.title,
        foreseen=foreseen,
        possible=possible,
        actions=[label(each) for each in Action if each in entry.actions],
        choices=foreseen.asks_for_position,
        position=position,
        halts=_HALTS if action is Action.HALT else {},
        mode=mode,
        longest=LONGEST_REASON,
        refused=refused,
    )
