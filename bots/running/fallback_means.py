"""What a document's trades on paper are made with, should its broker be away."""

from collections.abc import Callable

from bots.config import Document
from bots.journal.opening import JournalKey, journal_url, open_for_reading, open_journal
from bots.journal.store import load_saved
from bots.running.fallback import Fallback, Means
from bots.running.options import RunOptions
from bots.trading.keeping import Change
from bots.trading.terms import history_bars

# Beside `paper` and `live`: a journal of its own, under a name of its own.
MODE = "fallback"


def fallback_of(document: Document, bot: str, options: RunOptions, watch: Callable[[Change], None]) -> Fallback:
    """Return what steps in for the document's broker."""
    most = document.broker.max_restarts
    if document.mode != "live" or not document.broker.fallback_to_paper:
        return Fallback(most, None)
    key = JournalKey(bot, MODE, document.symbol)
    url = journal_url(key, options.workdir, options.journal_url)

    def is_left_open() -> bool:
        with open_for_reading(key, url) as engine:
            saved = None if engine is None else load_saved(engine)
        return saved is not None and bool(saved.state.lots)

    warm_up = document.strategy.rules().warm_up
    return Fallback(
        most,
        Means(
            rules=document.strategy.rules,
            open_journal=lambda: open_journal(key, url, save_equity=document.logging.save_equity_curve),
            is_left_open=is_left_open,
            watch=watch,
            bars=history_bars(document.data.lookback_bars, warm_up, resuming=True),
        ),
    )
