"""An event as a message to a trader. Pure."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bots.notify.message import Identity, Message
from bots.trading.events import Event, EventKind, plain


def message_of(event: Event, whose: Identity) -> Message:
    """Return what a person is sent about an event."""
    words = _WORDS.get(event.kind)
    head = f"{whose.bot} ({whose.told_mode})"
    if event.kind is EventKind.ERROR:
        return Message(f"ERROR {head}: {event.text}", alarming=True)
    if words is None or not event.data:
        return Message(f"{head}: {event.text}", quiet=True)
    return words(event, event.data, whose, head)


def told_duration(duration: timedelta) -> str:
    """Return a duration as people say it, in its two largest units."""
    seconds = int(duration.total_seconds())
    parts = [(seconds // 86_400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    first = next((place for place, (number, _) in enumerate(parts) if number), len(parts) - 1)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number or seconds == 0)


def signed(amount: Decimal) -> str:
    """Return money with its sign, to two digits, or to as many as it takes to show that it is not nothing."""
    return f"{amount:+.2f}" if amount == 0 or abs(amount) >= Decimal("0.01") else f"{amount:+.2g}"


def _entry(event: Event, data: Mapping[str, Any], whose: Identity, head: str) -> Message:
    price, quantity = Decimal(data["price"]), Decimal(data["quantity"])
    return Message(
        f"{head}: bought {whose.symbol} at {plain(price)}",
        (
            f"{plain(quantity)} {whose.base} for {price * quantity:.2f} {whose.quote}",
            f"because of: {data['reason']}",
            f"lot {data['lot']}, bar of {event.time:%Y-%m-%d %H:%M} UTC",
        ),
    )


def _exit(event: Event, data: Mapping[str, Any], whose: Identity, head: str) -> Message:
    profit = Decimal(data["profit"])
    lines = [f"because of: {data['reason']}"]
    if "entry_price" in data:
        entry, price, quantity = (Decimal(data[key]) for key in ("entry_price", "price", "quantity"))
        lines = [
            f"{plain(quantity)} {whose.base}: bought at {plain(entry)}, sold at {plain(price)} {whose.quote}",
            *lines,
            f"held for {told_duration(timedelta(seconds=data['held_seconds']))}, "
            f"fees {plain(Decimal(data['fees']))} {whose.quote}",
        ]
    percent = f" ({Decimal(data['percent']):+} %)" if "percent" in data else ""
    return Message(
        f"{head}: sold {whose.symbol}, {signed(profit)} {whose.quote}{percent}",
        (*lines, f"lot {data['lot']}, bar of {event.time:%Y-%m-%d %H:%M} UTC"),
    )


def _summary(event: Event, data: Mapping[str, Any], whose: Identity, head: str) -> Message:
    trades, profit, fees = data["trades"], Decimal(data["profit"]), Decimal(data["fees"])
    won = f", {data['won']} of them with a gain" if trades else ""
    position = Decimal(data["position"])
    held = f"{plain(position)} {whose.base}, {signed(Decimal(data['unrealised']))} {whose.quote} so far"
    return Message(
        f"{head}: {data['day']}, {signed(profit)} {whose.quote}",
        (
            f"{_counted(trades, 'trade')}{won}",
            f"fees {fees:.2f} {whose.quote}",
            f"equity {Decimal(data['equity']):.2f} {whose.quote}, drawdown {Decimal(data['drawdown_pct']):.2f} %",
            f"position: {held if position else 'none'}",
            f"up for {told_duration(timedelta(seconds=data['uptime_seconds']))}, {_counted(data['starts'], 'start')}, "
            f"{_counted(data['rebuilt'], 'repair')} of the strategy",
        ),
        quiet=True,
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


_WORDS: Mapping[EventKind, Callable[[Event, Mapping[str, Any], Identity, str], Message]] = {
    EventKind.TRADE_ENTRY: _entry,
    EventKind.TRADE_EXIT: _exit,
    EventKind.DAILY_SUMMARY: _summary,
}
