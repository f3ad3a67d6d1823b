"""The market streams: who follows what, and the messages by which that is changed."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from tests.venues.binance.connection import Connection
from tests.venues.binance.market import Market
from tests.venues.binance.records import Records

MOST_STREAMS = 1024
_METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")


class _Follower:
    def __init__(self, connection: Connection, *, combined: bool) -> None:
        self.connection, self.combined = connection, combined
        self.names: dict[str, None] = {}


class InvalidRequestError(Exception):
    """A message that the streams refuse."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Streams:
    """All connections to the market streams; used in the server's loop only."""

    def __init__(self, symbol: str, market: Market, records: Records) -> None:
        self._symbol, self._market, self._records = symbol.lower(), market, records
        self._followers: dict[Connection, _Follower] = {}

    @property
    def connections(self) -> list[Connection]:
        """Every connection."""
        return list(self._followers)

    def names(self) -> set[str]:
        """Return all streams that anybody follows."""
        return {name for follower in self._followers.values() for name in follower.names}

    def kline_followers(self) -> int:
        """Return how many connections follow klines of the double's own interval."""
        name = f"{self._symbol}@kline_{self._market.interval}"
        return sum(name in follower.names for follower in self._followers.values())

    def join(self, connection: Connection, names: Sequence[str], *, combined: bool) -> None:
        """Let a connection follow the streams that its address names."""
        follower = self._followers[connection] = _Follower(connection, combined=combined)
        self._follow(follower, [name for name in names if name])

    def leave(self, connection: Connection) -> None:
        """Let go of a connection that is no more."""
        self._followers.pop(connection, None)

    def publish(self, name: str, payload: dict[str, Any], sent: Callable[[], None] | None = None) -> None:
        """Send an event to all who follow a stream."""
        for follower in self._followers.values():
            if name in follower.names:
                told = {"stream": name, "data": payload} if follower.combined else payload
                follower.connection.send(told, sent)

    def announce_shutdown(self, now: int) -> None:
        """Tell everybody that the server will go."""
        payload = {"e": "serverShutdown", "E": now}
        for follower in self._followers.values():
            told = {"stream": "!serverShutdown", "data": payload} if follower.combined else payload
            follower.connection.send(told)

    async def hear(self, connection: Connection, text: str) -> None:
        """Deal with a message of a client."""
        follower = self._followers[connection]
        try:
            message = json.loads(text)
        except ValueError:
            connection.send({"code": 3, "msg": "Invalid JSON: expected value at line 1 column 1"})
            return
        told_id = message.get("id") if isinstance(message, dict) else None
        try:
            result = self._deal(follower, message)
        except InvalidRequestError as error:
            connection.send({"code": error.code, "msg": str(error), "id": told_id})
        else:
            connection.send({"result": result, "id": told_id})

    def _deal(self, follower: _Follower, message: Any) -> Any:
        if not isinstance(message, dict) or "method" not in message:
            raise InvalidRequestError(2, "Invalid request: missing field `method` at line 1 column 1")
        if "id" not in message or not _is_id(message["id"]):
            raise InvalidRequestError(2, "Invalid request: request ID must be an unsigned integer")
        method, params = message["method"], message.get("params", [])
        if method not in _METHODS:
            expected = ", ".join(f"`{each}`" for each in _METHODS)
            raise InvalidRequestError(2, f"Invalid request: unknown variant `{method}`, expected one of {expected}")
        if not isinstance(params, list):
            raise InvalidRequestError(2, "Invalid request: invalid type: expected a sequence")
        if method == "LIST_SUBSCRIPTIONS":
            return list(follower.names)
        if method in ("GET_PROPERTY", "SET_PROPERTY"):
            return self._property(follower, method, params)
        if not params or not all(isinstance(name, str) for name in params):
            raise InvalidRequestError(2, "Invalid request: params must be stream names")
        if method == "SUBSCRIBE":
            self._follow(follower, params)
        else:
            for name in params:
                follower.names.pop(name, None)
        return None

    def _property(self, follower: _Follower, method: str, params: list[Any]) -> Any:
        if not params or not isinstance(params[0], str):
            raise InvalidRequestError(2, "Invalid request: property name must be a string")
        if params[0] != "combined":
            raise InvalidRequestError(0, "Unknown property")
        if len(params) > (2 if method == "SET_PROPERTY" else 1):
            raise InvalidRequestError(2, "Invalid request: too many parameters")
        if method == "GET_PROPERTY":
            return follower.combined
        if len(params) < 2 or not isinstance(params[1], bool):
            raise InvalidRequestError(1, "Invalid value type: expected Boolean")
        follower.combined = params[1]
        return None

    def _follow(self, follower: _Follower, names: Sequence[str]) -> None:
        if len(follower.names.keys() | set(names)) > MOST_STREAMS:
            raise InvalidRequestError(2, f"Invalid request: a connection may follow {MOST_STREAMS} streams at most")
        for name in names:
            follower.names[name] = None
            if not self._brings_something(name):
                self._records.complaints.append(
                    f"the stream {name} was subscribed to, and nothing will ever come on it"
                )

    def _brings_something(self, name: str) -> bool:
        symbol, _, kind = name.partition("@")
        interval = re.fullmatch(r"kline_(\w+)", kind)
        known = kind == "bookTicker" or (interval is not None and self._market.supports(interval[1]))
        return symbol == self._symbol and known


def _is_id(told: Any) -> bool:
    if isinstance(told, str):
        return re.fullmatch(r"[A-Za-z0-9-]{1,36}", told) is not None
    return told is None or (isinstance(told, int) and not isinstance(told, bool) and abs(told) < 2**63)
