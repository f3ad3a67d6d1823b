"""What cannot be told waits, and is told once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bots.notify import courier as module
from bots.notify.courier import Courier
from bots.notify.message import Identity
from bots.trading.events import Event
from strategies.errors import JournalError, MessageRefusedError, NotToldError
from tests.unit.notify.fakes import WHOSE, Listener, MemoryOutbox, status


@asynccontextmanager
async def carrying(listener: Listener, outbox: MemoryOutbox) -> AsyncIterator[Courier]:
    courier = Courier(listener, outbox, lambda: WHOSE)
    courier.begin()
    task = asyncio.create_task(courier.run())
    try:
        yield courier
    finally:
        task.cancel()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FIRST_PAUSE_SECONDS", 0.0)


async def test_events_are_told_in_their_order() -> None:
    listener, outbox = Listener(), MemoryOutbox(status("one"), status("two"))
    async with carrying(listener, outbox):
        await until(lambda: len(listener.sent) == 2)
    assert listener.titles == ["0003 (LIVE): one", "0003 (LIVE): two"]


async def test_an_event_that_comes_later_is_told_when_it_was_poked() -> None:
    listener, outbox = Listener(), MemoryOutbox()
    async with carrying(listener, outbox) as courier:
        await courier.finish(5)
        outbox.events.append(status("later"))
        courier.poke()
        await until(lambda: len(listener.sent) == 1)


async def test_messages_of_an_outage_wait_and_are_told_once() -> None:
    listener = Listener(*(NotToldError("away") for _ in range(3)))
    outbox = MemoryOutbox(status("one"), status("two"))
    async with carrying(listener, outbox) as courier:
        await until(lambda: len(listener.sent) == 2)
        assert (courier.delivery.errors, courier.delivery.trouble) == (3, "")
    assert listener.titles == ["0003 (LIVE): one", "0003 (LIVE): two"]


async def test_a_channel_that_asks_for_a_pause_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float | None] = []

    async def note(waited_for: Awaitable[object], seconds: float | None) -> None:
        pauses.append(seconds)
        asyncio.ensure_future(waited_for).cancel()
        await asyncio.sleep(0)
        raise TimeoutError

    monkeypatch.setattr(asyncio, "wait_for", note)
    listener = Listener(NotToldError("too many", 17.0))
    async with carrying(listener, MemoryOutbox(status("one"))):
        await until(lambda: bool(listener.sent))
    assert pauses[0] == 17.0


async def test_a_channel_that_rests_after_a_failure_is_tried_once_more_before_the_bot_ends() -> None:
    listener = Listener(NotToldError("wrong password", 900.0))
    async with carrying(listener, MemoryOutbox(status("last words"))) as courier:
        await until(lambda: courier.delivery.failures == 1)
        await asyncio.wait_for(courier.finish(5), 5)
    assert listener.titles == ["0003 (LIVE): last words"]


async def test_a_message_that_was_sent_while_the_journal_took_nothing_is_not_sent_again() -> None:
    class Forgetful(MemoryOutbox):
        refusals = 2

        def told(self, channel: str, number: int) -> None:
            if self.refusals:
                self.refusals -= 1
                raise JournalError("the disk is full")
            super().told(channel, number)

    listener, outbox = Listener(), Forgetful(status("one"))
    async with carrying(listener, outbox):
        await until(lambda: outbox.known["listener"] == 1)
    assert len(listener.sent) == 1


async def test_a_picture_is_drawn_once_however_often_its_message_is_tried() -> None:
    drawn = []

    async def draw(event: Event, whose: Identity) -> bytes | None:
        drawn.append(event)
        return b"png"

    listener = Listener(*(NotToldError("away") for _ in range(3)))
    courier = Courier(listener, MemoryOutbox(status("one")), lambda: WHOSE, draw)
    courier.begin()
    task = asyncio.create_task(courier.run())
    await until(lambda: bool(listener.sent))
    task.cancel()
    assert (len(drawn), listener.sent[0].picture) == (1, b"png")


async def test_a_message_that_is_never_taken_does_not_stop_those_behind_it() -> None:
    listener, outbox = Listener(MessageRefusedError("too odd")), MemoryOutbox(status("odd"), status("fine"))
    async with carrying(listener, outbox) as courier:
        await until(lambda: len(listener.sent) == 1)
        assert courier.delivery.errors == 1
    assert listener.titles == ["0003 (LIVE): fine"]


async def test_a_journal_that_cannot_be_read_is_asked_again() -> None:
    listener, outbox = Listener(), MemoryOutbox(status("one"))
    outbox.broken = True
    async with carrying(listener, outbox) as courier:
        await until(lambda: courier.delivery.errors > 1)
        outbox.broken = False
        await until(lambda: len(listener.sent) == 1)


async def test_a_burst_is_one_message() -> None:
    listener, outbox = Listener(), MemoryOutbox(*(status(f"change {number}") for number in range(40)))
    async with carrying(listener, outbox) as courier:
        await courier.finish(5)
    assert listener.titles == ["0003 (LIVE): 40 messages: 40 changes"]
    assert listener.sent[0].lines[-1] == "and 28 more, see the log"


async def test_a_bot_that_stops_waits_for_a_silent_channel_only_so_long() -> None:
    listener = Listener(*(NotToldError("away", 60.0) for _ in range(1000)))
    async with carrying(listener, MemoryOutbox(status("last words"))) as courier:
        await asyncio.wait_for(courier.finish(0.01), 5)
    assert not listener.sent


async def test_a_message_of_one_event_takes_its_picture_along() -> None:
    async def draw(event: Event, whose: Identity) -> bytes | None:
        return f"{whose.bot}: {event.text}".encode()

    listener, outbox = Listener(), MemoryOutbox(status("one"))
    courier = Courier(listener, outbox, lambda: WHOSE, draw)
    courier.begin()
    task = asyncio.create_task(courier.run())
    await courier.finish(5)
    task.cancel()
    assert [message.picture for message in listener.sent] == [b"0003: one"]
