"""Between an open lot and what is kept of it: its exit's marks become JSON scalars, and come back. Pure."""

from collections.abc import Mapping
from typing import Any

from bots.trading.book import Lot
from bots.trading.keeping import SavedLot
from bots.trading.retrying import Retry
from strategies.base import JsonScalar, Marks, Rules
from strategies.errors import StartError


def saved_lot(lot: Lot, rules: Rules) -> SavedLot:
    """Return a lot as it is kept."""
    return SavedLot(
        number=lot.number,
        entry_bar=lot.entry_bar,
        entry_price=lot.entry_price,
        quantity=lot.quantity,
        bought=lot.bought,
        commission=lot.commission,
        proceeds=lot.proceeds,
        marks=dict(rules.marks_to_json(lot.marks)),
        bars_held=lot.bars_held,
        high=lot.high,
        exit_reason=lot.exit_reason,
        exit_attempts=lot.exit_attempts,
        exit_failures=lot.exit_retry.failures,
        exit_not_before=lot.exit_retry.not_before,
        unsellable=lot.unsellable,
        stop_attempts=lot.stop_attempts,
        stop_failures=lot.stop_retry.failures,
        stop_not_before=lot.stop_retry.not_before,
        stop_losses=lot.stop_losses,
        stop_cancelling=lot.stop_cancelling,
    )


def restored_lot(kept: SavedLot, rules: Rules, bot: str) -> Lot:
    """Return a kept lot to life; whether its exit is on the way or a stop rests, the orders say."""
    return Lot(
        number=kept.number,
        entry_bar=kept.entry_bar,
        entry_price=kept.entry_price,
        quantity=kept.quantity,
        bought=kept.bought,
        commission=kept.commission,
        marks=restored_marks(kept.number, kept.marks, rules, bot),
        bars_held=kept.bars_held,
        high=kept.high,
        exit_reason=kept.exit_reason,
        exit_attempts=kept.exit_attempts,
        proceeds=kept.proceeds,
        exit_retry=Retry(kept.exit_failures, kept.exit_not_before),
        unsellable=kept.unsellable,
        stop_attempts=kept.stop_attempts,
        stop_retry=Retry(kept.stop_failures, kept.stop_not_before),
        stop_losses=kept.stop_losses,
        stop_cancelling=kept.stop_cancelling,
    )


def restored_marks(lot: int, stored: Mapping[str, Any], rules: Rules, bot: str) -> Marks:
    """Return an exit's marks to life.

    Raises
    ------
    StartError
        If another exit made them.
    """
    scalars: Mapping[str, JsonScalar] = stored
    try:
        return rules.marks_from_json(scalars)
    except (TypeError, ValueError, KeyError) as error:
        raise StartError(
            f"lot {lot} of {bot} was opened under another exit, whose marks {sorted(stored)} this one cannot read; "
            "run the old document with --close-positions first"
        ) from error
