"""Binance's bars and best prices: the port of live bars over its REST interface and its streams."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec

from adapters.binance.addresses import addresses
from adapters.binance.instrument import spec_from
from adapters.binance.klines import PAGE, closed, from_stream, milliseconds, name_of, past
from adapters.binance.rest import Rest
from adapters.feeds import FeedSettings
from adapters.instrument import simulated_instrument
from adapters.live.reading import above_zero, in_order, readable
from adapters.live.source import Finding, Quote
from strategies.bar import Bar
from strategies.errors import VenueError, VenueLostError

# Binance pings every 20 s; a connection on which our own ping goes unanswered is dead, whatever TCP says.
_HEARTBEAT_SECONDS = 15.0
_TOLERATED_SKEW_SECONDS = 1.0


def source(settings: FeedSettings) -> "BinanceSource":
    """Return the source of a symbol's bars."""
    return BinanceSource(settings)


class BinanceSource:
    """See `adapters.live.source.LiveSource`."""

    venue = "BINANCE"
    has_quotes = True
    # Klines come within a second or two of their close.
    patience: timedelta | None = timedelta(seconds=30)

    def __init__(self, settings: FeedSettings) -> None:
        self.spec = simulated_instrument(
            settings.symbol,
            price_step=settings.price_step,
            size_step=settings.size_step,
            min_notional=settings.min_notional,
            price_decimals=8,
            size_decimals=8,
        )
        self._settings = settings
        self._kline = name_of(settings.interval)
        self._at = addresses(settings.environment, settings.endpoints)
        self._rest = Rest(self._at.http)

    async def prepare(self) -> None:
        """Learn the symbol's steps and the venue's time."""
        await self._rest.measure_skew()
        info = await self._rest.get("/api/v3/exchangeInfo", {"symbol": self._settings.symbol})
        with readable("Binance's answer about the symbol"):
            self.spec = spec_from(info, self._settings)

    async def closed_bars(self, after: datetime | None, limit: int) -> list[Bar]:
        """Return complete bars; see the port."""
        bars = await (self._last(limit) if after is None else self._since(after, limit))
        return in_order(bars, "Binance", self._rest.now())

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[AsyncIterator[Bar | Quote]]:
        """Follow the symbol's klines and best prices; see the port."""
        symbol = self._settings.symbol.lower()
        url = f"{self._at.streams}/stream?streams={symbol}@kline_{self._kline}/{symbol}@bookTicker"
        try:
            socket = await self._rest.session().ws_connect(url, heartbeat=_HEARTBEAT_SECONDS, max_msg_size=0)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise VenueLostError(f"Binance's stream does not answer: {str(error) or type(error).__name__}") from None
        try:
            yield _events(socket, self._rest)
        finally:
            await socket.close()

    def market_open(self, now: datetime) -> bool:
        """Say that the market never closes."""
        return True

    def next_close(self, after: datetime) -> datetime | None:
        """Say that bars close at every interval's end."""
        return None

    def clock_skew(self) -> float | None:
        """Return how far the venue's clock is ahead of ours, in seconds."""
        return None if self._rest.skew_ms is None else self._rest.skew_ms / 1000

    async def check(self) -> list[Finding]:
        """Look at address, time, symbol, bars and stream."""
        try:
            skew = await self._rest.measure_skew()
        except VenueError as error:
            return [Finding("reachable", False, str(error), f"is {self._at.http} reachable from here?")]
        found = [Finding("reachable", True, self._at.http), _time_finding(skew)]
        try:
            await self.prepare()
            step = self.spec.price_step
            found.append(Finding("symbol", True, f"{self.spec.symbol} is traded, price step {step:f}"))
            bars = await self.closed_bars(None, 2)
            found.append(Finding("bars", bool(bars), f"the last {self._kline} bar opened {_when(bars)}"))
            async with self.stream() as events:
                await anext(aiter(events))
            found.append(Finding("stream", True, self._at.streams))
        except VenueError as error:
            found.append(Finding("data", False, str(error)))
        return found

    async def close(self) -> None:
        """Let go of the venue."""
        await self._rest.close()

    async def _since(self, after: datetime, limit: int) -> list[Bar]:
        bars: list[Bar] = []
        # Not simply an interval later: `after` need not be a bar's time.
        begin = after + timedelta(milliseconds=1)
        while len(bars) < limit:
            wanted = min(PAGE, limit - len(bars) + 1)
            rows = await self._klines(startTime=milliseconds(begin), limit=wanted)
            found = closed(rows, self._rest.now_ms())
            bars += found
            if len(rows) < wanted or not found:
                break
            begin = found[-1].time + timedelta(milliseconds=1)
        return bars[:limit]

    async def _last(self, limit: int) -> list[Bar]:
        bars: list[Bar] = []
        end: dict[str, int] = {}
        while len(bars) < limit:
            wanted = min(PAGE, limit - len(bars) + 1)
            rows = await self._klines(limit=wanted, **end)
            found = past(rows) if end else closed(rows, self._rest.now_ms())
            bars = found + bars
            if len(rows) < wanted or not found:
                break
            end = {"endTime": milliseconds(found[0].time) - 1}
        return bars[-limit:]

    async def _klines(self, **params: int) -> list[Any]:
        asked = {"symbol": self._settings.symbol, "interval": self._kline, **params}
        rows = await self._rest.get("/api/v3/klines", asked)
        if not isinstance(rows, list):
            raise VenueLostError("Binance's klines are no list")
        return rows


async def _events(socket: aiohttp.ClientWebSocketResponse, rest: Rest) -> AsyncIterator[Bar | Quote]:
    async for message in socket:
        if message.type is not aiohttp.WSMsgType.TEXT:
            continue
        with readable("a message of Binance's stream"):
            event = _event(msgspec.json.decode(message.data))
        if isinstance(event, Bar):
            in_order([event], "Binance", rest.now())
        if event is not None:
            yield event
    raise VenueLostError(f"Binance's stream broke off ({socket.close_code or 'no reason given'})")


def _event(told: Any) -> Bar | Quote | None:
    """Return what a message tells that is of interest, if it does."""
    name, data = told.get("stream", ""), told.get("data")
    if "@kline_" in name:
        return from_stream(data["k"])
    if name.endswith("@bookTicker"):
        bid, ask = above_zero(data["b"]), above_zero(data["a"])
        if bid > ask:
            raise ValueError(f"the bid {bid} is above the ask {ask}")
        return Quote(bid, ask, datetime.now(UTC))
    return None


def _time_finding(skew: float) -> Finding:
    good = abs(skew) < _TOLERATED_SKEW_SECONDS
    ahead = "ahead of" if skew > 0 else "behind"
    return Finding("time", good, f"Binance's clock is {abs(skew):.2f} s {ahead} this machine's", "run a time service")


def _when(bars: list[Bar]) -> str:
    return f"at {bars[-1].time:%Y-%m-%d %H:%M} UTC" if bars else "never"
