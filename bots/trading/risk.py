"""Risk rules: what may be opened, what must be closed, why. Pure: figures in, answers out.

Percentages are per cent (5.0 is 5 %), amounts are in the quote currency. A limit that is None is off.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from strategies.bar import Bar

UTC = ZoneInfo("UTC")
STOP_LOSS = "risk_stop_loss"
TAKE_PROFIT = "risk_take_profit"
TRAILING_STOP = "risk_trailing_stop"
MAX_DRAWDOWN = "max_drawdown"
MANUAL_CLOSE = "manual_close"
# The key under which the document limits the drawdown.
DRAWDOWN_LIMIT = "max_drawdown_pct"
PROTECTIVE_REASONS = (STOP_LOSS, TAKE_PROFIT, TRAILING_STOP, MAX_DRAWDOWN)


@dataclass(frozen=True, slots=True)
class Trailing:
    """A stop that follows the highest price by `trailing_pct`, once that price is `activation_pct` over the entry."""

    activation_pct: float
    trailing_pct: float


@dataclass(frozen=True, slots=True)
class Limits:
    """All risk limits of one bot."""

    max_positions: int = 1
    stop_loss_pct: float | None = None
    take_profit_pct: float | None = None
    trailing: Trailing | None = None
    max_daily_trades: int | None = None
    max_daily_loss: Decimal | None = None
    max_drawdown_pct: Decimal | None = None
    timezone: ZoneInfo = UTC


@dataclass(frozen=True, slots=True)
class Levels:
    """Prices at which an open lot must be closed."""

    stop_loss: float | None
    take_profit: float | None
    trailing_stop: float | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A protective level was reached: why, and the price that an order resting there would have got."""

    reason: str
    price: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an entry may not be made: the limit's key in the document, and its figures."""

    limit: str
    detail: str


@dataclass(frozen=True, slots=True)
class DayTotals:
    """One trading day: the equity with which it began, entries made, and the loss that ended them, if one did."""

    day: date
    start_equity: Decimal
    entries: int = 0
    loss: Refusal | None = None


def levels(limits: Limits, entry_price: float, high: float | None) -> Levels:
    """Return where a lot must be closed; `high` is the highest price since its entry, None right after it."""
    stop = take = trail = None
    if limits.stop_loss_pct is not None:
        stop = _moved(entry_price, -limits.stop_loss_pct)
    if limits.take_profit_pct is not None:
        take = _moved(entry_price, limits.take_profit_pct)
    trailing = limits.trailing
    if trailing is not None and high is not None and high >= _moved(entry_price, trailing.activation_pct):
        trail = _moved(high, -trailing.trailing_pct)
    return Levels(stop, take, trail)


def _moved(price: float, percent: float) -> float:
    # 10 % above 100 is 110 and not 110.00000000000001, which a price of 110 would never reach.
    return float(f"{price * (1 + percent / 100):.12g}")


def protective_hit(limits: Limits, entry_price: float, high: float | None, bar: Bar) -> Hit | None:
    """Say whether a bar reached a protective level of a lot that was open when the bar began.

    A bar that opens beyond a level is filled at its open (a gap); otherwise at the level. Where one bar reaches both
    a stop and the profit target, the stop counts: the order within the bar is unknown, so the worse is assumed.
    The trailing stop rests where earlier bars put it; this bar's own high lifts it only for what certainly came
    later, the close.
    """
    before = levels(limits, entry_price, high)
    stop = highest_stop(before)
    if stop is not None and bar.open <= stop.price:
        return Hit(stop.reason, bar.open)
    if before.take_profit is not None and bar.open >= before.take_profit:
        return Hit(TAKE_PROFIT, bar.open)
    if stop is not None and bar.low <= stop.price:
        return stop
    if before.take_profit is not None and bar.high >= before.take_profit:
        return Hit(TAKE_PROFIT, before.take_profit)
    if limits.trailing is None:
        return None
    lifted = levels(limits, entry_price, bar.high if high is None else max(high, bar.high)).trailing_stop
    if lifted is not None and bar.close <= lifted:
        return Hit(TRAILING_STOP, lifted)
    return None


def highest_stop(at: Levels) -> Hit | None:
    """Return the stop that a falling price reaches first, and why it is there."""
    if at.trailing_stop is not None and (at.stop_loss is None or at.trailing_stop >= at.stop_loss):
        return Hit(TRAILING_STOP, at.trailing_stop)
    return Hit(STOP_LOSS, at.stop_loss) if at.stop_loss is not None else None


def trading_day(limits: Limits, time: datetime) -> date:
    """Return the day to which a bar that opened at `time` belongs."""
    return time.astimezone(limits.timezone).date()


def refuse_entry(limits: Limits, day: DayTotals, equity: Decimal) -> Refusal | None:
    """Say why no entry may be made today, or None. First reason wins."""
    if limits.max_daily_trades is not None and day.entries >= limits.max_daily_trades:
        return Refusal("max_daily_trades", f"{day.entries} of {limits.max_daily_trades} trades made on {day.day}")
    return day.loss or lost_too_much(limits, day, equity)


def lost_too_much(limits: Limits, day: DayTotals, equity: Decimal) -> Refusal | None:
    """Say whether the day's loss (realised, unrealised and fees) has reached its limit."""
    loss = day.start_equity - equity
    if limits.max_daily_loss is None or loss < limits.max_daily_loss:
        return None
    return Refusal("max_daily_loss", f"lost {loss:.2f} of at most {limits.max_daily_loss} on {day.day}")


def drawdown_pct(peak: Decimal, equity: Decimal) -> Decimal:
    """Return how far equity lies below its peak, in per cent of the peak."""
    return (peak - equity) / peak * 100 if peak > 0 else Decimal(0)


def must_halt(limits: Limits, peak: Decimal, equity: Decimal) -> Refusal | None:
    """Say whether the drawdown from the equity's peak has reached its limit."""
    if limits.max_drawdown_pct is None:
        return None
    drawdown = drawdown_pct(peak, equity)
    if drawdown < limits.max_drawdown_pct:
        return None
    return Refusal(
        DRAWDOWN_LIMIT, f"equity {equity:.2f} is {drawdown:.2f} % below its peak {peak:.2f}; "
        f"the limit is {limits.max_drawdown_pct} %"
    )  # fmt: skip
