"""Key figures of a run, computed from its equity curve and its trades."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

from bots.trading.records import EquityPoint, Trade

type Floats = npt.NDArray[np.float64]
type Json = str | int | float | dict[str, Json] | None

DAY_SECONDS = 86_400
YEAR = timedelta(days=365.25)
SHORTEST_FOR_CAGR = timedelta(days=30)
# Equal returns differ by a few float steps; a spread below this is no spread.
NO_DEVIATION = 1e-14


class ExitTotals(NamedTuple):
    """The closed trades that ended for one reason."""

    trades: int
    profit: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run came to. Money in the quote currency, percentages as 12.5 for 12.5 %, None where not defined.

    Drawdowns are positive. `start` and `end` are the labels of the first and the last bar, None without bars.
    """

    start: datetime | None
    end: datetime | None
    bars: int
    start_equity: Decimal
    final_equity: Decimal
    total_return_pct: float
    cagr_pct: float | None
    max_drawdown: Decimal
    max_drawdown_pct: float
    longest_drawdown: timedelta
    sharpe: float | None
    sortino: float | None
    exposure_pct: float
    closed_trades: int
    open_trades: int
    win_rate_pct: float | None
    profit_factor: float | None
    average_trade: Decimal | None
    best_trade: Decimal | None
    worst_trade: Decimal | None
    average_duration: timedelta | None
    commission: Decimal
    by_exit_reason: Mapping[str, ExitTotals]

    def to_json(self) -> dict[str, Json]:
        """Give a plain dict for summary.json; a duration `x` becomes `x_seconds`."""
        document: dict[str, Json] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in ("longest_drawdown", "average_duration"):
                document[f"{field.name}_seconds"] = None if value is None else value.total_seconds()
            elif isinstance(value, datetime):
                document[field.name] = value.astimezone(UTC).isoformat().replace("+00:00", "Z")
            elif isinstance(value, Decimal):
                document[field.name] = float(value)
            elif isinstance(value, float):
                document[field.name] = round(value, 6)
            elif isinstance(value, Mapping):
                document[field.name] = {
                    reason: {"trades": total.trades, "profit": float(total.profit)} for reason, total in value.items()
                }
            else:
                document[field.name] = value
        return document


def key_figures(
    equity: Sequence[EquityPoint], trades: Sequence[Trade], interval: timedelta, initial_balance: Decimal
) -> Figures:
    """Compute every figure; the account is taken to hold `initial_balance` when the first bar opens.

    CAGR is the return compounded to a year of 365.25 days, None for runs under 30 days (annualising a few days says
    nothing) and for accounts below zero. Sharpe and Sortino: see `sharpe_ratio`, `sortino_ratio`; risk-free rate zero,
    on UTC days that have bars, times the square root of the periods in a year: 365 where Saturdays are traded, 252
    where not, fewer where a bar is longer than a day. Profit factor is gross profit over gross loss, None without a
    losing trade.
    """
    start_equity = float(initial_balance)
    values: Floats = np.fromiter((point.equity for point in equity), np.float64, len(equity))
    seconds: Floats = np.fromiter((point.time.timestamp() for point in equity), np.float64, len(equity))
    days = (seconds // DAY_SECONDS).astype(np.int64)
    returns = daily_returns(values, days, start_equity)
    periods = min(365.0 if np.any(days % 7 == 2) else 252.0, YEAR / interval)  # 1970-01-01 was a Thursday
    final_equity = equity[-1].equity if equity else initial_balance
    span = equity[-1].time - equity[0].time + interval if equity else timedelta(0)
    growth = float(final_equity) / start_equity
    return Figures(
        start=equity[0].time if equity else None,
        end=equity[-1].time if equity else None,
        bars=len(equity),
        start_equity=initial_balance,
        final_equity=final_equity,
        total_return_pct=(growth - 1) * 100,
        cagr_pct=_cagr_pct(growth, span),
        **_drawdown_figures(equity, values, seconds, initial_balance),
        sharpe=sharpe_ratio(returns, periods),
        sortino=sortino_ratio(returns, periods),
        exposure_pct=100 * sum(1 for point in equity if point.position) / max(len(equity), 1),
        **_trade_figures(trades),
    )


def daily_returns(values: Floats, days: npt.NDArray[np.int64], start_equity: float) -> Floats:
    """Return of each day that has bars, on its last equity; days that begin with nothing left are left out."""
    closes = values[np.append(np.diff(days) != 0, True)] if len(values) else values
    opens = np.concatenate(([start_equity], closes))[:-1]
    solvent = opens > 0
    returns: Floats = closes[solvent] / opens[solvent] - 1
    return returns


def sharpe_ratio(returns: Floats, periods_per_year: float) -> float | None:
    """Mean over sample deviation, annualised (W. F. Sharpe, "The Sharpe Ratio", J. of Portfolio Management, 1994)."""
    return _annualised(returns, lambda: float(np.std(returns, ddof=1)), periods_per_year)


def sortino_ratio(returns: Floats, periods_per_year: float) -> float | None:
    """Mean over downside deviation (Sortino and Price, "Performance Measurement in a Downside Risk Framework", 1994).

    The downside deviation is the root of the mean, over all days, of the squared returns below the target of zero.
    """
    return _annualised(returns, lambda: math.sqrt(float(np.mean(np.minimum(returns, 0) ** 2))), periods_per_year)


def drawdowns(values: Floats, start_equity: float) -> Floats:
    """Give each point's distance from the highest equity so far, as a fraction of that peak, 0 or less."""
    peaks = np.maximum(np.maximum.accumulate(values), start_equity)
    falls: Floats = values / peaks - 1
    return falls


class _DrawdownFigures(TypedDict):
    max_drawdown: Decimal
    max_drawdown_pct: float
    longest_drawdown: timedelta


class _TradeFigures(TypedDict):
    closed_trades: int
    open_trades: int
    win_rate_pct: float | None
    profit_factor: float | None
    average_trade: Decimal | None
    best_trade: Decimal | None
    worst_trade: Decimal | None
    average_duration: timedelta | None
    commission: Decimal
    by_exit_reason: Mapping[str, ExitTotals]


def _drawdown_figures(
    equity: Sequence[EquityPoint], values: Floats, seconds: Floats, initial_balance: Decimal
) -> _DrawdownFigures:
    if not equity:
        return {"max_drawdown": Decimal(0), "max_drawdown_pct": 0.0, "longest_drawdown": timedelta(0)}
    # One point more in front: the account as it was when the first bar opened.
    curve = np.concatenate(([float(initial_balance)], values))
    peaks = np.maximum.accumulate(curve)
    trough = int(np.argmax(peaks - curve))
    peak = int(np.argmax(curve[: trough + 1]))
    peak_equity = equity[peak - 1].equity if peak else initial_balance
    return {
        "max_drawdown": peak_equity - equity[trough - 1].equity if trough else Decimal(0),
        "max_drawdown_pct": float(np.max((peaks - curve) / peaks)) * 100,
        "longest_drawdown": _longest_below(curve >= peaks, np.concatenate((seconds[:1], seconds))),
    }


def _longest_below(at_peak: npt.NDArray[np.bool_], seconds: Floats) -> timedelta:
    """Give the longest time from a peak to the point that regained it, or to the end if none did."""
    marks = np.flatnonzero(at_peak)
    if marks[-1] != len(seconds) - 1:
        marks = np.append(marks, len(seconds) - 1)
        regained = np.append(np.diff(marks)[:-1] > 1, True)
    else:
        regained = np.diff(marks) > 1
    lengths = np.diff(seconds[marks])[regained]
    return timedelta(seconds=float(np.max(lengths, initial=0.0)))


def _cagr_pct(growth: float, span: timedelta) -> float | None:
    if growth < 0 or span < SHORTEST_FOR_CAGR:
        return None
    try:
        return float((growth ** (YEAR / span) - 1) * 100)
    except OverflowError:
        return None


def _annualised(returns: Floats, deviation: Callable[[], float], periods_per_year: float) -> float | None:
    if len(returns) < 2 or (spread := deviation()) < NO_DEVIATION:
        return None
    return float(np.mean(returns)) / spread * math.sqrt(periods_per_year)


def _trade_figures(trades: Sequence[Trade]) -> _TradeFigures:
    profits: list[Decimal] = []
    held = timedelta(0)
    reasons: dict[str, ExitTotals] = {}
    for trade in trades:
        if trade.profit is None or trade.exit_bar is None:
            continue
        profits.append(trade.profit)
        held += trade.exit_bar - trade.entry_bar
        reason = trade.exit_reason or "not given"
        count, profit = reasons.get(reason, (0, Decimal(0)))
        reasons[reason] = ExitTotals(count + 1, profit + trade.profit)
    wins = [profit for profit in profits if profit > 0]
    loss = -_total(profit for profit in profits if profit < 0)
    closed = len(profits)
    return {
        "closed_trades": closed,
        "open_trades": len(trades) - closed,
        "win_rate_pct": 100 * len(wins) / closed if closed else None,
        "profit_factor": float(_total(wins) / loss) if loss else None,
        "average_trade": _total(profits) / closed if closed else None,
        "best_trade": max(profits, default=None),
        "worst_trade": min(profits, default=None),
        "average_duration": held / closed if closed else None,
        "commission": _total(trade.commission for trade in trades),
        "by_exit_reason": dict(sorted(reasons.items(), key=lambda item: -item[1].trades)),
    }


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


class Line(NamedTuple):
    """One figure in words; `note` says more about it and may be empty."""

    label: str
    value: str
    note: str = ""


def describe(figures: Figures) -> list[str]:
    """Tell the figures in lines for a terminal, in aligned columns."""
    lines = worded(figures)
    label_width = max(len(line.label) for line in lines)
    value_width = max(len(line.value) for line in lines if line.note)
    return [f"{line.label:<{label_width}}  {line.value:<{value_width}}  {line.note}".rstrip() for line in lines]


def worded(figures: Figures) -> list[Line]:
    """Tell the figures as label, value and note, in the order in which a trader asks for them."""
    places = money_places(figures)

    def money(amount: Decimal | None, sign: str = "+") -> str:
        return "n/a" if amount is None else f"{amount:{sign},.{places}f}"

    lines = [
        Line("Return", _number(figures.total_return_pct, "+,.2f", " %"), _if(figures.cagr_pct, "{:+,.2f} % a year")),
        Line("Equity", money(figures.final_equity, ""), f"from {money(figures.start_equity, '')}"),
        Line("Max drawdown", _number(-figures.max_drawdown_pct, ",.2f", " %"), money(-figures.max_drawdown, "")),
        Line("Longest drawdown", duration(figures.longest_drawdown)),
        Line("Sharpe ratio", _number(figures.sharpe, ".2f"), "daily, annualised" if figures.sharpe is not None else ""),
        Line("Sortino ratio", _number(figures.sortino, ".2f")),
        Line("In the market", _number(figures.exposure_pct, ".1f", " %"), f"of {figures.bars:,} bars"),
        Line("Trades", f"{figures.closed_trades:,}", f"and {figures.open_trades:,} open" * bool(figures.open_trades)),
        Line("Commission", money(figures.commission, "")),
    ]
    if figures.closed_trades:
        best_and_worst = f"best {money(figures.best_trade)}, worst {money(figures.worst_trade)}"
        lines[-1:-1] = [
            Line("Trades won", _number(figures.win_rate_pct, ".1f", " %")),
            Line("Profit factor", _number(figures.profit_factor, ".2f")),
            Line("Average trade", money(figures.average_trade), best_and_worst),
            Line("Average time held", duration(figures.average_duration)),
        ]
    lines += [
        Line(f"Exits by {reason}", f"{total.trades:,}", money(total.profit))
        for reason, total in figures.by_exit_reason.items()
    ]
    return lines


def money_places(figures: Figures) -> int:
    """Give the decimals that show a typical trade (else the account) with three digits: 2 for dollars, 8 for dust."""
    zero = Decimal(0)
    won_or_lost = max(abs(figures.best_trade or zero), abs(figures.worst_trade or zero))
    return min(max(2 - Decimal(won_or_lost or figures.start_equity).adjusted(), 2), 8)


def duration(length: timedelta | None) -> str:
    """Tell a length of time by its two largest units: "42 d 3 h"."""
    if length is None:
        return "n/a"
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [
        f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")) if count
    ]
    return " ".join(parts[:2]) or "0 s"


def _number(value: float | None, form: str, unit: str = "") -> str:
    return "n/a" if value is None else f"{value + 0.0:{form}}{unit}"


def _if(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)
