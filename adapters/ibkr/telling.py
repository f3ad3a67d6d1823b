"""From what is known of an order to what the port tells of it: fees in the right currency, nothing half told. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from adapters.ibkr.ledger import Known
from adapters.instrument import InstrumentSpec
from adapters.live.broker import Execution, OrderPhase, OrderState


@dataclass(frozen=True, slots=True)
class Fees:
    """How fees are told: `rate` where the venue names none in time, `values` of currencies in the account's own."""

    spec: InstrumentSpec
    rate: Decimal
    wait: float
    values: Mapping[str, Decimal]


def state_of(known: Known, fees: Fees, now: float) -> OrderState:
    """Return an order's state with those executions whose fee is known or was waited for long enough.

    While one still waits, the order is told as open: with its end all executions are told.
    """
    told, waiting = [], False
    for number in known.executions:
        if number in known.charges or now - known.came[number] >= fees.wait:
            told.append(_execution(known, number, fees))
        else:
            waiting = True
    phase = OrderPhase.OPEN if waiting else known.phase
    venue_id = str(known.perm_id or known.order_id or known.ref)
    return OrderState(
        known.ref, venue_id, phase, tuple(told), detail="" if known.trouble is None else str(known.trouble)
    )


def waits_for(known: Known, fees: Fees, now: float) -> float | None:
    """Return in how many seconds there is more to tell though nothing comes any more; None if all is told."""
    left = [known.came[number] + fees.wait - now for number in known.uncharged()]
    left = [seconds for seconds in left if seconds > 0]
    return min(left, default=None)


def _execution(known: Known, number: str, fees: Fees) -> Execution:
    executed = known.executions[number]
    value = executed.quantity * executed.price
    commission, currency = value * fees.rate, fees.spec.quote
    if (charge := known.charges.get(number)) is not None:
        if charge.currency in (fees.spec.base, fees.spec.quote):
            commission, currency = charge.commission, charge.currency
        elif (worth := _worth(charge.currency, fees)) is not None:
            commission = charge.commission * worth
    return Execution(number, executed.quantity, executed.price, commission, currency, executed.time)


def _worth(currency: str, fees: Fees) -> Decimal | None:
    """Return what a unit of a third currency is worth in the quote currency, if the account tells."""
    third, quote = fees.values.get(currency), fees.values.get(fees.spec.quote)
    return third / quote if third and quote else None
