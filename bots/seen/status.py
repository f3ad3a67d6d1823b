"""What a bot says of itself when asked, as one JSON object. Pure; money in the quote currency."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from bots.config import Document
from bots.running.health import Health
from bots.trading.book import Lot
from bots.trading.halts import Halt
from bots.trading.risk import drawdown_pct, levels
from bots.trading.trader import Trader


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the trader does not know: the process around it. Times are the wall clock's."""

    state: str
    version: str
    pid: int | None = None
    address: str | None = None
    started: datetime | None = None
    feed_connected: bool = False
    broker_connected: bool = False
    last_bar_arrived: datetime | None = None
    restarts: int = 0
    last_error: str | None = None
    hold_until: datetime | None = None
    fallback: Mapping[str, Any] | None = None
    notifications: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    console: str | None = None


def standing(trader: Trader, hold_until: datetime | None) -> dict[str, Any]:
    """Return what keeps the bot from entries, and what is still open: the answer to a change."""
    return {
        "halt": _halt(trader.guard.halt),
        "hold_until": _time(hold_until),
        "position": float(trader.book.position),
        "open_orders": sorted(trader.orders.intents),
    }


def describe(document: Document, trader: Trader, health: Health, around: Surroundings) -> dict[str, Any]:
    """Return the bot's status; the keys of the feed and the broker are those that scripts have always read."""
    book, price, quote = trader.book, trader.last_price, trader.terms.spec.quote
    day = trader.guard.day
    return {
        "bot": trader.terms.bot,
        "version": around.version,
        "mode": document.mode,
        "state": around.state,
        "alive": health.alive,
        "ready": health.ready,
        "reasons": list(health.reasons),
        "pid": around.pid,
        "address": around.address,
        "started": _time(around.started),
        "restarts": around.restarts,
        "last_error": around.last_error,
        "symbol": document.symbol,
        "interval": document.data.interval,
        "data_feed_status": {
            "source": document.data.data_source,
            "connected": around.feed_connected,
            "stale": health.stale,
            "data_points": trader.bars_seen,
            "warm": trader.is_warm,
            "last_bar": _time(trader.bar_time),
            "last_bar_arrived": _time(around.last_bar_arrived),
            "last_price": float(price),
        },
        "broker_status": {
            "type": document.broker.type,
            "connected": around.broker_connected,
            "currency": quote,
            "cash": float(book.cash),
            "equity": float(trader.guard.equity),
            "initial_balance": float(trader.terms.initial_balance),
            "open_orders": sorted(trader.orders.intents),
        },
        "position": {
            "quantity": float(book.position),
            "value": float(book.position * price),
            "dust": float(book.dust),
            "lots": [_lot(lot, trader) for lot in book.lots.values()],
        },
        "profit": {
            "realised": float(book.realised),
            "unrealised": float(book.unrealised(price)),
            "fees": float(book.fees),
        },
        "drawdown_pct": float(round(drawdown_pct(trader.guard.peak_equity, trader.guard.equity), 4)),
        "peak_equity": float(trader.guard.peak_equity),
        "trades": book.closed,
        "today": None
        if day is None
        else {
            "day": day.day.isoformat(),
            "entries": day.entries,
            "profit": float(trader.guard.equity - day.start_equity),
        },
        "limits": {
            "max_drawdown_pct": _number(trader.terms.limits.max_drawdown_pct),
            "daily_loss_hit": day is not None and day.loss is not None,
        },
        "halt": _halt(trader.guard.halt),
        "hold_until": _time(around.hold_until),
        "fallback": around.fallback,
        "notifications": {channel: dict(told) for channel, told in around.notifications.items()},
        "console": around.console,
    }


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _halt(halt: Halt | None) -> dict[str, Any] | None:
    if halt is None:
        return None
    return {"limit": halt.limit, "detail": halt.detail, "since": _time(halt.time), "mode": str(halt.mode)}


def _lot(lot: Lot, trader: Trader) -> dict[str, Any]:
    at = levels(trader.terms.limits, float(lot.entry_price), lot.high)
    return {
        "lot": lot.number,
        "quantity": float(lot.quantity),
        "entry_price": float(lot.entry_price),
        "entry_bar": _time(lot.entry_bar),
        "bars_held": lot.bars_held,
        "unrealised": float((trader.last_price - lot.entry_price) * lot.quantity),
        "stop_loss": at.stop_loss,
        "take_profit": at.take_profit,
        "trailing_stop": at.trailing_stop,
        "marks": dict(trader.rules.marks_to_json(lot.marks)),
        "exit_reason": lot.exit_reason,
        "exit_order": lot.exit_order,
        "stop_order": lot.stop_order,
        "stop_at_venue": None if lot.stop_price is None else float(lot.stop_price),
    }


def one_line(status: Mapping[str, Any]) -> str:
    """Return a status as a line for people."""
    broker, position = status["broker_status"], status["position"]
    gain = (broker["equity"] / broker["initial_balance"] - 1) * 100
    held = f"holds {position['quantity']:.12g}" if position["quantity"] else "flat"
    paper = "  NEW ENTRIES ON PAPER" if status.get("fallback") else ""
    return (
        f"{status['data_feed_status']['last_bar'] or 'no bar yet'}  {status['symbol']} "
        f"{status['data_feed_status']['last_price']:.12g}  equity {broker['equity']:.2f} {broker['currency']} "
        f"({gain:+.2f} %)  {held}  trades {status['trades']}{paper}"
    )


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat(timespec="seconds").replace("+00:00", "Z")
