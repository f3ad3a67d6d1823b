"""What waits to be asked for: kept until a later offset confirms it; one asker at a time, the last one wins."""

import asyncio
from typing import Any

from tests.venues.telegram.refusals import ANOTHER_POLLER, WEBHOOK, RefusedError


class Updates:
    """The queue; used in the server's loop only."""

    def __init__(self) -> None:
        self.webhook = ""
        self.waiting: list[Any] = []
        self.next_id = 7_000_001
        self._news = asyncio.Condition()
        self._asker: object | None = None
        self.askers = 0

    async def add(self, kind: str, what: Any) -> int:
        """Let somebody do something."""
        number = self.next_id
        await self.add_raw({"update_id": number, kind: what})
        return number

    async def add_raw(self, update: Any) -> None:
        """Let anything at all come."""
        self.next_id += 1
        self.waiting.append(update)
        async with self._news:
            self._news.notify_all()

    async def ask(self, offset: int | None, limit: int, seconds: float) -> list[Any]:
        """Answer getUpdates; whoever asks meanwhile ends this."""
        if self.webhook:
            raise RefusedError(*WEBHOOK)
        if offset is not None:
            # What has no number is never confirmed; Telegram sends nothing like it, so once is enough.
            self.waiting = [each for each in self.waiting if _number(each) >= offset]
        me = self._asker = object()
        self.askers += 1
        async with self._news:
            self._news.notify_all()
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait_for(lambda: self.waiting or self._asker is not me)
            except TimeoutError:
                pass
            finally:
                self.askers -= 1
        if self._asker is not me:
            raise RefusedError(*ANOTHER_POLLER)
        return self.waiting[:limit]


def _number(update: Any) -> int:
    found = update.get("update_id") if isinstance(update, dict) else None
    return found if isinstance(found, int) else -1
