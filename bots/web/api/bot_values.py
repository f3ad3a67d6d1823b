"""What one bot says of itself, in the keys of its own HTTP; see docs/run.md."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bots.web.api.values import Number, Time, Value


class Said(BaseModel):
    """Something that a bot says; one of a later version may say more."""

    model_config = ConfigDict(frozen=True, extra="allow")


class FeedStatus(Said):
    """Where its bars come from."""

    source: str
    connected: bool
    stale: bool = Field(description="Whether bars are overdue though the market is open.")
    data_points: int = Field(description="Bars seen, warm-up included.")
    warm: bool = Field(description="Whether its indicators are ready.")
    last_bar: Time | None = Field(description="When the last bar opened.")
    last_bar_arrived: Time | None = Field(description="When it came, by the computer's clock.")
    last_price: Number


class BrokerStatus(Said):
    """Where its orders go, and what it has there."""

    type: str
    connected: bool
    currency: str = Field(description="The currency of all amounts.")
    cash: Number
    equity: Number
    initial_balance: Number
    open_orders: tuple[str, ...] = Field(description="Ids of orders on their way.")


class LotStatus(Said):
    """One open position."""

    lot: int
    quantity: Number = Field(description="In units of what is traded.")
    entry_price: Number
    entry_bar: Time
    bars_held: int
    unrealised: Number = Field(description="Its gain at the last price.")
    stop_loss: Number | None
    take_profit: Number | None
    trailing_stop: Number | None
    marks: dict[str, Any] = Field(description="What its exit rule remembers.")
    exit_reason: str | None = Field(description="Why it leaves, once that is decided.")
    exit_order: str | None
    stop_order: str | None = Field(description="The order of the stop that rests at the venue.")
    stop_at_venue: Number | None = Field(description="The price of that stop.")


class PositionStatus(Said):
    """What it holds."""

    quantity: Number = Field(description="In units of what is traded.")
    value: Number
    dust: Number = Field(description="What is too little to sell.")
    lots: tuple[LotStatus, ...]


class ProfitStatus(Said):
    """What it has gained."""

    realised: Number = Field(description="Of closed trades, net of fees.")
    unrealised: Number = Field(description="Of open positions; entry fees are not counted.")
    fees: Number


class TodayStatus(Said):
    """Its trading day."""

    day: date
    entries: int
    profit: Number


class HaltStatus(Said):
    """What has halted it."""

    limit: str = Field(description="Which limit; `manual_halt` where a person did.")
    detail: str
    since: Time | None
    mode: str = Field(description="`block-entries`, `cancel-orders` or `close-positions`.")


class LimitsStatus(Said):
    """Its limits."""

    max_drawdown_pct: Number | None
    daily_loss_hit: bool = Field(description="Whether the day's loss keeps it from entries.")


class Status(Said):
    """All that a bot says of itself; a stopped one's is its journal's."""

    bot: str
    version: str
    mode: Literal["paper", "live"]
    state: Literal["starting", "running", "stopping", "stopped"]
    alive: bool
    ready: bool
    reasons: tuple[str, ...] = Field(description="Why it is not alive or not ready.")
    pid: int | None
    address: str | None
    started: Time | None
    restarts: int
    last_error: str | None
    symbol: str
    interval: str
    data_feed_status: FeedStatus
    broker_status: BrokerStatus
    position: PositionStatus
    profit: ProfitStatus
    drawdown_pct: Number = Field(description="How far equity is below its peak, in per cent.")
    peak_equity: Number
    trades: int = Field(description="Trades closed in all.")
    today: TodayStatus | None
    limits: LimitsStatus | None = None
    halt: HaltStatus | None
    hold_until: Time | None = None
    fallback: dict[str, Any] | None = Field(default=None, description="What it does on paper while its broker is away.")
    notifications: dict[str, Any] = Field(default_factory=dict, description="What each channel waits for and has sent.")
    console: str | None = None


class TradeTold(Value):
    """One position from its entry to its exit; an open one has no exit and no profit yet."""

    lot: int = Field(description="Its number, counted from the bot's first.")
    entry_bar: Time = Field(description="Opening of the bar on whose close the entry was signalled.")
    entry_price: Number = Field(description="Of all its executions together.")
    quantity: Number = Field(description="In units of what is traded.")
    commission: Number = Field(description="Of entry and exit together.")
    exit_bar: Time | None = Field(description="Opening of the bar on whose close the exit was signalled.")
    exit_price: Number | None = Field(description="Of all its executions together.")
    profit: Number | None = Field(description="Net of commission.")
    exit_reason: str | None = Field(description="Such as `take_profit`, `stop_loss` or `manual_close`.")


class Trades(Value):
    """The last trades, oldest first, open ones last."""

    total: int = Field(description="How many trades there are.")
    trades: tuple[TradeTold, ...]


class CurvePoint(Said):
    """The account at one time."""

    time: Time
    equity: Number
    drawdown_pct: Number = Field(description="How far equity is below its peak, in per cent.")


class BarTold(Said):
    """One bar."""

    time: Time = Field(description="When it opened.")
    open: Number
    high: Number
    low: Number
    close: Number
    volume: Number


class Bars(Said):
    """The last bars, oldest first; none of a bot that does not run."""

    interval: str
    bars: tuple[BarTold, ...]


class FillTold(Said):
    """One execution of an order."""

    time: Time
    quantity: Number
    price: Number
    commission: Number


class OrderTold(Said):
    """One order, as the bot's journal knows it."""

    client_order_id: str
    lot: int
    side: Literal["buy", "sell"]
    quantity: Number = Field(description="In units of what is traded.")
    bar_time: Time = Field(description="Opening of the bar on whose close it was decided.")
    reference_price: Number = Field(description="The price by which it was decided.")
    reason: str
    attempt: int
    status: str = Field(description="Such as `intent`, `accepted`, `filled` or `rejected`.")
    detail: str | None = Field(description="What the venue said to it, where it said anything.")
    stop_price: Number | None = Field(description="Of a stop: where it becomes active.")
    limit_price: Number | None = Field(description="Of a stop: the least that it sells for.")
    fills: tuple[FillTold, ...]


class EventTold(Said):
    """One thing that has happened."""

    number: int
    kind: str = Field(description="`trade_entry`, `trade_exit`, `error`, `status` or `daily_summary`.")
    time: Time = Field(description="By the market's clock.")
    text: str
    data: dict[str, Any] = Field(description="Its figures.")


class LogLines(Value):
    """The last lines of a log, oldest first."""

    lines: tuple[str, ...]


STATUS = TypeAdapter(Status)
TRADES = TypeAdapter(tuple[TradeTold, ...])
CURVE = TypeAdapter(tuple[CurvePoint, ...])
BARS = TypeAdapter(Bars)
ORDERS = TypeAdapter(tuple[OrderTold, ...])
EVENTS = TypeAdapter(tuple[EventTold, ...])
LOG = TypeAdapter(LogLines)
