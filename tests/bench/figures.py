"""What a bench has measured, as values: tables, and the ratios by which a regression is seen. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure of ours beside a peer's or a floor's of the same run.

    Parameters
    ----------
    name : str
        What is compared, for people; the same from run to run.
    value : float
        Ours over theirs; smaller is better, always.
    aim : float, optional
        What it should be at most.
    margin : float
        By which part it may grow from the figure that stands in docs/benchmarks.md before `make bench-check` fails.
    """

    name: str
    value: float
    aim: float | None = None
    margin: float = 0.25

    @property
    def met(self) -> bool | None:
        """Say whether the aim is met, where there is one."""
        return None if self.aim is None else self.value <= self.aim


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is printed: titles, rows of texts, and a line above."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Measured:
    """One bench's outcome.

    Parameters
    ----------
    title : str
        Its heading.
    about : str
        What was done, in a few sentences.
    tables : sequence of Table
        The figures.
    ratios : sequence of Ratio
        What is held from release to release.
    limits : str
        What dominates, so that it is no faster or smaller.
    versions : mapping
        Of the peers.
    """

    title: str
    about: str
    tables: Sequence[Table]
    ratios: Sequence[Ratio] = ()
    limits: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON's values."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Measured":
        """Read it back."""
        return cls(
            told["title"],
            told["about"],
            [Table(**table) for table in told["tables"]],
            [Ratio(**ratio) for ratio in told["ratios"]],
            told["limits"],
            told["versions"],
        )


def regressions(before: Sequence[Ratio], now: Sequence[Ratio]) -> list[str]:
    """Say which ratios have grown by more than their margin, and which are not measured any more."""
    known = {ratio.name: ratio for ratio in now}
    told = []
    for old in before:
        new = known.get(old.name)
        if new is None:
            told.append(f"{old.name}: was {old.value:.2f}, and is not measured any more")
        elif new.value > old.value * (1 + old.margin):
            told.append(
                f"{old.name}: {new.value:.2f}, was {old.value:.2f}; more than {old.margin:.0%} worse is a regression"
            )
    return told
