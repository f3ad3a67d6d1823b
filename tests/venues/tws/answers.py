"""TWS' messages at server version 176, field by field."""

from decimal import Decimal

from strategies.bar import Bar
from tests.venues.tws.books import Execution, Order
from tests.venues.tws.instruments import Instrument
from tests.venues.tws.market import date_of

Fields = tuple[object, ...]


def contract(instrument: Instrument) -> Fields:
    """Return a contract as it stands in orders."""
    return (
        instrument.con_id, instrument.symbol, instrument.sec_type, "", "0", "?", "", instrument.exchange,
        instrument.currency, instrument.local_symbol, instrument.trading_class,
    )  # fmt: skip


def contract_details(number: str, known: Instrument) -> Fields:
    """Return one contract with its details."""
    ids = ("1", "ISIN", "US0378331005") if not known.is_forex else ("0",)
    return (
        10, number, known.symbol, known.sec_type, "", "0", "", known.exchange, known.currency, known.local_symbol,
        known.trading_class, known.trading_class, known.con_id, f"{known.tick:f}", "", known.order_types,
        f"{known.exchange},{known.primary}", 1, 0, known.name, known.primary, "", "", "", "", known.zone,
        known.trading_hours, known.liquid_hours, "", "", *ids, "1", "", "", "26", "", known.stock_type,
        f"{known.least:f}", f"{known.increment:f}", "100",
    )  # fmt: skip


def history(number: str, bars: list[Bar], size: str, shows: str) -> Fields:
    """Return bars of the past, all in one message."""
    told: list[object] = []
    for bar in bars:
        volume = -1 if shows == "MIDPOINT" else _plain(bar.volume)
        told += [date_of(bar, size), bar.open, bar.high, bar.low, bar.close, volume, bar.close, 10]
    return (17, number, "20260101 00:00:00 UTC", "20260102 00:00:00 UTC", len(bars), *told)


def bar_update(number: str, bar: Bar, size: str, shows: str) -> Fields:
    """Return the bar that is forming; its fields come in another order than those of the past."""
    volume = -1 if shows == "MIDPOINT" else _plain(bar.volume)
    return (90, number, 10, date_of(bar, size), bar.open, bar.close, bar.high, bar.low, bar.close, volume)


def real_time_bar(number: str, bar: Bar) -> Fields:
    """Return a bar of five seconds."""
    at = int(bar.time.timestamp())
    return (50, 3, number, at, bar.open, bar.high, bar.low, bar.close, _plain(bar.volume), bar.close, 10)


def open_order(order: Order) -> Fields:
    """Return an order that stands, or that has just changed."""
    return (
        5, order.order_id, *contract(order.instrument), order.action, f"{order.quantity:f}", order.type,
        _price(order.limit), _price(order.stop), order.tif, "", order.account, "", 0, order.ref, order.client_id,
        order.perm_id,
        int(order.outside_rth), 0, 0, "",  # hidden, discretionary amount, good after
        "", "", "", "", "", "", "",  # shares allocation, advisors' group, method, percentage, profile; model; good till
        "", "", "", 0, "", -1, 0,  # rule 80A, per cent offset, settling firm, short sale, auction strategy
        "", "", "", "", "", 0,  # starting and reference price, delta, range, display size
        0, 0, 0, "", 3, 0, 0, "",  # block, sweep, all or none, least quantity, OCA, electronic, firm quote, cap
        0, 0, "", 0, "", "",  # parent, trigger method, volatility and its type, delta neutral
        0, "", "", "", "", "", "", 0, 0, 0,  # continuous, reference, trailing, basis points, legs and their parameters
        "", "", "", "", 0, "IB", 0, 0, 0, "",  # scale, hedge, opt out, clearing, not held, delta neutral, algorithm
        0, 0, order.status, *([""] * 9), "", "", "", "", "",  # solicited, what if, margins, commission, warning
        0, 0, 0, "", "", "", "", "", "", "", 0, "", "", "",  # randomize, conditions, adjusted order, tier
        0, 0, 0, 0, 0, "", "", 0, "", "", "", "", "",  # cash, flags, duration, venue, cancel parent, competing
    )  # fmt: skip


def completed_order(order: Order, at: str) -> Fields:
    """Return an order of today that ended; without the number that its client gave it."""
    done = f"Filled Size: {order.filled:f}" if order.status == "Filled" else "Cancelled by Trader"
    return (
        101, *contract(order.instrument), order.action, f"{order.quantity:f}", order.type, _price(order.limit),
        _price(order.stop), order.tif, "", order.account, "", 0, order.ref, order.perm_id,
        int(order.outside_rth), 0, 0, "",  # hidden, discretionary amount, good after
        "", "", "", "", "", "",  # advisors' group, method, percentage, profile; model; good till
        "", "", "", 0, "", -1,  # rule 80A, per cent offset, settling firm, short sale
        "", "", "", "", "", 0,  # starting and reference price, delta, range, display size
        0, 0, "", 3, 0,  # sweep, all or none, least quantity, OCA, trigger method
        "", 0, "", "",  # volatility and its type, delta neutral
        0, "", "", "", "", 0, 0, 0,  # continuous, reference, trailing, legs and their parameters
        "", "", "", "", "", "IB", 0, 0, "",  # scale, hedge, clearing, not held, delta neutral, algorithm
        0, order.status, 0, 0, 0,  # solicited, randomize, conditions
        "", "", 0, 0, 0, "",  # trailing, offset, cash, flags, cancel date
        f"{order.filled:f}", 0, 0, "Not an insider or substantial shareholder", 0, 0, 0, at, done,
        "", "", "", "", "",  # competing
    )  # fmt: skip


def order_status(order: Order) -> Fields:
    """Return how far an order has come."""
    left = order.quantity - order.filled
    last = order.average
    return (
        3, order.order_id, order.status, f"{order.filled:f}", f"{left:f}", f"{order.average:f}", order.perm_id, 0,
        f"{last:f}", order.client_id, "", 0,
    )  # fmt: skip


def execution(number: str, done: Execution) -> Fields:
    """Return an execution."""
    order, known = done.order, done.order.instrument
    exchange = "IDEALPRO" if known.is_forex else "NASDAQ"
    return (
        11, number, order.order_id, known.con_id, known.symbol, known.sec_type, "", "0.0", "", "", exchange,
        known.currency, known.local_symbol, known.trading_class, done.number, f"{done.time:%Y%m%d %H:%M:%S} UTC",
        order.account, exchange, "BOT" if order.action == "BUY" else "SLD", f"{done.quantity:f}", f"{done.price:f}",
        order.perm_id, order.client_id, 0, f"{done.total:f}", f"{done.average:f}", order.ref, "", "", "", 2,
    )  # fmt: skip


def commission_report(done: Execution) -> Fields:
    """Return an execution's fee."""
    return (59, 1, done.number, f"{done.commission:f}", done.currency, "", "", "")


def position(account: str, instrument: Instrument, units: Decimal) -> Fields:
    """Return what an account holds."""
    return (61, 3, account, *contract(instrument), f"{units:f}", "100.0")


def error(number: int | str, code: int, text: str) -> Fields:
    """Return an error message, or a note that looks like one."""
    return (4, 2, number, code, text, "")


def _price(price: Decimal | None) -> str:
    return "0.0" if price is None else f"{price:f}"


def _plain(number: float) -> str:
    return f"{number:.4f}".rstrip("0").rstrip(".")
