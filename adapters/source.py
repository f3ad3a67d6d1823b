"""Where simulated bars come from: the port that the mock market and a replayed file share. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from adapters.instrument import InstrumentSpec
from strategies.bar import Bar

VENUE = "MOCK"
"""Simulated markets' name as a venue."""


class BarSource(Protocol):
    """A market whose bars can be had again, in order, from any moment on."""

    spec: InstrumentSpec

    def history(self, until: datetime | None, count: int) -> list[Bar]:
        """Return up to `count` bars that end with the one opened at `until`; None: those before the market begins."""
        ...

    def after(self, time: datetime | None) -> Iterator[Bar]:
        """Yield the bars opened after `time`, in order; None: from where the market begins."""
        ...
