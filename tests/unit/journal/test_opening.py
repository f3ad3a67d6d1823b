"""Who may open a journal, and what is told to those who may not."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from bots.journal import tables
from bots.journal.opening import (
    HEAD,
    JournalKey,
    forget_journal,
    journal_url,
    open_for_reading,
    open_journal,
)
from bots.journal.reading import read_address, read_trades
from bots.journal.store import load_saved
from bots.trading.halts import HaltMode
from bots.trading.keeping import Change
from strategies.errors import AlreadyRunningError, JournalError, TradingBotError, WrongJournalError
from tests.unit.journal.databases import KEY, STATE, at, commit, looking, on_disk, opened

LIVE = JournalKey("0001", "live", "BTCUSDT")
OTHER = JournalKey("0002", "paper", "BTCUSDT")


def refusal(kind: type[TradingBotError], attempt: Callable[[], object]) -> str:
    """Return the one line with which an attempt is refused."""
    with pytest.raises(kind) as caught:
        attempt()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def is_there(url: str) -> bool:
    """Say whether there is a journal to look at."""
    with open_for_reading(KEY, url) as engine:
        return engine is not None


def set_version(url: str, version: str) -> None:
    """Let the journal look as if it had been written by another version."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
    engine.dispose()


@contextmanager
def written_by(revision: str, url: str) -> Iterator[Connection]:
    """Let a journal be one that an earlier version of the tables wrote, and give it for writing into."""
    opened(url).close()
    with looking(KEY, url) as engine, engine.begin() as connection:
        tables.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        config = Config()
        config.set_main_option("script_location", "bots.journal:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        yield connection


def test_the_newest_revision_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "bots.journal:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


@pytest.mark.parametrize("begun_with", [None, "0001"])
def test_tables_are_those_that_the_code_knows_whether_new_or_migrated(url: str, begun_with: str | None) -> None:
    if begun_with is not None:
        with written_by(begun_with, url):
            pass
    opened(url).close()
    with looking(KEY, url) as engine, engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
        mine = inspect(connection)
        for table in tables.metadata.sorted_tables:
            made = {column["name"]: column["nullable"] for column in mine.get_columns(table.name)}
            assert made == {column.name: column.nullable for column in table.columns}


def test_a_new_journal_is_made_without_what_migrates_old_ones(tmp_path: Path) -> None:
    code = (
        "import sys; from bots.journal.opening import JournalKey, open_journal\n"
        "open_journal(JournalKey('0001', 'paper', 'BTCUSDT'), sys.argv[1]).close()\n"
        "print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, on_disk(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_second_opening_finds_the_tables_up_to_date(url: str) -> None:
    first = opened(url)
    commit(first, Change())
    first.close()
    second = opened(url)
    saved = second.load()
    second.close()
    assert saved is not None
    assert saved.state == STATE


def test_a_second_process_is_refused(url: str) -> None:
    code = (
        "import sys; from bots.journal.opening import JournalKey, open_journal\n"
        "journal = open_journal(JournalKey('0001', 'paper', 'BTCUSDT'), sys.argv[1])\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        told = refusal(AlreadyRunningError, lambda: opened(url))
        assert "bot 0001 already runs" in told
        first.kill()
        first.wait()
    opened(url).close()


def test_the_refusal_names_the_process_that_runs(tmp_path: Path) -> None:
    first = opened(on_disk(tmp_path))
    told = refusal(AlreadyRunningError, lambda: opened(on_disk(tmp_path)))
    first.close()
    assert told.startswith(f"bot 0001 already runs here in paper mode (process {os.getpid()})")


def test_a_journal_can_be_looked_at_while_its_bot_runs(url: str) -> None:
    journal = opened(url)
    commit(journal, Change())
    with looking(KEY, url) as engine:
        saved = load_saved(engine)
        journal.close()
        assert saved is not None


def test_a_journal_of_another_symbol_is_refused(url: str) -> None:
    opened(url).close()
    told = refusal(WrongJournalError, lambda: open_journal(JournalKey("0001", "paper", "ETHUSDT"), url))
    assert "belongs to symbol BTCUSDT, the document says ETHUSDT" in told


def test_a_refused_opening_lets_go_of_the_journal(url: str) -> None:
    opened(url).close()
    refusal(WrongJournalError, lambda: open_journal(JournalKey("0001", "paper", "ETHUSDT"), url))
    opened(url).close()


def test_a_journal_of_a_newer_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    url = on_disk(tmp_path)
    opened(url).close()
    set_version(url, "9999")
    assert "run that version or a newer one" in refusal(WrongJournalError, lambda: opened(url))


def test_a_halt_of_the_first_version_is_brought_up_to_date_as_one_that_closes_everything(url: str) -> None:
    with written_by("0001", url) as connection:
        values = "1, 'max_drawdown_pct', 'too deep', '2024-01-01 00:00:00.000000', false"
        connection.execute(text(f'INSERT INTO halts (id, "limit", detail, time, lifted) VALUES ({values})'))
    journal = opened(url)
    halt = journal.standing_halt()
    journal.close()
    assert halt is not None
    assert (halt.limit, halt.mode) == ("max_drawdown_pct", HaltMode.CLOSE_POSITIONS)


def test_an_open_position_and_an_order_of_the_second_version_are_brought_up_to_date(url: str) -> None:
    opened(url).close()
    then = "'2024-01-01 00:00:00.000000'"
    rows = (
        "state (id, first_bar, bar_time, last_price, cash, realised, fees, closed, next_lot, peak_equity, day,"
        " day_start_equity, day_entries, rules, halted)"
        f" VALUES (1, {then}, {then}, '100', '900', '0', '0', 0, 2, '1000', '2024-01-01', '1000', 1, '{{}}', false)",
        "lots (number, entry_bar, entry_price, quantity, bought, commission, proceeds, marks, bars_held, exit_attempts)"
        f" VALUES (1, {then}, '100', '1', '1', '0', '0', '{{}}', 3, 0)",
        "orders (client_order_id, lot, side, quantity, bar_time, reference_price, reason, attempt, marks, status,"
        f" detail) VALUES ('0001-S1-1', 1, 'sell', '1', {then}, '100', 'script', 1, '{{}}', 'submitted', '')",
        "fills (trade_id, client_order_id, quantity, price, commission, time)"
        f" VALUES ('t', 'b', '1', '9', '0', {then})",
    )
    with written_by("0002", url) as connection:
        for row in rows:
            connection.execute(text(f"INSERT INTO {row}"))
    journal = opened(url)
    saved = journal.load()
    journal.close()
    assert saved is not None
    (lot,) = saved.state.lots
    assert (lot.bars_held, lot.exit_failures, lot.unsellable, lot.stop_attempts, lot.stop_cancelling) == (
        3, 0, False, 0, False,
    )  # fmt: skip
    assert str(saved.state.dust) == "0"
    (order,) = saved.unresolved
    assert not order.is_stop


def test_a_journal_of_another_version_is_not_looked_at(tmp_path: Path) -> None:
    url = on_disk(tmp_path)
    opened(url).close()
    set_version(url, "0000")
    assert "another version of tradingbot" in refusal(WrongJournalError, lambda: is_there(url))


def test_paper_and_live_have_files_of_their_own(tmp_path: Path) -> None:
    assert journal_url(KEY, tmp_path) != journal_url(LIVE, tmp_path)


@pytest.mark.parametrize("other", [LIVE, pytest.param(OTHER, id="another bot")])
@pytest.mark.slow
def test_two_bots_or_modes_in_one_postgresql_database_stay_apart(postgres_url: str, other: JournalKey) -> None:
    one, two = opened(postgres_url), open_journal(other, postgres_url)
    commit(one, Change())
    commit(two, Change(), at(9))
    one.close()
    two.close()
    for key, state in ((KEY, STATE), (other, at(9))):
        with looking(key, postgres_url) as engine:
            saved = load_saved(engine)
            assert saved is not None
            assert saved.state == state


@pytest.mark.slow
def test_bots_whose_names_differ_only_in_signs_stay_apart_on_postgresql(postgres_url: str) -> None:
    one = open_journal(JournalKey("a-b", "paper", "X"), postgres_url)
    two = open_journal(JournalKey("a.b", "paper", "X"), postgres_url)
    commit(one, Change())
    assert two.load() is None
    one.close()
    two.close()


def test_a_forgotten_journal_is_new_again(url: str) -> None:
    journal = opened(url)
    commit(journal, Change())
    journal.close()
    forget_journal(KEY, url)
    assert not is_there(url)
    again = opened(url)
    saved = again.load()
    again.close()
    assert saved is None


def test_a_journal_in_use_is_not_forgotten(url: str) -> None:
    journal = opened(url)
    refusal(AlreadyRunningError, lambda: forget_journal(KEY, url))
    journal.close()


def test_forgetting_what_never_was_is_no_error(url: str) -> None:
    forget_journal(KEY, url)


def test_nothing_is_made_by_looking_for_a_journal(url: str, tmp_path: Path) -> None:
    assert not is_there(url)
    assert list(tmp_path.iterdir()) == []


OPENINGS = [opened, is_there, lambda url: forget_journal(KEY, url)]


@pytest.mark.parametrize("attempt", OPENINGS[:2])
def test_a_file_that_is_no_database_is_told(tmp_path: Path, attempt: Callable[[str], object]) -> None:
    file = tmp_path / "0001.paper.sqlite"
    file.write_bytes(b"this was a journal once " * 99)
    assert "file is not a database" in refusal(JournalError, lambda: attempt(f"sqlite:///{file}"))


@pytest.mark.parametrize("attempt", OPENINGS[:2])
def test_a_folder_in_the_journals_place_is_told(tmp_path: Path, attempt: Callable[[str], object]) -> None:
    folder = tmp_path / "0001.paper.sqlite"
    folder.mkdir()
    assert "unable to open database file" in refusal(JournalError, lambda: attempt(f"sqlite:///{folder}"))


def test_a_damaged_table_is_told(tmp_path: Path) -> None:
    url = on_disk(tmp_path)
    opened(url).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE trades"))
    engine.dispose()

    def look() -> None:
        with looking(KEY, url) as looked:
            read_trades(looked)

    assert "no such table: trades" in refusal(JournalError, look)


def test_a_folder_in_which_nothing_can_be_made_is_told() -> None:
    """As root a folder without rights is no hindrance; /proc is."""
    assert "/proc/journal" in refusal(JournalError, lambda: opened("sqlite:////proc/journal/0001.sqlite"))
    assert "/proc/0001.lock" in refusal(JournalError, lambda: opened("sqlite:////proc/0001.sqlite"))


@pytest.mark.parametrize("attempt", OPENINGS)
@pytest.mark.parametrize("wrong", ["nonsense", "oracle://secret@host/x", "redis://secret@host", "sqlite://"])
def test_a_url_that_names_no_database_is_told_without_repeating_it(
    wrong: str, attempt: Callable[[str], object]
) -> None:
    told = refusal(JournalError, lambda: attempt(wrong))
    assert "write sqlite:///FILE or postgresql+psycopg://" in told
    assert "secret" not in told


@pytest.mark.parametrize("attempt", OPENINGS)
def test_a_server_that_does_not_answer_is_told(attempt: Callable[[str], object]) -> None:
    url = "postgresql+psycopg://bot:secret@127.0.0.1:1/journal"
    told = refusal(JournalError, lambda: attempt(url))
    assert "Connection refused" in told
    assert "secret" not in told


def test_where_a_bot_serves_is_noted_in_its_journal(tmp_path: Path) -> None:
    url = on_disk(tmp_path)
    with open_for_reading(KEY, url) as engine:
        assert engine is None
    journal = opened(url)
    journal.note_address("http://127.0.0.1:8079")
    journal.note_address("http://127.0.0.1:8080")
    journal.close()
    with open_for_reading(KEY, url) as engine:
        assert engine is not None
        assert read_address(engine) == "http://127.0.0.1:8080"


@pytest.mark.slow
def test_a_bot_that_lost_its_connection_and_with_it_its_lock_takes_it_again_or_stops(postgres_url: str) -> None:
    first = opened(postgres_url)
    cut_all_connections(postgres_url)
    with pytest.raises(JournalError):
        first.load()
    second_refused = False
    first.load()
    try:
        opened(postgres_url).close()
    except AlreadyRunningError:
        second_refused = True
    assert second_refused, "two processes may trade with one journal"
    cut_all_connections(postgres_url)
    second = opened(postgres_url)
    with pytest.raises(JournalError):
        first.load()
    with pytest.raises(AlreadyRunningError):
        first.load()
    second.close()
    first.close()


def cut_all_connections(url: str) -> None:
    """End every session of the database but our own, as a restarted server does."""
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        )
    engine.dispose()


@pytest.mark.parametrize(("key", "level"), [(LIVE, 2), (KEY, 1)], ids=["live is on the disk", "paper may wait"])
def test_a_live_order_survives_a_power_cut(key: JournalKey, level: int, tmp_path: Path) -> None:
    journal = open_journal(key, journal_url(key, tmp_path))
    try:
        assert journal._connection.exec_driver_sql("PRAGMA synchronous").scalar() == level
    finally:
        journal.close()


def test_a_live_commit_makes_no_file_longer(tmp_path: Path) -> None:
    """That would cost an order as long a wait again."""
    url = journal_url(LIVE, tmp_path)
    journal = open_journal(LIVE, url)
    try:
        log = Path(f"{url.removeprefix('sqlite:///')}-wal")
        before = log.stat().st_size
        for number in range(5):
            commit(journal, Change(), at(number))
        assert log.stat().st_size == before >= 4_000_000
        assert journal._connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar() == 1000
    finally:
        journal.close()
