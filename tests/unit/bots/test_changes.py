"""Changes asked of a running bot, at the edge where the clocks are."""

import asyncio
from datetime import timedelta

import pytest

from bots.journal.memory import MemoryJournal
from bots.running.changes import Changes, Hold, longer
from bots.running.life import pause_after
from bots.trading.halts import Halt, HaltMode
from bots.trading.keeping import Change
from strategies.errors import AlreadyRunningError, JournalError
from tests.unit.bots.scripted import START, Desk, Script, dashes

SHORT, LONG = Hold(10.0, START), Hold(20.0, START + timedelta(seconds=10))


class Bot:
    """A trader that takes words, and what came of them."""

    def __init__(self) -> None:
        self.desk = Desk(Script(enter=range(9)))
        self.counted: list[str] = []
        self.pursued = 0
        self.failures: list[Exception] = []
        self.changes = Changes(lambda: self.desk.trader, self._pursue, self.failures.append, self.counted.append)
        self.changes.remind(self.desk.trader)

    def _pursue(self) -> None:
        self.pursued += 1

    @property
    def held(self) -> bool:
        return self.desk.trader.guard.hold is not None


@pytest.mark.parametrize(
    ("standing", "asked", "counts"), [(None, SHORT, SHORT), (SHORT, LONG, LONG), (LONG, SHORT, LONG)]
)
def test_of_two_holds_the_longer_counts(standing: Hold | None, asked: Hold, counts: Hold) -> None:
    assert longer(standing, asked) == counts


def test_closing_is_tried_less_and_less_often_but_never_given_up() -> None:
    assert [pause_after(tries) for tries in (1, 2, 3, 6, 7, 1000)] == [1, 2, 4, 32, 60, 60]


async def test_a_change_is_counted_and_the_same_again_is_not() -> None:
    bot = Bot()
    for _ in range(2):
        bot.changes.halt(HaltMode.CLOSE_POSITIONS, "told to")
    for _ in range(2):
        bot.changes.resume()
    assert bot.counted == ["halt", "resume"]
    assert bot.pursued == 4


async def test_a_hold_is_told_with_its_end_and_lifted_with_0() -> None:
    bot = Bot()
    bot.changes.hold(300)
    until = bot.changes.hold_until
    assert until is not None
    assert bot.held
    bot.changes.hold(1)
    assert bot.changes.hold_until == until
    bot.changes.hold(0)
    assert bot.changes.hold_until is None
    assert not bot.held


@pytest.mark.slow
async def test_a_hold_ends_by_itself_when_the_longest_is_over() -> None:
    bot = Bot()
    bot.changes.hold(1)
    bot.changes.hold(2)
    await asyncio.sleep(1.3)
    assert bot.held
    await asyncio.sleep(1.0)
    assert not bot.held
    assert bot.changes.hold_until is None


@pytest.mark.slow
async def test_a_hold_outlives_the_trader_that_it_was_told_to() -> None:
    bot = Bot()
    bot.changes.hold(1)
    bot.desk = Desk(Script(enter=range(9)))
    bot.changes.remind(bot.desk.trader)
    assert bot.held
    assert bot.desk.play(dashes(100)).sent == []
    await asyncio.sleep(1.3)
    assert not bot.held


async def test_a_word_that_the_journal_does_not_take_fails_and_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    bot = Bot()
    error = JournalError("disk full")

    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(bot.desk.heard, "commit", refuse)
    with pytest.raises(JournalError):
        bot.changes.halt(HaltMode.BLOCK_ENTRIES, "told to")
    with pytest.raises(JournalError):
        bot.changes.hold(5)
    assert bot.failures == [error, error]
    assert bot.counted == []


async def test_a_journal_that_somebody_else_holds_for_a_moment_makes_the_bot_deaf_for_no_longer() -> None:
    class Held(MemoryJournal):
        held = False

        def standing_halt(self) -> Halt | None:
            if self.held:
                raise AlreadyRunningError("another process trades with it")
            return super().standing_halt()

    journal, bot = Held(), Bot()
    bot.desk = Desk(Script(), journal=journal)
    bot.changes.remind(bot.desk.trader)
    journal.held = True
    bot.changes.hear()
    journal.held = False
    journal.commit(
        Change(halt=Halt("manual_halt", "told to", START, HaltMode.BLOCK_ENTRIES)), lambda: None, urgent=True
    )
    bot.changes.hear()
    assert bot.desk.trader.guard.halt is not None


async def test_a_milder_halt_that_takes_the_place_of_a_lifted_one_is_heard() -> None:
    journal, bot = MemoryJournal(), Bot()
    bot.desk = Desk(Script(), journal=journal)
    bot.changes.remind(bot.desk.trader)
    bot.changes.halt(HaltMode.CLOSE_POSITIONS, "first")
    milder = Halt("manual_halt", "second", START, HaltMode.BLOCK_ENTRIES)
    journal.commit(Change(halt=milder, lifted=True), lambda: None, urgent=True)
    bot.changes.hear()
    assert bot.desk.trader.guard.closing is None
    assert bot.desk.trader.guard.halt == milder
