"""From the document to what the trader and the feeds understand. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from adapters.feeds import BrokerSettings, Endpoints, FeedSettings
from adapters.instrument import InstrumentSpec
from bots.config import Document
from bots.config.endpoints import Endpoints as EndpointsSection
from bots.trading.risk import Limits, Trailing
from bots.trading.sizing import Sizing

# Wilder's smoothing forgets a bar at (1 - 1/n) a bar; after 40 n bars nothing of it is left in a float.
_MEMORY_IN_PERIODS = 40
# A market order for the very last of the cash is refused as soon as the price has risen by a tick.
_CUSHION = Decimal("0.005")


@dataclass(frozen=True, slots=True)
class StopOnExchange:
    """How stops rest at the venue.

    The limit of such an order lies `limit_offset_pct` per cent below its stop. A trailing stop is replaced once it has
    risen by `move_pct` per cent. A price that stays below the limit for `jump_patience` has jumped over the order.
    """

    limit_offset_pct: float
    move_pct: float = 0.1
    jump_patience: timedelta = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a bot trades and within which bounds: everything about it that does not change while it runs.

    Without `stop_on_exchange` the bot watches all levels itself. A market order that the venue has taken and not
    executed within `order_timeout` is taken back.
    """

    bot: str
    spec: InstrumentSpec
    limits: Limits
    sizing: Sizing
    initial_balance: Decimal
    stop_on_exchange: StopOnExchange | None = None
    order_timeout: timedelta = timedelta(seconds=60)


def terms_of(document: Document, bot: str, spec: InstrumentSpec) -> Terms:
    """Return what the bot trades and within which bounds."""
    return Terms(
        bot=bot,
        spec=spec,
        limits=limits_of(document),
        sizing=Sizing(
            document.position_size,
            document.trading.max_exposure,
            document.broker.commission,
            _CUSHION if document.mode == "live" else Decimal(0),
        ),
        initial_balance=document.broker.initial_balance,
        stop_on_exchange=_stop_on_exchange(document),
        order_timeout=timedelta(seconds=float(document.trading.order_timeout)),
    )


def _stop_on_exchange(document: Document) -> StopOnExchange | None:
    risk = document.risk_management
    if document.mode == "paper" or not risk.stop_on_exchange:
        return None
    return StopOnExchange(float(risk.stop_limit_offset_pct))


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


def feed_settings(
    document: Document,
    goes_on_from: datetime | None = None,
    *,
    holds_position: bool = False,
    bot: str | None = None,
) -> FeedSettings:
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
        size_step=trading.size_step or _whole_shares(document),
        min_notional=trading.min_notional,
        goes_on_from=goes_on_from,
        retry_interval=timedelta(seconds=float(data.retry_interval)),
        environment=document.broker.environment,
        endpoints=_endpoints(data.endpoints),
        holds_position=holds_position,
        bot=bot,
        client_id=data.client_id if data.client_id is not None else document.broker.client_id,
    )


def _whole_shares(document: Document) -> Decimal | None:
    """Return the step of orders that are decided on another venue's bars, which do not tell it: shares are whole."""
    decided_elsewhere = document.broker.type == "ibkr" and document.data.data_source != "ibkr"
    return Decimal(1) if decided_elsewhere else None


def broker_settings(document: Document, bot: str) -> BrokerSettings:
    """Return what the document says about where its orders go."""
    broker = document.broker
    return BrokerSettings(
        bot=bot,
        symbol=document.symbol,
        commission=broker.commission,
        environment=broker.environment,
        endpoints=_endpoints(broker.endpoints),
        account=broker.account,
        client_id=broker.client_id,
    )


def _endpoints(section: EndpointsSection) -> Endpoints:
    return Endpoints(section.http, section.ws, section.host, section.port)


def history_bars(lookback: int, warm_up: int, *, resuming: bool) -> int:
    """Return how many past bars to ask for: those of the document, and after a restart as many as the rules remember.

    So a restarted bot's indicators are what they would be had it never stopped.
    """
    return max(lookback, warm_up * _MEMORY_IN_PERIODS, 1) if resuming else lookback
