"""Which message comes next: one event by itself, or many that came together as one. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bots.notify.message import Identity, Message
from bots.notify.wording import message_of
from bots.trading.events import Event, EventKind
from bots.trading.keeping import KeptEvent

SINGLE = 4
"""As many messages at once are read one by one; more of them are not."""
_SHOWN = 12
_LONGEST_LINE = 200
NAMES = {
    EventKind.TRADE_ENTRY: ("entry", "entries"),
    EventKind.TRADE_EXIT: ("exit", "exits"),
    EventKind.ERROR: ("error", "errors"),
    EventKind.STATUS: ("change", "changes"),
    EventKind.DAILY_SUMMARY: ("summary", "summaries"),
}


@dataclass(frozen=True, slots=True)
class Next:
    """A message, the number of the last event that it tells of, and that event where it is the only one."""

    message: Message
    last: int
    of: Event | None = None


def next_message(waiting: Sequence[KeptEvent], whose: Identity) -> Next | None:
    """Return what to send first of what waits, oldest first; None where nothing does."""
    if not waiting:
        return None
    if len(waiting) <= SINGLE:
        first = waiting[0]
        return Next(message_of(first.event, whose), first.number, first.event)
    return Next(digest_of(waiting, whose), waiting[-1].number)


def digest_of(many: Sequence[KeptEvent], whose: Identity) -> Message:
    """Return many events as one message: how many of each kind, and the text of those that matter most."""
    counts = Counter(kept.event.kind for kept in many)
    told = ", ".join(f"{counts[kind]} {one if counts[kind] == 1 else more}" for kind, (one, more) in NAMES.items()
                     if counts[kind])  # fmt: skip
    # Errors first, then the latest; in the order in which they happened.
    weighty = sorted(many, key=lambda kept: (kept.event.kind is not EventKind.ERROR, -kept.number))[:_SHOWN]
    shown = sorted(weighty, key=lambda kept: kept.number)
    left = len(many) - len(shown)
    return Message(
        f"{whose.bot} ({whose.told_mode}): {len(many)} messages: {told}",
        (
            *(f"{kept.event.time:%m-%d %H:%M} {kept.event.text}"[:_LONGEST_LINE] for kept in shown),
            *((f"and {left} more, see the log",) if left else ()),
        ),
        alarming=counts[EventKind.ERROR] > 0,
        quiet=set(counts) <= {EventKind.STATUS, EventKind.DAILY_SUMMARY},
    )
