"""A resource, and what its pod says, as an entry of the fleet. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from bots.config.wording import one_line
from bots.seen.rows import Row, State, unanswered
from bots.web.bots import Action, Entry
from bots.web.in_cluster.found import Found

_TROUBLES = (State.NO_ANSWER, State.NOT_ALIVE, State.HALTED, State.UNREADY, State.FALLBACK, State.UNREADABLE)
_LEAVING = ("Closing", "Deleting")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a bot's pod has said.

    Parameters
    ----------
    has_pod : bool
        Whether there is one that runs.
    row : Row, optional
        What it said last.
    halted : bool
        Whether it said that it is halted.
    silence : str
        Why it does not answer now; empty where it does, or was not asked yet.
    equity : tuple of float
        Its equity of late.
    traced : float
        When that was asked for, by a clock that only goes forward.
    """

    has_pod: bool = False
    row: Row | None = None
    halted: bool = False
    silence: str = ""
    equity: tuple[float, ...] = ()
    traced: float = 0.0

    @property
    def answers(self) -> bool:
        """Whether it answers now."""
        return self.has_pod and self.row is not None and not self.silence


def entry_of(found: Found, heard: Heard, trouble: str = "") -> Entry:
    """Return the entry of a bot; `trouble` concerns all of them."""
    row = _row(found, heard)
    return Entry(
        found.name,
        row,
        wanted=not found.suspended,
        actions=frozenset(_actions(found, heard, row)),
        equity=heard.equity,
        alarms=tuple(filter(None, (trouble, *_alarms(found, heard, row)))),
        faults=len(found.known.faults),
    )


def row_of_resource(found: Found) -> Row:
    """Return the row of a bot as the operator saw it last."""
    status, known = found.status, found.known
    state, detail = _state(found)
    return Row(
        found.key[1],
        _text(status.get("mode")) or known.mode,
        state,
        detail,
        symbol=_text(status.get("symbol")) or known.symbol,
        interval=known.interval,
        currency=_text(status.get("currency")),
        position=_number(status.get("position")),
        equity=_number(status.get("equity")),
        profit=_number(status.get("profit")),
        trades=status["trades"] if isinstance(status.get("trades"), int) else None,
        feed=known.source,
        broker=known.broker,
        restarts=status["restarts"] if isinstance(status.get("restarts"), int) else 0,
    )


def _row(found: Found, heard: Heard) -> Row:
    row = row_of_resource(found)
    if found.leaving:
        return row if heard.row is None else replace(heard.row, state=row.state, detail=row.detail)
    if not heard.has_pod or (found.suspended and not heard.answers):
        return row
    if heard.row is None:
        return unanswered(row, heard.silence) if heard.silence and row.state is not State.STARTING else _asked(row)
    if heard.silence:
        return unanswered(heard.row, heard.silence)
    if found.suspended:
        return replace(heard.row, state=State.STOPPING, detail="it is being suspended")
    return heard.row


def _asked(row: Row) -> Row:
    return row if row.state is not State.STOPPED else replace(row, state=State.ASKING, detail="")


def _state(found: Found) -> tuple[State, str]:
    phase, why = found.status.get("phase"), _text(found.condition("Ready").get("message"))
    if found.leaving:
        return State.STOPPING, _progress(found) or "it is being deleted"
    if found.known.faults:
        return State.UNREADABLE, f"its document has faults: {found.known.faults[0]}"
    if found.is_known and phase == "Invalid":
        return State.UNREADABLE, _text(found.condition("ConfigValid").get("message"))
    if found.suspended:
        return (State.STOPPED, _stopped(found)) if phase in ("Suspended", None) else (State.STOPPING, "")
    if not found.is_known or phase in ("Pending", "Starting", "Updating", "Suspended", None):
        return State.STARTING, why if found.is_known else "the operator has not seen it yet"
    if phase == "Failed":
        return State.NOT_ALIVE, why
    if phase in _LEAVING:
        return State.STOPPING, _progress(found)
    # It ran when it was last looked at; its pod has not been asked yet.
    return State.ASKING, ""


def _stopped(found: Found) -> str:
    why = ["halted: by its annotation"] if found.halt is not None else []
    # Of one that has run the operator says at least that it does not know.
    if "position" not in found.status:
        return "; ".join([*why, "has never run"])
    position = _number(found.status.get("position"))
    if found.status.get("mode") in ("live", "fallback") and position != 0:
        why.append("nobody watches its position")
    return "; ".join(why)


def _progress(found: Found) -> str:
    progressing = found.condition("Progressing")
    return _text(progressing.get("message")) if progressing.get("status") == "True" else ""


def _actions(found: Found, heard: Heard, row: Row) -> Iterator[Action]:
    if found.leaving:
        return
    yield Action.DELETE
    if found.suspended:
        if not found.known.faults:
            yield Action.START
    else:
        yield Action.STOP
        if not found.known.faults:
            yield Action.RESTART
    halted = found.halt is not None or heard.halted
    if halted:
        yield Action.RESUME
    elif heard.answers or not found.suspended:
        yield Action.HALT
    if heard.answers and row.position:
        yield Action.CLOSE


def _alarms(found: Found, heard: Heard, row: Row) -> Iterator[str]:
    if found.condition("ConfigValid").get("status") == "False" and found.is_known:
        yield f"the operator refuses what was asked for: {_text(found.condition('ConfigValid').get('message'))}"
    elif found.known.faults:
        yield f"its document has faults: {found.known.faults[0]}"
    degraded = found.condition("Degraded")
    if degraded.get("status") == "True" and degraded.get("reason") != "Halted":
        yield f"{_text(degraded.get('reason'))}: {_text(degraded.get('message'))}"
    elif row.state in _TROUBLES and row.state is not State.UNREADABLE:
        yield f"{row.state}: {row.detail}" if row.detail else str(row.state)
    if found.suspended and row.state is State.STOPPED and row.real and row.position != 0 and "position" in found.status:
        yield "nobody watches its position of real money"
    if not found.leaving and found.status.get("phase") == "WaitingUntilFlat":
        yield _progress(found) or "a change waits until it holds nothing"
    if heard.answers and row.last_error:
        yield f"its last error: {row.last_error}"


def _text(value: object) -> str:
    return "" if value is None else one_line(str(value))


def _number(value: Any) -> Decimal | None:
    # The operator writes "unknown" of a bot that could not say what it holds.
    try:
        number = Decimal(str(value)) if isinstance(value, str | int | float) else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def same(one: Entry, other: Entry) -> bool:
    """Say whether people would see the same; when a bot was asked is no news."""
    return replace(one, row=replace(one.row, answered=None)) == replace(other, row=replace(other.row, answered=None))


def told_clean(value: Any) -> Any:
    """Return what a bot told with every text such that it can be written down again."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case Mapping():
            return {told_clean(key): told_clean(each) for key, each in value.items()}
        case Sequence():
            return [told_clean(each) for each in value]
    return value
