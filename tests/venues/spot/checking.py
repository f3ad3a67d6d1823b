"""Whether a request may be made at all: key, signature, time, parameters, weight."""

import hashlib
import hmac
import time
from collections import Counter

from tests.venues.spot.refusing import BAD_KEY, BAD_SIGNATURE, NO_KEY, OUT_OF_TIME, TOO_MUCH, Refused

WEIGHTS = {
    ("GET", "/api/v3/time"): 1,
    ("GET", "/api/v3/exchangeInfo"): 20,
    ("GET", "/api/v3/klines"): 2,
    ("GET", "/api/v3/account"): 20,
    ("GET", "/api/v3/openOrders"): 6,
    ("GET", "/api/v3/order"): 4,
    ("POST", "/api/v3/order"): 1,
    ("DELETE", "/api/v3/order"): 1,
    ("GET", "/api/v3/myTrades"): 20,
    ("GET", "/sapi/v1/account/apiRestrictions"): 1,
}
PUBLIC = {"/api/v3/time", "/api/v3/exchangeInfo", "/api/v3/klines"}
_SIGNED = {"recvWindow", "timestamp", "signature"}
_KNOWN = {
    ("GET", "/api/v3/time"): set(),
    ("GET", "/api/v3/exchangeInfo"): {"symbol"},
    ("GET", "/api/v3/klines"): {"symbol", "interval", "startTime", "endTime", "limit"},
    ("GET", "/api/v3/account"): {"omitZeroBalances"},
    ("GET", "/api/v3/openOrders"): {"symbol"},
    ("GET", "/api/v3/order"): {"symbol", "origClientOrderId", "orderId"},
    ("POST", "/api/v3/order"): {
        "symbol", "side", "type", "quantity", "newClientOrderId", "newOrderRespType", "timeInForce", "price",
        "stopPrice",
    },
    ("DELETE", "/api/v3/order"): {"symbol", "origClientOrderId"},
    ("GET", "/api/v3/myTrades"): {"symbol", "orderId"},
    ("GET", "/sapi/v1/account/apiRestrictions"): set(),
}  # fmt: skip
_NEEDED = {
    ("POST", "/api/v3/order"): {"symbol", "side", "type", "quantity", "newClientOrderId"},
    ("GET", "/api/v3/klines"): {"symbol", "interval"},
}


class Gate:
    """Judges requests. `limit` is the weight that an address may use in a minute."""

    def __init__(self, key: str, secret: str, limit: int = 6000) -> None:
        self.key, self.limit = key, limit
        self.revoked = False
        self.refused_for_weight = 0
        self.used: Counter[int] = Counter()
        self._secret = secret.encode()

    def weigh(self, method: str, path: str, params: dict[str, str]) -> int:
        """Count a request's weight and return what was used this minute.

        Raises
        ------
        Refused
            If it is above the limit.
        """
        minute = int(time.time() // 60)
        weight = WEIGHTS.get((method, path), 1)
        if path == "/api/v3/klines" and int(params.get("limit", 500)) > 1000:
            raise Refused(-1130, "Data sent for parameter 'limit' is not valid.")
        self.used[minute] += weight
        if self.used[minute] > self.limit:
            self.refused_for_weight += 1
            raise TOO_MUCH
        return self.used[minute]

    def check(self, method: str, path: str, query: str, params: dict[str, str], key: str | None) -> None:
        """Judge parameters, key, signature and time.

        Raises
        ------
        Refused
            As the exchange would.
        """
        known = _KNOWN.get((method, path))
        if known is None:
            raise Refused(0, "not found", 404)
        signed = path not in PUBLIC
        if unknown := set(params) - known - (_SIGNED if signed else set()):
            raise Refused(-1104, f"Not all sent parameters were read: {sorted(unknown)}")
        if missing := _NEEDED.get((method, path), set()) - {name for name, value in params.items() if value}:
            raise Refused(-1102, f"Mandatory parameter '{min(missing)}' was not sent, was empty/null, or malformed.")
        if len(params.get("newClientOrderId", "")) > 36:
            raise Refused(-1100, "Illegal characters found in parameter 'newClientOrderId'.")
        if signed:
            self.judge(query.rpartition("&signature=")[0], params, key)

    def judge(self, signed_text: str, params: dict[str, str], key: str | None) -> None:
        """Judge key, signature and time of something signed."""
        if key is None:
            raise NO_KEY
        if key != self.key or self.revoked:
            raise BAD_KEY
        wanted = hmac.new(self._secret, signed_text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted, params.get("signature", "")):
            raise BAD_SIGNATURE
        age = time.time() * 1000 - int(params["timestamp"])
        if age > int(params.get("recvWindow", 5000)) or age < -1000:
            raise OUT_OF_TIME
