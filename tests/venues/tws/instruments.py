"""What can be traded at the double, as Interactive Brokers would describe it."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Instrument:
    """A contract and its details; hours as the wire has them."""

    con_id: int
    symbol: str
    sec_type: str
    currency: str
    exchange: str
    primary: str
    name: str
    tick: Decimal
    increment: Decimal
    least: Decimal
    zone: str
    trading_hours: str
    liquid_hours: str
    order_types: str = "ACTIVETIM,LMT,MKT,STP,STPLMT,TRAIL,WHATIF,"
    stock_type: str = ""

    @property
    def local_symbol(self) -> str:
        """Its name at its exchange."""
        return f"{self.symbol}.{self.currency}" if self.is_forex else self.symbol

    @property
    def trading_class(self) -> str:
        """The class it belongs to."""
        return self.local_symbol if self.is_forex else "NMS"

    @property
    def is_forex(self) -> bool:
        """Whether it is a pair of currencies."""
        return self.sec_type == "CASH"


def sessions(first: date, days: int, begin: str, end: str, closed: tuple[int, ...] = (5, 6)) -> str:
    """Return hours like `20260105:0930-20260105:1600`, day by day, closed on weekdays of these numbers."""
    parts = []
    for number in range(days):
        day = first + timedelta(days=number)
        name = f"{day:%Y%m%d}"
        parts.append(f"{name}:CLOSED" if day.weekday() in closed else f"{name}:{begin}-{name}:{end}")
    return ";".join(parts)


def never_closed(first: date, days: int) -> str:
    """Return hours without an end, so that a test may run on any day."""
    return sessions(first, days, "0000", "2400", closed=())


def stock(symbol: str, con_id: int, name: str, hours: str = "", *, primary: str = "NASDAQ") -> Instrument:
    """Return a stock; without hours it is always traded."""
    always = hours or never_closed(datetime.now(UTC).date() - timedelta(days=3), 10)
    return Instrument(
        con_id, symbol, "STK", "USD", "SMART", primary, name, Decimal("0.01"), Decimal("0.0001"), Decimal("0.0001"),
        "US/Eastern", always, always, stock_type="COMMON",
    )  # fmt: skip


def pair(base: str, quote: str, con_id: int, hours: str = "") -> Instrument:
    """Return a pair of currencies; without hours it is always traded."""
    always = hours or never_closed(datetime.now(UTC).date() - timedelta(days=3), 10)
    return Instrument(
        con_id, base, "CASH", quote, "IDEALPRO", "", f"{base}.{quote} FX", Decimal("0.00005"), Decimal("0.01"),
        Decimal("0.01"), "US/Eastern", always, always,
    )  # fmt: skip


AAPL = stock("AAPL", 265598, "APPLE INC")
EURUSD = pair("EUR", "USD", 12087792)


def with_hours(instrument: Instrument, trading: str, liquid: str | None = None) -> Instrument:
    """Return the instrument with other hours."""
    return replace(instrument, trading_hours=trading, liquid_hours=trading if liquid is None else liquid)
