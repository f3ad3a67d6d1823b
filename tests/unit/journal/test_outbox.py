"""Every channel is told everything once, and goes on where it was."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bots.journal.opening import open_journal
from bots.journal.store import SqlJournal
from bots.trading.events import EventKind
from bots.trading.keeping import Change
from tests.unit.journal.databases import EVENT, KEY, STATE

ALL = [str(kind) for kind in EventKind]


@pytest.fixture
def journal(url: str) -> Iterator[SqlJournal]:
    made = open_journal(KEY, url)
    yield made
    made.close()


def happen(journal: SqlJournal, *texts: str, kind: EventKind = EventKind.STATUS) -> None:
    events = [replace(EVENT, kind=kind, text=text) for text in texts]
    journal.commit(Change(events=events), lambda: STATE, urgent=True)


def waiting(journal: SqlJournal, channel: str = "a") -> list[str]:
    return [kept.event.text for kept in journal.outbox().waiting(channel, ALL, 100)]


def test_a_new_channel_is_told_nothing_of_the_past(journal: SqlJournal) -> None:
    happen(journal, "long ago")
    journal.outbox().begin("a")
    happen(journal, "now")
    assert waiting(journal) == ["now"]


def test_a_new_channel_may_begin_after_an_event_of_the_past(journal: SqlJournal) -> None:
    happen(journal, "long ago")
    newest = journal.outbox().newest()
    happen(journal, "at the start")
    journal.outbox().begin("a", newest)
    assert waiting(journal) == ["at the start"]


def test_a_channel_goes_on_where_it_was_in_another_process(journal: SqlJournal, url: str) -> None:
    outbox = journal.outbox()
    outbox.begin("a")
    happen(journal, "first", "second")
    outbox.told("a", outbox.waiting("a", ALL, 1)[0].number)
    journal.close()
    again = open_journal(KEY, url)
    again.outbox().begin("a")
    assert waiting(again) == ["second"]
    again.close()


def test_a_channel_never_goes_back(journal: SqlJournal) -> None:
    outbox = journal.outbox()
    outbox.begin("a")
    happen(journal, "first", "second")
    outbox.told("a", 2)
    outbox.told("a", 1)
    assert waiting(journal) == []


def test_channels_do_not_take_each_others_messages(journal: SqlJournal) -> None:
    outbox = journal.outbox()
    outbox.begin("a")
    outbox.begin("b")
    happen(journal, "for both")
    outbox.told("a", outbox.waiting("a", ALL, 1)[0].number)
    assert (waiting(journal, "a"), waiting(journal, "b")) == ([], ["for both"])


def test_a_channel_is_told_only_what_it_wants(journal: SqlJournal) -> None:
    journal.outbox().begin("a")
    happen(journal, "a change")
    happen(journal, "an error", kind=EventKind.ERROR)
    assert [kept.event.text for kept in journal.outbox().waiting("a", ["error"], 100)] == ["an error"]


def test_what_came_after_the_last_summary_is_found(journal: SqlJournal) -> None:
    assert journal.outbox().since_last("daily_summary", ["trade_exit"]) == (None, [])
    happen(journal, "before", kind=EventKind.TRADE_EXIT)
    happen(journal, "the day", kind=EventKind.DAILY_SUMMARY)
    happen(journal, "not asked for")
    happen(journal, "after", kind=EventKind.TRADE_EXIT)
    last, since = journal.outbox().since_last("daily_summary", ["trade_exit"])
    assert last is not None
    assert (last.text, [event.text for event in since]) == ("the day", ["after"])
