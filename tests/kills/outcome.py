"""How a run went, at whatever venue."""

from dataclasses import dataclass
from typing import Protocol

from tests.kills.trace import Trace


class Planned(Protocol):
    """What a seed has decided."""

    @property
    def seed(self) -> int:
        """Which seed."""
        ...

    def told(self) -> str:
        """Return it for people."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run went: the invariant that broke, if one did, and what was met on the way."""

    plan: Planned
    broken: tuple[str, str] | None
    trace: Trace
    kills: int
    orders: int
    trades: int
    requests: int
    seconds: float
    left: str

    def told(self) -> str:
        """Return what a person needs to look into it."""
        name, detail = self.broken or ("nothing", "")
        return f"{self.plan.told()}\nseed {self.plan.seed} breaks: {name}\n  {detail}\n{self.trace.last()}\n{self.left}"
