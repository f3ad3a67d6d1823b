"""Which bots of a fleet are looked at, and in which order; for pages and API alike. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bots.seen.overview import Order, Total, distinct, in_order, matching, states, totals
from bots.seen.rows import Row, State
from bots.web.bots import Entry

_NOTHING = Decimal(0)


class Sort(StrEnum):
    """What a fleet can be sorted by: the orders of `tradingbot top`, and more columns; names break ties."""

    TROUBLE = "trouble"
    NAME = "name"
    STATE = "state"
    MODE = "mode"
    SYMBOL = "symbol"
    POSITION = "position"
    EQUITY = "equity"
    TODAY = "today"
    PROFIT = "profit"
    DRAWDOWN = "drawdown"
    TRADES = "trades"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is looked at.

    Parameters
    ----------
    words : str
        All of them must stand in name, state, mode, symbol, feed or broker.
    state : State, optional
        Only bots in this state.
    mode : str
        Only bots of this mode; all where empty.
    alarmed : bool
        Only bots that a person should look at.
    sort : Sort
        By what they are sorted: by the worst first, by money and counts the least first, by the rest as it is written.
    backwards : bool
        Whether the other way round; what is not known comes last either way.
    offset, limit : int
        Which part of what was found.
    """

    words: str = ""
    state: State | None = None
    mode: str = ""
    alarmed: bool = False
    sort: Sort = Sort.TROUBLE
    backwards: bool = False
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Selection:
    """What was found: one part of it, how many there are, and what all of them come to."""

    entries: tuple[Entry, ...]
    found: int
    of: int
    totals: tuple[Total, ...]
    states: tuple[tuple[State, int], ...]


def select(fleet: Sequence[Entry], choice: Choice) -> Selection:
    """Return the part of a fleet that was chosen; totals and states are those of all that were found."""
    found = [
        entry
        for entry in _with_words(fleet, choice.words)
        if (choice.state is None or entry.row.state is choice.state)
        and (not choice.mode or entry.row.mode == choice.mode)
        and (not choice.alarmed or entry.alarms)
    ]
    ordered = _sorted(found, choice.sort, backwards=choice.backwards)
    rows = distinct(entry.row for entry in found)
    return Selection(
        entries=tuple(ordered[choice.offset : choice.offset + choice.limit]),
        found=len(found),
        of=len(fleet),
        totals=tuple(totals(rows)),
        states=tuple(states(entry.row for entry in found)),
    )


def _with_words(fleet: Iterable[Entry], words: str) -> list[Entry]:
    found = list(fleet)
    for word in words.lower().split():
        # In a cluster the name here says more than the bot does: its namespace.
        told = {id(row) for row in matching((entry.row for entry in found), word)}
        found = [entry for entry in found if id(entry.row) in told or word in entry.name.lower()]
    return found


def _sorted(entries: Sequence[Entry], sort: Sort, *, backwards: bool) -> list[Entry]:
    if str(sort) in [str(order) for order in Order]:
        of_row = {id(entry.row): entry for entry in entries}
        ordered = [of_row[id(row)] for row in in_order((entry.row for entry in entries), Order(sort))]
    else:
        ordered = sorted(entries, key=lambda entry: (_key(entry.row, sort), entry.name))
    if not backwards:
        return ordered
    unknown = [entry for entry in ordered if _is_unknown(entry.row, sort)]
    known = [entry for entry in ordered if not _is_unknown(entry.row, sort)]
    return [*reversed(known), *unknown]


def _key(row: Row, sort: Sort) -> tuple[bool, Decimal, str]:
    match sort:
        case Sort.STATE:
            return False, Decimal(list(State).index(row.state)), ""
        case Sort.MODE:
            return False, _NOTHING, row.mode
        case Sort.SYMBOL:
            return not row.symbol, _NOTHING, row.symbol
        case _:
            amount = _amount(row, sort)
            return amount is None, amount or _NOTHING, ""


def _is_unknown(row: Row, sort: Sort) -> bool:
    if sort in (Sort.TROUBLE, Sort.NAME, Sort.STATE, Sort.MODE):
        return False
    if sort is Sort.SYMBOL:
        return not row.symbol
    return _amount(row, sort) is None


def _amount(row: Row, sort: Sort) -> Decimal | None:
    amounts = {
        Sort.POSITION: row.position if row.price is None or row.position is None else row.position * row.price,
        Sort.EQUITY: row.equity,
        Sort.TODAY: row.today,
        Sort.PROFIT: row.profit,
        Sort.DRAWDOWN: row.drawdown_pct,
        Sort.TRADES: None if row.trades is None else Decimal(row.trades),
    }
    return amounts.get(sort)
