"""The double's watcher, on which everything here rests: it hears of a step before and after, and may lose a request."""

from collections.abc import Mapping

import pytest

from tests.made_bars import made_bars
from tests.venues.binance import ORDER, BinanceDouble
from tests.venues.binance.client import Client
from tests.venues.binance.watching import Watcher


class Losing(Watcher):
    def __init__(self, lost: str) -> None:
        self.lost = lost
        self.heard: list[str] = []

    async def arrives(self, name: str, params: Mapping[str, str]) -> bool:
        self.heard.append(f"{name} arrives")
        return params.get("newClientOrderId") != self.lost

    def answered(self, name: str, params: Mapping[str, str], status: int, code: int) -> None:
        self.heard.append(f"{name} is answered {status}")


def test_a_watcher_hears_of_requests_and_what_it_loses_is_neither_dealt_with_nor_answered() -> None:
    watcher = Losing("lost")
    with BinanceDouble(made_bars(10), past=5) as double:
        double.watch(watcher)
        client = Client(double.port)
        client.order("BUY", "1", "first")
        with pytest.raises(ConnectionError):
            client.order("BUY", "1", "lost")
        taken = [order.client_order_id for order in double.orders]

    assert taken == ["first"]
    assert watcher.heard == [f"{ORDER} arrives", f"{ORDER} is answered 200", f"{ORDER} arrives"]
