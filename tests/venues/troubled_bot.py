"""The command `tradingbot`, in which something goes wrong while the file that TROUBLE names says so.

Run as `TROUBLE=FILE python -m tests.venues.troubled_bot run DOCUMENT`; the file holds a word of `troubled.py`.
"""

import os
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp.resolver

from bots.cli import main
from strategies.custom import CustomStrategy
from tests.venues.troubled import FAILS, FAILS_ONCE, NO_NAMES, READ_ONLY

_FILE = Path(os.environ["TROUBLE"])


def _word() -> str:
    return _FILE.read_text(encoding="utf-8") if _FILE.exists() else ""


def _lose_names() -> None:
    resolve = aiohttp.resolver.ThreadedResolver.resolve

    async def lost(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _word() == NO_NAMES:
            raise OSError(-3, "Temporary failure in name resolution")
        return await resolve(self, *args, **kwargs)

    aiohttp.resolver.ThreadedResolver.resolve = lost  # type: ignore[method-assign]


def _break_strategy(asked: str) -> None:
    original: Callable[..., Any] = getattr(CustomStrategy, asked)

    def failing(self: Any, *args: Any) -> Any:
        if (word := _word()) in (FAILS, FAILS_ONCE):
            if word == FAILS_ONCE:
                _FILE.unlink()
            raise ZeroDivisionError("staged")
        return original(self, *args)

    setattr(CustomStrategy, asked, failing)


class _Database(sqlite3.Connection):
    """A database that SQLite refuses to write, as it does on a file system that was mounted anew to be read only."""

    _refuses = False

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        if (refuses := _word() == READ_ONLY) != self._refuses:
            self._refuses = refuses
            super().cursor().execute(f"PRAGMA query_only = {int(refuses)}")
        return super().cursor(*args, **kwargs)


if __name__ == "__main__":
    sqlite3.dbapi2.connect = partial(sqlite3.connect, factory=_Database)  # type: ignore[assignment]
    _lose_names()
    _break_strategy("should_exit")
    _break_strategy("should_enter")
    main()
