"""Opening a journal: where it lies, who may use it, and bringing its tables up to date."""

import contextlib
import fcntl
import hashlib
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bots.journal import tables
from bots.journal.store import SqlJournal
from bots.journal.telling import told_as_journal_error
from strategies.errors import AlreadyRunningError, JournalError, WrongJournalError

# The newest revision in migrations/versions; a test holds the two together.
HEAD = "0004"
_LOCK_PATIENCE_SECONDS = 1.0
_LOG_PAGES = 1000
_BUSY_MS = 5000
_REMEDY = "; see that its folder can be written and has room, or that its database answers"
# Of a database that does not answer any more. The trading loop waits for it.
_POSTGRES_PATIENCE = {"connect_timeout": 5, "tcp_user_timeout": 5000}


@dataclass(frozen=True, slots=True)
class JournalKey:
    """Whose journal it is; paper and live never share one, so the mode is part of its name."""

    bot: str
    mode: str
    symbol: str


def journal_url(key: JournalKey, workdir: Path, url: str | None = None) -> str:
    """Return the database's URL: `url` where given (PostgreSQL), else a SQLite file under the working directory."""
    if url:
        return url
    return f"sqlite:///{workdir / 'journal' / f'{key.bot}.{key.mode}.sqlite'}"


def open_journal(key: JournalKey, url: str, *, save_equity: bool = True, forgets: bool = True) -> SqlJournal:
    """Open the journal for trading: exclusively, with its tables up to date; see `SqlJournal` for the last two.

    Raises
    ------
    AlreadyRunningError
        If another process trades with it.
    WrongJournalError
        If it belongs to another bot, mode or symbol.
    JournalError
        If the database cannot be opened.
    """
    with told_as_journal_error(f"cannot open the journal of {key.bot}", _REMEDY):
        engine = _engine(key, url, create=True, exclusive=True)
        lock = contextlib.ExitStack()
        try:
            lock.enter_context(_exclusive(engine, key))
            with engine.begin() as connection:
                _migrate(connection)
                _claim(connection, key)
            if key.mode == "live" and sqlite_path(url) is not None:
                _lengthen_log(engine)
            return SqlJournal(engine, lock, save_equity=save_equity, forgets=forgets)
        except BaseException:
            lock.close()
            engine.dispose()
            raise


@contextlib.contextmanager
def open_for_reading(key: JournalKey, url: str) -> Iterator[Engine | None]:
    """Give the journal's database for looking at, or None if there is none yet.

    Raises
    ------
    WrongJournalError
        If another version of tradingbot wrote it.
    JournalError
        If it cannot be read.
    """
    path = sqlite_path(url)
    if path is not None and not path.exists():
        yield None
        return
    with told_as_journal_error(f"cannot read the journal of {key.bot}"):
        engine = _engine(key, url, create=False)
        try:
            yield engine if _is_there(engine, key) else None
        finally:
            engine.dispose()


def forget_journal(key: JournalKey, url: str) -> None:
    """Remove a journal.

    Raises
    ------
    AlreadyRunningError
        If a process trades with it.
    """
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return
    with told_as_journal_error(f"cannot remove the journal of {key.bot}"):
        engine = _engine(key, url, create=False, exclusive=True)
        try:
            with _exclusive(engine, key):
                _remove(engine, key, path)
        finally:
            engine.dispose()


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite URL, None for PostgreSQL.

    Raises
    ------
    JournalError
        If the URL is of neither.
    """
    parsed = _parsed(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def _parsed(url: str) -> URL:
    with contextlib.suppress(ArgumentError):
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend == "postgresql" or (backend == "sqlite" and parsed.database not in (None, "", ":memory:")):
            return parsed
    # Not the URL itself: it may hold a password.
    raise JournalError(
        "the journal's URL names no database; write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
    )


def _engine(key: JournalKey, url: str, *, create: bool, exclusive: bool = False) -> Engine:
    if (path := sqlite_path(url)) is not None:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url)
        # After a power cut a live order that was sent must be known; a paper one may be traded again.
        durability = "FULL" if key.mode == "live" else "NORMAL"

        @event.listens_for(engine, "connect")
        def _pragmas(connection, record):  # type: ignore[no-untyped-def]
            if create:
                connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={durability}")
            connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")

        return engine
    # The lock belongs to a connection: one that trades has one connection only, and each new one takes the lock anew.
    pool = {"pool_size": 1, "max_overflow": 0} if exclusive else {}
    try:
        engine = create_engine(url, connect_args=_POSTGRES_PATIENCE, **pool)
    except ModuleNotFoundError as error:
        raise JournalError(f"the driver of the journal's database is missing: pip install {error.name}") from error
    schema = _schema(key)

    @event.listens_for(engine, "connect")
    def _search_path(connection, record):  # type: ignore[no-untyped-def]
        with connection.cursor() as cursor:
            if create:
                cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            cursor.execute(f'SET search_path TO "{schema}"')
            if exclusive and not _locked(cursor, _lock_number(key)):
                raise AlreadyRunningError(f"bot {key.bot} already runs in {key.mode} mode on this database")
        connection.commit()

    return engine


def _schema(key: JournalKey) -> str:
    """Return a schema's name of its own for each bot and mode, within PostgreSQL's 63 characters."""
    plain = re.sub(r"[^a-z0-9_]", "_", key.bot.lower())[:40]
    return f"bot_{plain}_{hashlib.sha256(key.bot.encode()).hexdigest()[:6]}_{key.mode}"


@contextlib.contextmanager
def _exclusive(engine: Engine, key: JournalKey) -> Iterator[None]:
    """Hold the bot against a second process; the system itself lets go when this one dies."""
    path = sqlite_path(str(engine.url))
    if path is not None:
        with path.with_suffix(".lock").open("a+", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.seek(0)
                raise AlreadyRunningError(
                    f"bot {key.bot} already runs here in {key.mode} mode (process {file.read().strip() or 'unknown'}); "
                    "stop that one first"
                ) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield
        return
    # On PostgreSQL the connection itself holds the lock, see _engine.
    with engine.connect():
        pass
    yield
    # At once: of a connection that ends the server learns a moment later. A server that is gone has let go, too.
    with contextlib.suppress(SQLAlchemyError), engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": _lock_number(key)})


def _lock_number(key: JournalKey) -> int:
    return int.from_bytes(hashlib.sha256(_schema(key).encode()).digest()[:8], signed=True)


def _locked(cursor: Any, number: int) -> bool:
    # The server takes a moment to notice that a killed process is gone.
    patience = time.monotonic() + _LOCK_PATIENCE_SECONDS
    while True:
        cursor.execute(f"SELECT pg_try_advisory_lock({number})")
        if cursor.fetchone()[0]:
            return True
        if time.monotonic() > patience:
            return False
        time.sleep(0.05)


def _migrate(connection: Connection) -> None:
    there = inspect(connection)
    if there.has_table("alembic_version"):
        if _version(connection) == HEAD:
            return
    elif not there.get_table_names():
        tables.metadata.create_all(connection)
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
        return
    # Imported only where there is something to migrate: it would take 7 MB for as long as the bot lives.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "bots.journal:migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise WrongJournalError(
            f"the journal was written by another version of tradingbot ({error}); run that version or a newer one"
        ) from error


def _lengthen_log(engine: Engine) -> None:
    """Let SQLite's log be as long as it will become: a commit that makes the file longer waits twice as long."""
    with engine.connect() as connection:
        made = connection.connection.driver_connection
        if made is None:
            return
        try:
            # One page, again and again; a thousand is after how many SQLite begins its log anew. What the log holds of
            # an earlier run must be in the database's file, and that on the disk, before it is begun anew.
            for word in ("busy_timeout=0", "synchronous=OFF", "wal_autocheckpoint=0", *_LOG_PAGES * ("user_version=1",),
                         "synchronous=FULL", "wal_checkpoint(RESTART)"):  # fmt: skip
                made.execute(f"PRAGMA {word}")
        except sqlite3.Error:
            # It only saves time: no room, or a reader, is no reason not to trade.
            pass
        finally:
            for word in ("synchronous=FULL", "wal_autocheckpoint=1000", f"busy_timeout={_BUSY_MS}"):
                made.execute(f"PRAGMA {word}")


def _remove(engine: Engine, key: JournalKey, path: Path | None) -> None:
    if path is None:
        with engine.begin() as connection:
            connection.execute(text(f'DROP SCHEMA IF EXISTS "{_schema(key)}" CASCADE'))
        return
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _is_there(engine: Engine, key: JournalKey) -> bool:
    with engine.connect() as connection:
        if not inspect(connection).has_table("state"):
            return False
        if _version(connection) != HEAD:
            raise WrongJournalError(
                f"the journal of {key.bot} was written by another version of tradingbot; run the bot with this version "
                "once, or look at it with that one"
            )
        return True


def _version(connection: Connection) -> str | None:
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _claim(connection: Connection, key: JournalKey) -> None:
    known = {row.key: row.value for row in connection.execute(select(tables.meta))}
    mine = {"bot": key.bot, "mode": key.mode, "symbol": key.symbol}
    if not known:
        connection.execute(insert(tables.meta), [{"key": k, "value": v} for k, v in mine.items()])
        return
    for name, value in mine.items():
        if known.get(name) != value:
            raise WrongJournalError(
                f"this journal belongs to {name} {known.get(name)}, the document says {value}; "
                "give the changed bot another file name, or move the old journal away if its position is closed"
            )
