"""What goes wrong on the wire besides: each trouble by a name, and how it is brought about at the double."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from tests.venues.binance import ASK, ORDER, BinanceDouble, Fault
from tests.venues.test_binance_faults import AT, CANCELS, CASES

type Bring = Callable[[BinanceDouble, str], None]
"""Brings a trouble about; it is told which kind of order to wait for."""

# Longer than the bot waits for an answer, and not longer than its request is valid.
LATE_SECONDS = 2.6


def _at_order(fault: Fault) -> Bring:
    return lambda double, where: _add(double, replace(fault, where=AT[where]))


def _at_any(fault: Fault) -> Bring:
    return lambda double, where: _add(double, replace(fault))


def _add(double: BinanceDouble, fault: Fault) -> None:
    double.misbehave.add(fault)


def _executed(*shares: str, seconds: float = 0.0, ends: bool = False) -> Bring:
    def plan(double: BinanceDouble, where: str) -> None:
        misbehave = double.misbehave
        (misbehave.expire_after if ends else misbehave.fill_in_parts)(*shares, seconds=seconds)

    return plan


def _told(**keys: object) -> Bring:
    def spoil(double: BinanceDouble, where: str) -> None:
        for key, value in keys.items():
            setattr(double.misbehave.user_data, key, value)

    return spoil


def _bars(key: str) -> Bring:
    return lambda double, where: setattr(double.misbehave.bars, key, 1)


def _away(double: BinanceDouble, where: str) -> None:
    with double.unreachable():
        double.push(0)


def _maintained(double: BinanceDouble, where: str) -> None:
    with double.maintenance():
        double.push(0)


def _takes_stop_away(double: BinanceDouble, where: str) -> None:
    for stop in double.open_orders()[:1]:
        if stop.type == "STOP_LOSS_LIMIT":
            double.cancel_by_hand(stop.client_order_id)


def _jumps(double: BinanceDouble, where: str) -> None:
    limits = [stop.price for stop in double.open_orders() if stop.price is not None]
    if limits:
        double.jump(min(limits) - 1)


def _slides(double: BinanceDouble, where: str) -> None:
    stops = [stop.stop_price for stop in double.open_orders() if stop.stop_price is not None]
    if stops:
        double.slide(max(stops) - Decimal("0.01"))


TROUBLES: dict[str, Bring] = {
    **{f"order: {case.name}": _at_order(case.fault) for case in CASES},
    **{f"taking back: {case.name}": _at_any(case.fault) for case in CANCELS},
    "order: arrives after the patience": _at_order(Fault(ORDER, delay=LATE_SECONDS)),
    "question: 503": _at_any(Fault(ASK, "answer", status=503, times=2)),
    "question: no answer": _at_any(Fault(ASK, "hang")),
    "executions are not told": _at_any(Fault("GET /api/v3/myTrades", "answer", status=500)),
    "bars: 500": _at_any(Fault("GET /api/v3/klines", "answer", status=500)),
    "account: 429": _at_any(
        Fault("GET /api/v3/account", "answer", status=429, code=-1003, message="Too many requests.", retry_after=1)
    ),
    "stream of bars drops": lambda double, where: double.drop_streams(),
    "stream of bars is half open": lambda double, where: double.half_open_streams(),
    "account's stream drops": lambda double, where: double.drop_user_data(),
    "account's stream is half open": lambda double, where: double.half_open_user_data(),
    "account's stream ends": lambda double, where: double.terminate_user_data(),
    "the day ends": lambda double, where: double.end_of_day(announced=True),
    "the venue is away": _away,
    "maintenance": _maintained,
    "the clock is behind": lambda double, where: double.skew_clock(-3.0),
    "events are lost": _told(lose=True),
    "events are doubled": _told(copies=2),
    "events are reversed": _told(reverse=True),
    "events are held back": _told(hold=True),
    "executed in parts": _executed("0.3", "0.4", "0.3"),
    "executed little by little": _executed("0.3", "0.4", "0.3", seconds=0.05),
    "stands half executed": _executed("0.4", "0.6", seconds=600.0),
    "ends halfway": _executed("0.25", "0.25", seconds=0.02, ends=True),
    "ends unexecuted": _executed("0", ends=True),
    "a bar is withheld": _bars("withhold"),
    "a bar is repeated": _bars("repeat"),
    "a bar is late": _bars("late"),
    "a stop is taken away": _takes_stop_away,
    "a stop is reached": _slides,
    "the price jumps over a stop": _jumps,
}

ASK_FOR_SILENCE = tuple(name for name in TROUBLES if any(code in name for code in ("429", "418", "-1015")))
SILENCE_SECONDS = 2.0
"""The longest silence that is asked for. Bars come faster than time here; silence does not pass faster."""


def settle(double: BinanceDouble) -> None:
    """Let nothing that lasts be wrong any more."""
    double.release_user_data()
    double.misbehave.clear()
    double.skew_clock(0.0)
