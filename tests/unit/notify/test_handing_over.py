"""The outbox as a console sees it, beside the bot's own courier: each event is told once."""

import asyncio

import pytest

from bots.config.outputs import Notifications, Telegram
from bots.notify.courier import Courier
from bots.notify.handing_over import HandingOver
from bots.notify.holding_back import HoldingBack
from bots.trading.events import Event, EventKind
from tests.unit.notify.fakes import NOON, WHOSE, Listener, MemoryOutbox

CHANNEL = "console/telegram/a"
ASKED = Notifications(enabled=True, telegram=Telegram(enabled=True, notify_on=("trade_entry", "error")))


def entry(text: str) -> Event:
    return Event(EventKind.TRADE_ENTRY, NOON, text)


def error(text: str) -> Event:
    return Event(EventKind.ERROR, NOON, text)


class Telegrams(Listener):
    """The bot's own chat."""

    name = "telegram/a"
    kinds = frozenset({EventKind.TRADE_ENTRY, EventKind.ERROR})


class Scene:
    """A bot's journal, its own channel, and a clock."""

    def __init__(self, *events: Event) -> None:
        self.now = 0.0
        self.outbox, self.listener, self.holding = MemoryOutbox(*events), Telegrams(), HoldingBack(True, 0.0)
        self.courier = Courier(self.listener, self.outbox, lambda: WHOSE, None, self.holding)
        self.courier.begin()
        self.handing = HandingOver(self.outbox, ASKED, lambda: WHOSE, self.holding, [self.courier], lambda: self.now)

    def fetched(self, limit: int = 500) -> list[str]:
        return [kept.event.text for kept in self.handing.waiting([CHANNEL], limit)[CHANNEL]]

    def bot_has_told(self, number: int) -> None:
        self.outbox.told("telegram/a", number)


async def test_what_was_told_is_handed_out_no_more_and_moves_the_bots_own_channel() -> None:
    scene = Scene(entry("one"), error("two"), error("three"))
    assert scene.fetched() == ["one", "two", "three"]
    assert scene.handing.told(CHANNEL, 2)
    assert scene.fetched() == ["three"]
    assert scene.outbox.known["telegram/a"] == 2


async def test_a_console_that_finds_a_new_bot_only_in_a_while_is_told_all_since_its_start() -> None:
    scene = Scene(entry("long ago"))
    scene.handing.begin()
    scene.outbox.events += [entry("at once"), entry("a moment later")]
    assert scene.fetched() == ["at once", "a moment later"]


async def test_only_what_was_handed_out_can_be_told() -> None:
    scene = Scene(error("one"), error("two"))
    assert not scene.handing.told(CHANNEL, 1)
    assert scene.fetched(limit=1) == ["one"]
    assert not scene.handing.told(CHANNEL, 2)
    assert not scene.handing.told("console/telegram/b", 1)
    assert scene.fetched() == ["one", "two"]


async def test_to_be_told_the_same_twice_changes_nothing() -> None:
    scene = Scene(error("one"), error("two"))
    scene.fetched()
    assert scene.handing.told(CHANNEL, 1)
    assert scene.handing.told(CHANNEL, 1)
    assert scene.fetched() == ["two"]


async def test_errors_that_the_bot_told_itself_are_not_told_again_and_entries_are_told_late() -> None:
    scene = Scene(entry("one"), error("two"), entry("three"), error("four"))
    scene.bot_has_told(2)
    assert scene.fetched() == ["one", "three", "four"]
    assert scene.handing.told(CHANNEL, 4)
    assert scene.outbox.known["telegram/a"] == 4


async def test_many_errors_that_the_bot_told_itself_hide_nothing_that_came_after_them() -> None:
    scene = Scene(*(error(str(number)) for number in range(20)), entry("after"))
    scene.bot_has_told(20)
    assert scene.fetched(limit=3) == ["after"]


async def test_the_bots_own_channel_never_goes_back() -> None:
    scene = Scene(entry("one"), error("two"))
    scene.bot_has_told(2)
    scene.fetched()
    scene.handing.told(CHANNEL, 1)
    assert scene.outbox.known["telegram/a"] == 2


async def test_what_a_document_does_not_ask_for_is_not_handed_out() -> None:
    scene = Scene(Event(EventKind.STATUS, NOON, "started"), entry("one"))
    assert scene.fetched() == ["one"]
    assert scene.handing.waiting(["console/email"], 10) == {"console/email": []}


async def test_a_courier_is_quiet_while_the_console_asks_and_tells_errors_when_it_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene(entry("one"), error("two"))
    monkeypatch.setattr("bots.notify.courier.time.monotonic", lambda: scene.now)
    task = asyncio.create_task(scene.courier.run())
    await scene.courier.finish(5)
    assert scene.listener.sent == []
    scene.now = 121.0
    await scene.courier.finish(5)
    task.cancel()
    assert [message.title for message in scene.listener.sent] == ["ERROR 0003 (LIVE): two"]


async def test_a_bot_that_stops_lets_the_console_have_its_last_words() -> None:
    scene = Scene()
    scene.fetched()
    scene.outbox.events.append(error("last words"))
    stopping = asyncio.create_task(scene.handing.finish(5))
    await asyncio.sleep(0)
    assert not stopping.done()
    assert scene.fetched() == ["last words"]
    scene.handing.told(CHANNEL, 1)
    await asyncio.wait_for(stopping, 1)


async def test_a_bot_that_never_heard_a_console_waits_for_none() -> None:
    await asyncio.wait_for(Scene(error("one")).handing.finish(60), 1)
