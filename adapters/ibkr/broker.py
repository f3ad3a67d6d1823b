"""Interactive Brokers' orders: the port of real orders over the gateway's connection."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from adapters.feeds import BrokerSettings
from adapters.ibkr import checking
from adapters.ibkr.account import choose_account, figures_of, holdings_of, units_of
from adapters.ibkr.address import address, is_paper_account, may_be_real_money
from adapters.ibkr.client_id import client_id_for
from adapters.ibkr.codes import NOT_CANCELLABLE
from adapters.ibkr.contracts import Listing, guess, look_up
from adapters.ibkr.gateway import Gateway, shared_gateway
from adapters.ibkr.ledger import ENDED, Known
from adapters.ibkr.order_desk import OrderDesk
from adapters.ibkr.order_queries import completed_orders, executions, open_orders
from adapters.ibkr.orders import order_for
from adapters.ibkr.patience import Patience
from adapters.ibkr.reporting import Reporting
from adapters.ibkr.session import Session
from adapters.ibkr.telling import Fees
from adapters.instrument import InstrumentSpec
from adapters.live.broker import Holdings, OrderPhase, OrderRequest, OrderState
from adapters.live.source import Finding
from strategies.errors import (
    OrderNotSentError,
    OrderRefusedError,
    OutcomeUnknownError,
    VenueError,
    VenueLostError,
    VenueRefusedError,
)


def broker(settings: BrokerSettings) -> "IbkrBroker":
    """Return the broker of one account and symbol; it connects when it is first asked for something."""
    return IbkrBroker(settings)


class IbkrBroker:
    """See `adapters.live.broker.LiveBroker`."""

    # Executions are told for the day alone, and the day's end is the gateway's: an order a moment old is safe.
    remembers: timedelta | None = timedelta(minutes=5)

    def __init__(self, settings: BrokerSettings, patience: Patience = Patience()) -> None:  # noqa: B008
        client_id = settings.client_id if settings.client_id is not None else client_id_for(settings.bot)
        self._settings, self._patience = settings, patience
        self._address = address(settings.endpoints, client_id)
        self.real_money = may_be_real_money(settings.account, self._address.port)
        self.absent_is_final_after = timedelta(seconds=patience.absent)
        self.account: str | None = None
        fees = Fees(guess(settings.symbol), settings.commission, patience.commission, {})
        self._desk = OrderDesk(client_id, fees)
        self._gateway: Gateway | None = None
        self._listing: Listing | None = None
        self._unended: dict[str, float] = {}

    async def prepare(self, spec: InstrumentSpec) -> None:
        """Prove that orders could be sent; see the port."""
        session = await self._session()
        session.require_upstream()
        self.account = choose_account(session.accounts, self._settings.account, self._address)
        self.real_money = not is_paper_account(self.account)
        self._listing = await look_up(session, spec.symbol)
        self._desk.fees = Fees(spec, self._settings.commission, self._patience.commission, self._desk.fees.values)
        # The first to be refused where the API may only look.
        await open_orders(session)
        self._desk.value((await figures_of(session, self.account)).values)

    async def submit(self, order: OrderRequest) -> OrderState:
        """Send an order, once; see the port."""
        ref = order.client_order_id
        if (known := self._desk.ledger.get(ref)) is not None and known.is_taken:
            return self._desk.state(ref)
        session, listing, account, number = await self._ready_to_send()
        self._desk.ledger.expect(ref, number, self._address.client_id, order.side, order.quantity)
        sent = order_for(order, account)
        try:
            session.send(lambda client: client.placeOrder(number, listing.contract, sent))
        except VenueLostError as error:
            raise _not_sent(error) from None
        if not await self._desk.until(ref, _is_answered, self._patience.answer, lambda: session.lost is not None):
            why = session.lost or f"the gateway at {self._address} has not confirmed it"
            raise OutcomeUnknownError(f"order {ref} was sent, but {why}")
        known = self._desk.ledger[ref]
        if known.status == "Inactive" and known.trouble is None:
            await self._desk.until(ref, lambda order: order.trouble is not None, self._patience.reason, lambda: False)
        if (trouble := known.trouble) is not None and _is_refused(known):
            raise OrderRefusedError(str(trouble.code), f"Interactive Brokers refused order {ref}: {trouble}")
        return self._desk.state(ref)

    async def cancel(self, client_order_id: str) -> OrderState | None:
        """Take a resting order back; see the port."""
        try:
            state = await self.ask(client_order_id)
            if state is None or state.phase is not OrderPhase.OPEN:
                return state
            await self._take_back(client_order_id)
            return await self.ask(client_order_id)
        except (VenueLostError, VenueRefusedError) as error:
            raise OutcomeUnknownError(f"whether order {client_order_id} was taken back: {error}") from None

    async def ask(self, client_order_id: str) -> OrderState | None:
        """Return what the gateway knows of an order: those that stand, whenever they were placed, and today's others.

        Executions and ended orders are told for the day alone, which begins at midnight where the gateway is. None for
        an older order does not mean that it never arrived: only what the account holds can tell.
        """
        session = await self._session()
        session.require_upstream()
        account = self._account(session)
        stands = any(each.ref == client_order_id for each in await open_orders(session))
        await executions(session, account)
        ended = not stands and any(each.ref == client_order_id for each in await completed_orders(session))
        known = self._desk.ledger.get(client_order_id)
        if known is None or not (stands or ended or known.is_taken):
            return None
        if stands or known.phase is not OrderPhase.OPEN:
            self._unended.pop(client_order_id, None)
            return await self._desk.ripe(client_order_id)
        self._require_end(client_order_id)
        state = await self._desk.ripe(client_order_id)
        return replace(
            state, phase=OrderPhase.ENDED, detail=state.detail or "it stands no longer, and nothing tells why"
        )

    @asynccontextmanager
    async def reports(self) -> AsyncIterator[AsyncIterator[OrderState]]:
        """Follow the orders of this client id; see the port. What happened before is told first."""
        session = await self._session()
        session.require_upstream()
        reporting = Reporting(self._desk, session, self._account(session), self._patience)
        try:
            await reporting.look()
            yield reporting.states()
        finally:
            reporting.stop()

    async def holdings(self) -> Holdings:
        """Return what the account has; see the port."""
        session = await self._session()
        session.require_upstream()
        account = self._account(session)
        listing = await self._known_listing(session)
        con_id = int(listing.contract.conId)
        units = await units_of(session, account, con_id)
        figures = await figures_of(session, account)
        self._desk.value(figures.values)
        listed = await open_orders(session)
        resting = [each for each in listed if (each.account, each.con_id) == (account, con_id)]
        filled = {
            each.ref: known.executed for each in resting if (known := self._desk.ledger.get(each.ref)) is not None
        }
        return holdings_of(listing, units, figures, resting, filled)

    async def check(self) -> list[Finding]:
        """Look at gateway, account, money, time, contract, order types and whether orders are permitted."""
        try:
            session = await self._session()
        except VenueError as error:
            return checking.unreachable(error, self._address)
        found = checking.reached(session, self._address)
        return [*found, *await checking.trading(session, self._address, self._settings.symbol, self._settings.account)]

    async def close(self) -> None:
        """Let go of the connection; what rests stays."""
        gateway, self._gateway = self._gateway, None
        if gateway is not None:
            gateway.listeners.remove(self._desk.hear)
            await gateway.release(self)

    async def _session(self) -> Session:
        """Return the connection, made if need be."""
        if self._gateway is None:
            self._gateway = shared_gateway(self._address, self._patience, self)
            self._gateway.listeners.append(self._desk.hear)
        return await self._gateway.session()

    async def _ready_to_send(self) -> tuple[Session, Listing, str, int]:
        try:
            session = await self._session()
            session.require_upstream()
            return session, await self._known_listing(session), self._account(session), session.next_id()
        except VenueError as error:
            raise _not_sent(error) from None

    def _account(self, session: Session) -> str:
        if self.account is None:
            self.account = choose_account(session.accounts, self._settings.account, self._address)
        if self.account not in session.accounts:
            raise VenueRefusedError(f"the gateway at {self._address} has account {self.account} no longer")
        return self.account

    async def _known_listing(self, session: Session) -> Listing:
        if self._listing is None:
            self._listing = await look_up(session, self._settings.symbol)
        return self._listing

    async def _take_back(self, ref: str) -> None:
        known = self._desk.ledger[ref]
        if not self._desk.is_ours(ref):
            raise VenueRefusedError(
                f"order {ref} was placed under client id {known.client_id}, and only that one can take it back: "
                f"set it as broker.client_id, or cancel the order in TWS"
            )
        session = await self._session()
        known.trouble = None
        session.send(lambda client: client.cancelOrder(known.order_id))
        if not await self._desk.until(ref, _is_over, self._patience.answer, lambda: session.lost is not None):
            raise VenueLostError(session.lost or f"the gateway at {self._address} has not confirmed it")

    def _require_end(self, ref: str) -> None:
        """Raise VenueLostError while the gateway may still tell how an order ended; not for ever.

        Lists and executions come one after the other, and an order may end between them.
        """
        since = self._unended.setdefault(ref, time.monotonic())
        if time.monotonic() - since < self._patience.executions:
            raise VenueLostError(f"the gateway at {self._address} does not tell how order {ref} ended yet", 0.5)


def _not_sent(error: VenueError) -> OrderNotSentError:
    """Return what an error before sending is to an order: it has not left, and whoever still wants it may wait."""
    return OrderNotSentError("504", str(error), error.retry_after if isinstance(error, VenueLostError) else None)


def _is_answered(known: Known) -> bool:
    return known.is_taken or _is_refused(known)


def _is_refused(known: Known) -> bool:
    if known.trouble is None or not known.trouble.refuses_order:
        return False
    return not known.executions and (not known.is_taken or known.status in ENDED)


def _is_over(known: Known) -> bool:
    too_late = known.trouble is not None and known.trouble.code in NOT_CANCELLABLE
    return too_late or known.phase is not OrderPhase.OPEN or known.lacks_executions
