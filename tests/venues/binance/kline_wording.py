"""Klines in the exchange's own words. Pure."""

from typing import Any

from tests.venues.binance.market import INTERVALS, Kline
from tests.venues.binance.refusals import text


def row(kline: Kline, interval: str) -> list[Any]:
    """Return a kline as the klines endpoint has it."""
    quote = kline.volume * (kline.open + kline.close) / 2
    return [
        kline.open_time, text(kline.open), text(kline.high), text(kline.low), text(kline.close), text(kline.volume),
        kline.open_time + INTERVALS[interval] * 1000 - 1, text(quote), kline.trades, text(kline.volume / 2),
        text(quote / 2), "0",
    ]  # fmt: skip


def event(kline: Kline, interval: str, symbol: str, now: int, *, closed: bool) -> dict[str, Any]:
    """Return a kline as the stream has it; `now` is the event's time."""
    quote = kline.volume * (kline.open + kline.close) / 2
    return {
        "e": "kline",
        "E": now,
        "s": symbol,
        "k": {
            "t": kline.open_time, "T": kline.open_time + INTERVALS[interval] * 1000 - 1, "s": symbol, "i": interval,
            "f": kline.first_trade, "L": kline.first_trade + kline.trades - 1 if kline.trades else -1,
            "o": text(kline.open), "c": text(kline.close), "h": text(kline.high), "l": text(kline.low),
            "v": text(kline.volume), "n": kline.trades, "x": closed, "q": text(quote),
            "V": text(kline.volume / 2), "Q": text(quote / 2), "B": "0",
        },
    }  # fmt: skip
