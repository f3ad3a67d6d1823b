"""What a bot's charts are drawn from: candles, entries and exits as marks, levels as lines, the account. Pure.

Times are whole seconds since 1970, as the charting library wants them, strictly rising.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeGuard

from bots.trading.records import Trade

_LEVELS = {
    "entry_price": "entry",
    "stop_loss": "stop",
    "take_profit": "target",
    "trailing_stop": "trailing",
    "stop_at_venue": "stop at the venue",
}
type Told = Mapping[str, Any]


def chart_of(bars: Told, trades: Sequence[Trade], lots: Sequence[Told], curve: Sequence[Told]) -> dict[str, Any]:
    """Return candles, marks, lines and the account's curve.

    Parameters
    ----------
    bars : mapping
        As `GET /bots` answers.
    trades : sequence of Trade
        Of all of them those within the bars are marked.
    lots : sequence of mapping
        The open lots of a status.
    curve : sequence of mapping
        As `GET /curve` answers.
    """
    prices = {each: each for each in ("open", "high", "low", "close")}
    candles = _rising(_point(bar, prices) for bar in bars.get("bars", ()))
    account = _rising(_point(point, {"equity": "equity", "drawdown": "drawdown_pct"}) for point in curve)
    for point in account:
        point["drawdown"] = -point["drawdown"]
    return {
        "interval": _words(bars.get("interval", "")),
        "candles": candles,
        "marks": _marks(trades, candles),
        "lines": [line for lot in lots for line in _lines(lot, len(lots) > 1)],
        "account": account,
    }


def _marks(trades: Iterable[Trade], candles: Sequence[Told]) -> list[dict[str, Any]]:
    known = {candle["time"] for candle in candles}
    made = []
    for trade in trades:
        entered = int(trade.entry_bar.timestamp())
        if entered in known:
            made.append({"time": entered, "kind": "entry", "text": f"bought at {float(trade.entry_price):.8g}"})
        if trade.exit_bar is None or trade.exit_price is None:
            continue
        left = int(trade.exit_bar.timestamp())
        if left in known:
            kind = "gain" if trade.profit is not None and trade.profit >= 0 else "loss"
            profit = f", {float(trade.profit):+.2f}" if trade.profit is not None else ""
            words = f"{_words(trade.exit_reason)} at {float(trade.exit_price):.8g}{profit}"
            made.append({"time": left, "kind": kind, "text": words})
    return sorted(made, key=lambda mark: int(mark["time"]))


def _lines(lot: Told, many: bool) -> Iterable[dict[str, Any]]:
    whose = f" {_words(lot.get('lot'))}" if many else ""
    for key, name in _LEVELS.items():
        price = lot.get(key)
        if _is_number(price) and price > 0:
            kind = "entry" if key == "entry_price" else "stop" if "stop" in key else "target"
            yield {"price": price, "kind": kind, "title": name + whose}


def _rising(points: Iterable[dict[str, Any] | None]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for point in sorted((each for each in points if each is not None), key=lambda each: int(each["time"])):
        if made and made[-1]["time"] == point["time"]:
            made[-1] = point
        else:
            made.append(point)
    return made


def _point(told: Told, keys: Mapping[str, str]) -> dict[str, Any] | None:
    """Return a time and its numbers by their new names; nothing where a bot says what cannot be drawn."""
    numbers = {new: told.get(key) for new, key in keys.items()}
    time = _seconds(told.get("time"))
    return {"time": time, **numbers} if time is not None and all(map(_is_number, numbers.values())) else None


def _seconds(time: object) -> int | None:
    try:
        moment = datetime.fromisoformat(time) if isinstance(time, str) else time
    except ValueError:
        return None
    return int(moment.timestamp()) if isinstance(moment, datetime) else None


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _words(said: object) -> str:
    # Half a letter, which a bot may say, can be part of no answer.
    return str(said).encode(errors="replace").decode()
