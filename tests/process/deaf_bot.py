"""The command `tradingbot`, whose feed falls silent after 30 bars, and which is impatient with a silent feed."""

from datetime import timedelta
from typing import Any

from adapters.mock_feed import SimulatedDataClient
from bots.cli import main
from bots.running import health


def fall_silent(after: int) -> None:
    """Let the feed give so many bars and then, though connected, no more."""
    original = SimulatedDataClient._handle_data
    given = [0]

    def handle(self: Any, data: Any) -> None:
        given[0] += 1
        if given[0] <= after:
            original(self, data)

    SimulatedDataClient._handle_data = handle


if __name__ == "__main__":
    health._LEAST_PATIENCE = timedelta(seconds=1)
    fall_silent(30)
    main()
