"""What `tradingbot check` looks at before a bot trades through a gateway: each thing a finding, none an exception."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from adapters.ibkr.account import choose_account, figures_of
from adapters.ibkr.address import LIVE_PORTS, PAPER_PORTS, Address, is_paper_account
from adapters.ibkr.contracts import Listing, look_up
from adapters.ibkr.order_queries import open_orders
from adapters.ibkr.session import Session
from adapters.live.source import Finding
from strategies.bar import Bar
from strategies.errors import VenueError

_TOLERATED_SKEW_SECONDS = 5.0
_NEEDED_ORDER_TYPES = {"MKT": "market orders", "STPLMT": "stop orders with a limit"}


def reached(session: Session, address: Address) -> list[Finding]:
    """Say that the gateway answers, for whom, and whether it has what lies behind it."""
    version = session.server_version
    found = [
        Finding("reachable", True, f"{address} answers client id {address.client_id}, protocol version {version}"),
        _upstream(session),
        *[_account(name, address) for name in session.accounts],
    ]
    if session.skew is not None:
        good = abs(session.skew) < _TOLERATED_SKEW_SECONDS
        ahead = "ahead of" if session.skew > 0 else "behind"
        detail = f"the gateway's clock is {abs(session.skew):.0f} s {ahead} this machine's"
        found.append(Finding("time", good, detail, "run a time service on both machines"))
    return found


def unreachable(error: VenueError, address: Address) -> list[Finding]:
    """Say that the gateway does not answer, or not us."""
    ports = f"paper gateway {PAPER_PORTS[0]}, live gateway {LIVE_PORTS[0]}, TWS {PAPER_PORTS[1]} and {LIVE_PORTS[1]}"
    return [Finding("reachable", False, str(error), f"look at host and port of {address}; usual ports: {ports}")]


def farms(session: Session) -> list[Finding]:
    """Say how the gateway is connected to Interactive Brokers' data."""
    broken = sorted(name for name, fine in session.upstream.farms.items() if not fine)
    if broken:
        return [
            Finding(
                "data farms", False, f"no connection to: {', '.join(broken)}", "they usually come back by themselves"
            )
        ]
    told = ", ".join(sorted(session.upstream.farms)) or "none told yet"
    return [Finding("data farms", True, told)]


def contract(listing: Listing, now: datetime) -> list[Finding]:
    """Say what the symbol is and when it is traded."""
    spec = listing.spec
    where = listing.contract.primaryExchange or listing.contract.exchange
    detail = f"{spec.symbol} is {listing.name} ({where}), price step {spec.price_step:f}, size step {spec.size_step:f}"
    session = listing.hours.session_at(now)
    coming = next(listing.hours.from_time_on(now), None)
    if session is not None:
        hours = f"open until {session[1]:%Y-%m-%d %H:%M} UTC"
    else:
        hours = "closed" if coming is None else f"closed until {coming[0]:%Y-%m-%d %H:%M} UTC"
    return [Finding("symbol", True, detail), Finding("hours", True, hours)]


async def bars(fetch: Callable[[], Awaitable[list[Bar]]], subscribe: Callable[[], Awaitable[None]]) -> list[Finding]:
    """Say whether bars of the past and bars as they form may be had."""
    found = []
    try:
        past = await fetch()
        detail = f"the last complete bar opened {past[-1].time:%Y-%m-%d %H:%M} UTC" if past else "there are none"
        found.append(Finding("bars", bool(past), detail, "" if past else "look up whether the symbol is traded"))
        await subscribe()
        found.append(Finding("stream", True, "bars are updated as they form"))
    except VenueError as error:
        found.append(Finding("bars" if not found else "stream", False, str(error)))
    return found


async def trading(session: Session, address: Address, symbol: str, wanted: str | None) -> list[Finding]:
    """Say whether orders could be sent, and from which account."""
    found = []
    try:
        account = choose_account(session.accounts, wanted, address)
        money = "play money" if is_paper_account(account) else "REAL MONEY"
        found.append(Finding("account", True, f"orders go to {account}: {money}"))
        figures = await figures_of(session, account)
        cash = ", ".join(f"{amount:f} {currency}" for currency, amount in sorted(figures.cash.items())) or "none"
        found.append(Finding("cash", True, cash))
        resting = await open_orders(session)
        found.append(Finding("orders", True, f"the gateway lets this client trade; {len(resting)} orders rest there"))
        listing = await look_up(session, symbol)
        missing = [name for kind, name in _NEEDED_ORDER_TYPES.items() if kind not in listing.order_types]
        detail = f"{symbol} does not take {' or '.join(missing)}" if missing else f"{symbol} takes all that are needed"
        remedy = "set risk_management.stop_on_exchange to false if it is the stop orders" if missing else ""
        found.append(Finding("order types", not missing, detail, remedy))
    except VenueError as error:
        found.append(Finding("trading", False, str(error)))
    return found


def _upstream(session: Session) -> Finding:
    if session.has_upstream:
        return Finding("upstream", True, "the gateway has Interactive Brokers")
    return Finding(
        "upstream", False, "the gateway has lost Interactive Brokers [1100]", "look at the gateway's own line"
    )


def _account(name: str, address: Address) -> Finding:
    paper = is_paper_account(name)
    detail = f"{name} is for {'paper' if paper else 'live'} trading"
    if paper and address.port in LIVE_PORTS:
        return Finding(
            "account", True, f"{detail}, though port {address.port} is the one for live trading", warning=True
        )
    if not paper and address.port in PAPER_PORTS:
        remedy = f"move the gateway to port {LIVE_PORTS[0]} if real money is meant"
        return Finding("account", False, f"{detail}, though port {address.port} is the one for paper trading", remedy)
    return Finding("account", True, detail)
