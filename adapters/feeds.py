"""What every data source gives the bot, whichever it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from adapters.instrument import InstrumentSpec
from adapters.live.line import Line

if TYPE_CHECKING:
    from adapters.live.source import Quote
    from adapters.pacing import Lockstep


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a venue is looked for instead of at its own address; what is None is its own."""

    http: str | None = None
    ws: str | None = None
    host: str | None = None
    port: int | None = None


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """What a document says about where its orders go; `commission` is a fraction of a fill's value.

    `client_id` is for brokers that know their clients by a number; `bot` names the one whose orders these are.
    """

    bot: str
    symbol: str
    commission: Decimal
    environment: str = "live"
    endpoints: Endpoints = Endpoints()
    account: str | None = None
    client_id: int | None = None


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """What a document says about its bars, and where an earlier run left off (`goes_on_from`, a bar's time).

    `commission` is a fraction of a fill's value: simulated instruments carry it. Steps that are None follow from the
    source. `client_id` is for sources that know their clients by a number.
    `holds_position` says whether that run has left a position, which a changed past would misjudge.
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
    retry_interval: timedelta = timedelta(seconds=60)
    environment: str = "live"
    endpoints: Endpoints = Endpoints()
    client_id: int | None = None
    holds_position: bool = True
    bot: str | None = None


class Feed(Protocol):
    """A source of bars that is ready to be put into a node."""

    real_time: bool
    """Whether bars close by the wall clock."""

    @property
    def spec(self) -> InstrumentSpec:
        """What is traded."""
        ...

    @property
    def venue(self) -> str:
        """Nautilus' name of the venue."""
        ...

    @property
    def has_quotes(self) -> bool:
        """Whether there are prices between bars."""
        ...

    async def prepare(self) -> None:
        """Learn from the venue what `spec` only guesses until then.

        Raises
        ------
        VenueLostError, VenueRefusedError
            If it does not answer, or answers no.
        """
        ...

    def market_open(self, now: datetime) -> bool:
        """Say whether bars are to be expected at this moment."""
        ...

    def clock_skew(self) -> float | None:
        """Return by how many seconds the venue's clock is ahead of ours; None where it is not told."""
        ...

    def last_quote(self) -> "Quote | None":
        """Return the best prices that came last, where there are any."""
        ...

    def data_client(self, lockstep: "Lockstep", ended: Callable[[], None], line: Line) -> tuple[Any, type[Any]]:
        """Return Nautilus' configuration and factory of the client.

        `ended` is called when there are no more bars; `line` hears of outages.
        """
        ...

    async def close(self) -> None:
        """Let go of the venue."""
        ...
