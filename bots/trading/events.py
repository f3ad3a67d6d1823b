"""What a person is told, as values: the kinds that the document's `notify_on` names, and every text in one place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from bots.trading.book import Lot
from bots.trading.halts import Halt, HaltMode
from bots.trading.orders import Fill, OrderIntent, Side
from bots.trading.records import Trade
from bots.trading.risk import Refusal


class EventKind(StrEnum):
    """The names under which the document subscribes to events."""

    TRADE_ENTRY = "trade_entry"
    TRADE_EXIT = "trade_exit"
    ERROR = "error"
    STATUS = "status"
    DAILY_SUMMARY = "daily_summary"


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
        {
            "lot": lot.number,
            "price": str(lot.entry_price),
            "quantity": str(lot.bought),
            "value": str(lot.entry_price * lot.bought),
            "reason": intent.reason,
        },
    )


def exited(trade: Trade, time: datetime, base: str, quote: str) -> Event:
    """A position was closed."""
    profit = trade.profit or Decimal(0)
    percent = profit / (trade.entry_price * trade.quantity) * 100
    held = time - trade.entry_bar
    return Event(
        EventKind.TRADE_EXIT,
        time,
        f"sold {plain(trade.quantity)} {base} at {plain(trade.exit_price or Decimal(0))} {quote}: "
        f"{profit:+.2f} {quote} ({percent:+.2f} %), {trade.exit_reason} (lot {trade.lot})",
        {
            "lot": trade.lot,
            "price": str(trade.exit_price),
            "profit": str(profit),
            "reason": trade.exit_reason,
            "quantity": str(trade.quantity),
            "entry_price": str(trade.entry_price),
            "percent": f"{percent:.2f}",
            "fees": str(trade.commission),
            "held_seconds": int(held.total_seconds()),
        },
    )


def started(time: datetime, sentence: str) -> Event:
    """A process of the bot trades from now on."""
    return Event(EventKind.STATUS, time, sentence, {"state": "started"})


def reconfigured(time: datetime, changes: Sequence[str]) -> Event:
    """The document is another one than that of the process before."""
    return Event(EventKind.STATUS, time, f"goes on with a changed document: {'; '.join(changes)}", {"state": "changed"})


def stopped(time: datetime, sentence: str) -> Event:
    """A process of the bot ended in good order."""
    return Event(EventKind.STATUS, time, sentence, {"state": "stopped"})


def still_there(time: datetime, sentence: str) -> Event:
    """How the bot is, since so much time has passed since it last said so (notifications.status_interval)."""
    return Event(EventKind.STATUS, time, sentence, {"state": "running"})


def daily_summary(time: datetime, figures: dict[str, Any], quote: str) -> Event:
    """What a day has brought."""
    text = (
        f"{figures['day']}: {figures['trades']} trades, {Decimal(figures['profit']):+.2f} {quote}, equity "
        f"{Decimal(figures['equity']):.2f} {quote}"
    )
    return Event(EventKind.DAILY_SUMMARY, time, text, figures)


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


_HALTED = {
    HaltMode.BLOCK_ENTRIES: "there are no entries",
    HaltMode.CANCEL_ORDERS: "its orders are taken back from the venue, stops too: the bot watches them itself as long "
    "as it runs, and there are no entries",
    HaltMode.CLOSE_POSITIONS: "positions are being closed, and there are no entries",
}


def halted_by_person(halt: Halt, time: datetime, *, by: str) -> Event:
    """A person stopped the bot until a person lets it go on."""
    text = f"halted by a person ({by}, {halt.mode}): {halt.detail}; {_HALTED[halt.mode]} until it is resumed"
    return Event(EventKind.STATUS, time, text, {"by": by, "mode": str(halt.mode), "reason": halt.detail})


def resumed(time: datetime, *, anew: bool, by: str) -> Event:
    """A person let the bot go on after a halt."""
    drawdown = "; the drawdown is counted from here" if anew else ""
    return Event(EventKind.STATUS, time, f"resumed by a person ({by}){drawdown}", {"by": by})


def held(until: datetime, time: datetime, *, by: str) -> Event:
    """Somebody asked for a while without entries."""
    text = f"entries are held until {until:%H:%M:%S} UTC, or longer if that is asked for ({by})"
    return Event(EventKind.STATUS, time, text, {"by": by})


def released(time: datetime, *, by: str) -> Event:
    """A hold on entries was ended before its time."""
    return Event(EventKind.STATUS, time, f"entries are held no longer ({by})", {"by": by})


def order_failed(intent: OrderIntent, time: datetime, detail: str, again_in: int = 1) -> Event:
    """An order was refused by the venue, ended early or never got there; an exit is tried again in so many bars."""
    what = "entry" if intent.side is Side.BUY else "exit"
    remedy = "dropped" if intent.side is Side.BUY else f"the exit is tried again {_in_bars(again_in)}"
    return Event(
        EventKind.ERROR,
        time,
        f"{what} order {intent.client_order_id} failed: {detail}; {remedy}",
        {"client_order_id": intent.client_order_id},
    )


def overdue(intent: OrderIntent, time: datetime) -> Event:
    """The venue has taken an order and not executed it, or not whole."""
    if intent.side is Side.BUY:
        what, remedy = "entry", "what was bought of it is kept"
    else:
        what, remedy = "exit", "what is left is sold by another"
    text = (
        f"{what} order {intent.client_order_id} stands at the venue and is not executed in time "
        f"(trading.order_timeout): it is taken back, and {remedy}"
    )
    return Event(EventKind.ERROR, time, text, {"client_order_id": intent.client_order_id, "lot": intent.lot})


def stop_refused(intent: OrderIntent, time: datetime, detail: str, again_in: int) -> Event:
    """A stop cannot rest at the venue."""
    text = (
        f"stop {intent.client_order_id} at {plain(intent.stop_price or intent.reference_price)} is not at the venue: "
        f"{detail}; the bot watches lot {intent.lot} itself, as long as it runs, and tries again {_in_bars(again_in)}"
    )
    return Event(EventKind.ERROR, time, text, {"client_order_id": intent.client_order_id, "lot": intent.lot})


def stop_too_late(intent: OrderIntent, time: datetime, detail: str) -> Event:
    """A stop was refused because the price is at it already."""
    text = f"stop {intent.client_order_id} came too late: {detail}; lot {intent.lot} is sold at the market"
    return Event(EventKind.STATUS, time, text, {"client_order_id": intent.client_order_id, "lot": intent.lot})


def stop_taken_away(intent: OrderIntent, time: datetime, detail: str, *, renewed: bool) -> Event:
    """Somebody else took a stop from the venue, or the venue ended it."""
    what = "it is sent anew, once"
    if not renewed:
        what = (
            "this is not the first time, so no stop is sent for this lot any more: the bot watches it itself, as long "
            "as it runs"
        )
    text = f"stop {intent.client_order_id} of lot {intent.lot} ended without this bot's doing ({detail}); {what}"
    return Event(EventKind.ERROR, time, text, {"client_order_id": intent.client_order_id, "lot": intent.lot})


def jumped(intent: OrderIntent, price: Decimal, time: datetime) -> Event:
    """The price fell through a stop and its limit at once."""
    text = (
        f"the price has jumped over stop {intent.client_order_id}: it is {plain(price)}, and the stop sells at "
        f"{plain(intent.limit_price or price)} at least; it is taken back, and lot {intent.lot} is sold at the market"
    )
    return Event(EventKind.ERROR, time, text, {"client_order_id": intent.client_order_id, "lot": intent.lot})


def cancel_refused(intent: OrderIntent, time: datetime, detail: str, *, again: bool) -> Event:
    """A stop could not be taken back; once may well mean that it is filled just now."""
    text = (
        f"stop {intent.client_order_id} of lot {intent.lot} could not be taken back: {detail}; it may be filled just "
        "now, else it is asked again with the next bar"
    )
    kind = EventKind.ERROR if again else EventKind.STATUS
    return Event(kind, time, text, {"client_order_id": intent.client_order_id, "lot": intent.lot})


def cannot_sell(lot: Lot, reason: str, why: str, time: datetime, base: str) -> Event:
    """A lot should be sold, and the venue would take no order for it."""
    text = (
        f"lot {lot.number} cannot be sold ({reason}): {why}. It is sold once that allows it, as long as the bot runs. "
        f"If it has to go now: stop the bot, sell it by hand together with other {base}, and begin with a new journal"
    )
    return Event(EventKind.ERROR, time, text, {"lot": lot.number, "quantity": str(lot.quantity), "reason": reason})


def dust_kept(lot: Lot, total: Decimal, time: datetime, base: str) -> Event:
    """A closed lot left something behind that is less than can be sold."""
    text = f"{plain(lot.quantity)} {base} of lot {lot.number} are less than can be sold and kept, {plain(total)} in all"
    return Event(EventKind.STATUS, time, text, {"lot": lot.number, "dust": str(lot.quantity), "total": str(total)})


def strange_commission(fill: Fill, quote: str) -> Event:
    """The venue took its fee in a currency that is neither bought nor paid with."""
    text = (
        f"the venue took {plain(fill.commission)} {fill.charged_in} as commission for order {fill.client_order_id}; it "
        f"is booked as {quote}: compare the account with `tradingbot status`"
    )
    return Event(EventKind.ERROR, fill.time, text, {"client_order_id": fill.client_order_id})


def _in_bars(count: int) -> str:
    return "on the next bar" if count == 1 else f"in {count} bars"


def resent(old: OrderIntent, new: OrderIntent, time: datetime) -> Event:
    """An intent that never reached the venue is sent again under a new attempt number."""
    return Event(
        EventKind.STATUS,
        time,
        f"order {old.client_order_id} never reached the venue; sent again as {new.client_order_id}",
        {"client_order_id": new.client_order_id},
    )


def strategy_failed(error: str, time: datetime) -> Event:
    """An error of the strategy's, after which it goes on from the journal."""
    text = f"the strategy failed and is rebuilt with its positions: {error}"
    return Event(EventKind.ERROR, time, text, {"error": error})


def strategy_given_up(error: str, time: datetime) -> Event:
    """The strategy fails again and again: it is not asked any more until a person resumes the bot."""
    text = (
        f"the strategy failed too often lately and is not asked any more: no entries until `tradingbot resume`; stops, "
        f"targets and limits of open positions are watched, exits of the strategy are not: {error}"
    )
    return Event(EventKind.ERROR, time, text, {"error": error})


def of_line(sentence: str, time: datetime, *, trouble: bool) -> Event:
    """A connection to the venue was lost, is back, or leaves something open; the sentence says which."""
    return Event(EventKind.ERROR if trouble else EventKind.STATUS, time, sentence)


def fallback_began(time: datetime, *, on_paper: bool) -> Event:
    """A real broker is away for so long that no entry is sent there any more."""
    what = "entries are blocked until it is back"
    if on_paper:
        what = "new entries are made ON PAPER until it is back (broker.fallback_to_paper)"
    text = f"the broker is away for too long: {what}; real positions stay as they are, and are watched"
    return Event(EventKind.ERROR, time, text, {"on_paper": on_paper})


def fallback_over(time: datetime, *, on_paper: bool) -> Event:
    """Entries are sent to the real broker again."""
    closed = "; what is open on paper is closed on paper" if on_paper else ""
    return Event(EventKind.STATUS, time, f"the broker is back, entries are real again{closed}", {"on_paper": on_paper})


def fallback_failed(error: str, time: datetime) -> Event:
    """Something went wrong with the trades on paper."""
    text = f"there are no more trades on paper, entries are blocked until the broker is back: {error}"
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
