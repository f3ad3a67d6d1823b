"""The queue of names: each once, never two workers at one name, and what fails comes again later and later."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace

import pytest

from seen import Key
from work import Work

A, B, C = (Key("desk", name) for name in "abc")


class Hands:
    """Notes who is dealt with; a name is held until it is let go, if it is to be held."""

    def __init__(self) -> None:
        self.began: list[Key] = []
        self.failures: list[tuple[Key, str]] = []
        self.at_work: Counter[Key] = Counter()
        self.most_at_once = 0
        self.most_at_one_name = 0
        self.gates: dict[Key, asyncio.Event] = {}
        self.errors: dict[Key, Exception] = {}
        self.again: dict[Key, float] = {}

    def hold(self, key: Key) -> asyncio.Event:
        """Have a name take until the event that is returned is set."""
        return self.gates.setdefault(key, asyncio.Event())

    async def handle(self, key: Key) -> float | None:
        """Deal with a name."""
        self.began.append(key)
        self.at_work[key] += 1
        self.most_at_once = max(self.most_at_once, self.at_work.total())
        self.most_at_one_name = max(self.most_at_one_name, self.at_work[key])
        try:
            if (gate := self.gates.get(key)) is not None:
                await gate.wait()
            if (error := self.errors.get(key)) is not None:
                raise error
            return self.again.get(key)
        finally:
            self.at_work[key] -= 1

    def failed(self, key: Key, error: Exception) -> None:
        """Note a failure."""
        self.failures.append((key, str(error)))


@pytest.fixture
def hands() -> Hands:
    """Who deals with names."""
    return Hands()


@pytest.fixture
async def queue(hands: Hands) -> AsyncIterator[Work]:
    """A queue with three workers, not yet begun."""
    made = Work(hands.handle, hands.failed, workers=3)
    yield made
    await made.stop()


async def idle() -> None:
    """Let everything run that can run without time passing."""
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, Callable[[], None]]]:
    """The pauses that the queue asks the loop for, with what is to be called after each; none of them passes."""
    asked: list[tuple[float, Callable[[], None]]] = []

    class Loop:
        """The running loop, without time."""

        def time(self) -> float:
            return 0.0

        def call_later(self, seconds: float, call: Callable[[Key], None], key: Key) -> "Timer":
            timer = Timer(seconds)
            asked.append((seconds, lambda: None if timer.cancelled else call(key)))
            return timer

    class Timer:
        """A call that waits."""

        def __init__(self, when: float) -> None:
            self.at, self.cancelled = when, False

        def when(self) -> float:
            return self.at

        def cancel(self) -> None:
            self.cancelled = True

    names = ("Event", "CancelledError", "create_task")
    timeless = SimpleNamespace(get_running_loop=Loop, **{name: getattr(asyncio, name) for name in names})
    monkeypatch.setattr("work.asyncio", timeless)
    return asked


async def test_a_name_put_in_twice_is_dealt_with_once(queue: Work, hands: Hands) -> None:
    queue.put(A)
    queue.put(B)
    queue.put(A)
    assert len(queue) == 2
    queue.start()
    await idle()
    assert hands.began == [A, B]
    assert len(queue) == 0


async def test_a_name_put_in_while_it_is_dealt_with_comes_again_after_that(queue: Work, hands: Hands) -> None:
    gate = hands.hold(A)
    queue.start()
    queue.put(A)
    await idle()
    queue.put(A)
    queue.put(A)
    await idle()
    assert hands.began == [A]
    gate.set()
    await idle()
    assert hands.began == [A, A]
    assert hands.most_at_one_name == 1


async def test_a_slow_name_holds_up_no_other(queue: Work, hands: Hands) -> None:
    hands.hold(A)
    queue.start()
    for key in (A, B, C):
        queue.put(key)
    await idle()
    queue.put(A)
    queue.put(B)
    await idle()
    assert hands.began == [A, B, C, B]


async def test_no_more_names_are_dealt_with_at_a_time_than_there_are_workers(queue: Work, hands: Hands) -> None:
    names = [Key("desk", str(number)) for number in range(10)]
    gates = [hands.hold(key) for key in names]
    queue.start()
    for key in names:
        queue.put(key)
    await idle()
    assert len(hands.began) == 3
    assert len(queue) == 7
    for gate in gates:
        gate.set()
    await idle()
    assert sorted(hands.began) == sorted(names)
    assert hands.most_at_once == 3


async def test_a_failure_is_told_and_the_name_comes_again_after_pauses_that_double(
    queue: Work, hands: Hands, pauses: list[tuple[float, Callable[[], None]]]
) -> None:
    hands.errors[A] = RuntimeError("no answer")
    queue.start()
    queue.put(A)
    for _ in range(8):
        await idle()
        pauses[-1][1]()
    assert [seconds for seconds, _ in pauses] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert hands.failures == [(A, "no answer")] * 8


async def test_after_a_success_pauses_begin_anew(
    queue: Work, hands: Hands, pauses: list[tuple[float, Callable[[], None]]]
) -> None:
    queue.start()
    for error in (RuntimeError(), RuntimeError(), None, RuntimeError()):
        hands.errors = {A: error} if error else {}
        queue.put(A)
        await idle()
    assert [seconds for seconds, _ in pauses] == [1, 2, 1]


async def test_one_names_failure_is_not_anothers(queue: Work, hands: Hands) -> None:
    hands.errors[A] = RuntimeError("broken")
    queue.start()
    queue.put(A)
    queue.put(B)
    await idle()
    assert hands.began == [A, B]
    queue.put(C)
    await idle()
    assert hands.began == [A, B, C]


async def test_a_name_that_wants_to_be_looked_at_again_is(
    queue: Work, hands: Hands, pauses: list[tuple[float, Callable[[], None]]]
) -> None:
    hands.again[A] = 30.0
    queue.start()
    queue.put(A)
    await idle()
    ((seconds, due),) = pauses
    assert seconds == 30.0
    due()
    await idle()
    assert hands.began == [A, A]


async def test_of_two_times_the_sooner_counts(
    queue: Work, hands: Hands, pauses: list[tuple[float, Callable[[], None]]]
) -> None:
    queue.put_later(A, 30)
    queue.put_later(A, 60)
    assert [seconds for seconds, _ in pauses] == [30]
    queue.put_later(A, 5)
    assert [seconds for seconds, _ in pauses] == [30, 5]
    queue.start()
    for _, due in pauses:
        due()
    await idle()
    assert hands.began == [A]


async def test_a_name_asked_for_now_does_not_come_a_second_time_later(
    queue: Work, hands: Hands, pauses: list[tuple[float, Callable[[], None]]]
) -> None:
    queue.put_later(A, 30)
    queue.put(A)
    queue.put_later(A, 5)
    queue.start()
    await idle()
    for _, due in pauses:
        due()
    await idle()
    assert hands.began == [A]


async def test_what_waits_when_work_is_stopped_waits_on(queue: Work, hands: Hands) -> None:
    hands.hold(A)
    names = [A, B, C, Key("desk", "d"), Key("desk", "e")]
    for key in names[1:]:
        hands.hold(key)
    queue.start()
    for key in names:
        queue.put(key)
    await idle()
    await queue.stop()
    assert len(hands.began) == 3
    hands.gates.clear()
    await idle()
    assert len(hands.began) == 3
    assert len(queue) == 5
    queue.start()
    await idle()
    assert sorted(hands.began[3:]) == sorted(names)


async def test_begun_twice_it_has_no_more_workers_than_before(queue: Work, hands: Hands) -> None:
    queue.start()
    queue.start()
    for number in range(9):
        key = Key("desk", str(number))
        hands.hold(key)
        queue.put(key)
    await idle()
    assert len(hands.began) == 3


async def test_a_name_that_is_forgotten_does_not_come(
    queue: Work, hands: Hands, pauses: list[tuple[float, Callable[[], None]]]
) -> None:
    queue.put(A)
    queue.forget(A)
    queue.put_later(B, 5)
    queue.forget(B)
    queue.start()
    for _, due in pauses:
        due()
    await idle()
    assert hands.began == []


async def test_the_queues_age_is_that_of_its_first_name(
    queue: Work, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("work.time", SimpleNamespace(monotonic=lambda: now))
    assert queue.oldest_seconds == 0.0
    queue.put(A)
    now = 130.0
    queue.put(B)
    queue.put(A)
    now = 140.0
    assert queue.oldest_seconds == 40.0
