"""Rules that enter and exit often: a pure function of seed and bar, so that a restarted bot decides the same."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from strategies.bar import Bar
from strategies.base import JsonObject, JsonScalar, Marks, Position, Rules, StrategySection


@dataclass(slots=True)
class Counted(Marks):
    """Counts the bars since the entry, as the lot itself does."""

    followed: int = 0


@dataclass(frozen=True, slots=True)
class Habits:
    """How often the rules want what: on one bar of so many. Once it is calm they enter on every bar."""

    seed: int
    enter_every: int
    exit_every: int
    calm_from: datetime


class Whims(Rules):
    """Enters and leaves as the dice of a bar say."""

    warm_up = 3
    exit_reasons = ("whim", "enough")

    def __init__(self, habits: Habits) -> None:
        self.habits = habits
        self.taken = 0

    @classmethod
    def build(cls, section: StrategySection) -> Self:
        raise NotImplementedError

    def update(self, bar: Bar) -> None:
        return

    def should_enter(self, bar: Bar) -> bool:
        return bar.time >= self.habits.calm_from or self._dice(bar, "in") % self.habits.enter_every == 0

    def entered(self, bar: Bar) -> None:
        self.taken += 1

    def open(self, bar: Bar) -> Marks:
        return Counted()

    def follow(self, bar: Bar, marks: Marks) -> None:
        assert isinstance(marks, Counted)
        marks.followed += 1

    def should_exit(self, bar: Bar, position: Position[Marks]) -> str | None:
        if bar.time >= self.habits.calm_from:
            return "enough" if position.bars_held >= 3 else None
        return "whim" if self._dice(bar, "out") % self.habits.exit_every == 0 else None

    def state(self) -> JsonObject:
        return {"taken": self.taken}

    def restore(self, state: Mapping[str, JsonScalar]) -> None:
        self.taken = int(state["taken"] or 0)

    def marks_to_json(self, marks: Marks) -> JsonObject:
        assert isinstance(marks, Counted)
        return {"followed": marks.followed}

    def marks_from_json(self, stored: Mapping[str, JsonScalar]) -> Marks:
        return Counted(int(stored["followed"] or 0))

    def _dice(self, bar: Bar, what: str) -> int:
        return zlib.crc32(f"{self.habits.seed} {what} {bar.time:%d%H%M}".encode())
