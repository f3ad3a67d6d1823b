"""From the document to what the trader and the feeds understand. Pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from adapters.feeds import FeedSettings
from adapters.instrument import InstrumentSpec
from bots.config import Document
from bots.trading.risk import Limits, Trailing
from bots.trading.sizing import Sizing

# Wilder's smoothing forgets a bar at (1 - 1/n) a bar; after 40 n bars nothing of it is left in a float.
_MEMORY_IN_PERIODS = 40


@dataclass(frozen=True, slots=True)
class Terms:
    """What a bot trades and within which bounds: everything about it that does not change while it runs."""

    bot: str
    spec: InstrumentSpec
    limits: Limits
    sizing: Sizing
    initial_balance: Decimal


def terms_of(document: Document, bot: str, spec: InstrumentSpec) -> Terms:
    """Return what the bot trades and within which bounds."""
    return Terms(
        bot=bot,
        spec=spec,
        limits=limits_of(document),
        sizing=Sizing(document.position_size, document.trading.max_exposure, document.broker.commission),
        initial_balance=document.broker.initial_balance,
    )


def limits_of(document: Document) -> Limits:
    """Return the document's risk limits."""
    risk, trading = document.risk_management, document.trading
    trailing = risk.trailing_stop
    return Limits(
        max_positions=trading.max_positions,
        stop_loss_pct=None if risk.stop_loss_pct is None else float(risk.stop_loss_pct),
        take_profit_pct=None if risk.take_profit_pct is None else float(risk.take_profit_pct),
        trailing=Trailing(float(trailing.activation_pct), float(trailing.trailing_pct)) if trailing.enabled else None,
        max_daily_trades=risk.max_daily_trades,
        max_daily_loss=risk.max_daily_loss,
        max_drawdown_pct=trading.max_drawdown_pct,
        timezone=ZoneInfo(risk.day_timezone),
    )


def feed_settings(document: Document, goes_on_from: datetime | None = None) -> FeedSettings:
    """Return what the document says about its bars."""
    data, trading = document.data, document.trading
    return FeedSettings(
        symbol=document.symbol,
        interval=data.interval_delta,
        commission=document.broker.commission,
        speed=float(data.speed),
        seed=data.seed,
        file=Path(data.file) if data.file else None,
        price_step=trading.price_step,
        size_step=trading.size_step,
        min_notional=trading.min_notional,
        goes_on_from=goes_on_from,
    )


def history_bars(lookback: int, warm_up: int, *, resuming: bool) -> int:
    """Return how many past bars to ask for: those of the document, and after a restart as many as the rules remember.

    So a restarted bot's indicators are what they would be had it never stopped.
    """
    return max(lookback, warm_up * _MEMORY_IN_PERIODS, 1) if resuming else lookback
