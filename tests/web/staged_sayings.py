"""What staged bots say of themselves: made up, but of the shape, and with the sums, of a real bot's answers."""

import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from bots.trading.records import Trade

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BEGUN_WITH = Decimal(1000)
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")
_BAR = timedelta(minutes=5)


@dataclass(slots=True)
class StagedBot:
    """One bot, as a test sets it; `number` makes its figures differ from others'."""

    name: str
    number: int
    text: str
    mode: str = "paper"
    running: bool = True
    state: str = "running"
    position: Decimal = Decimal(0)
    stop_at_venue: Decimal | None = None
    halt: dict[str, Any] | None = None
    last_error: str | None = None
    ready: bool = True
    answers: bool = True
    faults: int = 0
    log: list[str] = field(default_factory=list)

    @property
    def symbol(self) -> str:
        """What its document says that it trades."""
        try:
            return str(json.loads(self.text)["trading"]["symbol"])
        except (ValueError, KeyError, TypeError):
            return SYMBOLS[self.number % len(SYMBOLS)]

    @property
    def price(self) -> Decimal:
        return Decimal(100 + self.number % 50)

    @property
    def profit(self) -> Decimal:
        return Decimal(self.number * 7919 % 4001 - 2000) / 10

    @property
    def equity(self) -> Decimal:
        return BEGUN_WITH + self.profit


def document(number: int = 0, *, live: bool = False) -> str:
    """Return a good document."""
    symbol = SYMBOLS[number % len(SYMBOLS)]
    feed: dict[str, Any] = {"data_source": "binance"} if live else {"data_source": "mock", "seed": number % 1000 + 1}
    return json.dumps(
        {
            "description": f"Staged, number {number}.",
            "version": "1.0",
            "broker": {"type": "binance"} if live else {"type": "mock", "initial_balance": 1000.0, "commission": 0.001},
            "trading": {"symbol": symbol, "position_size": 0.1, "max_drawdown_pct": 20.0},
            "data": {**feed, "symbol": symbol, "interval": "5m", "lookback_bars": 200},
            "strategy": {
                "entry_logic": {"name": "RSIBBEntryMixin", "params": {"rsi_period": 7}},
                "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 5}},
            },
            "risk_management": {"stop_loss_pct": 5.0, "take_profit_pct": 10.0},
        },
        indent=2,
    )


def status(bot: StagedBot) -> dict[str, Any]:
    """Return what `GET /status` of the bot answers; a stopped one's figures are its journal's."""
    opened = START + 10 * _BAR
    stop = None if bot.stop_at_venue is None else float(bot.stop_at_venue)
    lot = {
        "lot": 3,
        "quantity": float(bot.position),
        "entry_price": float(bot.price - 1),
        "entry_bar": _text(opened),
        "bars_held": 4,
        "unrealised": float(bot.position),
        "stop_loss": stop or float(bot.price - 5),
        "take_profit": float(bot.price + 10),
        "trailing_stop": None,
        "marks": {},
        "exit_reason": None,
        "exit_order": None,
        "stop_order": f"{bot.name}-S1" if stop else None,
        "stop_at_venue": stop,
    }
    return {
        "bot": bot.name,
        "version": "0.1.0",
        "mode": bot.mode,
        "state": bot.state if bot.running else "stopped",
        "alive": bot.running,
        "ready": bot.running and bot.ready,
        "reasons": [] if bot.ready else ["the feed is not connected"],
        "pid": 1000 + bot.number if bot.running else None,
        "address": f"http://127.0.0.1:{10000 + bot.number}" if bot.running else None,
        "started": _text(START) if bot.running else None,
        "restarts": 0,
        "last_error": bot.last_error,
        "symbol": bot.symbol,
        "interval": "5m",
        "data_feed_status": {
            "source": "binance" if bot.mode == "live" else "mock",
            "connected": bot.running and bot.ready,
            "stale": False,
            "data_points": 300,
            "warm": bot.running,
            "last_bar": _text(NOW - _BAR),
            "last_bar_arrived": _text(NOW),
            "last_price": float(bot.price),
        },
        "broker_status": {
            "type": "binance" if bot.mode == "live" else "mock",
            "connected": bot.running,
            "currency": "USDT",
            "cash": float(bot.equity - bot.position * bot.price),
            "equity": float(bot.equity),
            "initial_balance": float(BEGUN_WITH),
            "open_orders": [f"{bot.name}-S1"] if stop else [],
        },
        "position": {
            "quantity": float(bot.position),
            "value": float(bot.position * bot.price),
            "dust": 0.0,
            "lots": [lot] if bot.position else [],
        },
        "profit": {"realised": float(bot.profit), "unrealised": 0.0, "fees": 1.5},
        "drawdown_pct": float(bot.number % 20),
        "peak_equity": float(bot.equity),
        "trades": 2,
        "today": {"day": "2026-11-23", "entries": 1, "profit": float(bot.profit / 10)},
        "limits": {"max_drawdown_pct": 20.0, "daily_loss_hit": False},
        "halt": bot.halt,
        "hold_until": None,
        "fallback": None,
        "notifications": {},
        "console": None,
    }


def trades(bot: StagedBot) -> list[Trade]:
    """Return two closed trades, and the open one where it has a position."""
    price = bot.price
    closed = [
        Trade(number, START + number * 3 * _BAR, price, Decimal("0.5"), Decimal("0.1"),
              START + (number * 3 + 2) * _BAR, price + gain, gain * Decimal("0.5") - Decimal("0.1"), reason)
        for number, gain, reason in ((1, Decimal(4), "take_profit"), (2, Decimal(-3), "stop_loss"))
    ]  # fmt: skip
    if not bot.position:
        return closed
    return [*closed, Trade(3, START + 10 * _BAR, price - 1, bot.position, Decimal("0.1"))]


def bars(bot: StagedBot, limit: int) -> dict[str, Any]:
    """Return bars that go up and down."""
    if not bot.running:
        return {"interval": "5m", "bars": []}
    made = []
    for index in range(min(limit, 300)):
        opened = float(bot.price) + 3 * math.sin(index / 9)
        closed = float(bot.price) + 3 * math.sin((index + 1) / 9)
        made.append(
            {
                "time": _text(START + index * _BAR),
                "open": opened,
                "high": max(opened, closed) + 0.4,
                "low": min(opened, closed) - 0.4,
                "close": closed,
                "volume": 10.0 + index % 7,
            }
        )
    return {"interval": "5m", "bars": made}


def orders(bot: StagedBot, limit: int) -> list[dict[str, Any]]:
    """Return the orders of its trades, newest first."""
    made: list[dict[str, Any]] = []
    for trade in trades(bot):
        ends = [("buy", trade.entry_bar, trade.entry_price, "entry")]
        if trade.exit_bar is not None and trade.exit_price is not None:
            ends.append(("sell", trade.exit_bar, trade.exit_price, str(trade.exit_reason)))
        for side, time, price, reason in ends:
            made.append(
                {
                    "client_order_id": f"{bot.name}-{side[0].upper()}{trade.lot}-1",
                    "lot": trade.lot,
                    "side": side,
                    "quantity": float(trade.quantity),
                    "bar_time": _text(time),
                    "reference_price": float(price),
                    "reason": reason,
                    "attempt": 1,
                    "status": "filled",
                    "detail": "",
                    "stop_price": None,
                    "limit_price": None,
                    "fills": [
                        {
                            "time": _text(time + _BAR),
                            "quantity": float(trade.quantity),
                            "price": float(price),
                            "commission": 0.05,
                        }
                    ],
                }
            )
    return made[::-1][:limit]


def events(bot: StagedBot, limit: int) -> list[dict[str, Any]]:
    """Return what happened to it, newest first."""
    made = [{"number": 1, "kind": "status", "time": _text(START), "text": "begins", "data": {"state": "started"}}]
    for trade in trades(bot):
        made.append(
            {
                "number": len(made) + 1,
                "kind": "trade_entry",
                "time": _text(trade.entry_bar),
                "text": f"bought {trade.quantity:f} at {trade.entry_price:f}",
                "data": {"lot": trade.lot, "price": str(trade.entry_price)},
            }
        )
    return made[::-1][:limit]


def curve(bot: StagedBot, points: int) -> list[dict[str, Any]]:
    """Return its equity, which arrives at what it has."""
    count = min(points, 120)
    peak, made = float(BEGUN_WITH), []
    for index in range(count):
        equity = float(BEGUN_WITH) + float(bot.profit) * index / max(count - 1, 1) + 8 * math.sin(index / 5)
        peak = max(peak, equity)
        made.append(
            {
                "time": _text(START + index * 60 * _BAR),
                "equity": round(equity, 2),
                "drawdown_pct": round((1 - equity / peak) * 100, 4),
            }
        )
    return made


def _text(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")
