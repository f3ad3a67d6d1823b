"""What was seen of a bot as its entry in the fleet. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bots.seen.rows import Row, State
from bots.web.at_home.documents import Known
from bots.web.at_home.looking import Sight
from bots.web.at_home.wanted import Wish
from bots.web.bots import Action, Entry

_TROUBLES = (State.NO_ANSWER, State.NOT_ALIVE, State.HALTED, State.UNREADY, State.FALLBACK, State.UNREADABLE)


def entry_of(name: str, known: Known | None, sight: Sight, wish: Wish | None, curve: Sequence[float] = ()) -> Entry:
    """Return the entry of a bot; without a document it is one that runs here all the same."""
    row = _row(known, sight)
    return Entry(
        name,
        row,
        wanted=wish is not None or sight.process is not None,
        actions=_actions(known, sight, row, wish),
        equity=tuple(curve),
        alarms=tuple(_alarms(known, sight, row, wish)),
        faults=len(known.faults) if known is not None else 0,
    )


def _row(known: Known | None, sight: Sight) -> Row:
    row = sight.row
    if row.state is State.ASKING and known is not None:
        return replace(
            row, mode=known.mode, symbol=known.symbol, interval=known.interval, feed=known.source, broker=known.broker
        )
    if known is not None and known.faults and sight.process is None:
        detail = f"its document has faults: {known.faults[0]}"
        # Of one without a journal it is not known either what it would trade.
        return replace(row, mode=row.mode if row.symbol else "", state=State.UNREADABLE, detail=detail)
    return row


def _actions(known: Known | None, sight: Sight, row: Row, wish: Wish | None) -> frozenset[Action]:
    good = known is not None and not known.faults
    if row.state is State.ASKING:
        return frozenset()
    if sight.process is None:
        actions = {Action.DELETE} if known is not None else set()
        actions |= {Action.START} if good else set()
        actions |= {Action.RESUME} if sight.halted else set()
        # It should run: stopped, it need not any more.
        return frozenset(actions | ({Action.STOP} if wish is not None else set()))
    actions = {Action.STOP} | ({Action.DELETE} if known is not None else set())
    if row.state is State.STOPPING:
        return frozenset(actions - {Action.STOP})
    if good:
        actions.add(Action.RESTART)
    if sight.holds_journal:
        actions.add(Action.RESUME if sight.halted else Action.HALT)
        if row.position and sight.status is not None:
            actions.add(Action.CLOSE)
    return frozenset(actions)


def _alarms(known: Known | None, sight: Sight, row: Row, wish: Wish | None) -> list[str]:
    alarms = []
    if wish is not None and sight.process is None and row.state is not State.ASKING:
        alarms.append(f"should run and does not{f': {wish.end}' if wish.end else ''}")
    # Whoever has just begun warms up.
    if row.state in _TROUBLES and not (sight.young and row.state is State.UNREADY):
        alarms.append(f"{row.state}: {row.detail}" if row.detail else str(row.state))
    if sight.process is None and row.real and row.position:
        alarms.append("nobody watches its position of real money")
    if sight.process is None:
        return alarms
    if known is None:
        alarms.append("runs without a document here")
    elif known.faults:
        alarms.append(f"its document has faults and could not be started again: {known.faults[0]}")
    elif sight.meaning and sight.meaning != known.meaning:
        alarms.append("its document was changed since it was started: restart it")
    if row.last_error:
        alarms.append(f"its last error: {row.last_error}")
    return alarms
