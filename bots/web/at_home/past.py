"""What a bot has done, read from its journal, whether it runs or not."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from adapters.registry import open_feed
from bots.config import load_document
from bots.journal.looking import Found
from bots.journal.memory import MemoryJournal
from bots.journal.opening import JournalKey, journal_url, open_for_reading
from bots.journal.reading import read_halt, read_trades
from bots.journal.store import load_saved
from bots.running.health import Health
from bots.seen.status import Surroundings, describe
from bots.trading.records import Trade
from bots.trading.terms import feed_settings, terms_of
from bots.trading.trader import Trader
from bots.version import VERSION


def from_journal[T](found: Found, read: Callable[[Engine], T], otherwise: T) -> T:
    """Return what a journal says, or something else where there is none.

    Raises
    ------
    JournalError
        If it cannot be read.
    """
    key = JournalKey(found.bot, found.mode, "")
    with open_for_reading(key, journal_url(key, found.workdir)) as engine:
        return otherwise if engine is None else read(engine)


def trades(found: Found) -> Sequence[Trade]:
    """Return a bot's trades, oldest first, open ones last."""
    return from_journal(found, read_trades, [])


def status(path: Path, found: Found) -> Mapping[str, Any]:
    """Return the status of a bot that does not run, as it would tell it.

    Raises
    ------
    TradingBotError
        If its document or its journal cannot be read.
    """
    document = load_document(path)
    saved = from_journal(found, load_saved, None)
    halt = from_journal(found, read_halt, None)
    spec = open_feed(document.data.data_source, feed_settings(document)).spec
    trader = Trader(terms_of(document, found.bot, spec), document.strategy.rules(), MemoryJournal(halt), saved)
    around = Surroundings(state="stopped", version=VERSION)
    return describe(document, trader, Health(False, False, ("not running",)), around)
