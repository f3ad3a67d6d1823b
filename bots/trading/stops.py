"""What should be done about a lot's stop that rests at the venue. Pure: figures in, answers out.

The life of such a stop; "taken back" is always said by the venue, never assumed:

=====================  ===========================================  ==================================================
The lot                What happens                                 What is done
=====================  ===========================================  ==================================================
without a stop         entry over, and a level is known             the stop is intended and sent
without a stop         the price is at the level already            sold at the market
stop rests             the trailing level rises by `move_pct`       taken back, to be sent anew
stop rests             another exit is decided                      the wish is kept, and the stop taken back
stop rests             the price stays below its limit              told; as if an exit were decided, for its reason
stop rests             it is filled                                 the lot is closed for the stop's reason
stop rests             it is filled in part                         booked; the rest goes on resting
stop rests             somebody else takes it away                  told; sent anew once, then left alone
stop rests             it ends after a part was filled              the rest is sold at the market
being taken back       it is taken back, an exit is decided         what is left is sold at the market
being taken back       it is taken back, no exit is decided         the stop is sent anew at the present level
being taken back       that is refused, or no answer by a bar       asked again with the next bar
stop rests             the document wants none there any more       taken back; the bot watches the level itself
sent                   refused: the price is there already          sold at the market
sent                   refused otherwise                            told; tried again ever less often
sent                   it never arrived                             decided as for a lot without a stop
=====================  ===========================================  ==================================================

Without a stop that rests, the bot watches the level itself, as it always watches the profit target.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from enum import Enum, auto

from adapters.instrument import InstrumentSpec
from bots.trading.risk import Limits, highest_stop, levels
from bots.trading.terms import StopOnExchange

# So often a stop that somebody took away is sent anew.
_RENEWALS = 1
# What venues say of a stop that is above the market; the price tells it as well, but may be late.
_AT_ONCE = ("trigger immediately", "triggers immediately", "immediately trigger")


@dataclass(frozen=True, slots=True)
class StopPrices:
    """Where a stop belongs: why, at which price it becomes active, and the least that it sells for then."""

    reason: str
    stop: Decimal
    limit: Decimal


class Step(Enum):
    """What to do about a lot's stop now."""

    WAIT = auto()
    PLACE = auto()
    REPLACE = auto()
    LEAVE = auto()
    """Sell at the market: the price is at the level, and no stop rests there."""
    CATCH_UP = auto()
    """Sell at the market: the price has jumped over the stop that rests."""


def wanted_stop(
    limits: Limits, how: StopOnExchange, spec: InstrumentSpec, entry_price: Decimal, high: float | None
) -> StopPrices | None:
    """Return where a lot's stop belongs now, on the instrument's grid, or None while there is no level."""
    level = highest_stop(levels(limits, float(entry_price), high))
    if level is None:
        return None
    stop = spec.round_price(level.price)
    limit = stop * (1 - Decimal(str(how.limit_offset_pct)) / 100)
    return StopPrices(level.reason, stop, (limit / spec.price_step).to_integral_value(ROUND_FLOOR) * spec.price_step)


def next_step(
    how: StopOnExchange, resting: Decimal | None, wanted: StopPrices | None, price: Decimal, *, jumped: bool
) -> Step:
    """Say what to do about a stop that rests at the price `resting`, or at none, while the market is at `price`."""
    if resting is not None and jumped:
        return Step.CATCH_UP
    if wanted is None or (resting is not None and not _is_worth_moving(how, resting, wanted.stop)):
        return Step.WAIT
    if price <= wanted.stop:
        return Step.LEAVE
    return Step.PLACE if resting is None else Step.REPLACE


def _is_worth_moving(how: StopOnExchange, resting: Decimal, wanted: Decimal) -> bool:
    return wanted > resting and wanted >= resting * (1 + Decimal(str(how.move_pct)) / 100)


def below_since(since: datetime | None, limit: Decimal, price: Decimal, time: datetime) -> datetime | None:
    """Return since when the price has been below a stop's limit, None if it is not."""
    if price >= limit:
        return None
    return since or time


def has_jumped(since: datetime | None, time: datetime, patience: timedelta) -> bool:
    """Say whether the price has been below a stop's limit for long enough to believe that the stop will not sell."""
    return since is not None and time - since >= patience


def is_there_already(detail: str, stop: Decimal, price: Decimal) -> bool:
    """Say whether a stop was refused because the price is at it: by the venue's words, or by the price."""
    said = detail.lower()
    return price <= stop or any(words in said for words in _AT_ONCE)


def may_be_renewed(losses: int) -> bool:
    """Say whether a stop that somebody else took away so often is sent anew."""
    return losses <= _RENEWALS
