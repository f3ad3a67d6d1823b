"""A strategy that never says anything, for a bot whose own one fails: its stops and limits are watched all the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from strategies.bar import Bar
from strategies.base import JsonObject, JsonScalar, Marks, Position, Rules, StrategySection


@dataclass(slots=True)
class KeptMarks(Marks):
    """What the strategy that fails remembers of a position, as it was stored."""

    kept: JsonObject = field(default_factory=dict)


class WithoutRules(Rules):
    """Neither enters nor exits; keeps what the strategy that fails remembers, for when it is repaired."""

    def __init__(self) -> None:
        self.warm_up, self.exit_reasons = 0, ()
        self._state: JsonObject = {}

    @classmethod
    def build(cls, section: StrategySection) -> Self:
        """Return one for any document."""
        return cls()

    def update(self, bar: Bar) -> None:
        """Look at nothing."""

    def should_enter(self, bar: Bar) -> bool:
        """Never buy."""
        return False

    def entered(self, bar: Bar) -> None:
        """Hear of no entry: there is none."""

    def open(self, bar: Bar) -> Marks:
        """Remember nothing."""
        return KeptMarks()

    def follow(self, bar: Bar, marks: Marks) -> None:
        """Leave marks as they are."""

    def should_exit(self, bar: Bar, position: Position[Marks]) -> str | None:
        """Never sell; stops and limits are not asked here."""
        return None

    def state(self) -> JsonObject:
        """Return what was taken in."""
        return self._state

    def restore(self, state: Mapping[str, JsonScalar]) -> None:
        """Take in what the other strategy has stored."""
        self._state = dict(state)

    def marks_to_json(self, marks: Marks) -> JsonObject:
        """Return them as they were stored."""
        return marks.kept if isinstance(marks, KeptMarks) else {}

    def marks_from_json(self, stored: Mapping[str, JsonScalar]) -> Marks:
        """Keep them as they are stored."""
        return KeptMarks(dict(stored))
