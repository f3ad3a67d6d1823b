"""What an action would do to a bot as it is at this moment, which the fleet may not have seen yet."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bots.seen.rows import row_of_status
from bots.trading.halts import HaltMode
from bots.web.bots import Action, Bots, Entry, OnLeaving
from bots.web.consequences import Consequence, consequence, resting_stops
from bots.web.foretelling import is_live, may_hold, may_run
from strategies.errors import TradingBotError

# After these a bot goes on by itself with whatever it holds.
_LEFT_ALONE = (Action.START, Action.RESUME)


async def foresee(
    bots: Bots,
    name: str,
    action: Action,
    position: OnLeaving = OnLeaving.KEEP,
    mode: HaltMode = HaltMode.BLOCK_ENTRIES,
) -> Consequence:
    """Say what an action would do; a bot that can say what it holds, and where its stops rest, is asked."""
    entry, status = await as_it_is_now(bots, name, action)
    # One that cannot say is spoken of as such.
    stops = None if status is None or not is_live(entry.row) else resting_stops(status)
    return consequence(action, entry, bots.kind, position, mode, stops)


async def as_it_is_now(bots: Bots, name: str, action: Action) -> tuple[Entry, Mapping[str, Any] | None]:
    """Return a bot with the position that it has now, and what it says of itself where it was asked and answers.

    The fleet is looked at every few seconds: a bot may have bought meanwhile, and nobody would be asked what shall
    become of that.
    """
    entry = bots.entry(name)
    runs = may_run(entry.row, in_cluster=bots.kind == "cluster")
    trades = runs and action not in _LEFT_ALONE
    if not trades and not (is_live(entry.row) and may_hold(entry.row) and action is not Action.RESUME):
        return entry, None
    try:
        status = await bots.status(name)
    except TradingBotError:
        return entry, None
    told = row_of_status(status, datetime.now(UTC))
    if told.position is None:
        return entry, status
    return replace(entry, row=replace(entry.row, position=told.position, price=told.price or entry.row.price)), status
