"""What a venue says is read, or it is an answer that cannot be read: never an exception of another kind, nor nonsense.

What cannot be read may be readable the next time: it is as good as no answer, and no worse.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from strategies.bar import Bar
from strategies.errors import VenueError, VenueLostError

_BEGIN, _END = datetime(1970, 1, 1, tzinfo=UTC), datetime(2262, 1, 1, tzinfo=UTC)
# A market may be quickened, for practice: then its bars are ahead of the clock, but still next to each other.
_AHEAD = timedelta(days=10 * 366)
_LEAP = timedelta(days=10)
MOST_SKEW_SECONDS = 366 * 86_400
"""A venue whose clock is further from ours tells no time."""


@contextmanager
def readable(what: str, otherwise: type[VenueError] = VenueLostError) -> Iterator[None]:
    """Tell all that reading an answer may raise as one error: keys that lack, values of another kind or size."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, OSError, RecursionError) as error:
        words = " ".join(f"{type(error).__name__}: {error!s:.100}".split())
        raise otherwise(f"{what} cannot be read ({words})") from None


def finite(number: object) -> Decimal:
    """Return an amount as it is written.

    Raises
    ------
    ValueError
        If nothing can be counted with it.
    """
    amount = Decimal(str(number))
    if isinstance(number, bool) or not amount.is_finite() or abs(amount.adjusted()) > 30:
        raise ValueError(f"{amount:.40} is no amount")
    return amount


def not_below_zero(number: object) -> Decimal:
    """Return an amount that somebody has, as it is written.

    Raises
    ------
    ValueError
        If nobody can have it.
    """
    amount = finite(number)
    if amount < 0:
        raise ValueError(f"{amount} is below zero")
    return amount


def above_zero(number: object) -> Decimal:
    """Return a price, a quantity or a step as it is written.

    Raises
    ------
    ValueError
        If there is none like it.
    """
    amount = finite(number)
    if amount <= 0:
        raise ValueError(f"{amount} is not above zero")
    return amount


def moment(seconds: float) -> datetime:
    """Return a time that is told in seconds since 1970.

    Raises
    ------
    ValueError, OverflowError, OSError
        If it lies before them, or further ahead than Nautilus counts.
    """
    time = datetime.fromtimestamp(seconds, UTC)
    if not _BEGIN <= time < _END:
        raise ValueError(f"{time} is no time of a market")
    return time


def named(text: object) -> str:
    """Return what something is called.

    Raises
    ------
    ValueError
        If it is called nothing, or what cannot be written.
    """
    if not isinstance(text, str) or not text or not text.isprintable():
        raise ValueError(f"{text!a:.40} is no name")
    return text


def must_follow(time: datetime, before: datetime, venue: str, now: datetime) -> None:
    """Make sure that a bar is one of this time, or near the one before it: behind a bar of times to come all are old.

    Raises
    ------
    VenueLostError
        If it leaps ahead of both.
    """
    if time > max(before, now) + _LEAP:
        raise _no_bar(time, venue)


def in_order(bars: Sequence[Bar], venue: str, now: datetime) -> list[Bar]:
    """Return a venue's bars.

    Raises
    ------
    VenueLostError
        If time does not go forward in them, or has not come yet.
    """
    before: datetime | None = None
    for bar in bars:
        if not _BEGIN <= bar.time < now + _AHEAD or (before is not None and bar.time <= before):
            raise _no_bar(bar.time, venue)
        if before is not None:
            must_follow(bar.time, before, venue, now)
        before = bar.time
    return list(bars)


def seconds_in(header: str | None) -> float | None:
    """Return the seconds that a header tells, such as Retry-After; None for a date or nonsense."""
    return float(header) if header is not None and re.fullmatch(r"[0-9]{1,7}", header) else None


def _no_bar(time: datetime, venue: str) -> VenueLostError:
    return VenueLostError(f"{venue} tells of a bar at {time:%Y-%m-%d %H:%M} UTC, where none can be")
