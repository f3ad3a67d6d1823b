"""What a trading rule is: the interfaces of entries, exits and whole strategies.

Rules know no clock, no network and no Nautilus. The caller feeds them closed bars, asks one question a bar and takes
the answer to the world.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import get_original_bases
from typing import ClassVar, Protocol, Self, get_args

from strategies.bar import Bar
from strategies.params import EntryParams, ExitParams, Params
from strategies.position import JsonObject, JsonScalar, Marks, Position

__all__ = [
    "EntryMixin",
    "ExitMixin",
    "Indicator",
    "JsonObject",
    "JsonScalar",
    "Logic",
    "Marks",
    "Mixin",
    "Position",
    "Rules",
    "StrategySection",
]


class Indicator(Protocol):
    """A value that follows the bars. `warm_up` is the index, from 0, of the first bar on which a rule may use it."""

    warm_up: int

    def update(self, bar: Bar) -> None:
        """Take in the next closed bar."""


class Mixin[P: Params](ABC):
    """What entries and exits have in common: parameters, and indicators fed by `update`."""

    params_model: ClassVar[type[Params]]

    def __init_subclass__(cls) -> None:
        """Read the params model off `EntryMixin[...]` or `ExitMixin[...]`, so that nobody writes it twice."""
        super().__init_subclass__()
        for base in get_original_bases(cls):
            for argument in get_args(base):
                if isinstance(argument, type) and issubclass(argument, Params):
                    cls.params_model = argument

    def __init__(self, params: P) -> None:
        self.params = params
        self.warm_up = 0
        """Index of the first bar that may be evaluated: the latest of the tracked indicators."""
        self._indicators: list[Indicator] = []

    def track[I: Indicator](self, indicator: I) -> I:
        """Feed this indicator with every bar from now on, and wait for it."""
        self._indicators.append(indicator)
        self.warm_up = max(self.warm_up, indicator.warm_up)
        return indicator

    def update(self, bar: Bar) -> None:
        """Take in the next closed bar; always before anything is asked about it."""
        for indicator in self._indicators:
            indicator.update(bar)


class EntryMixin[P: EntryParams](Mixin[P]):
    """Says when to open a position."""

    @abstractmethod
    def should_enter(self, bar: Bar) -> bool:
        """Say whether to buy on this bar's close. Asking changes nothing."""

    def entered(self, bar: Bar) -> None:
        """Hear that the signal of this bar was taken."""

    def state(self) -> JsonObject:
        """Return what later bars alone cannot bring back, as of the last bar."""
        return {}

    def restore(self, state: Mapping[str, JsonScalar]) -> None:
        """Take `state()` back, before the warm-up: bars that it has counted already come again and are not counted."""


class ExitMixin[P: ExitParams, M: Marks](Mixin[P]):
    """Says when to close a position. All positions share the indicators; each has its own marks."""

    marks_model: ClassVar[type[Marks]]
    reasons: ClassVar[tuple[str, ...]]
    """Every answer that `should_exit` can give: metrics need a bounded set of labels."""

    def __init_subclass__(cls) -> None:
        """Read the marks' class off `ExitMixin[...]` too."""
        super().__init_subclass__()
        for base in get_original_bases(cls):
            for argument in get_args(base):
                if isinstance(argument, type) and issubclass(argument, Marks):
                    cls.marks_model = argument

    @abstractmethod
    def open(self, bar: Bar) -> M:
        """Return the marks of a position whose entry was signalled on this bar's close."""

    def follow(self, bar: Bar, marks: M) -> None:
        """Bring the marks of one position up to a later bar; once a bar, before `should_exit`."""

    @abstractmethod
    def should_exit(self, bar: Bar, position: Position[M]) -> str | None:
        """Say why to close this position on this bar's close, or None. Asking changes nothing."""

    def marks_to_json(self, marks: M) -> JsonObject:
        """Return the marks as they are stored."""
        return asdict(marks)

    def marks_from_json(self, stored: Mapping[str, JsonScalar]) -> M:
        """Return stored marks to life."""
        return self.marks_model(**stored)  # type: ignore[return-value]  # marks_model is M, which a ClassVar cannot say


@dataclass(frozen=True, slots=True)
class Logic:
    """An entry or exit as a document names it, its parameters not yet validated."""

    name: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StrategySection:
    """What a document says about its strategy: `custom` uses the two logics, other types their own `params`."""

    type: str = "custom"
    entry_logic: Logic | None = None
    exit_logic: Logic | None = None
    params: Mapping[str, object] = field(default_factory=dict)


class Rules(ABC):
    """A whole strategy: the one interface that the trader uses, live and in backtests alike.

    On every closed bar: `update`; then, flat, `should_enter` and on a taken signal `entered` and `open`; in a position
    `follow` and `should_exit` with its marks. Nothing is asked about bars before the index `warm_up`.
    """

    warm_up: int
    exit_reasons: tuple[str, ...]

    @classmethod
    @abstractmethod
    def build(cls, section: StrategySection) -> Self:
        """Return the strategy as the document describes it, or raise pydantic's ValidationError."""

    @abstractmethod
    def update(self, bar: Bar) -> None:
        """Take in the next closed bar; always before anything is asked about it."""

    @abstractmethod
    def should_enter(self, bar: Bar) -> bool:
        """Say whether to buy on this bar's close. Asking changes nothing."""

    @abstractmethod
    def entered(self, bar: Bar) -> None:
        """Hear that the signal of this bar was taken."""

    @abstractmethod
    def open(self, bar: Bar) -> Marks:
        """Return the marks of a position whose entry was signalled on this bar's close."""

    @abstractmethod
    def follow(self, bar: Bar, marks: Marks) -> None:
        """Bring the marks of one position up to a later bar."""

    @abstractmethod
    def should_exit(self, bar: Bar, position: Position[Marks]) -> str | None:
        """Say why to close this position on this bar's close, one of `exit_reasons`, or None."""

    @abstractmethod
    def state(self) -> JsonObject:
        """Return what later bars alone cannot bring back, as of the last bar."""

    @abstractmethod
    def restore(self, state: Mapping[str, JsonScalar]) -> None:
        """Take `state()` back, before the warm-up: bars that it has counted already come again and are not counted."""

    @abstractmethod
    def marks_to_json(self, marks: Marks) -> JsonObject:
        """Return the marks as they are stored."""

    @abstractmethod
    def marks_from_json(self, stored: Mapping[str, JsonScalar]) -> Marks:
        """Return stored marks to life."""
