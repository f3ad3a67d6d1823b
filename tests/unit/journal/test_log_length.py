"""A live journal's log is given its length at the start, which saves time and must cost nothing else."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bots.journal import opening
from bots.journal.opening import JournalKey, journal_url, open_journal

KEY = JournalKey("0003", "live", "ETHUSDT")


class Recorded:
    """A database that notes what it is told, and fails at some of it."""

    def __init__(self, fails_at: str = "nothing") -> None:
        self.told: list[str] = []
        self.driver_connection = self.connection = self
        self._fails_at = fails_at

    def connect(self) -> "Recorded":
        return self

    def __enter__(self) -> "Recorded":
        return self

    def __exit__(self, *_: object) -> None:
        return

    def execute(self, word: str) -> None:
        self.told.append(word.removeprefix("PRAGMA "))
        if self._fails_at in word:
            raise sqlite3.OperationalError("disk I/O error")


def lengthen(database: Any) -> list[str]:
    opening._lengthen_log(database)
    return [word for word in database.told if not word.startswith("user_version")]


def test_what_the_log_holds_of_an_earlier_run_is_on_the_disk_before_the_log_is_begun_anew() -> None:
    told = lengthen(Recorded())
    assert told.index("synchronous=FULL") < told.index("wal_checkpoint(RESTART)")


@pytest.mark.parametrize("where", ["user_version", "wal_checkpoint"])
def test_where_that_fails_the_bot_starts_all_the_same_and_commits_as_safely(where: str) -> None:
    told = lengthen(Recorded(fails_at=where))
    assert told[-3:] == ["synchronous=FULL", "wal_autocheckpoint=1000", "busy_timeout=5000"]


def test_a_reader_does_not_delay_the_start(tmp_path: Path) -> None:
    url = journal_url(KEY, tmp_path)
    open_journal(KEY, url).close()
    with closing(sqlite3.connect(tmp_path / "journal" / "0003.live.sqlite", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM meta").fetchall()
        begun = time.monotonic()
        open_journal(KEY, url).close()
        assert time.monotonic() - begun < opening._BUSY_MS / 1000
