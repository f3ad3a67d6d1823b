"""The port of live bars: what a venue implements so that the bot can trade on its bars. No Nautilus.

A source knows its venue's wire and nothing else. Reconnecting, filling gaps, dropping what comes twice and telling of
outages is done once for all of them, in `adapters/live/data_client.py`.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from adapters.instrument import InstrumentSpec
from strategies.bar import Bar


@dataclass(frozen=True, slots=True)
class Quote:
    """The best prices at one moment, in the quote currency; one can sell at `bid` and buy at `ask`."""

    bid: Decimal
    ask: Decimal
    time: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `tradingbot check`: what was looked at, how it is, and what to do where it is not good."""

    what: str
    good: bool
    detail: str
    remedy: str = ""
    warning: bool = False
    """Whether it is a matter of care rather than of function: a warning does not fail the check."""


class LiveSource(Protocol):
    """One symbol's bars of one length, from a venue on the network. Opens no connection before it is asked to."""

    venue: str
    """Nautilus' name of the venue, in capitals: BINANCE."""
    spec: InstrumentSpec
    """Before `prepare` a guess from the symbol, good enough to show figures; after it the venue's own."""
    has_quotes: bool
    """Whether `stream` yields quotes, too."""
    patience: timedelta | None
    """So long after a bar's close its absence means that the stream is deaf; None: the stream notices by itself."""

    async def prepare(self) -> None:
        """Learn the instrument from the venue, and how far its clock is from ours.

        Raises
        ------
        VenueLostError
            If the venue does not answer or is busy: worth another try.
        VenueRefusedError
            If it answers that this cannot be, such as an unknown symbol or interval: not worth another.
        """
        ...

    async def closed_bars(self, after: datetime | None, limit: int) -> list[Bar]:
        """Return complete bars, oldest first, never the one still forming.

        With `after` those opened after it, the first `limit` of them; with None the last `limit` that there are.
        However many requests that takes. A bar's time is its opening, aware UTC.

        Raises
        ------
        VenueLostError, VenueRefusedError
            As `prepare`.
        """
        ...

    def stream(self) -> AbstractAsyncContextManager[AsyncIterator[Bar | Quote]]:
        """Return a context within which bars arrive as they close, and quotes as they change.

        Entering it means that the venue has confirmed the subscription: no bar that closes after that is missed. It
        may yield bars that are known already. Iteration ends by VenueLostError, whatever the reason: dropped, half
        open (silent for longer than the venue ever is), closed by the venue; or by VenueRefusedError, if what comes
        next must not be traded on before a person has looked.
        """
        ...

    def market_open(self, now: datetime) -> bool:
        """Say whether bars are to be expected at this moment; True for a market that never closes."""
        ...

    def next_close(self, after: datetime) -> datetime | None:
        """Return when the next bar closes; None: every interval's length, as on a market that never closes."""
        ...

    def clock_skew(self) -> float | None:
        """Return by how many seconds the venue's clock is ahead of ours, as last seen; None where it is not told."""
        ...

    async def check(self) -> list[Finding]:
        """Look at everything that bars from here depend on, each a finding; never raises for what the venue does."""
        ...

    async def close(self) -> None:
        """Let go of every connection; may be called twice."""
        ...
