"""The dice of trouble: whether something goes wrong now, and how. Counts what was met; silent once it is calm."""

from random import Random

from tests.simulation.plan import Plan
from tests.simulation.trace import Trace


class KilledError(BaseException):
    """The process was killed: nothing of its own may catch this."""


class Faults:
    """Decides on trouble; each kind has dice of its own, so that one more question does not turn all the others."""

    def __init__(self, plan: Plan, trace: Trace) -> None:
        self.calm = False
        self.count = 0
        self.points = 0
        self.crashes = 0
        self._plan, self._trace = plan, trace
        self._dice: dict[str, Random] = {}

    def dice(self, kind: str) -> Random:
        """Return the dice of a kind."""
        if kind not in self._dice:
            self._dice[kind] = Random(f"{kind} {self._plan.seed}")
        return self._dice[kind]

    def pick(self, kind: str, rate: float, ways: tuple[str, ...]) -> str | None:
        """Return the way in which something goes wrong, or None."""
        dice = self.dice(kind)
        # Thrown in any case: a run without faults uses as many.
        thrown, way = dice.random(), dice.choice(ways)
        if self.calm or thrown >= rate:
            return None
        self.count += 1
        self._trace.met[f"{kind}: {way}"] += 1
        return way

    def crashes_here(self, point: str) -> bool:
        """Say whether the process dies at this point."""
        plan = self._plan
        if self.calm:
            return False
        self.points += 1
        if plan.crash_at is not None:
            dies = self.points == plan.crash_at
        else:
            thrown = self.dice("crash").random()
            dies = self.crashes < plan.most_crashes and thrown < plan.rates.crash
        if dies:
            self.crashes += 1
            self._trace.met[f"crash: {point}"] += 1
        return dies
