"""What an action will do to a bot, its position, its orders and its stops, said before it is done. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bots.trading.halts import HaltMode
from bots.web.bots import Action, Entry, OnLeaving
from bots.web.foretelling import Foretold, is_live, may_hold, may_run

_REAL = "It trades live: this is real money, unless its account is one for practice."
_CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a person is asked before an action.

    Parameters
    ----------
    title : str
        The question.
    sentences : tuple of str
        What will happen, what matters most first.
    button : str
        What the button says that does it.
    danger : bool
        Whether it cannot be undone, or puts real money at stake.
    type_name : bool
        Whether the bot's name has to be typed.
    asks_for_position : bool
        Whether a person has to choose what becomes of the position.
    """

    title: str
    sentences: tuple[str, ...]
    button: str
    danger: bool = False
    type_name: bool = False
    asks_for_position: bool = False


def asks_for_position(action: Action, entry: Entry, kind: str) -> bool:
    """Say whether a person has to choose what becomes of the position; `kind` is that of `Bots`."""
    if action not in (Action.STOP, Action.DELETE) or not may_hold(entry.row):
        return False
    # At home a bot that does not run is not started to sell.
    return kind == _CLUSTER or may_run(entry.row, in_cluster=False)


def needs_name(
    action: Action, entry: Entry, position: OnLeaving = OnLeaving.KEEP, mode: HaltMode = HaltMode.BLOCK_ENTRIES
) -> bool:
    """Say whether the bot's name has to be typed for this."""
    if not is_live(entry.row):
        return False
    match action:
        case Action.CLOSE | Action.DELETE | Action.RESTART:
            return True
        case Action.STOP:
            return may_hold(entry.row) or position is OnLeaving.CLOSE
        case Action.HALT:
            return mode is HaltMode.CLOSE_POSITIONS
        case Action.START | Action.RESUME:
            return False


def resting_stops(status: Mapping[str, Any]) -> tuple[Decimal, ...]:
    """Return at which prices stops of a bot rest at its venue, from what it says of itself."""
    position = status.get("position")
    lots = position.get("lots") if isinstance(position, Mapping) else None
    found = [lot.get("stop_at_venue") for lot in _each(lots) if isinstance(lot, Mapping)]
    return tuple(Decimal(str(price)) for price in found if isinstance(price, int | float))


def consequence(
    action: Action,
    entry: Entry,
    kind: str,
    position: OnLeaving = OnLeaving.KEEP,
    mode: HaltMode = HaltMode.BLOCK_ENTRIES,
    stops: Sequence[Decimal] | None = None,
) -> Consequence:
    """Return what an action will do.

    Parameters
    ----------
    action : Action
        What is to be done.
    entry : Entry
        To which bot, as it was last seen.
    kind : str
        Where it lives: `folder` or `cluster`.
    position : OnLeaving
        What becomes of its position, where it is stopped or deleted.
    mode : HaltMode
        How it is halted, where it is.
    stops : sequence of Decimal, optional
        Where stops of it rest at the venue, see `resting_stops`; None where that is not known.
    """
    if action is Action.HALT and mode is HaltMode.CLOSE_POSITIONS:
        action = Action.CLOSE
    row = entry.row
    sold = position is OnLeaving.CLOSE and may_hold(row)
    withdraws = mode is HaltMode.CANCEL_ORDERS
    sentences = _sentences(action, Foretold(row, stops, kind == _CLUSTER), sold=sold, withdraws=withdraws)
    title = "Close the position of" if action is Action.CLOSE else str(action).capitalize()
    return Consequence(
        title=f"{title} {entry.name}?",
        sentences=(_REAL, *sentences) if is_live(row) else tuple(sentences),
        button=_button(action, sold=sold, holds=may_hold(row), withdraws=withdraws),
        danger=_is_danger(action, entry, sold=sold, withdraws=withdraws),
        type_name=needs_name(action, entry, position, mode),
        asks_for_position=asks_for_position(action, entry, kind),
    )


def _sentences(action: Action, told: Foretold, *, sold: bool, withdraws: bool) -> list[str]:
    match action:
        case Action.START:
            return told.start()
        case Action.STOP:
            return told.stop(sold=sold)
        case Action.RESTART:
            return told.restart()
        case Action.HALT:
            return told.halt(withdraws=withdraws)
        case Action.RESUME:
            return told.resume()
        case Action.CLOSE:
            return told.close()
        case Action.DELETE:
            return told.delete(sold=sold)


def _button(action: Action, *, sold: bool, holds: bool, withdraws: bool) -> str:
    if sold and action in (Action.STOP, Action.DELETE):
        return f"Sell everything and {action} it"
    match action:
        case Action.STOP if holds:
            return "Stop it and keep the position"
        case Action.CLOSE:
            return "Sell everything and halt it"
        case Action.HALT if withdraws:
            return "Halt it and take its orders back"
        case _:
            return f"{str(action).capitalize()} it"


def _is_danger(action: Action, entry: Entry, *, sold: bool, withdraws: bool) -> bool:
    live, holds = is_live(entry.row), may_hold(entry.row)
    match action:
        case Action.CLOSE | Action.DELETE:
            return True
        case Action.STOP:
            return sold or (live and holds)
        case Action.START | Action.RESTART:
            return live
        case Action.HALT:
            return live and holds and withdraws
        case Action.RESUME:
            return False


def _each(values: object) -> Sequence[Any]:
    return values if isinstance(values, list | tuple) else ()
