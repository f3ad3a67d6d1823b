"""A process that may die at any step: its tasks, its callbacks, and the guard through which nothing dead goes on."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from tests.simulation.faults import KilledError
from tests.simulation.surroundings import Surroundings


class Mortal:
    """Runs work of a process and of one life in it; whatever of it is left ends with the one or the other."""

    def __init__(self, around: Surroundings) -> None:
        self.dead = False
        self.over = asyncio.Event()
        self.ready = False
        self._around = around
        self._tasks: list[asyncio.Task[None]] = []
        self._life: list[asyncio.Task[None]] = []
        self._lives = 0
        self.journal = around.open_journal(self.alive, self.crash)

    def alive(self) -> None:
        """Let nothing of a dead process go on."""
        if self.dead:
            raise KilledError

    def crash(self, point: str) -> None:
        """Die here, if that is what the dice say."""
        self.alive()
        if self._around.faults.crashes_here(f"{point}{'' if self.ready else ', recovering'}"):
            self.kill(point)
            raise KilledError

    def kill(self, why: str) -> None:
        """Let the process die."""
        if self.dead or self.over.is_set():
            return
        self._around.note("process", f"dies {why}")
        self.dead = True
        self.over.set()

    async def bury(self) -> None:
        """Take away what is left of it."""
        self.dead = True
        left = [task for task in (*self._tasks, *self._life) if not task.done()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        self.journal.bury()

    def soon(self, step: Callable[..., None], *args: Any) -> None:
        """Take a step in this life, once everything that waits now was dealt with."""
        self._around.loop.call_soon(self._step, self._lives, step, args)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin a task of this life."""
        self._life.append(self._guarded(work))

    def wall(self) -> datetime:
        """Return the time."""
        return self._around.loop.wall()

    def _step(self, life: int, step: Callable[..., None], args: tuple[Any, ...]) -> None:
        if self.dead or life != self._lives:
            return
        try:
            step(*args)
        except KilledError:
            return

    def _guarded(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        async def run() -> None:
            try:
                await work
            except KilledError:
                return
            except Exception as error:
                self._around.held.breaks("no error that nobody expects", repr(error))
                raise

        return self._around.loop.create_task(run())

    def _begin_life(self) -> None:
        self._lives += 1

    def _end_life(self) -> None:
        """Let nothing of this life go on."""
        life, self._life = self._life, []
        for task in life:
            task.cancel()
        self._lives += 1
