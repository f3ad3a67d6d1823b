"""What steps in while a real broker is away: no entries, or entries on paper."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from adapters.live.line import Line
from bots.journal.memory import MemoryJournal
from bots.running.fallback import OVER, Fallback, Means, on_paper
from bots.trading.events import EventKind
from bots.trading.halts import HaltMode
from bots.trading.keeping import Change
from bots.trading.risk import Limits
from strategies.bar import Bar
from tests.unit.bots.scripted import START, Desk, Script, bar, dashes
from tests.unit.bots.trader_stops import errors

MOST = 2
ALWAYS = range(99)


class PaperJournal(MemoryJournal):
    """Keeps in memory what a paper trader does."""

    saved: Any = None
    closed = False

    def load(self) -> Any:
        return self.saved

    def flush(self, state: Any) -> None:
        self.last = state()

    def close(self) -> None:
        self.closed = True


class Scene:
    """A live trader, its broker's line, and what steps in."""

    def __init__(self, script: Script, *, paper: bool = True, limits: Limits | None = None) -> None:
        self.live = Desk(script, limits or Limits())
        self.line = Line("the broker", lambda sentence, trouble: None)
        self.journal, self.told = PaperJournal(), []  # type: ignore[var-annotated]
        means = Means(lambda: Script(enter=ALWAYS, leave=script.leave), self._open, lambda: False, self._watch, 100)
        self.fallback = Fallback(MOST, means if paper else None)

    def play(self, bars: Iterable[Bar], *, late: bool = False) -> "Scene":
        for each in bars:
            self.live.play([each])
            self.fallback.bar_seen(self.live.trader, each, late=late)
            self.look()
        return self

    def look(self) -> None:
        self.fallback.look(self.live.trader, self.line)

    def lose_broker(self, tries: int = MOST + 1) -> None:
        for _ in range(tries):
            self.line.failed_to_reconnect("gone")
        self.look()

    @property
    def paper(self) -> Any:
        assert self.fallback.trader is not None
        return self.fallback.trader

    def _open(self) -> Any:
        return self.journal

    def _watch(self, change: Change) -> None:
        self.told += [on_paper(event).text for event in change.events]


def quiet() -> Script:
    """Return a script whose live trader never enters, so that what is entered is entered on paper."""
    return Script()


def test_a_broker_that_comes_back_in_time_changes_nothing() -> None:
    scene = Scene(quiet()).play(dashes(100))
    scene.lose_broker(MOST)
    assert scene.fallback.since is None
    assert scene.live.trader.guard.refuse_entry() is None


def test_without_paper_entries_are_blocked_until_the_broker_is_back_and_both_are_told_once() -> None:
    scene = Scene(Script(enter=ALWAYS), paper=False)
    scene.lose_broker()
    scene.play(dashes(100, 100))
    assert scene.live.sent == []
    scene.line.back()
    scene.look()
    scene.look()
    scene.play([bar(2, 100)])
    assert len(scene.live.sent) == 1
    assert errors(scene.live) == [
        "the broker is away for too long: entries are blocked until it is back; real positions stay as they are, and "
        "are watched"
    ]


def test_entries_go_to_paper_and_into_a_journal_of_their_own() -> None:
    scene = Scene(quiet()).play(dashes(100))
    scene.lose_broker()
    scene.play([bar(1, 100)])
    assert scene.paper.book.position == 5
    assert not scene.live.sent
    assert scene.live.trader.book.position == 0
    assert [event.kind for event in scene.journal.events] == [EventKind.TRADE_ENTRY]
    assert scene.told == ["ON PAPER, the broker is away: bought 5 BTC at 100 USDT (lot 1)"]


def test_the_live_bot_enters_nothing_meanwhile() -> None:
    scene = Scene(Script(enter=ALWAYS))
    scene.lose_broker()
    scene.play(dashes(100, 100))
    assert scene.live.sent == []
    assert scene.live.trader.guard.refusals == 2


def test_a_live_position_is_watched_and_never_closed_on_paper() -> None:
    scene = Scene(Script(enter=[0], leave={2: "script"}), limits=Limits(max_positions=1)).play(dashes(100))
    scene.lose_broker()
    scene.play([bar(1, 100)])
    assert scene.paper.book.lots == {}, "it takes the only place there is"
    scene.play([bar(2, 100)])
    assert scene.live.trades == [(0, 2, "script")]


def test_paper_positions_are_closed_on_paper_once_the_broker_is_back() -> None:
    scene = Scene(quiet()).play(dashes(100))
    scene.lose_broker()
    scene.play([bar(1, 100), bar(2, 90)])
    scene.line.back()
    scene.look()
    assert [(trade.exit_reason, trade.exit_price) for trade in scene.journal.trades] == [(OVER, Decimal(90))]
    assert scene.journal.closed
    assert scene.fallback.describe() is None
    assert scene.live.trader.guard.refuse_entry() is None


def test_a_paper_position_that_an_earlier_process_left_open_is_closed() -> None:
    first = Scene(quiet()).play(dashes(100))
    first.lose_broker()
    first.play([bar(1, 100)])
    first.fallback.close()
    second = Scene(quiet())
    second.journal.saved = saved_of(first)
    means = second.fallback._means
    assert means is not None
    second.fallback = Fallback(MOST, Means(means.rules, means.open_journal, lambda: True, means.watch, means.bars))
    second.play(dashes(100, 100), late=True)
    assert second.fallback.trader is None
    assert [trade.exit_reason for trade in second.journal.trades] == [OVER]


def saved_of(scene: Scene) -> Any:
    from bots.trading.keeping import Saved

    return Saved(scene.journal.last, ())


def test_a_stop_is_watched_on_paper_too() -> None:
    scene = Scene(quiet(), limits=Limits(stop_loss_pct=5.0)).play(dashes(100))
    scene.lose_broker()
    scene.play([bar(1, 100), bar(2, 98, low=94)])
    assert [trade.exit_reason for trade in scene.journal.trades] == ["risk_stop_loss"]


@pytest.mark.parametrize(("mode", "held"), [(HaltMode.BLOCK_ENTRIES, 5), (HaltMode.CLOSE_POSITIONS, 0)])
def test_a_halt_of_the_bot_counts_on_paper(mode: HaltMode, held: int) -> None:
    scene = Scene(quiet(), limits=Limits(max_positions=2)).play(dashes(100))
    scene.lose_broker()
    scene.play([bar(1, 100)])
    scene.live.trader.halt(mode, "told to", START, by="api")
    scene.look()
    scene.play([bar(2, 100)])
    assert scene.paper.book.position == held
    scene.live.trader.resume(START, by="api")
    scene.look()
    scene.play([bar(3, 100)])
    assert scene.paper.book.position > held


def test_late_bars_do_not_enter_on_paper_either() -> None:
    scene = Scene(quiet()).play(dashes(100))
    scene.lose_broker()
    scene.play([bar(1, 100)], late=True)
    assert scene.paper.book.lots == {}


def test_what_goes_wrong_on_paper_is_told_and_leaves_the_live_bot_alone() -> None:
    scene = Scene(quiet()).play(dashes(100))
    scene.lose_broker()
    scene.paper.rules.should_enter = None
    scene.play([bar(1, 100), bar(2, 100)])
    assert scene.fallback.trader is None
    assert errors(scene.live)[-1].startswith("there are no more trades on paper, entries are blocked until")
    assert scene.live.trader.guard.refuse_entry() is not None


def test_a_trader_that_is_rebuilt_meanwhile_enters_nothing_either() -> None:
    scene = Scene(Script(enter=ALWAYS))
    scene.lose_broker()
    scene.live = Desk(Script(enter=ALWAYS))
    scene.look()
    scene.play(dashes(100))
    assert scene.live.sent == []
