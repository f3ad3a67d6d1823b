"""What a person is told, as values: the kinds that the document's `notify_on` names, and every text in one place."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from bots.trading.book import Lot
from bots.trading.orders import Fill, OrderIntent, Side
from bots.trading.records import Trade
from bots.trading.risk import Refusal


class EventKind(StrEnum):
    """The names under which the document subscribes to events."""

    TRADE_ENTRY = "trade_entry"
    TRADE_EXIT = "trade_exit"
    ERROR = "error"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing worth telling; `time` is the market's, `data` holds the figures as JSON scalars."""

    kind: EventKind
    time: datetime
    text: str
    data: dict[str, Any] = field(default_factory=dict)


def entered(lot: Lot, intent: OrderIntent, base: str, quote: str) -> Event:
    """A position was opened."""
    return Event(
        EventKind.TRADE_ENTRY,
        lot.entry_bar,
        f"bought {plain(lot.bought)} {base} at {plain(lot.entry_price)} {quote} (lot {lot.number})",
        {"lot": lot.number, "price": str(lot.entry_price), "quantity": str(lot.bought), "reason": intent.reason},
    )


def exited(trade: Trade, time: datetime, base: str, quote: str) -> Event:
    """A position was closed."""
    profit = trade.profit or Decimal(0)
    percent = profit / (trade.entry_price * trade.quantity) * 100
    return Event(
        EventKind.TRADE_EXIT,
        time,
        f"sold {plain(trade.quantity)} {base} at {plain(trade.exit_price or Decimal(0))} {quote}: "
        f"{profit:+.2f} {quote} ({percent:+.2f} %), {trade.exit_reason} (lot {trade.lot})",
        {"lot": trade.lot, "price": str(trade.exit_price), "profit": str(profit), "reason": trade.exit_reason},
    )


def refused(refusal: Refusal, time: datetime) -> Event:
    """A risk limit forbade an entry."""
    return Event(
        EventKind.STATUS, time, f"entry refused by {refusal.limit}: {refusal.detail}", {"limit": refusal.limit}
    )


def halted(refusal: Refusal, time: datetime) -> Event:
    """A limit stopped the bot until a person lets it go on."""
    return Event(
        EventKind.ERROR,
        time,
        f"halted by {refusal.limit}: {refusal.detail}; positions are being closed, and there are no entries until "
        "`tradingbot resume`",
        {"limit": refusal.limit},
    )


def halted_by_person(mode: str, reason: str, time: datetime, *, closes: bool, by: str) -> Event:
    """A person stopped the bot until a person lets it go on."""
    what = "positions are being closed, and there are no entries" if closes else "there are no entries"
    text = f"halted by a person ({by}, {mode}): {reason}; {what} until it is resumed"
    return Event(EventKind.STATUS, time, text, {"by": by, "mode": mode, "reason": reason})


def resumed(time: datetime, *, anew: bool, by: str) -> Event:
    """A person let the bot go on after a halt."""
    drawdown = "; the drawdown is counted from here" if anew else ""
    return Event(EventKind.STATUS, time, f"resumed by a person{drawdown}", {"by": by})


def held(until: datetime, time: datetime, *, by: str) -> Event:
    """Somebody asked for a while without entries."""
    text = f"entries are held until {until:%H:%M:%S} UTC, or longer if that is asked for ({by})"
    return Event(EventKind.STATUS, time, text, {"by": by})


def released(time: datetime, *, by: str) -> Event:
    """A hold on entries was ended before its time."""
    return Event(EventKind.STATUS, time, f"entries are held no longer ({by})", {"by": by})


def order_failed(intent: OrderIntent, time: datetime, detail: str) -> Event:
    """An order was refused by the venue or never got there."""
    what = "entry" if intent.side is Side.BUY else "exit"
    remedy = "dropped" if intent.side is Side.BUY else "the exit is tried again on the next bar"
    return Event(
        EventKind.ERROR,
        time,
        f"{what} order {intent.client_order_id} failed: {detail}; {remedy}",
        {"client_order_id": intent.client_order_id},
    )


def resent(old: OrderIntent, new: OrderIntent, time: datetime) -> Event:
    """An intent that never reached the venue is sent again under a new attempt number."""
    return Event(
        EventKind.STATUS,
        time,
        f"order {old.client_order_id} never reached the venue; sent again as {new.client_order_id}",
        {"client_order_id": new.client_order_id},
    )


def strategy_failed(error: str, time: datetime, *, gave_up: bool) -> Event:
    """An error of the strategy's, after which it goes on from the journal, or not any more."""
    too_often, once = "too often lately: giving up, positions stay open", "and is rebuilt with its positions"
    text = f"the strategy failed {too_often if gave_up else once}: {error}"
    return Event(EventKind.ERROR, time, text, {"error": error})


def strange_execution(fill: Fill) -> Event:
    """The venue tells of an execution that this bot has no order for."""
    return Event(
        EventKind.ERROR,
        fill.time,
        f"the venue executed {plain(fill.quantity)} at {plain(fill.price)} for order {fill.client_order_id}, which is "
        "not open here: it is in no book; compare the account with `tradingbot status`",
        {"client_order_id": fill.client_order_id, "trade_id": fill.trade_id},
    )


def daily_loss(refusal: Refusal, time: datetime) -> Event:
    """The day's loss has reached its limit."""
    return Event(
        EventKind.STATUS, time, f"no more entries today, {refusal.limit}: {refusal.detail}", {"limit": refusal.limit}
    )


def plain(number: Decimal) -> str:
    """Return a number without trailing zeros or exponent."""
    return f"{number.normalize():f}" if number == number.to_integral_value() else f"{number:.10f}".rstrip("0")
