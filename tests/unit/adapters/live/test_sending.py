"""An answer that is not final is never taken for one."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from adapters.live import sending
from adapters.live.broker import OrderPhase, OrderRequest, OrderState
from adapters.live.line import Line
from adapters.live.sending import Sender
from strategies.errors import (
    OrderNotSentError,
    OrderRefusedError,
    OutcomeUnknownError,
    VenueLostError,
    VenueRefusedError,
)
from tests.unit.adapters.live.scripted import ScriptedBroker

ORDER = OrderRequest("0001-2601050000-B1-1", "buy", Decimal(1))
OPEN = OrderState(ORDER.client_order_id, "7", OrderPhase.OPEN)
FILLED = OrderState(ORDER.client_order_id, "7", OrderPhase.FILLED)
ENDED = OrderState(ORDER.client_order_id, "7", OrderPhase.ENDED)


class Time:
    """A clock that a test moves: sleeping takes no time and counts."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Let pauses pass at once."""
    time, sleep = Time(), asyncio.sleep

    async def pass_by(seconds: float) -> None:
        time.now += seconds
        await sleep(0)

    monkeypatch.setattr(sending, "time", time)
    monkeypatch.setattr(asyncio, "sleep", pass_by)
    return time


class Told:
    """A line and what it said."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.line = Line("the broker", lambda sentence, _trouble: self.sentences.append(sentence))


async def test_an_order_that_is_answered_is_not_asked_for(clock: Time) -> None:
    broker = ScriptedBroker(submits=[FILLED])
    assert await Sender(broker, Told().line).submit(ORDER) is FILLED
    assert broker.asked == []


async def test_a_refusal_is_final(clock: Time) -> None:
    broker = ScriptedBroker(submits=[OrderRefusedError("-2010", "insufficient balance")])
    with pytest.raises(OrderRefusedError):
        await Sender(broker, Told().line).submit(ORDER)
    assert broker.asked == []


async def test_an_exit_that_cannot_leave_waits_for_a_way_and_is_sent_under_its_own_id(clock: Time) -> None:
    no_way = [OrderNotSentError("unreachable", "no way to the venue") for _ in range(12)]
    broker, told = ScriptedBroker(submits=[*no_way, FILLED]), Told()
    sell = replace(ORDER, side="sell")
    assert await Sender(broker, told.line).submit(sell) is FILLED
    assert broker.submitted == [sell] * 13
    assert [sentence.split(":")[0].split(" after")[0] for sentence in told.sentences] == [
        "the broker is lost", "the broker is back",
    ]  # fmt: skip
    assert clock.now < 6 * 60, "it leaves soon after there is a way again"


async def test_an_exit_is_as_silent_as_the_venue_asked_for(clock: Time) -> None:
    broker = ScriptedBroker(submits=[OrderNotSentError("429", "silence", retry_after=95.0), FILLED])
    await Sender(broker, Told().line).submit(replace(ORDER, side="sell"))
    assert clock.now == 95.0


async def test_an_entry_that_cannot_leave_is_given_up(clock: Time) -> None:
    broker = ScriptedBroker(submits=[OrderNotSentError("unreachable", "no way to the venue")])
    with pytest.raises(OrderRefusedError):
        await Sender(broker, Told().line).submit(ORDER)


async def test_an_unknown_outcome_is_asked_for_and_the_order_never_sent_again(clock: Time) -> None:
    broker = ScriptedBroker(submits=[OutcomeUnknownError("no answer")], asks=[None, None, FILLED])
    told = Told()
    assert await Sender(broker, told.line).submit(ORDER) is FILLED
    assert len(broker.submitted) == 1
    assert len(told.sentences) == 1
    assert "asked for until that is known" in told.sentences[0]


async def test_no_such_order_is_believed_only_after_the_time_by_which_it_would_be_there(clock: Time) -> None:
    broker = ScriptedBroker(submits=[OutcomeUnknownError("no answer")], asks=[None])
    assert await Sender(broker, Told().line).submit(ORDER) is None
    assert clock.now > broker.absent_is_final_after.total_seconds()
    assert len(broker.submitted) == 1


async def test_absence_counts_from_when_the_outcome_became_unknown_and_not_from_the_first_try(clock: Time) -> None:
    class SendsLate(ScriptedBroker):
        async def submit(self, order: OrderRequest) -> OrderState:
            # As where its time is refused first: the order itself leaves after another question.
            clock.now += 16.0
            return await super().submit(order)

    broker = SendsLate(submits=[OutcomeUnknownError("504")], asks=[None])
    assert await Sender(broker, Told().line).submit(ORDER) is None
    assert clock.now > 16.0 + broker.absent_is_final_after.total_seconds()


async def test_a_venue_that_does_not_answer_is_asked_until_it_does_ever_more_slowly(clock: Time) -> None:
    silence = [VenueLostError("nobody there")] * 20
    broker = ScriptedBroker(submits=[OutcomeUnknownError("no answer")], asks=[*silence, FILLED])
    told = Told()
    assert await Sender(broker, told.line).submit(ORDER) is FILLED
    assert len(broker.asked) == 21
    assert clock.now > 300
    assert [each.split(":")[0].split(" after")[0] for each in told.sentences[1:]] == [
        "the broker is lost",
        "the broker is back",
    ]


async def test_keys_that_are_refused_meanwhile_do_not_make_an_order_absent(clock: Time) -> None:
    broker = ScriptedBroker(
        submits=[OutcomeUnknownError("no answer")], asks=[VenueRefusedError("keys revoked"), FILLED]
    )
    assert await Sender(broker, Told().line).submit(ORDER) is FILLED


async def test_taking_back_an_order_that_was_filled_tells_so(clock: Time) -> None:
    broker = ScriptedBroker(cancels=[FILLED])
    assert await Sender(broker, Told().line).cancel(ORDER.client_order_id) is FILLED


async def test_taking_back_without_an_answer_is_asked_for_and_tried_again_while_it_rests(clock: Time) -> None:
    broker = ScriptedBroker(cancels=[OutcomeUnknownError("no answer"), ENDED], asks=[OPEN])
    assert await Sender(broker, Told().line).cancel(ORDER.client_order_id) is ENDED
    assert len(broker.cancelled) == 2


async def test_an_order_to_be_taken_back_that_is_not_found_at_once_is_looked_for(clock: Time) -> None:
    broker = ScriptedBroker(cancels=[None, ENDED], asks=[OPEN])
    assert await Sender(broker, Told().line).cancel(ORDER.client_order_id) is ENDED
    assert len(broker.cancelled) == 2


async def test_taking_back_is_not_tried_without_end(clock: Time) -> None:
    broker = ScriptedBroker(cancels=[OPEN] * 10)
    with pytest.raises(VenueLostError, match="still rests"):
        await Sender(broker, Told().line).cancel(ORDER.client_order_id)
    assert len(broker.cancelled) == 5
