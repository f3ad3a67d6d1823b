"""Telling what happens to orders as it happens, and after an interruption what happened meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

from adapters.ibkr.ledger import Known
from adapters.ibkr.news import Gone, Restored
from adapters.ibkr.order_desk import OrderDesk, Told
from adapters.ibkr.order_queries import completed_orders, executions, open_orders
from adapters.ibkr.patience import Patience
from adapters.ibkr.session import Session
from adapters.live.broker import OrderPhase, OrderState
from strategies.errors import VenueLostError, VenueRefusedError

_EXECUTION_TRIES = 5


class Reporting:
    """One stretch of listening over one connection."""

    def __init__(self, desk: OrderDesk, session: Session, account: str, patience: Patience) -> None:
        self._desk, self._session, self._account, self._patience = desk, session, account, patience
        self._queue: asyncio.Queue[Told] = desk.read()
        self._told: dict[str, OrderState] = {}
        self._tries: dict[str, int] = {}
        self._ask_again_at: dict[str, float] = {}
        self._fees_asked: set[str] = set()
        self._reasons_awaited: dict[str, float] = {}
        self._asking: set[asyncio.Task[None]] = set()

    async def look(self) -> None:
        """Have everything told that happened to orders while nobody listened.

        Raises
        ------
        VenueLostError, VenueRefusedError
            If there is no answer, or no.
        """
        await open_orders(self._session)
        await executions(self._session, self._account)
        await completed_orders(self._session)

    async def states(self) -> AsyncIterator[OrderState]:
        """Yield orders of ours as they change, until VenueLostError says why no more come."""
        while True:
            told = await self._queue.get()
            if isinstance(told, Gone):
                raise VenueLostError(told.reason)
            if isinstance(told, Restored):
                await self._look_again()
            elif (state := await self._state(told)) is not None:
                yield state

    def stop(self) -> None:
        """Listen no longer."""
        self._desk.stop_reading(self._queue)
        for task in self._asking:
            task.cancel()

    async def _state(self, ref: str) -> OrderState | None:
        known = self._desk.ledger.get(ref)
        if known is None or not known.is_taken or not self._desk.is_ours(ref):
            return None
        if known.lacks_executions:
            await self._ask_for_executions(known)
        if late := set(self._desk.late_fees(ref)) - self._fees_asked:
            self._fees_asked |= late
            # Not waited for: the fill is told in time, with or without its fee.
            task = asyncio.create_task(self._ask_for_fees())
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        state = self._with_reason(known, self._desk.state(ref))
        self._desk.remind(self._queue, ref)
        if self._told.get(ref) == state:
            return None
        self._told[ref] = state
        return state

    def _with_reason(self, known: Known, state: OrderState) -> OrderState:
        """Return the state, for a while without its end where nothing has told why yet: that may come in a moment."""
        if state.phase is not OrderPhase.ENDED or known.trouble is not None:
            return state
        loop = asyncio.get_running_loop()
        until = self._reasons_awaited.setdefault(known.ref, loop.time() + self._patience.reason)
        if loop.time() >= until:
            return state
        loop.call_at(until, self._queue.put_nowait, known.ref)
        return replace(state, phase=OrderPhase.OPEN)

    async def _ask_for_executions(self, known: Known) -> None:
        """Ask for what an ended order must have; what comes is news, and brings us back here."""
        tries = self._tries.get(known.ref, 0)
        now = asyncio.get_running_loop().time()
        if tries >= _EXECUTION_TRIES or now < self._ask_again_at.get(known.ref, 0.0):
            return
        self._tries[known.ref] = tries + 1
        self._ask_again_at[known.ref] = now + self._patience.retry
        asyncio.get_running_loop().call_at(now + self._patience.retry, self._queue.put_nowait, known.ref)
        try:
            await executions(self._session, self._account)
        except VenueRefusedError as error:
            raise VenueLostError(str(error)) from None

    async def _ask_for_fees(self) -> None:
        """Ask, once for each, for fees that were not told by themselves: lists of executions bring them, too."""
        with suppress(VenueLostError, VenueRefusedError):
            await executions(self._session, self._account)

    async def _look_again(self) -> None:
        try:
            await self.look()
        except VenueRefusedError as error:
            raise VenueLostError(str(error)) from None
