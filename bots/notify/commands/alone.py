"""The one bot of a process as those who ask in a chat see it."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from bots.config import Document
from bots.seen.last_lines import tail
from bots.trading.halts import HaltMode
from bots.trading.records import Trade


class TradingBot(Protocol):
    """What is needed of a bot."""

    name: str
    document: Document

    def get_status(self) -> Mapping[str, Any]:
        """Return its status."""
        ...

    def trades(self) -> Sequence[Trade]:
        """Return its trades; may block."""
        ...

    def halt(self, mode: HaltMode, reason: str, *, by: str) -> Mapping[str, Any]:
        """Make no entries until resumed."""
        ...

    def resume(self, *, by: str) -> Mapping[str, Any]:
        """Go on after a halt."""
        ...


class Alone:
    """See Bots.

    Parameters
    ----------
    bot : TradingBot
        The bot of this process; asked in the loop that trades.
    workdir : Path
        Where its log lies.
    """

    def __init__(self, bot: TradingBot, workdir: Path) -> None:
        self._bot = bot
        self._log = workdir / bot.document.logging.path_for(bot.name)

    def names(self) -> Sequence[str]:
        """See Bots."""
        return (self._bot.name,)

    async def status(self, name: str) -> Mapping[str, Any]:
        """See Bots."""
        return self._bot.get_status()

    async def trades(self, name: str) -> Sequence[Trade]:
        """See Bots; in a thread, since whoever looks must not keep the bot from trading."""
        return await asyncio.to_thread(self._bot.trades)

    async def document(self, name: str) -> Mapping[str, Any]:
        """See Bots."""
        document: dict[str, Any] = json.loads(self._bot.document.canonical_json())
        return document

    async def log_tail(self, name: str, lines: int) -> Sequence[str]:
        """See Bots."""
        return await asyncio.to_thread(tail, self._log, lines)

    async def halt(self, name: str, mode: HaltMode, reason: str, *, by: str) -> Mapping[str, Any]:
        """See Bots."""
        return self._bot.halt(mode, reason, by=by)

    async def resume(self, name: str, *, by: str) -> Mapping[str, Any]:
        """See Bots."""
        return self._bot.resume(by=by)
