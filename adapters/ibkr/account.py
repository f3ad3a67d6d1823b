"""Which account orders go to, whether its money is real, and what it holds."""

from dataclasses import dataclass, field
from decimal import Decimal

from adapters.ibkr.address import LIVE_PORTS, PAPER_PORTS, Address, is_paper_account
from adapters.ibkr.codes import as_error
from adapters.ibkr.contracts import Listing
from adapters.ibkr.news import OrderListed
from adapters.ibkr.session import Session
from adapters.live.broker import Holdings
from adapters.live.reading import finite
from strategies.errors import VenueRefusedError

_TAGS = "AccountType,AvailableFunds,$LEDGER:ALL"


@dataclass(frozen=True, slots=True)
class Figures:
    """What the account's summary says: cash and a currency's value in the account's own, by currency."""

    cash: dict[str, Decimal] = field(default_factory=dict)
    values: dict[str, Decimal] = field(default_factory=dict)
    available: Decimal | None = None
    currency: str = ""


def choose_account(accounts: tuple[str, ...], wanted: str | None, address: Address) -> str:
    """Return the account to trade in.

    Raises
    ------
    VenueRefusedError
        If the gateway has no such account, or several and none is named, or real money where paper was meant.
    """
    there = ", ".join(accounts) or "none"
    if wanted is None and len(accounts) != 1:
        raise VenueRefusedError(f"the gateway at {address} has several accounts, {there}: name one as broker.account")
    account = wanted or accounts[0]
    if account not in accounts:
        kinds = {is_paper_account(each) for each in accounts}
        mixed = f"; it is logged in to {_kind(accounts[0])} trading, and {account} is for {_kind(account)} trading"
        other = mixed if kinds == {not is_paper_account(account)} else ""
        raise VenueRefusedError(f"the gateway at {address} has no account {account}, it has: {there}{other}")
    if address.port in PAPER_PORTS and not is_paper_account(account):
        raise VenueRefusedError(
            f"port {address.port} is the one for paper trading, but account {account} behind it has real money: "
            f"name the account as broker.account and move the gateway to port {LIVE_PORTS[0]} if that is meant"
        )
    return account


async def figures_of(session: Session, account: str) -> Figures:
    """Ask for an account's cash.

    Raises
    ------
    VenueLostError, VenueRefusedError
        If there is no answer, or no.
    """
    number = session.next_id()
    try:
        answer = await session.ask_as(
            number, "the account's figures", lambda client: client.reqAccountSummary(number, "All", _TAGS)
        )
    finally:
        # Only two such questions may stand at a time, and an answered one still does.
        if session.lost is None:
            session.send(lambda client: client.cancelAccountSummary(number))
    if answer.trouble is not None:
        raise as_error(answer.trouble, "the account's figures")
    figures = Figures()
    for whose, tag, value, currency in answer.items:
        if whose != account or (amount := _amount(value)) is None:
            continue
        if tag in ("CashBalance", "TotalCashBalance") and currency != "BASE":
            figures.cash[currency] = amount
        elif tag == "ExchangeRate" and currency != "BASE":
            figures.values[currency] = amount
        elif tag == "AvailableFunds":
            figures = Figures(figures.cash, figures.values, amount, currency)
    return figures


async def units_of(session: Session, account: str, con_id: int) -> Decimal:
    """Ask how many units of a contract an account holds.

    Raises
    ------
    VenueLostError
        If there is no answer.
    """
    answer = await session.ask_plainly("positions", "the positions", lambda client: client.reqPositions())
    session.send(lambda client: client.cancelPositions())
    return sum((units for whose, contract, units in answer.items if (whose, contract) == (account, con_id)), Decimal(0))


def holdings_of(
    listing: Listing, units: Decimal, figures: Figures, resting: list[OrderListed], filled: dict[str, Decimal]
) -> Holdings:
    """Return what an account has of a contract and of the currency it is paid in; what rests is not free."""
    base, quote = listing.spec.base, listing.spec.quote
    base_total = figures.cash.get(base, Decimal(0)) if listing.is_forex else units
    quote_total = figures.cash.get(quote, Decimal(0))
    sells = sum(
        (max(Decimal(0), each.quantity - filled.get(each.ref, Decimal(0))) for each in resting if each.side == "sell"),
        Decimal(0),
    )
    funds = _in_quote(figures, quote)
    return Holdings(
        base_total=base_total,
        base_free=max(Decimal(0), base_total - sells),
        quote_total=quote_total,
        quote_free=max(Decimal(0), quote_total if funds is None else min(quote_total, funds)),
        open_orders=tuple(each.ref or f"order {each.perm_id}" for each in resting),
    )


def _in_quote(figures: Figures, quote: str) -> Decimal | None:
    """Return the available funds in the quote currency, if they can be told in it."""
    if figures.available is None or figures.currency == quote:
        return figures.available
    mine, theirs = figures.values.get(figures.currency), figures.values.get(quote)
    return figures.available * mine / theirs if mine and theirs else None


def _amount(text: str) -> Decimal | None:
    try:
        return finite(text)
    except (ValueError, ArithmeticError):
        return None


def _kind(account: str) -> str:
    return "paper" if is_paper_account(account) else "live"
