"""Watches the wire: writes every step down, holds it against the invariants, and kills at the right one."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from tests.kills.invariants import Invariants
from tests.kills.plan import Death, Fate, Moment
from tests.kills.steps import executed_in, step_of
from tests.kills.trace import Trace
from tests.venues.binance.matching import Matching
from tests.venues.binance.watching import Watcher


class Killer(Watcher):
    """Kills the process that it is armed against; all of it runs in the double's thread, but for `arm`."""

    def __init__(self, invariants: Invariants, trace: Trace) -> None:
        self._invariants, self._trace = invariants, trace
        self._death: Death | None = None
        self._kill: Callable[[], bool] = lambda: False
        self._left = 0

    def arm(self, death: Death | None, kill: Callable[[], bool]) -> None:
        """Wait for the step at which a process is to die, or for none; `kill` says whether it still lived."""
        self._kill, self._left, self._death = kill, death.count if death else 0, death

    def begins(self, matching: Matching) -> None:
        """Let the invariants see what is there."""
        self._invariants.begins(matching)

    async def arrives(self, name: str, params: Mapping[str, str]) -> bool:
        """Write down a request, hold it, and let it be lost or come late where its sender dies of it."""
        step = step_of(name, params)
        self._trace.note("bot", f"{name} {_short(params)}")
        self._invariants.arrives(name, params)
        death = self._met(Moment.ARRIVES, step)
        if death is None:
            return True
        self._dies(death)
        if death.fate is Fate.LOST:
            self._trace.note("wire", f"loses {name} {_short(params)}")
            return False
        if death.fate is Fate.LATE:
            await asyncio.sleep(death.late_seconds)
            self._trace.note("wire", f"delivers {name} {_short(params)}")
        return True

    def answered(self, name: str, params: Mapping[str, str], status: int, code: int) -> None:
        """Write down an answer."""
        self._trace.note("venue", f"{status} {code or ''} to {name} {_short(params)}")
        self._invariants.answered(name, params, status, code)
        if death := self._met(Moment.ANSWERED, step_of(name, params)):
            self._dies(death)

    def tells(self, event: Mapping[str, Any]) -> None:
        """Write down an event."""
        if event.get("e") == "executionReport":
            self._trace.note("venue", f"tells {event['c']} {event['x']} {event['X']} {event['l']} at {event['L']}")
        self._invariants.look()
        if (step := executed_in(event)) and (death := self._met(Moment.TOLD, step)):
            self._dies(death)

    def _met(self, moment: Moment, step: str) -> Death | None:
        death = self._death
        if death is None or (death.moment, death.what) != (moment, step):
            return None
        self._left -= 1
        return death if self._left == 0 else None

    def _dies(self, death: Death) -> None:
        self._death = None
        if death.seconds:
            asyncio.get_running_loop().call_later(death.seconds, self._die, death, self._kill)
        else:
            self._die(death, self._kill)

    def _die(self, death: Death, kill: Callable[[], bool]) -> None:
        if not kill():
            return
        self._trace.note("killer", f"kills: {death}")
        fate = f", {death.fate}" if death.moment is Moment.ARRIVES else ""
        self._trace.met[f"dies: {death.what} {death.moment}{fate}"] += 1


def _short(params: Mapping[str, str]) -> str:
    shown = ("newClientOrderId", "origClientOrderId", "side", "type", "quantity", "stopPrice", "price", "orderId")
    return " ".join(params[name] for name in shown if name in params)
