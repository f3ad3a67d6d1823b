"""Sending an order and finding out what became of it, whatever the line does meanwhile. No Nautilus.

An answer that is not final is never taken for one: the venue is asked by the order's own id, with growing pauses, until
it knows the order, or says that it does not after the time by which it would. Nothing is sent twice under one id.
"""

import asyncio
import time

from adapters.live.broker import LiveBroker, OrderPhase, OrderRequest, OrderState
from adapters.live.line import Line
from strategies.errors import OrderNotSentError, OutcomeUnknownError, VenueError, VenueLostError, VenueRefusedError

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_CANCEL_TRIES = 5


class Sender:
    """Carries orders to a broker; `line` is told of what is not answered."""

    def __init__(self, broker: LiveBroker, line: Line) -> None:
        self._broker, self._line = broker, line

    async def submit(self, order: OrderRequest) -> OrderState | None:
        """Send an order; return how it stands, or None if it surely never arrived.

        One that sells and cannot leave waits until there is a way: what it protects against does not wait for a bar.
        One that buys does not; its signal would be out of date.

        Raises
        ------
        OrderRefusedError
            If the venue refused it.
        """
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                state = await self._broker.submit(order)
            except OrderNotSentError as error:
                if order.side == "buy":
                    raise
                self._line.lost(f"{error}; order {order.client_order_id} waits for it")
                await asyncio.sleep(max(pause, error.retry_after or 0.0))
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            except OutcomeUnknownError as error:
                self._line.warn(f"order {order.client_order_id}: {error}; it is asked for until that is known")
                # From now, not from when it began: a broker may have sent it a moment ago only, behind other questions.
                return await self.find_out(order.client_order_id, time.monotonic())
            else:
                if pause > _FIRST_PAUSE_SECONDS:
                    self._line.back()
                return state

    async def find_out(self, order_id: str, sent: float) -> OrderState | None:
        """Return how an order stands that had left by `sent`, by the clock that only goes forward; None: not there."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            await asyncio.sleep(pause)
            # Before asking: what is not there now may have arrived while the question was on its way.
            is_final = time.monotonic() - sent > self._broker.absent_is_final_after.total_seconds()
            try:
                state = await self._broker.ask(order_id)
            except VenueLostError as error:
                self._line.lost(str(error))
                pause = max(min(pause * 2, _LONGEST_PAUSE_SECONDS), error.retry_after or 0.0)
                continue
            except VenueRefusedError as error:
                self._line.lost(str(error))
                pause = _LONGEST_PAUSE_SECONDS
                continue
            self._line.back()
            if state is not None or is_final:
                return state
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def cancel(self, order_id: str) -> OrderState | None:
        """Take an order back; return how it ended, None if the venue knows none of that id.

        Raises
        ------
        VenueLostError
            If it still rests there after several tries.
        """
        for attempt in range(_CANCEL_TRIES):
            try:
                state = await self._broker.cancel(order_id)
            except OutcomeUnknownError as error:
                if attempt == 0:
                    self._line.warn(f"taking back order {order_id}: {error}; it is asked for until that is known")
                state = await self.find_out(order_id, time.monotonic())
            except VenueError:
                state = await self.find_out(order_id, time.monotonic())
            if state is None:
                # An order just taken may not be found for a moment.
                state = await self.find_out(order_id, time.monotonic())
            if state is None or state.phase is not OrderPhase.OPEN:
                return state
            await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2**attempt)
        raise VenueLostError(f"order {order_id} still rests at the venue after {_CANCEL_TRIES} tries to take it back")
