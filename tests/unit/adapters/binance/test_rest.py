"""Requests that do not come through."""

from typing import Any

import aiohttp
import pytest

from adapters.binance.rest import Keys, Rest
from strategies.errors import OrderNotSentError, OutcomeUnknownError

ADDRESS = "http://127.0.0.1/api/v3/order?symbol=ETHUSDT&timestamp=1&signature=1d05af"


class Unreachable(Rest):
    """A way to Binance that fails in one way."""

    def __init__(self, error: Exception) -> None:
        super().__init__("http://127.0.0.1", Keys("key", "secret"))
        self._error = error

    async def _send(self, *args: Any, **kwargs: Any) -> Any:
        raise self._error


async def test_an_order_whose_connection_was_never_made_has_not_left() -> None:
    with pytest.raises(OrderNotSentError):
        await Unreachable(aiohttp.ConnectionTimeoutError("Connection timeout")).change("POST", "/api/v3/order", {})


@pytest.mark.parametrize("kind", [aiohttp.ConnectionTimeoutError, aiohttp.SocketTimeoutError])
async def test_no_signature_is_told(kind: type[Exception]) -> None:
    with pytest.raises((OrderNotSentError, OutcomeUnknownError)) as told:
        await Unreachable(kind(f"Timeout on {ADDRESS}")).change("POST", "/api/v3/order", {})
    assert "signature" not in str(told.value)
    assert "http://127.0.0.1/api/v3/order" in str(told.value)
