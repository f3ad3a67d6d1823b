"""A queue of names: each at most once in it, never two workers at one name, failures tried again later and later."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from seen import Key

_FIRST_RETRY_SECONDS = 1.0
_LAST_RETRY_SECONDS = 60.0


class Work:
    """Runs `handle` for every name that is put in, with a bounded number of workers.

    Parameters
    ----------
    handle : callable
        Deals with one name; returns the seconds after which it wants to look again, or None.
    failed : callable
        Told the name and what `handle` raised; the name comes again after a pause that doubles.
    workers : int
        How many names are dealt with at a time.
    """

    def __init__(
        self,
        handle: Callable[[Key], Awaitable[float | None]],
        failed: Callable[[Key, Exception], None],
        workers: int = 16,
    ) -> None:
        self._handle, self._failed, self._workers = handle, failed, workers
        self._waiting: dict[Key, float] = {}
        self._busy: set[Key] = set()
        self._later: dict[Key, asyncio.TimerHandle] = {}
        self._retries: dict[Key, int] = {}
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def oldest_seconds(self) -> float:
        """How long the first name has waited."""
        return time.monotonic() - min(self._waiting.values()) if self._waiting else 0.0

    def put(self, key: Key) -> None:
        """Have a name dealt with soon."""
        if (timer := self._later.pop(key, None)) is not None:
            timer.cancel()
        self._waiting.setdefault(key, time.monotonic())
        self._wake.set()

    def put_later(self, key: Key, seconds: float) -> None:
        """Have a name dealt with in a while, or sooner if something asks for it sooner."""
        loop = asyncio.get_running_loop()
        known = self._later.get(key)
        if key in self._waiting or (known is not None and known.when() <= loop.time() + seconds):
            return
        if known is not None:
            known.cancel()
        self._later[key] = loop.call_later(seconds, self.put, key)

    def forget(self, key: Key) -> None:
        """Drop a name that is no more."""
        self._waiting.pop(key, None)
        self._retries.pop(key, None)
        if (timer := self._later.pop(key, None)) is not None:
            timer.cancel()

    def start(self) -> None:
        """Begin to work."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._work()) for _ in range(self._workers)]

    async def stop(self) -> None:
        """Stop working; what is under way is cancelled, what waits goes on waiting."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            key = next((one for one in self._waiting if one not in self._busy), None)
            if key is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            del self._waiting[key]
            self._busy.add(key)
            try:
                await self._one(key)
            except asyncio.CancelledError:
                # Half done is not done: whoever works next looks again.
                self._waiting.setdefault(key, time.monotonic())
                raise
            finally:
                self._busy.discard(key)
                if key in self._waiting:
                    self._wake.set()

    async def _one(self, key: Key) -> None:
        try:
            again = await self._handle(key)
        except Exception as error:
            tries = self._retries[key] = self._retries.get(key, 0) + 1
            self._failed(key, error)
            self.put_later(key, min(_FIRST_RETRY_SECONDS * 2 ** (tries - 1), _LAST_RETRY_SECONDS))
        else:
            self._retries.pop(key, None)
            if again is not None:
                self.put_later(key, again)
