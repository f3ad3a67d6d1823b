"""The fleet as others see it, and a count that grows where something visible has changed."""

import asyncio
from collections.abc import Sequence

from bots.web.bots import Entry
from bots.web.in_cluster.entries import same


class Published:
    """The entries of all bots."""

    def __init__(self) -> None:
        self.version = 0
        self._entries: dict[str, Entry] = {}
        self._fleet: Sequence[Entry] | None = ()
        self._news = asyncio.Event()

    @property
    def fleet(self) -> Sequence[Entry]:
        """All of them, by name."""
        if self._fleet is None:
            self._fleet = tuple(self._entries[name] for name in sorted(self._entries))
        return self._fleet

    def get(self, name: str) -> Entry | None:
        """Return one of them."""
        return self._entries.get(name)

    def put(self, entry: Entry) -> None:
        """Take in a bot as it is now."""
        before = self._entries.get(entry.name)
        self._entries[entry.name], self._fleet = entry, None
        if before is None or not same(before, entry):
            self._tell()

    def drop(self, name: str) -> None:
        """Forget a bot that is gone."""
        if self._entries.pop(name, None) is not None:
            self._fleet = None
            self._tell()

    async def changed(self, since: int) -> int:
        """Wait until `version` is another than `since`."""
        while self.version == since:
            await self._news.wait()
        return self.version

    def _tell(self) -> None:
        self.version += 1
        waking, self._news = self._news, asyncio.Event()
        waking.set()
