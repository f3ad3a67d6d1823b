"""Halts and their end: told to the bot itself where it takes that from here, else written into its journal."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bots.config.wording import one_line
from bots.journal.looking import Found
from bots.journal.reading import lift_halts, put_halt, read_halt
from bots.journal.writing import add_halt
from bots.journal.writing import lift_halts as lift_all
from bots.seen.authorisation import read_token
from bots.seen.bodies import LONGEST_NAME, LONGEST_REASON
from bots.trading.halts import MANUAL_HALT, Halt, HaltMode
from bots.web.at_home.following import Following
from bots.web.at_home.looking import Sight
from bots.web.at_home.past import from_journal
from bots.web.bots import Who
from strategies.errors import BotUnreachableError, NotNowError

_HEAR_SECONDS = 10.0
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Closed:
    """What a position was closed with: the reason given, and what had halted the bot before."""

    reason: str
    before: Halt | None


class Halting:
    """Halts bots and lets them go on.

    Parameters
    ----------
    following : Following
        Sees the bots.
    token_file : Path
        Holds the token that bots take which were started from here.
    close_seconds : float
        For how long a position may take to be closed.
    """

    def __init__(self, following: Following, token_file: Path, close_seconds: float) -> None:
        self._following, self._token_file, self._close_seconds = following, token_file, close_seconds

    async def halt(self, name: str, mode: HaltMode, reason: str, who: Who) -> None:
        """Halt a bot; see `Bots.halt`."""
        found, sight = await self._journal_of(name)
        asked = one_line(" ".join(reason.split()))[:LONGEST_REASON] or "asked for in the console"
        body = {"mode": str(mode), "reason": asked, "by": str(who)[:LONGEST_NAME]}
        standing = await self._tell(sight, "/halt", body)
        if standing is None:
            written = Halt(MANUAL_HALT, f"{asked} (by {who})", datetime.now(UTC), mode)
            stands = await asyncio.to_thread(from_journal, found, lambda engine: put_halt(engine, written), written)
            told = stands.limit, str(stands.mode), stands.detail
        else:
            halt = standing.get("halt") or {}
            told = str(halt.get("limit")), str(halt.get("mode")), str(halt.get("detail"))
        if asked not in told[2]:
            raise NotNowError(f"{name} is halted already, as strictly, {told[0]} ({told[1]}): {told[2]}")
        await self._until(name, sight, f"{name} is to halt", lambda status: bool(status.get("halt")))

    async def resume(self, name: str, who: Who) -> None:
        """Let a bot make entries again; see `Bots.resume`."""
        found, sight = await self._journal_of(name)
        if await asyncio.to_thread(from_journal, found, read_halt, None) is None:
            raise NotNowError(f"{name} is not halted")
        if await self._tell(sight, "/resume", {"by": str(who)[:LONGEST_NAME]}) is None:
            await asyncio.to_thread(from_journal, found, lift_halts, 0)
        await self._until(name, sight, f"{name} is to go on", lambda status: not status.get("halt"))

    async def close(self, name: str, who: Who, why: str) -> Closed:
        """Halt a bot so that it closes everything, and wait until it has.

        Raises
        ------
        NotNowError
            If it has not within the time that it has for that; it goes on trying.
        """
        found, sight = await self._journal_of(name)
        if sight.status is None:
            raise BotUnreachableError(f"{name} does not answer, so that its position cannot be closed; it was not told")
        before = await asyncio.to_thread(from_journal, found, read_halt, None)
        reason = f"{why}, {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        if before is None or not before.closes:
            await self.halt(name, HaltMode.CLOSE_POSITIONS, reason, who)
        end = asyncio.get_running_loop().time() + self._close_seconds
        while not _is_flat(sight.status):
            if asyncio.get_running_loop().time() > end:
                raise NotNowError(_still_holds(name, sight.status, self._close_seconds))
            await asyncio.sleep(_LOOK_SECONDS)
            sight = await self._following.look(name)
            if sight.process is None:
                raise NotNowError(f"{name} ended before its position was closed")
        return Closed(reason, before)

    async def take_back(self, name: str, closed: Closed) -> None:
        """Lift what a stopped bot was closed with, and nobody else's halt: it is to trade when it is started again."""
        found, _ = await self._journal_of(name)

        def restore(engine: Any) -> None:
            standing = read_halt(engine)
            if standing is None or standing == closed.before or closed.reason not in standing.detail:
                return
            with engine.begin() as connection:
                lift_all(connection)
                if closed.before is not None:
                    add_halt(connection, closed.before)

        await asyncio.to_thread(from_journal, found, restore, None)

    async def _journal_of(self, name: str) -> tuple[Found, Sight]:
        sight = await self._following.look(name)
        looker, known = self._following.looker(name), self._following.known.get(name)
        journal = looker.running() or looker.at_rest(known.mode if known is not None else "")
        if not journal.exists:
            raise NotNowError(f"{name} has never run: there is nothing to halt, and nothing that was halted")
        return journal.found, sight

    async def _tell(self, sight: Sight, path: str, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Tell a bot that answers, so that it knows who it was; None where it does not take it from here."""
        token = read_token(self._token_file)
        if sight.status is None or token is None or not sight.row.address:
            return None
        try:
            answer = await self._following.http.ask(
                "POST", sight.row.address + path, sight.row.bot, token=token.decode(), body=dict(body)
            )
        except BotUnreachableError:
            return None
        return answer if isinstance(answer, dict) else None

    async def _until(self, name: str, sight: Sight, what: str, condition: Callable[[Mapping[str, Any]], bool]) -> None:
        if sight.process is None:
            # It reads its journal when it starts.
            await self._following.look(name)
            return
        end = asyncio.get_running_loop().time() + _HEAR_SECONDS
        while asyncio.get_running_loop().time() < end:
            status = (await self._following.look(name)).status
            if status is not None and condition(status):
                return
            await asyncio.sleep(_LOOK_SECONDS)
        raise BotUnreachableError(
            f"{what}: that stands in its journal, but within {_HEAR_SECONDS:.0f} s it has not said that it heard of it"
        )


def _is_flat(status: Mapping[str, Any] | None) -> bool:
    if status is None:
        return False
    position, broker = status.get("position") or {}, status.get("broker_status") or {}
    return not position.get("quantity") and not position.get("lots") and not broker.get("open_orders")


def _still_holds(name: str, status: Mapping[str, Any] | None, seconds: float) -> str:
    held = (status or {}).get("position", {}).get("quantity")
    why = "; ".join((status or {}).get("reasons") or ())
    return (
        f"{name} still holds {held if held is not None else 'its position'} after {seconds:.0f} s"
        f"{f' ({one_line(why)})' if why else ''}: it was not stopped, is halted, and goes on trying to close it"
    )
