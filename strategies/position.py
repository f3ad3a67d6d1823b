"""An open position as its exit sees it, with what the exit remembers about it."""

from dataclasses import dataclass
from datetime import datetime

type JsonScalar = str | int | float | bool | None
type JsonObject = dict[str, JsonScalar]


@dataclass(slots=True)
class Marks:
    """What an exit remembers about one position: nothing, or what a subclass adds, all of it JSON scalars."""


@dataclass(frozen=True, slots=True)
class Position[M: Marks]:
    """An open long position as an exit sees it.

    Parameters
    ----------
    entry_price : float
        The fill, in the quote currency.
    entry_time : datetime
        Time of the bar on whose close the entry was signalled.
    bars_held : int
        Bars since that bar: 1 on the first bar on which an exit is asked.
    marks : M
        What the exit remembers about this position.
    """

    entry_price: float
    entry_time: datetime
    bars_held: int
    marks: M
