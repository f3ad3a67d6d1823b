"""What a download goes on with: the file of an earlier one, the part of a broken one, or nothing. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from strategies.bar import Bar


@dataclass(frozen=True, slots=True)
class Span:
    """The bars of a file: the first, the last, and how many."""

    first: Bar
    last: Bar
    count: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a download begins and ends.

    `after` is the last bar's time of what it goes on with, None where it begins anew; `from_file` says that this is the
    finished file, whose bars are to be taken over, rather than the part.
    """

    after: datetime | None
    from_file: bool
    end: datetime


def span_of(bars: Iterable[Bar]) -> Span | None:
    """Return what bars span; None for none at all."""
    first: Bar | None = None
    last: Bar | None = None
    count = 0
    for bar in bars:
        first, last = first or bar, bar
        count += 1
    return None if first is None or last is None else Span(first, last, count)


def plan(end: datetime, interval: timedelta, earliest: datetime | None, file: Span | None, part: Span | None) -> Plan:
    """Say what to go on with; nothing that is there is lost, neither at its beginning nor at its end.

    Parameters
    ----------
    end : datetime
        Before which bars are wanted.
    interval : timedelta
        Their length.
    earliest : datetime, optional
        The first bar from the wanted beginning on that is to be had; None if what is there surely begins in time.
    file, part : Span, optional
        What is there.
    """
    file_is_early, part_is_early = (
        span is not None and (earliest is None or span.first.time <= earliest) for span in (file, part)
    )
    if file is not None and not file_is_early:
        end = max(end, file.last.time + interval)
    if part is not None and part_is_early:
        if file is None or not file_is_early or _holds(part, file):
            return Plan(part.last.time, False, end)
    if file is not None and file_is_early:
        return Plan(file.last.time, True, end)
    return Plan(None, False, end)


def _holds(part: Span, file: Span) -> bool:
    return part.first.time <= file.first.time and part.last.time >= file.last.time


def is_same(one: Bar, other: Bar) -> bool:
    """Say whether two bars are of the same market: their prices are; a volume may be corrected later."""
    return one[:5] == other[:5]
