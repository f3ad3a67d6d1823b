"""What every data source gives the bot, whichever it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from adapters.instrument import InstrumentSpec

if TYPE_CHECKING:
    from adapters.pacing import Lockstep


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """What a document says about its bars, and where an earlier run left off (`goes_on_from`, a bar's time).

    `commission` is a fraction of a fill's value: simulated instruments carry it. Steps that are None follow from the
    source.
    """

    symbol: str
    interval: timedelta
    commission: Decimal
    speed: float = 1.0
    seed: int = 1
    file: Path | None = None
    price_step: Decimal | None = None
    size_step: Decimal | None = None
    min_notional: Decimal | None = None
    goes_on_from: datetime | None = None


class Feed(Protocol):
    """A source of bars that is ready to be put into a node."""

    spec: InstrumentSpec
    venue: str
    real_time: bool
    """Whether bars close by the wall clock."""

    def data_client(self, lockstep: "Lockstep", ended: Callable[[], None]) -> tuple[Any, type[Any]]:
        """Return Nautilus' configuration and factory of the client; `ended` is called when there are no more bars."""
        ...
