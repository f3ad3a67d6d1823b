"""The command `tradingbot`, whose clock begins another second after the first bars of the past have arrived."""

from datetime import datetime

import adapters.mock_feed
from adapters.nautilus_types import nanoseconds
from bots.cli import main

BARS, SECOND = 5, 1_000_000_000


def begin_another_second() -> None:
    """Let bars arrive on both sides of the moment in which the node has asked for them."""
    arrived = [0]

    def told(time: datetime) -> int:
        arrived[0] += 1
        return nanoseconds(time) + (-SECOND if arrived[0] <= BARS else SECOND)

    adapters.mock_feed.nanoseconds = told  # type: ignore[attr-defined]


if __name__ == "__main__":
    begin_another_second()
    main()
