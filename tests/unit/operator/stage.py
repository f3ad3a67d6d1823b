"""A reconciler on a stage: the cluster, the bots' HTTP and the clock are made up, all between them is real."""

from dataclasses import replace
from typing import Any

from answers import Answer
from asking import Bots
from bots.trading.halts import HaltMode
from children import Children
from hearing import Hearing
from reconcile import Reconciler
from seen import Key
from strategies.errors import BotRefusedError, BotUnreachableError
from tests.unit.operator.cluster import Cluster
from tests.unit.operator.things import KEY, SETUP, said
from world import World

OPERATOR_KEY = b"k" * 32


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Talking(Bots):
    """One bot's HTTP, wherever it is: it says what `answer` is, does what it is told, and notes it."""

    def __init__(self) -> None:
        self.answer: Answer | None = said()
        self.takes_changes = True
        self.asked: list[str] = []
        # What it says from its first hold on, for what happens between question and hold.
        self.after_hold: Answer | None = None

    async def status(self, ip: str) -> Answer:
        """See Bots."""
        self.asked.append("status")
        if self.answer is None:
            raise BotUnreachableError(f"the bot at {ip} does not answer")
        return self.answer

    async def hold(self, ip: str, token: str, seconds: int) -> None:
        """See Bots."""
        self._changed("hold", ip)
        if self.after_hold is not None:
            self.answer = self.after_hold

    async def halt(self, ip: str, token: str, mode: HaltMode, reason: str) -> None:
        """See Bots."""
        self._changed("close" if mode is HaltMode.CLOSE_POSITIONS else "halt", ip)
        if self.answer is not None and (self.answer.halt_mode is None or mode.stricter_than(self.answer.halt_mode)):
            self.answer = replace(self.answer, halt=f"manual: {reason}", halt_mode=mode)

    async def resume(self, ip: str, token: str) -> None:
        """See Bots."""
        self._changed("resume", ip)
        if self.answer is not None:
            self.answer = replace(self.answer, halt=None, halt_mode=None)

    def _changed(self, what: str, ip: str) -> None:
        self.asked.append(what)
        if self.answer is None:
            raise BotUnreachableError(f"the bot at {ip} does not answer")
        if not self.takes_changes:
            raise BotRefusedError(f"the bot at {ip} answers POST /{what} with 401")


class Stage:
    """A cluster with a reconciler beside it."""

    def __init__(self) -> None:
        self.cluster, self.bots, self.clock, self.world = Cluster(), Talking(), Clock(), World()
        self.children = Children(self.cluster, SETUP, OPERATOR_KEY)
        self.forbidden: list[str] = []
        self.restart_operator()

    def restart_operator(self) -> None:
        """Forget all that a process of the operator remembers."""
        self.world = World()
        self.hearing = Hearing(self.bots, self.clock)
        self.reconciler = Reconciler(
            self.cluster, self.world, self.children, self.hearing, lambda: self.forbidden.append("once more")
        )

    async def turn(self) -> float | None:
        """Have the watches catch up and the bot reconciled once."""
        self.cluster.show(self.world)
        return await self.reconciler(KEY)

    async def turn_of(self, name: str) -> float | None:
        """Have another bot of the namespace reconciled once."""
        self.cluster.show(self.world)
        return await self.reconciler(Key(KEY.namespace, name))

    async def settle(self) -> None:
        """Go on, pods and all, until a turn changes nothing more."""
        for _ in range(10):
            self.cluster.forget_calls()
            self.clock.now += 31
            self.cluster.settle()
            await self.turn()
            if not self.cluster.writes:
                return
        raise AssertionError(f"still not settled: {self.cluster.writes}")

    async def running_bot(self, **spec: Any) -> None:
        """Begin with a bot that runs and is known to."""
        self.cluster.add_bot(**spec)
        await self.turn()
        await self.settle()
        self.cluster.forget_calls()
        self.bots.asked.clear()
