"""The day's summary comes once a day, whatever happens at that minute."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bots.config.outputs import Notifications
from bots.journal.opening import open_journal
from bots.journal.store import SqlJournal
from bots.running.reporting import Reporting
from bots.trading import events
from bots.trading.events import Event
from bots.trading.terms import terms_of
from bots.trading.trader import Trader
from tests.unit.bots.scripted import DOCUMENT, SPEC, Script
from tests.unit.journal.databases import KEY, on_disk

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Bot:
    """A trader with its journal on disk, and what it reported in one process after another."""

    def __init__(self, folder: Path) -> None:
        self._url = on_disk(folder)
        self.journal: SqlJournal | None = None
        self.said: list[Event] = []

    def start(self, at: datetime, **asked: object) -> Reporting:
        """Begin a new process; the one before it was killed."""
        self.stop()
        self.journal = open_journal(KEY, self._url)
        trader = Trader(terms_of(DOCUMENT, "0001", SPEC), Script(), self.journal)
        trader.say(events.started(at, "begins"))

        def keep(event: Event) -> bool:
            trader.say(event)
            self.said.append(event)
            return True

        section = Notifications.model_validate(asked)
        return Reporting(section, self.journal.outbox(), lambda: trader, keep, lambda: "all is well", lambda: 0)

    def stop(self) -> None:
        """Let go of the journal."""
        if self.journal is not None:
            self.journal.close()
            self.journal = None

    @property
    def days(self) -> list[str]:
        """The days that it told of."""
        return [event.data["day"] for event in self.said if "day" in event.data]


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Bot]:
    made = Bot(tmp_path)
    yield made
    made.stop()


def test_the_day_that_ended_is_told_once(bot: Bot) -> None:
    reporting = bot.start(MIDNIGHT - 3600 * SECOND)
    for second in range(-2, 3):
        reporting.look(MIDNIGHT + second * SECOND)
    assert bot.days == ["2026-11-22"]


def test_a_bot_restarted_at_that_minute_tells_the_day_once(bot: Bot) -> None:
    bot.start(MIDNIGHT - 3600 * SECOND).look(MIDNIGHT)
    bot.start(MIDNIGHT + SECOND).look(MIDNIGHT + SECOND)
    assert bot.days == ["2026-11-22"]


def test_a_bot_that_was_down_at_that_minute_tells_the_day_when_it_is_back(bot: Bot) -> None:
    bot.start(MIDNIGHT - 3600 * SECOND)
    bot.start(MIDNIGHT + 60 * SECOND).look(MIDNIGHT + 60 * SECOND)
    assert bot.days == ["2026-11-22"]


def test_a_bot_of_today_tells_nothing_of_yesterday(bot: Bot) -> None:
    bot.start(MIDNIGHT + 60 * SECOND).look(MIDNIGHT + 61 * SECOND)
    assert bot.days == []


def test_a_summary_that_could_not_be_kept_is_made_again(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    reporting = bot.start(MIDNIGHT - 3600 * SECOND)
    kept = reporting._keep
    monkeypatch.setattr(reporting, "_keep", lambda event: False)
    reporting.look(MIDNIGHT)
    monkeypatch.setattr(reporting, "_keep", kept)
    reporting.look(MIDNIGHT + SECOND)
    assert bot.days == ["2026-11-22"]


def test_a_bot_says_how_it_is_every_so_often_where_that_is_asked_for(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    reporting = bot.start(MIDNIGHT + SECOND, status_interval=60)
    for clock[0] in (1059.0, 1060.0, 1061.0, 1119.0, 1120.0):
        reporting.look(MIDNIGHT + 2 * SECOND)
    assert [event.text for event in bot.said] == ["all is well", "all is well"]
