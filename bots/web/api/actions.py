"""What is done to bots."""

from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import AfterValidator, Field
from starlette.responses import Response

from bots.trading.halts import HaltMode
from bots.web import acting
from bots.web.api.documenting import NAMED, problems
from bots.web.api.fleet_values import Bot, bot_of
from bots.web.api.values import Asked, BotName, Value
from bots.web.bots import Action, OnLeaving
from bots.web.console import TheConsole, TheSession
from bots.web.foreseeing import foresee

router = APIRouter(tags=["Actions"], prefix="/bots/{name}", responses=problems(*NAMED, 400, 409, 413, 422))

_CONFIRM = "The bot's name once more; needed of a bot that trades live, where /consequences says so."
_POSITION = "What becomes of its position: it is kept, or everything is sold at the market first."


def _line(text: str) -> str:
    said = " ".join(text.split())
    if not said.isprintable():
        raise ValueError("must be one line of text that can be printed")
    return said


type Reason = Annotated[
    str,
    Field(
        max_length=acting.LONGEST_REASON,
        description="One line for its log and its people.",
        examples=["maintenance"],
    ),
    AfterValidator(_line),
]


class StopAsked(Asked):
    """How a bot is stopped."""

    position: OnLeaving = Field(default=OnLeaving.KEEP, description=_POSITION)
    confirm: str | None = Field(default=None, max_length=128, description=_CONFIRM)


class RestartAsked(Asked):
    """How a bot is restarted."""

    confirm: str | None = Field(default=None, max_length=128, description=_CONFIRM)


class HaltAsked(Asked):
    """How and why a bot is halted."""

    mode: HaltMode = Field(
        default=HaltMode.BLOCK_ENTRIES,
        description="`block-entries`: no entries; `cancel-orders`: and every order is taken back, stops too; "
        "`close-positions`: and everything is sold.",
    )
    reason: Reason = ""
    confirm: str | None = Field(default=None, max_length=128, description=_CONFIRM)


class CloseAsked(Asked):
    """Why a bot's position is closed."""

    reason: Reason = ""
    confirm: str | None = Field(default=None, max_length=128, description=_CONFIRM)


_STOP, _RESTART, _HALT, _CLOSE = StopAsked(), RestartAsked(), HaltAsked(), CloseAsked()
"""What is asked for where there is no body."""


class Foreseen(Value):
    """What an action will do."""

    title: str = Field(description="The question.")
    sentences: tuple[str, ...] = Field(description="What will happen, what matters most first.")
    button: str = Field(description="A label for what does it.")
    danger: bool = Field(description="Whether it cannot be undone, or leaves real money without a watch.")
    confirm: bool = Field(description="Whether the bot's name has to be repeated as `confirm`.")
    possible: bool = Field(description="Whether it can be done now.")


@router.get("/consequences", summary="See what an action would do")
async def consequences(
    console: TheConsole,
    name: BotName,
    action: Annotated[Action, Query(description="What would be done.")],
    position: Annotated[OnLeaving, Query(description="What would become of its position.")] = OnLeaving.KEEP,
    mode: Annotated[HaltMode, Query(description="How it would be halted.")] = HaltMode.BLOCK_ENTRIES,
) -> Foreseen:
    """Say what an action would do to the bot, its position, its orders and its stops; nothing is done."""
    told = await foresee(console.bots, name, action, position, mode)
    return Foreseen(
        title=told.title,
        sentences=told.sentences,
        button=told.button,
        danger=told.danger,
        confirm=told.type_name,
        possible=action in console.bots.entry(name).actions,
    )


@router.post("/start", summary="Start a bot")
async def start(console: TheConsole, session: TheSession, name: BotName) -> Bot:
    """Let a bot run; it goes on from its journal."""
    await acting.act(console, session, name, Action.START, way=acting.API)
    return bot_of(console.bots.entry(name))


@router.post("/stop", summary="Stop a bot")
async def stop(
    console: TheConsole,
    session: TheSession,
    name: BotName,
    asked: Annotated[StopAsked, Body()] = _STOP,
) -> Bot:
    """Let a bot end; its position is kept, unless it shall be closed before."""
    await acting.act(console, session, name, Action.STOP, position=asked.position, typed=asked.confirm, way=acting.API)
    return bot_of(console.bots.entry(name))


@router.post("/restart", summary="Restart a bot")
async def restart(
    console: TheConsole,
    session: TheSession,
    name: BotName,
    asked: Annotated[RestartAsked, Body()] = _RESTART,
) -> Bot:
    """Stop a bot, its position kept, and start it with its document as it is now."""
    await acting.act(console, session, name, Action.RESTART, typed=asked.confirm, way=acting.API)
    return bot_of(console.bots.entry(name))


@router.post("/halt", summary="Halt a bot")
async def halt(
    console: TheConsole,
    session: TheSession,
    name: BotName,
    asked: Annotated[HaltAsked, Body()] = _HALT,
) -> Bot:
    """Let a bot make no entries until it is resumed; a stricter halt takes the place of a milder one."""
    await acting.act(
        console,
        session,
        name,
        Action.HALT,
        mode=asked.mode,
        reason=asked.reason,
        typed=asked.confirm,
        way=acting.API,
    )
    return bot_of(console.bots.entry(name))


@router.post("/resume", summary="Resume a bot")
async def resume(console: TheConsole, session: TheSession, name: BotName) -> Bot:
    """Let a halted bot make entries again."""
    await acting.act(console, session, name, Action.RESUME, way=acting.API)
    return bot_of(console.bots.entry(name))


@router.post("/close", summary="Close a bot's position")
async def close(
    console: TheConsole,
    session: TheSession,
    name: BotName,
    asked: Annotated[CloseAsked, Body()] = _CLOSE,
) -> Bot:
    """Sell everything that a bot has open, at the market; it stays up, halted."""
    await acting.act(console, session, name, Action.CLOSE, reason=asked.reason, typed=asked.confirm, way=acting.API)
    return bot_of(console.bots.entry(name))


@router.delete("", summary="Delete a bot", status_code=204, response_class=Response)
async def delete(
    console: TheConsole,
    session: TheSession,
    name: BotName,
    position: Annotated[OnLeaving, Query(description=_POSITION)] = OnLeaving.KEEP,
    confirm: Annotated[str | None, Query(max_length=128, description=_CONFIRM)] = None,
) -> None:
    """Remove a bot: it is stopped, and its document goes; its journal stays where it is."""
    await acting.act(console, session, name, Action.DELETE, position=position, typed=confirm, way=acting.API)
