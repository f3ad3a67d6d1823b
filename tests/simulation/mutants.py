"""The product with one mistake in it each: what a simulation must find, or it finds nothing."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.live import line, passing, sending
from adapters.live.broker import OrderPhase, OrderRequest, OrderState
from bots.trading import diary, exits, guard, open_orders, order_ends, patience, trader
from bots.trading.book import Lot
from bots.trading.orders import Action
from bots.trading.restoring import restored_orders
from bots.trading.stops import wanted_stop
from strategies.desk import Cancel
from strategies.errors import OutcomeUnknownError
from tests.simulation import node_orders
from tests.simulation.broker import SimulatedBroker

type Patch = pytest.MonkeyPatch


def resends_without_asking(patch: Patch) -> None:
    async def submit(self: Any, order: OrderRequest) -> OrderState | None:
        while True:
            try:
                state: OrderState = await self._broker.submit(order)
            except OutcomeUnknownError:
                continue
            return state

    patch.setattr(sending.Sender, "submit", submit)


def sends_before_it_is_journalled(patch: Patch) -> None:
    commit = diary.Diary.commit
    patch.setattr(diary.Diary, "commit", lambda self, *, urgent: commit(self, urgent=False))


def forgets_at_a_restart_what_was_booked(patch: Patch) -> None:
    patch.setattr(trader, "restored_orders", lambda saved, *rest: restored_orders(replace(saved, booked=()), *rest))


def takes_absence_for_final_at_once(patch: Patch) -> None:
    patch.setattr(SimulatedBroker, "absent_is_final_after", timedelta(0))


def ignores_the_fills_of_an_order_that_was_taken_back(patch: Patch) -> None:
    news = passing.Known.news
    patch.setattr(
        passing.Known, "news", lambda self, state: [] if state.phase is OrderPhase.ENDED else news(self, state)
    )


def sends_the_new_stop_before_the_old_one_is_gone(patch: Patch) -> None:
    protect = exits.Exits.protect

    def both(self: Any, lot: Lot, now: exits.Moment) -> list[Action]:
        done = protect(self, lot, now)
        if lot.exit_reason is None and any(isinstance(action, Cancel) for action in done):
            wanted = wanted_stop(self._terms.limits, self._how, self._spec, lot.entry_price, lot.high)
            done += self._place(lot, wanted, now)
        return done

    patch.setattr(exits.Exits, "protect", both)


def sells_while_the_stop_rests(patch: Patch) -> None:
    leave = exits.Exits.leave

    def at_once(self: Any, lot: Lot, reason: str, now: exits.Moment) -> list[Action]:
        lot.stop_order = None
        return leave(self, lot, reason, now)

    patch.setattr(exits.Exits, "leave", at_once)


def does_not_know_the_orders_that_it_takes_over(patch: Patch) -> None:
    placed = node_orders.Orders.placed

    def nameless(self: node_orders.Orders, order_id: str) -> passing.Placed | None:
        found = placed(self, order_id)
        return None if found is None else replace(found, venue_order_id=None)

    patch.setattr(node_orders.Orders, "placed", nameless)


def books_every_report_as_new(patch: Patch) -> None:
    patch.setattr(passing.Known, "news", lambda self, state: list(state.executions))
    patch.setattr(open_orders.OpenOrders, "is_new", lambda self, fill: fill.client_order_id in self.intents)


def forgets_the_rest_of_an_exit(patch: Patch) -> None:
    patch.setattr(order_ends, "is_dust", lambda spec, quantity: True)


def enters_while_halted(patch: Patch) -> None:
    patch.setattr(guard.Guard, "refuse_entry", lambda self: None)


def never_asks_what_became_of_a_stop(patch: Patch) -> None:
    async def look(self: Any) -> None:
        return

    patch.setattr(passing.Passing, "look", look)


def counts_absence_from_the_first_try(patch: Patch) -> None:
    async def submit(self: Any, order: OrderRequest) -> OrderState | None:
        begun = asyncio.get_running_loop().time()
        try:
            state: OrderState = await self._broker.submit(order)
        except OutcomeUnknownError:
            return await find_out(self, order.client_order_id, begun)
        return state

    find_out = sending.Sender.find_out
    patch.setattr(sending.Sender, "submit", submit)


def believes_in_an_outage_for_ever(patch: Patch) -> None:
    patch.setattr(line.Line, "back", lambda self, detail="": None)


def waits_for_ever_for_an_order_that_stands(patch: Patch) -> None:
    patch.setattr(patience.Patience, "overdue", lambda self, standing, now: [])


def forgets_to_sell_what_a_taken_back_exit_has_left(patch: Patch) -> None:
    exit_over = exits.Exits.exit_over

    def over(self: Any, lot: Lot, *args: Any, asked: bool, filled_some: bool) -> list[Action]:
        if asked:
            lot.exit_order = "one that never ends"
            return []
        return exit_over(self, lot, *args, asked=asked, filled_some=filled_some)

    patch.setattr(exits.Exits, "exit_over", over)


MUTANTS: Mapping[str, Callable[[Patch], None]] = {
    mutant.__name__: mutant
    for mutant in (
        resends_without_asking,
        sends_before_it_is_journalled,
        forgets_at_a_restart_what_was_booked,
        takes_absence_for_final_at_once,
        ignores_the_fills_of_an_order_that_was_taken_back,
        sends_the_new_stop_before_the_old_one_is_gone,
        sells_while_the_stop_rests,
        does_not_know_the_orders_that_it_takes_over,
        books_every_report_as_new,
        forgets_the_rest_of_an_exit,
        enters_while_halted,
        never_asks_what_became_of_a_stop,
        counts_absence_from_the_first_try,
        believes_in_an_outage_for_ever,
        waits_for_ever_for_an_order_that_stands,
        forgets_to_sell_what_a_taken_back_exit_has_left,
    )
}
