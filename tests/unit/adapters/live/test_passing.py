"""Each execution and each end is passed on once, and nothing is taken for an end that is none."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adapters.live import passing
from adapters.live.broker import Execution, OrderPhase, OrderRequest, OrderState
from adapters.live.line import Line
from adapters.live.passing import Passing, Placed
from strategies.errors import OrderNotSentError, OrderRefusedError, VenueLostError
from tests.unit.adapters.live.scripted import ScriptedBroker

STOP = OrderRequest("0001-2601050000-T1-1", "sell", Decimal(2), Decimal(95), Decimal(94))
ID = STOP.client_order_id


def execution(number: int, quantity: int = 1) -> Execution:
    return Execution(str(number), Decimal(quantity), Decimal(94), Decimal(0), "USDT", datetime(2026, 1, 5, tzinfo=UTC))


def state(phase: OrderPhase, *executions: Execution) -> OrderState:
    return OrderState(ID, "7", phase, executions)


class ScriptedNode:
    """Has one order, and notes what it is told."""

    def __init__(self, venue_order_id: str | None = None) -> None:
        self.order: Placed | None = Placed(STOP.quantity, venue_order_id)
        self.open: list[str] = [ID]
        self.told: list[str] = []

    def placed(self, order_id: str) -> Placed | None:
        return self.order if order_id == ID else None

    def open_orders(self) -> list[str]:
        return self.open

    def accepted(self, order_id: str, venue_order_id: str) -> None:
        self.told.append(f"accepted as {venue_order_id}")

    def filled(self, order_id: str, venue_order_id: str, execution: Execution) -> None:
        self.told.append(f"{execution.quantity} filled as {venue_order_id}")

    def cancelled(self, order_id: str, venue_order_id: str) -> None:
        self.told.append(f"cancelled as {venue_order_id}")

    def rejected(self, order_id: str, why: str) -> None:
        self.told.append(f"rejected: {why}")

    def cancel_rejected(self, order_id: str, why: str) -> None:
        self.told.append("stays")


def line_to(told: list[str]) -> Line:
    return Line("the broker", lambda sentence, _trouble: told.append(sentence))


async def turns(count: int = 20) -> None:
    """Let everybody else go on for a while."""
    for _ in range(count):
        await asyncio.sleep(0)


def test_what_is_told_again_or_by_other_bots_orders_is_passed_on_once_or_never() -> None:
    node = ScriptedNode()
    work = Passing(node, ScriptedBroker(), line_to([]))
    for told in (
        state(OrderPhase.OPEN),
        state(OrderPhase.OPEN, execution(1)),
        state(OrderPhase.OPEN, execution(1)),
        OrderState("somebody-else", "8", OrderPhase.FILLED, (execution(9),)),
        state(OrderPhase.FILLED, execution(1), execution(2)),
        state(OrderPhase.OPEN, execution(1)),
    ):
        work.pass_on(told)
    assert node.told == ["accepted as 7", "1 filled as 7", "1 filled as 7"]


def test_an_order_that_was_taken_back_after_a_part_is_filled_for_that_part_first() -> None:
    node = ScriptedNode()
    Passing(node, ScriptedBroker(), line_to([])).pass_on(state(OrderPhase.ENDED, execution(1)))
    assert node.told == ["accepted as 7", "1 filled as 7", "cancelled as 7"]


def test_of_an_order_that_was_taken_over_all_is_told_under_the_name_that_the_node_knows() -> None:
    node = ScriptedNode(venue_order_id=ID)
    Passing(node, ScriptedBroker(), line_to([])).pass_on(state(OrderPhase.FILLED, execution(1, quantity=2)))
    assert node.told == [f"2 filled as {ID}"]


async def test_a_refusal_is_passed_on_with_the_venues_own_word_for_it() -> None:
    node = ScriptedNode()
    broker = ScriptedBroker(submits=[OrderRefusedError("-2010", "insufficient balance")])
    await Passing(node, broker, line_to([])).submit(STOP)
    assert node.told == ["rejected: insufficient balance [-2010]"]


async def test_the_wish_to_take_an_order_back_is_sent_once_however_often_it_is_uttered() -> None:
    class Slow(ScriptedBroker):
        async def cancel(self, client_order_id: str) -> OrderState | None:
            ended = await super().cancel(client_order_id)
            await turns()
            return ended

    node = ScriptedNode(venue_order_id=ID)
    broker = Slow(cancels=[state(OrderPhase.ENDED)] * 3)
    work = Passing(node, broker, line_to([]))
    await asyncio.gather(*(work.cancel(ID) for _ in range(3)))
    assert broker.cancelled == [ID]
    assert node.told == [f"cancelled as {ID}"]


async def test_an_order_that_waits_for_a_way_is_not_asked_for_and_not_taken_for_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passing, "_LOOK_SECONDS", 0.0)
    node, broker = ScriptedNode(), ScriptedBroker(submits=[OrderNotSentError("429", "silence", 60.0)], asks=[None])
    work = Passing(node, broker, line_to([]))
    tasks = [asyncio.create_task(work.submit(STOP)), asyncio.create_task(work.look())]
    await turns()
    for task in tasks:
        task.cancel()
    assert (broker.asked, node.told) == ([], [])


async def test_a_line_that_was_lost_over_a_question_is_back_though_nothing_rests_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passing, "_LOOK_SECONDS", 0.0)
    told: list[str] = []
    node = ScriptedNode()
    node.open = []
    work = Passing(node, ScriptedBroker(asks=[VenueLostError("busy")]), line_to(told))
    tasks = [asyncio.create_task(work.listen())]
    await turns()
    node.open = [ID]
    tasks.append(asyncio.create_task(work.look()))
    await turns(3)
    node.open = []
    await turns()
    for task in tasks:
        task.cancel()
    assert [each.split(" after")[0] for each in told] == ["the broker is lost: busy", "the broker is back"]
