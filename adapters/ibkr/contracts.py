"""From a document's symbol to a contract of Interactive Brokers: what it is, its steps and its hours."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ib_async.contract import Contract

from adapters.feeds import FeedSettings
from adapters.ibkr.codes import as_error
from adapters.ibkr.hours import Hours, parse_hours
from adapters.ibkr.inbox import exact
from adapters.ibkr.session import Session
from adapters.instrument import InstrumentSpec, decimals_of, split_symbol
from adapters.live.reading import above_zero, named, readable
from strategies.errors import VenueRefusedError

STOCK, FOREX = "STK", "CASH"
# Trades are printed finer than orders may be; a middle lies between two steps.
_MORE_DECIMALS = {STOCK: 2, FOREX: 1}
_MOST_DECIMALS = 14
_CURRENCY_PAIR = re.compile(r"[A-Z]{3}[./][A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Listing:
    """A contract as Interactive Brokers lists it, and when it was told so."""

    contract: Contract
    name: str
    spec: InstrumentSpec
    hours: Hours
    order_types: frozenset[str]
    told_at: datetime

    @property
    def is_forex(self) -> bool:
        """Whether it is a pair of currencies."""
        return self.contract.secType == FOREX

    @property
    def shows(self) -> str:
        """What its bars are made of."""
        return "MIDPOINT" if self.is_forex else "TRADES"


def contract_for(symbol: str) -> Contract:
    """Return what to ask for: `EUR.USD` is a pair of currencies, anything else a stock or fund in dollars.

    A class of shares has a space there, `BRK B`; documents may write `BRK.B` or `BRK-B`.
    """
    upper = symbol.upper()
    if _CURRENCY_PAIR.fullmatch(upper):
        base, quote = split_symbol(upper)
        return Contract(secType=FOREX, symbol=base, currency=quote, exchange="IDEALPRO")
    return Contract(secType=STOCK, symbol=re.sub("[.-]", " ", upper), currency="USD", exchange="SMART")


def guess(symbol: str) -> InstrumentSpec:
    """Return what is likely before the gateway was asked."""
    forex = contract_for(symbol).secType == FOREX
    base, quote = split_symbol(symbol) if forex else (symbol.upper(), "USD")
    step = Decimal("0.00005") if forex else Decimal("0.01")
    return _spec(symbol, base, quote, step, Decimal(1), Decimal(1), FOREX if forex else STOCK)


async def look_up(session: Session, symbol: str, settings: FeedSettings | None = None) -> Listing:
    """Ask the gateway for a symbol's contract.

    Raises
    ------
    VenueLostError
        If there is no answer.
    VenueRefusedError
        If it knows none or several of that name.
    """
    wanted = contract_for(symbol)
    what = f"the contract {symbol}"
    answer = await session.ask(what, lambda client, number: client.reqContractDetails(number, wanted))
    if answer.trouble is not None:
        raise as_error(answer.trouble, what)
    with readable(what):
        found = {int(details.contract.conId): details for details in answer.items if details.contract is not None}
    if not found:
        raise VenueRefusedError(f"{what}: Interactive Brokers lists none of that name", "200")
    if len(found) > 1:
        places = ", ".join(sorted(f"{each.longName} ({each.contract.primaryExchange})" for each in found.values()))
        raise VenueRefusedError(f"{what}: Interactive Brokers lists several, which cannot be told apart: {places}")
    with readable(what):
        return listing(symbol, found.popitem()[1], settings)


def listing(symbol: str, details: Any, settings: FeedSettings | None) -> Listing:
    """Return a contract from its details; steps in the document may be coarser than the venue's.

    Raises
    ------
    VenueRefusedError
        If the document's steps are finer, or its hours cannot be read.
    """
    contract: Contract = details.contract
    forex = contract.secType == FOREX
    try:
        hours = parse_hours(details.tradingHours if forex else details.liquidHours, details.timeZoneId)
    except (ValueError, OverflowError) as error:
        raise VenueRefusedError(f"the trading hours of {symbol}: {error!s:.200}") from None
    # Orders go to all exchanges at once, whichever of them the answer names.
    contract.exchange = "IDEALPRO" if forex else "SMART"
    tick, increment, least = above_zero(details.minTick), exact(details.sizeIncrement), exact(details.minSize)
    # Details list parts of shares that few accounts may order: whole ones, unless the document says otherwise.
    size = max(increment, Decimal(1)) if settings is None or settings.size_step is None else settings.size_step
    price = tick if settings is None or settings.price_step is None else settings.price_step
    for name, step, venues in (("size_step", size, increment), ("price_step", price, tick)):
        if venues and step % venues:
            raise VenueRefusedError(
                f"data.{name} {step} of {symbol} is no multiple of Interactive Brokers' own, {venues}"
            )
    base, quote = (contract.symbol, contract.currency) if forex else (symbol.upper(), contract.currency)
    return Listing(
        contract=contract,
        name=details.longName,
        spec=_spec(symbol, base, quote, price, size, max(least, size), contract.secType),
        hours=hours,
        order_types=frozenset(filter(None, details.orderTypes.split(","))),
        told_at=datetime.now(UTC),
    )


def _spec(
    symbol: str, base: str, quote: str, price: Decimal, size: Decimal, least: Decimal, kind: str
) -> InstrumentSpec:
    price, size = _tidy(price), _tidy(size)
    if decimals_of(price) > _MOST_DECIMALS:
        raise ValueError(f"a step of {price} is finer than any")
    return InstrumentSpec(
        symbol=symbol,
        base=named(base),
        quote=named(quote),
        price_step=price,
        size_step=size,
        min_quantity=_tidy(least),
        price_decimals=decimals_of(price) + _MORE_DECIMALS[kind],
        size_decimals=decimals_of(size),
    )


def _tidy(step: Decimal) -> Decimal:
    """Return a step without an exponent and without zeros behind the point: 1E-4 is 0.0001, 1.0 is 1."""
    return Decimal(f"{step.normalize():f}")
