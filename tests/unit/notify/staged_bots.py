"""Bots that say what a test has them say, and remember what was changed."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from bots.trading.halts import HaltMode
from bots.trading.records import Trade
from strategies.errors import BotUnreachableError

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def trade(lot: int, profit: str | None = "3.2", *, day: int = 0) -> Trade:
    """Return a trade of a day; without a profit one that is open."""
    begun = NOON + timedelta(days=day, hours=lot)
    if profit is None:
        return Trade(lot, begun, Decimal("100.50"), Decimal("0.5"), Decimal("0.1"))
    ended = begun + timedelta(hours=2)
    return Trade(
        lot,
        begun,
        Decimal("100.50"),
        Decimal("0.5"),
        Decimal("0.1"),
        ended,
        Decimal(107),
        Decimal(profit),
        "time_limit",
    )


def status_of(name: str, **changed: Any) -> dict[str, Any]:
    """Return the status of a bot that is well."""
    told = {
        "bot": name,
        "version": "1.2.3",
        "mode": "paper",
        "state": "running",
        "alive": True,
        "ready": True,
        "reasons": [],
        "restarts": 0,
        "last_error": None,
        "symbol": "BTCUSDT",
        "interval": "1m",
        "data_feed_status": {"last_price": 93.4, "last_bar": "2026-11-22T12:00:00Z"},
        "broker_status": {"currency": "USDT", "cash": 900.0, "equity": 1003.2, "initial_balance": 1000.0},
        "position": {
            "quantity": 1.0854,
            "value": 101.38,
            "lots": [
                {
                    "lot": 4,
                    "quantity": 1.0854,
                    "entry_price": 92.1,
                    "unrealised": 1.41,
                    "bars_held": 3,
                    "stop_loss": 87.5,
                }
            ],
        },
        "profit": {"realised": 2.1, "unrealised": 1.41, "fees": 0.4},
        "drawdown_pct": 0.25,
        "peak_equity": 1005.7,
        "trades": 3,
        "today": {"day": "2026-11-22", "entries": 2, "profit": 1.5},
        "halt": None,
        "hold_until": None,
        "fallback": None,
    }
    return told | changed


class StagedBots:
    """See Bots."""

    def __init__(self, *names: str) -> None:
        self.statuses = {name: status_of(name) for name in names}
        self.done: list[tuple[str, ...]] = []
        self.away: set[str] = set()
        self.slow: asyncio.Event | None = None
        self.past = [trade(1, "-1.1", day=-1), trade(2), trade(3, None)]
        self.lines = ["2026-11-22 12:00:00 INFO    0001  bought 1.0854 BTC <&>"]

    def names(self) -> Sequence[str]:
        """See Bots."""
        return tuple(self.statuses)

    async def status(self, name: str) -> Mapping[str, Any]:
        """See Bots."""
        if self.slow is not None:
            await self.slow.wait()
        self._answers(name)
        return self.statuses[name]

    async def trades(self, name: str) -> Sequence[Trade]:
        """See Bots."""
        self._answers(name)
        return self.past

    async def document(self, name: str) -> Mapping[str, Any]:
        """See Bots."""
        self._answers(name)
        return {"symbol": "BTCUSDT", "broker": {"type": "mock"}}

    async def log_tail(self, name: str, lines: int) -> Sequence[str]:
        """See Bots."""
        return self.lines[-lines:]

    async def halt(self, name: str, mode: HaltMode, reason: str, *, by: str) -> Mapping[str, Any]:
        """See Bots."""
        self._answers(name)
        self.done.append(("halt", name, str(mode), reason, by))
        halt = {"limit": "manual_halt", "detail": reason, "since": "2026-11-22T12:00:00Z", "mode": str(mode)}
        self.statuses[name]["halt"] = halt
        return {"halt": halt, "hold_until": None, "position": 1.0854, "open_orders": ["0001-x"]}

    async def resume(self, name: str, *, by: str) -> Mapping[str, Any]:
        """See Bots."""
        self._answers(name)
        self.done.append(("resume", name, by))
        self.statuses[name]["halt"] = None
        return {"halt": None, "hold_until": None, "position": 0.0, "open_orders": []}

    def _answers(self, name: str) -> None:
        if name in self.away:
            raise BotUnreachableError(f"{name} does not answer")
