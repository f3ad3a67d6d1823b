"""The bots as a chat asks them: the port. Alone one bot stands behind it, in a cluster many."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bots.trading.halts import HaltMode
from bots.trading.records import Trade

BY = "telegram"
"""Who halted or resumed a bot, as its journal and its people are told."""


class Bots(Protocol):
    """Bots by their names; what is asked of one may raise a TradingBotError, whose sentence is told."""

    def names(self) -> Sequence[str]:
        """Return whom there are."""
        ...

    async def status(self, name: str) -> Mapping[str, Any]:
        """Return what a bot says of itself, as `GET /status` does."""
        ...

    async def trades(self, name: str) -> Sequence[Trade]:
        """Return its trades, oldest first, open ones included."""
        ...

    async def document(self, name: str) -> Mapping[str, Any]:
        """Return its document, as far as it was written; documents hold no secrets."""
        ...

    async def log_tail(self, name: str, lines: int) -> Sequence[str]:
        """Return the last lines of its log."""
        ...

    async def halt(self, name: str, mode: HaltMode, reason: str, *, by: str) -> Mapping[str, Any]:
        """Make no entries until resumed, and close everything if that is the mode; return what stands then."""
        ...

    async def resume(self, name: str, *, by: str) -> Mapping[str, Any]:
        """Go on after a halt; return what stands then."""
        ...
