"""A plain client for the double's own tests: it signs as the exchange's documentation says, or as a test wants."""

import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.venues.binance.auth import API_KEY, API_SECRET


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` is JSON, or text where it is none."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def refused(self) -> tuple[int, int]:
        """Status and code."""
        return self.status, self.body["code"]

    @property
    def message(self) -> str:
        """The exchange's words."""
        return str(self.body["msg"])


class Client:
    """Asks one double, each time over a connection of its own."""

    def __init__(self, port: int, key: str | None = API_KEY, secret: str = API_SECRET, timeout: float = 5.0) -> None:
        self._port, self._key, self._secret, self._timeout = port, key, secret, timeout

    def get(self, path: str, **params: Any) -> Answer:
        """Ask without a signature."""
        return self.send("GET", path, urlencode(params), key=None)

    def signed(self, method: str, path: str, *, in_body: bool = False, **params: Any) -> Answer:
        """Ask with one; parameters of None are left out."""
        told = {"timestamp": int(time.time() * 1000), **params}
        query = urlencode({name: value for name, value in told.items() if value is not None})
        text = f"{query}&signature={self.signature(query)}"
        return self.send(method, path, "" if in_body else text, text if in_body else None, key=self._key)

    def order(self, side: str, quantity: str, client_id: str, **params: Any) -> Answer:
        """Send an order, for the market unless the parameters say otherwise."""
        told = {"symbol": "BTCUSDT", "type": "MARKET", "newClientOrderId": client_id, **params}
        return self.signed("POST", "/api/v3/order", side=side, quantity=quantity, **told)

    def stop(self, quantity: str, client_id: str, stop: str, limit: str) -> Answer:
        """Send an order to sell that rests until the price has fallen."""
        return self.order(
            "SELL", quantity, client_id, type="STOP_LOSS_LIMIT", timeInForce="GTC", stopPrice=stop, price=limit
        )

    def ask(self, client_id: str) -> Answer:
        """Ask for an order."""
        return self.signed("GET", "/api/v3/order", symbol="BTCUSDT", origClientOrderId=client_id)

    def cancel(self, client_id: str, **params: Any) -> Answer:
        """Take an order back."""
        return self.signed("DELETE", "/api/v3/order", symbol="BTCUSDT", origClientOrderId=client_id, **params)

    def signature(self, text: str) -> str:
        """Return the signature of a text."""
        return hmac.new(self._secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def subscription(self, **params: Any) -> str:
        """Return the message that subscribes to the account."""
        told = {"apiKey": self._key, "timestamp": int(time.time() * 1000), **params}
        payload = "&".join(f"{name}={told[name]}" for name in sorted(told))
        told = {"signature": self.signature(payload), **told}
        return json.dumps({"id": "s1", "method": "userDataStream.subscribe.signature", "params": told})

    def send(
        self, method: str, path: str, query: str = "", body: str | None = None, *, key: str | None = API_KEY
    ) -> Answer:
        """Send a request as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._timeout)
        headers = {} if key is None else {"X-MBX-APIKEY": key}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, f"{path}?{query}" if query else path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        is_json = response.headers.get_content_type() == "application/json"
        return Answer(response.status, json.loads(text) if is_json else text, dict(response.headers))
