"""The one way in which pages and API change anything: checked, done, and written down whatever came of it."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bots.config import document_from_bytes
from bots.seen.rows import State
from bots.trading.halts import HaltMode
from bots.web.backtests.bars import Offered
from bots.web.bots import Action, Entry, OnLeaving, Who, Written
from bots.web.consequences import needs_name
from bots.web.console import Console
from bots.web.foreseeing import as_it_is_now
from bots.web.login.sessions import Session
from strategies.errors import DocumentError, ManagingError, NotConfirmedError, NotNowError, TradingBotError

LONGEST_REASON = 200
NO_REASON = "halted from the console"
WEB, API = "web", "api"


async def act(
    console: Console,
    session: Session,
    name: str,
    action: Action,
    *,
    position: OnLeaving = OnLeaving.KEEP,
    mode: HaltMode = HaltMode.BLOCK_ENTRIES,
    reason: str = "",
    typed: str | None = None,
    way: str = WEB,
) -> None:
    """Do something to a bot.

    Parameters
    ----------
    console, session : Console and Session
        Where, and who.
    name, action : str and Action
        To which bot, and what.
    position : OnLeaving
        What becomes of its position, where it is stopped or deleted.
    mode, reason : HaltMode and str
        How and why it is halted; the reason is one line. `CLOSE` halts it, too.
    typed : str, optional
        The bot's name as a person typed it, which some actions on live bots ask for.
    way : str
        How the person came: `web` by pages, `api` by the API.

    Raises
    ------
    NotNowError
        If that cannot be done to this bot now, or is being done to it already.
    NotConfirmedError
        If the name has to be typed and was not.
    TradingBotError
        What the port says.
    """
    bots, who = console.bots, Who(session.user, way)
    what: dict[str, object] = {}
    if action in (Action.STOP, Action.DELETE):
        what["position"] = str(position)
    if action is Action.CLOSE:
        mode = HaltMode.CLOSE_POSITIONS
    if action in (Action.HALT, Action.CLOSE):
        reason = " ".join(reason.split()) or NO_REASON
        what |= {"mode": str(mode), "reason": reason}
    async with written_down(console, session, action, name, what, way):
        entry, _ = await as_it_is_now(bots, name, action)
        with console.under_way.once(name, _deed(action, mode), _verb(action, passive=True), who):
            _must_be_possible(entry, action, mode)
            if needs_name(action, entry, position, mode) and typed != name:
                raise NotConfirmedError(f"{name} trades live: repeat its name to {_verb(action)}")
            match action:
                case Action.START:
                    await bots.start(name, who)
                case Action.STOP:
                    await bots.stop(name, position, who)
                case Action.RESTART:
                    await bots.restart(name, who)
                case Action.HALT | Action.CLOSE:
                    _must_be_a_line(reason)
                    await bots.halt(name, mode, reason, who)
                case Action.RESUME:
                    await bots.resume(name, who)
                case Action.DELETE:
                    await bots.delete(name, position, who)


async def create(
    console: Console, session: Session, name: str, text: str, *, typed: str | None = None, way: str = WEB
) -> Entry:
    """Make a bot.

    Parameters
    ----------
    console, session : Console and Session
        Where, and who.
    name, text : str
        What it is called, and its document.
    typed : str, optional
        The name as a person typed it once more, which a document that trades live asks for.
    way : str
        How the person came.

    Raises
    ------
    NotConfirmedError
        If the name has to be typed and was not.
    TradingBotError
        What `Bots.create` says.
    """
    async with written_down(console, session, "create", name, {}, way):
        await _must_be_meant(name, text, typed)
        return await console.bots.create(name, text, Who(session.user, way))


async def save(
    console: Console,
    session: Session,
    name: str,
    text: str,
    version: str,
    *,
    typed: str | None = None,
    way: str = WEB,
) -> Written:
    """Replace a bot's document, made from a version of it; all else as for `create`."""
    async with written_down(console, session, "save", name, {"version": version}, way) as what:
        await _must_be_meant(name, text, typed)
        written = await console.bots.save(name, text, version, Who(session.user, way))
        what["saved"] = written.version
        return written


async def backtest(
    console: Console, session: Session, text: str, bars: str, *, bot: str = "draft", count: int = 5000, way: str = WEB
) -> str:
    """Begin a backtest and return its id; raises what `Backtests.start` does."""
    what = {"bars": bars, "count": count}
    async with written_down(console, session, "backtest", bot, what, way) as more:
        begun = await console.backtests.start(text, bars, Who(session.user, way), bot=bot, count=count)
        more["id"] = begun
        return begun


async def cancel_backtest(console: Console, session: Session, id: str, *, way: str = WEB) -> None:
    """End a backtest; raises what `Backtests.cancel` does."""
    async with written_down(console, session, "cancel backtest", "", {"id": id}, way):
        await console.backtests.cancel(id)


async def delete_backtest(console: Console, session: Session, id: str, *, way: str = WEB) -> None:
    """Forget a backtest; raises what `Backtests.delete` does."""
    async with written_down(console, session, "delete backtest", "", {"id": id}, way):
        await console.backtests.delete(id)


async def take_bars(
    console: Console, session: Session, name: str, chunks: AsyncIterable[bytes], *, way: str = WEB
) -> Offered:
    """Keep a file of bars that somebody sends; raises what `Backtests.take_bars` does."""
    async with written_down(console, session, "upload bars", "", {"name": name}, way):
        return await console.backtests.take_bars(name, chunks)


def _must_be_possible(entry: Entry, action: Action, mode: HaltMode) -> None:
    able = set(entry.actions)
    # A halt that sells is offered as closing where there is something to sell, and is a stricter halt everywhere else.
    if action is Action.HALT and mode is HaltMode.CLOSE_POSITIONS and Action.CLOSE in able:
        able.add(Action.HALT)
    if action in able:
        return
    how = f"it is {entry.row.state}" if entry.row.state is not State.NO_ANSWER else "it does not answer"
    if entry.faults and action in (Action.START, Action.RESTART):
        how = "its document has faults"
    if action is Action.CLOSE and entry.row.position == 0:
        how = "it holds nothing"
    possible = ", ".join(sorted(entry.actions)) or "nothing"
    raise NotNowError(f"{entry.name} cannot {_verb(action, passive=True)} now: {how}; possible: {possible}")


async def _must_be_meant(name: str, text: str, typed: str | None) -> None:
    try:
        document = await asyncio.to_thread(document_from_bytes, text.encode(errors="replace"), name)
    except DocumentError:
        # Nothing trades by it: the port refuses it, with all that is wrong.
        return
    if document.mode == "live" and typed != name:
        raise NotConfirmedError(f"this document trades live: repeat the name {name} to save it")


def _must_be_a_line(reason: str) -> None:
    # The bot takes no other, and would say so in terms of its own HTTP.
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise ManagingError(f"a reason is one line of text, {LONGEST_REASON} characters at most")


def _deed(action: Action, mode: HaltMode) -> str:
    # A stricter halt is not held up by a milder one that a bot has not answered yet.
    return f"halt {mode}" if action in (Action.HALT, Action.CLOSE) else str(action)


def _verb(action: Action, *, passive: bool = False) -> str:
    if action is Action.CLOSE:
        return "be closed" if passive else "close its position"
    if passive:
        return {
            Action.START: "be started",
            Action.STOP: "be stopped",
            Action.RESTART: "be restarted",
            Action.HALT: "be halted",
            Action.RESUME: "be resumed",
            Action.DELETE: "be deleted",
        }[action]
    return f"{action} it"


@asynccontextmanager
async def written_down(
    console: Console, session: Session, action: str, bot: str, what: Mapping[str, object], way: str = WEB
) -> AsyncIterator[dict[str, object]]:
    """Write down what is done inside, and whether it was; details may be added to what this gives."""
    details, outcome = dict(what), "failed: broken off"
    try:
        yield details
        outcome = "done"
    except (ManagingError, DocumentError) as error:
        outcome = f"refused: {error}"
        raise
    except TradingBotError as error:
        outcome = f"failed: {error}"
        raise
    except Exception as error:
        outcome = f"failed: {type(error).__name__}"
        raise
    finally:
        console.audit.note(Who(session.user, way), str(action), bot, outcome, **details)
