"""Between the project's values and Nautilus' types: instruments, bars, bar types."""

from datetime import datetime, timedelta
from decimal import Decimal

from nautilus_trader.model.data import Bar as NautilusBar
from nautilus_trader.model.data import BarSpecification, BarType
from nautilus_trader.model.enums import AggregationSource, BarAggregation, CurrencyType, PriceType
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import CurrencyPair
from nautilus_trader.model.objects import AccountBalance, Currency, Money, Price, Quantity

from adapters.instrument import InstrumentSpec
from strategies.bar import Bar

# Simulated money is counted to this many decimals, whatever the currency: fees of small orders stay visible.
_MONEY_DECIMALS = 8
_AGGREGATIONS = (
    (timedelta(days=1), BarAggregation.DAY),
    (timedelta(hours=1), BarAggregation.HOUR),
    (timedelta(minutes=1), BarAggregation.MINUTE),
)


def bar_type(symbol: str, venue: str, interval: timedelta) -> BarType:
    """Return Nautilus' name for a venue's own bars of that length."""
    for unit, aggregation in _AGGREGATIONS:
        if interval % unit == timedelta(0):
            specification = BarSpecification(interval // unit, aggregation, PriceType.LAST)
            return BarType(InstrumentId(Symbol(symbol), Venue(venue)), specification, AggregationSource.EXTERNAL)
    raise ValueError(f"no bar is {interval} long")


def instrument(spec: InstrumentSpec, venue: str, commission: Decimal) -> CurrencyPair:
    """Return a simulated instrument; it carries the commission as its fee."""
    return CurrencyPair(
        instrument_id=InstrumentId(Symbol(spec.symbol), Venue(venue)),
        raw_symbol=Symbol(spec.symbol),
        base_currency=simulated_currency(spec.base),
        quote_currency=simulated_currency(spec.quote),
        price_precision=spec.price_decimals,
        size_precision=spec.size_decimals,
        price_increment=Price(spec.price_step, spec.price_decimals),
        size_increment=Quantity(spec.size_step, spec.size_decimals),
        margin_init=Decimal(0),
        margin_maint=Decimal(0),
        maker_fee=commission,
        taker_fee=commission,
        ts_event=0,
        ts_init=0,
    )


def simulated_currency(code: str) -> Currency:
    """Return a currency of that code, known to Nautilus or not."""
    return Currency(code, _MONEY_DECIMALS, 0, code, CurrencyType.CRYPTO)


def balance(code: str, amount: Decimal) -> AccountBalance:
    """Return a balance of which nothing is locked."""
    money = Money(amount, simulated_currency(code))
    return AccountBalance(total=money, locked=Money(0, money.currency), free=money)


def to_nautilus(bar: Bar, kind: BarType, spec: InstrumentSpec, interval: timedelta) -> NautilusBar:
    """Return a bar as Nautilus wants it: stamped with its close."""
    price, size = spec.price_decimals, spec.size_decimals
    closed = nanoseconds(bar.time + interval)
    return NautilusBar(
        kind,
        Price(bar.open, price),
        Price(bar.high, price),
        Price(bar.low, price),
        Price(bar.close, price),
        Quantity(bar.volume, size),
        closed,
        closed,
    )


def nanoseconds(time: datetime) -> int:
    """Return a time as Unix nanoseconds, exact to the second."""
    return int(time.timestamp()) * 1_000_000_000
