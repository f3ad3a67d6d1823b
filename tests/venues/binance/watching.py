"""Somebody who watches the double at work, step by step, and may let a request be lost on its way."""

from collections.abc import Mapping
from typing import Any

from tests.venues.binance.matching import Matching


class Watcher:
    """Hears of every step, in the server's thread; this one lets everything take its course."""

    def begins(self, matching: Matching) -> None:
        """Begin to watch; orders and executions may be looked at whenever something is heard."""

    async def arrives(self, name: str, params: Mapping[str, str]) -> bool:
        """Hear that a request has come, before anything is done about it; say whether it gets any further."""
        return True

    def answered(self, name: str, params: Mapping[str, str], status: int, code: int) -> None:
        """Hear that the answer to a request is on the wire."""

    def tells(self, event: Mapping[str, Any]) -> None:
        """Hear that an event of the account goes out to one who follows it."""
