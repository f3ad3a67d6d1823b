"""The command `tradingbot`, whose broker refuses the first SELLS_REFUSED sells, or with -1 never answers any.

Run as `SELLS_REFUSED=2 python -m tests.process.stubborn_bot run DOCUMENT`.
"""

import os
from typing import Any

from nautilus_trader.model.enums import OrderSide

from adapters.mock_broker import LiveMockClient
from bots.cli import main


def refuse_sells(count: int) -> None:
    """Refuse so many sells, or leave every one without an answer."""
    original = LiveMockClient.submit_order
    left = [count]

    def submit(self: Any, command: Any) -> None:
        order = command.order
        if order.side != OrderSide.SELL or left[0] == 0:
            original(self, command)
            return
        names, now = (order.strategy_id, order.instrument_id, order.client_order_id), self._clock.timestamp_ns()
        self.generate_order_submitted(*names, now)
        if left[0] > 0:
            left[0] -= 1
            self.generate_order_rejected(*names, "the venue is busy", now)

    setattr(LiveMockClient, "submit_order", submit)  # noqa: B010  # mypy: a method is not assigned to


if __name__ == "__main__":
    refuse_sells(int(os.environ["SELLS_REFUSED"]))
    main()
