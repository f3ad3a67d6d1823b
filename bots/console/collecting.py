"""From what waits at all bots to the next message: one by one while they are few, many of a kind as one. Pure."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from bots.notify.digest import NAMES, SINGLE, digest_of
from bots.notify.message import Identity, Message
from bots.notify.wording import message_of, signed
from bots.trading.events import Event, EventKind
from bots.trading.keeping import KeptEvent

MANY = 5
"""From so many bots on, what happens to them is one message."""
_SHOWN, _NAMED, _LONGEST_LINE = 12, 12, 300
# What people have to hear of first comes first.
_ORDER = (
    EventKind.ERROR, EventKind.TRADE_EXIT, EventKind.TRADE_ENTRY, EventKind.STATUS, EventKind.DAILY_SUMMARY,
)  # fmt: skip

type Mark = tuple[int, datetime]


@dataclass(frozen=True, slots=True)
class Untold:
    """An event of a bot that was not told yet."""

    whose: Identity
    kept: KeptEvent

    @property
    def mark(self) -> Mark:
        """What no other event of this bot has, also where its journal was begun anew."""
        return (self.kept.number, self.kept.event.time)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message, and all that it tells of."""

    message: Message
    of: tuple[Untold, ...]


def next_parcel(untold: Sequence[Untold]) -> Parcel | None:
    """Return what to send first of what waits at all bots; None where nothing does."""
    for kind in _ORDER:
        of_kind = [each for each in untold if each.kept.event.kind is kind]
        if len({each.whose.bot for each in of_kind}) >= MANY:
            return Parcel(_digest_of_bots(kind, of_kind), tuple(of_kind))
        if kind is EventKind.ERROR and of_kind:
            return _of_one_bot(of_kind)
    return _of_one_bot(untold) if untold else None


def told_up_to(waiting: Sequence[Mark], told: Collection[Mark]) -> int | None:
    """Return the last number up to which everything of a bot was told; None where its first event was not."""
    last = None
    for mark in waiting:
        if mark not in told:
            break
        last = mark[0]
    return last


def ripe(untold: Sequence[Untold], since: Mapping[EventKind, float], now: float, seconds: float) -> list[Untold]:
    """Return what has gathered for long enough: bots that fail together do not fail in the same instant."""
    return [each for each in untold if now - since.get(each.kept.event.kind, now) >= seconds]


def _of_one_bot(untold: Sequence[Untold]) -> Parcel:
    first = min(untold, key=lambda each: each.kept.event.time)
    its = [each for each in untold if each.whose.bot == first.whose.bot]
    if len(its) > SINGLE:
        return Parcel(digest_of([each.kept for each in its], first.whose), tuple(its))
    # By its number: what happened first at a bot is told first.
    first = min(its, key=lambda each: each.kept.number)
    return Parcel(message_of(first.kept.event, first.whose), (first,))


def _digest_of_bots(kind: EventKind, of_kind: Sequence[Untold]) -> Message:
    bots = {each.whose.bot: each.whose for each in of_kind}
    live = sum(whose.mode == "live" for whose in bots.values())
    one, more = NAMES[kind]
    head = f"{len(bots)} bots{f' ({live} LIVE)' if live else ''}: {len(of_kind)} {one if len(of_kind) == 1 else more}"
    lines = _lines(of_kind)
    left = len(lines) - _SHOWN
    return Message(
        ", ".join((f"ERROR {head}" if kind is EventKind.ERROR else head, *_totals(of_kind))),
        (*lines[:_SHOWN], *((f"and {left} more, ask for /status",) if left > 0 else ())),
        alarming=kind is EventKind.ERROR,
    )


def _lines(of_kind: Sequence[Untold]) -> list[str]:
    """Return a line for each text, those that most bots say first."""
    saying: defaultdict[str, list[str]] = defaultdict(list)
    for each in of_kind:
        name = each.whose.bot if each.whose.mode != "live" else f"{each.whose.bot} (LIVE)"
        if name not in saying[each.kept.event.text]:
            saying[each.kept.event.text].append(name)
    weighty = sorted(saying.items(), key=lambda item: -len(item[1]))
    return [f"{_named(names)}: {text}"[:_LONGEST_LINE] for text, names in weighty]


def _named(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return f"{', '.join(names[:_NAMED])}{f' and {more} more' if more > 0 else ''}"


def _totals(of_kind: Sequence[Untold]) -> list[str]:
    """Return what was gained or lost by all together, by currency; nothing where nothing was."""
    totals: Counter[str] = Counter()
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in of_kind:
        if (profit := _profit(each.kept.event)) is not None:
            totals[each.whose.quote] += 1
            sums[each.whose.quote] += profit
    return [f"{signed(sums[quote])} {quote}" for quote, _ in totals.most_common()]


def _profit(event: Event) -> Decimal | None:
    if event.kind not in (EventKind.TRADE_EXIT, EventKind.DAILY_SUMMARY):
        return None
    try:
        profit = Decimal(str(event.data["profit"]))
    except (KeyError, InvalidOperation):
        return None
    return profit if profit.is_finite() else None
