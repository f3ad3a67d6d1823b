"""Telling a database's errors in the journal's own words, in one line."""

import contextlib
from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from strategies.errors import JournalError


@contextlib.contextmanager
def told_as_journal_error(what: str, remedy: str = "") -> Iterator[None]:
    """Raise JournalError for what goes wrong inside; `what` says what cannot be done, `remedy` what to look at."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise JournalError(f"{what}: {cause_of(error)}{remedy}") from error


def cause_of(error: SQLAlchemyError | OSError) -> str:
    """Return what the database's driver or the system says, without SQLAlchemy's frame, in one line."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
    return " ".join(str(getattr(error, "orig", None) or error).split())
