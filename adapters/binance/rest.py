"""Requests to Binance's REST interface: signed where they must be, within its limits, every failure classified."""

import asyncio
import hashlib
import hmac
import os
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from urllib.request import getproxies, proxy_bypass

import aiohttp
import msgspec
from yarl import URL

from adapters.binance.answers import WRONG_TIME, Refusal, of_order, of_request
from adapters.live.reading import MOST_SKEW_SECONDS, readable, seconds_in
from strategies.errors import (
    OrderNotSentError,
    OrderRefusedError,
    OutcomeUnknownError,
    VenueLostError,
    VenueRefusedError,
)

KEY, SECRET = "BINANCE_API_KEY", "BINANCE_API_SECRET"
RECV_WINDOW_MS = 5000
_PATIENCE = aiohttp.ClientTimeout(total=10, connect=5)
# All bots behind one address share 6000 a minute; the last fifth is left to orders.
_WEIGHT_A_MINUTE = 6000
# An answer that is no JSON, or is nested more deeply than it may be.
_UNREADABLE = (ValueError, RecursionError)
_WEIGHT_FOR_READING = _WEIGHT_A_MINUTE * 4 // 5


class Keys:
    """An API key and its secret; never shown."""

    __slots__ = ("_secret", "key")

    def __init__(self, key: str, secret: str) -> None:
        self.key, self._secret = key, secret.encode()

    def sign(self, text: str) -> str:
        """Return the HMAC-SHA256 signature of a text, in hex."""
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    def __repr__(self) -> str:
        return "Keys(...)"


def keys_from_environment() -> Keys:
    """Return the keys that the environment has.

    Raises
    ------
    VenueRefusedError
        If it has none.
    """
    key, secret = os.environ.get(KEY, "").strip(), os.environ.get(SECRET, "").strip()
    if not key or not secret:
        raise VenueRefusedError(f"no keys: set the environment variables {KEY} and {SECRET}")
    return Keys(key, secret)


class Rest:
    """One connection pool to Binance.

    Parameters
    ----------
    base : str
        The address, such as https://api.binance.com.
    keys : Keys, optional
        For what must be signed.
    """

    def __init__(self, base: str, keys: Keys | None = None) -> None:
        self.base, self.keys = base, keys
        self.skew_ms: int | None = None
        """By how much the venue's clock is ahead of ours."""
        self._session: aiohttp.ClientSession | None = None
        self._silent_until = 0.0
        self._busy_until = 0.0

    def now_ms(self) -> int:
        """Return the venue's time as far as we know it."""
        return int(time.time() * 1000) + (self.skew_ms or 0)

    def now(self) -> datetime:
        """Return the same as a time."""
        return datetime.fromtimestamp(self.now_ms() / 1000, UTC)

    async def measure_skew(self) -> float:
        """Ask for the venue's time; return by how many seconds it is ahead of ours."""
        sent = time.time()
        told = await self.get("/api/v3/time")
        with readable("Binance's time"):
            skew_ms = int(told["serverTime"] - (sent + time.time()) / 2 * 1000)
        if abs(skew_ms) > MOST_SKEW_SECONDS * 1000:
            raise VenueLostError("Binance tells a time that is years from this machine's: run a time service")
        self.skew_ms = skew_ms
        return self.skew_ms / 1000

    async def get(self, path: str, params: Mapping[str, Any] | None = None, *, signed: bool = False) -> Any:
        """Return the answer to a question.

        Raises
        ------
        VenueLostError, VenueRefusedError
            See adapters/binance/answers.py.
        """
        if (wait := self._busy_until - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        try:
            answer = await self._send("GET", path, dict(params or {}), signed=signed)
            if isinstance(answer, Refusal) and answer.code == WRONG_TIME:
                await self.measure_skew()
                answer = await self._send("GET", path, dict(params or {}), signed=signed)
        except (aiohttp.ClientError, TimeoutError, OSError, *_UNREADABLE) as error:
            raise VenueLostError(f"Binance does not answer: {_words(error)}") from None
        if isinstance(answer, Refusal):
            raise of_request(answer)
        return answer

    async def change(self, method: str, path: str, params: Mapping[str, Any]) -> Any:
        """Send a signed change, once, and return its answer.

        Raises
        ------
        OrderNotSentError
            If it has not left.
        OrderRefusedError
            If it was definitely not made.
        OutcomeUnknownError
            If that is not known.
        """
        try:
            answer = await self._send(method, path, dict(params), signed=True)
            if isinstance(answer, Refusal) and answer.code == WRONG_TIME:
                # It was not looked at: with the right time it is sent for the first time.
                await self.measure_skew()
                answer = await self._send(method, path, dict(params), signed=True)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise OrderNotSentError("unreachable", f"Binance cannot be reached: {_words(error)}") from None
        except VenueLostError as error:
            # Silence was asked for, or the time cannot be had: nothing was sent.
            raise OrderNotSentError("429", str(error), error.retry_after) from None
        except VenueRefusedError as error:
            raise OrderRefusedError(error.code, str(error)) from None
        except (aiohttp.ClientError, TimeoutError, OSError, *_UNREADABLE) as error:
            raise OutcomeUnknownError(f"Binance does not answer: {_words(error)}") from None
        if isinstance(answer, Refusal):
            raise of_order(answer)
        return answer

    async def close(self) -> None:
        """Let go of all connections."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    def session(self) -> aiohttp.ClientSession:
        """Return the session, for web sockets too."""
        if self._session is None:
            # The proxy is looked up here, once: aiohttp would read the environment and ~/.netrc on every request.
            self._session = aiohttp.ClientSession(
                timeout=_PATIENCE,
                connector=aiohttp.TCPConnector(limit=8, keepalive_timeout=60),
                proxy=_proxy_of(self.base),
            )
        return self._session

    async def _send(self, method: str, path: str, params: dict[str, Any], *, signed: bool) -> Any:
        if (wait := self._silent_until - time.monotonic()) > 0:
            raise VenueLostError(f"Binance asked for silence: {wait:.0f} s are left", wait)
        headers = {}
        if signed:
            if self.keys is None:
                self.keys = keys_from_environment()
            params |= {"recvWindow": RECV_WINDOW_MS, "timestamp": self.now_ms()}
            headers["X-MBX-APIKEY"] = self.keys.key
        query = urlencode(params)
        if signed and self.keys is not None:
            query += f"&signature={self.keys.sign(query)}"
        url = f"{self.base}{path}?{query}" if query else f"{self.base}{path}"
        # encoded: what is sent must be, letter for letter, what was signed. And sent there only: the key goes along.
        async with self.session().request(
            method, URL(url, encoded=True), headers=headers, allow_redirects=False
        ) as response:
            body = await response.read()
        self._heed(response)
        if 200 <= response.status < 300:
            return msgspec.json.decode(body)
        return _refusal(response, body)

    def _heed(self, response: aiohttp.ClientResponse) -> None:
        """Be silent for as long as the venue asks for, and slow when the minute's limit comes near."""
        used = response.headers.get("X-MBX-USED-WEIGHT-1M", "")
        if used.isdecimal() and len(used) < 10 and int(used) > _WEIGHT_FOR_READING:
            self._busy_until = time.monotonic() + 60 - time.time() % 60
        if response.status in (418, 429):
            self._silent_until = time.monotonic() + (_retry_after(response) or 60.0)


def _proxy_of(base: str) -> str | None:
    """Return the proxy that the environment names for an address, if any."""
    address = URL(base)
    return None if proxy_bypass(address.host or "") else getproxies().get(address.scheme)


def _refusal(response: aiohttp.ClientResponse, body: bytes) -> Refusal:
    try:
        told = msgspec.json.decode(body)
        code, message = int(told["code"]), str(told["msg"])
    except (*_UNREADABLE, KeyError, TypeError, ArithmeticError):
        code, message = 0, response.reason or "no reason given"
    return Refusal(response.status, code, " ".join(message[:200].split()), _retry_after(response))


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    return seconds_in(response.headers.get("Retry-After"))


def _words(error: BaseException) -> str:
    # Without the query of an address, which has the signature in it.
    return re.sub(r"\?\S*", "", str(error))[:200] or type(error).__name__
