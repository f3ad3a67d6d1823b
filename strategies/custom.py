"""The strategy type `custom`: one entry mixin and one exit mixin, chosen in the document."""

from collections.abc import Mapping
from typing import Any, Self

from strategies.bar import Bar
from strategies.base import (
    EntryMixin,
    ExitMixin,
    JsonObject,
    JsonScalar,
    Logic,
    Marks,
    Position,
    Rules,
    StrategySection,
)
from strategies.errors import UnknownNameError
from strategies.registry import entry_class, entry_names, exit_class, exit_names


class CustomStrategy(Rules):
    """Asks the entry when flat and the exit when in a position."""

    def __init__(self, entry: EntryMixin[Any], exit: ExitMixin[Any, Any]) -> None:
        self.entry = entry
        self.exit = exit
        self.warm_up = max(entry.warm_up, exit.warm_up)
        self.exit_reasons = exit.reasons

    @classmethod
    def build(cls, section: StrategySection) -> Self:
        """Return the pair that the document names; a missing logic is told with what could stand there."""
        entry = section.entry_logic or _missing("entry_logic", entry_names())
        exit = section.exit_logic or _missing("exit_logic", exit_names())
        return cls.from_params(entry.name, entry.params, exit.name, exit.params)

    @classmethod
    def from_params(
        cls,
        entry_name: str,
        entry_params: Mapping[str, object],
        exit_name: str,
        exit_params: Mapping[str, object],
    ) -> Self:
        """Return the pair of that name, its parameters validated."""
        entry, exit = entry_class(entry_name), exit_class(exit_name)
        return cls(
            entry(entry.params_model.model_validate(entry_params)), exit(exit.params_model.model_validate(exit_params))
        )

    def update(self, bar: Bar) -> None:
        self.entry.update(bar)
        self.exit.update(bar)

    def should_enter(self, bar: Bar) -> bool:
        return self.entry.should_enter(bar)

    def entered(self, bar: Bar) -> None:
        self.entry.entered(bar)

    def open(self, bar: Bar) -> Marks:
        marks: Marks = self.exit.open(bar)
        return marks

    def follow(self, bar: Bar, marks: Marks) -> None:
        self.exit.follow(bar, marks)

    def should_exit(self, bar: Bar, position: Position[Marks]) -> str | None:
        return self.exit.should_exit(bar, position)

    def state(self) -> JsonObject:
        return self.entry.state()

    def restore(self, state: Mapping[str, JsonScalar]) -> None:
        self.entry.restore(state)

    def marks_to_json(self, marks: Marks) -> JsonObject:
        return self.exit.marks_to_json(marks)

    def marks_from_json(self, stored: Mapping[str, JsonScalar]) -> Marks:
        marks: Marks = self.exit.marks_from_json(stored)
        return marks


def _missing(key: str, names: tuple[str, ...]) -> Logic:
    raise UnknownNameError(f"a strategy of type 'custom' needs {key}.name, one of: {', '.join(names)}")
