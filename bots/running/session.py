"""One run of a bot inside its loop: server up, lives one after another, journal flushed, server down."""

import asyncio
import contextlib
import logging
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.feeds import Feed
from adapters.registry import open_feed
from bots.config import Document
from bots.journal.store import SqlJournal
from bots.running.changes import Changes
from bots.running.health import HealthFacts
from bots.running.life import End, Life
from bots.running.node import NodeSettings
from bots.running.options import RunOptions
from bots.running.progress import Progress
from bots.seen.logs import LOGGER, TradeLog
from bots.seen.metrics import BotMetrics
from bots.seen.server import BotServer
from bots.trading.events import EventKind, strategy_failed
from bots.trading.keeping import Change
from bots.trading.terms import feed_settings, history_bars, terms_of
from bots.trading.trader import Trader
from strategies.errors import JournalError

# A strategy that fails this often within this time will not get better by itself.
_FAILURES_ALLOWED = 3
_FAILURES_WITHIN_SECONDS = 600.0
EXIT_STRATEGY_FAILED = 70
# What may pass by itself, such as a locked database, is given a little time to.
_PAUSES_SECONDS = (0.5, 3.0)


class Session:
    """Runs a bot from its start to its stop; see `run`.

    Parameters
    ----------
    name : str
        The bot's.
    document : Document
        What it does.
    options : RunOptions
        Where it runs and how it is seen.
    journal : SqlJournal
        Open, and this process' own.
    metrics : BotMetrics
        What is counted.
    progress : Progress
        The line that a person follows.
    """

    def __init__(
        self,
        name: str,
        document: Document,
        options: RunOptions,
        journal: SqlJournal,
        metrics: BotMetrics,
        progress: Progress,
    ) -> None:
        self.address: str | None = None
        self.state = "starting"
        self.started = datetime.now(UTC)
        self.restarts = 0
        self.last_error: str | None = None
        self.last_bar_arrived: datetime | None = None
        self.feed_ended = False
        self.gave_up = False
        self._name, self._document, self._options = name, document, options
        self._journal, self._metrics, self._progress = journal, metrics, progress
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._trade_log = TradeLog(name, options.workdir)
        self.changes = Changes(self._listening, self._pursue, self._failed, metrics.changed)
        self.trader, self.feed = self._restored()
        self._life = self._new_life()

    async def run(self, server: BotServer) -> int:
        """Trade until stopped, or until the feed has no more bars; return the process' exit status."""
        self._take_signals()
        try:
            self.address = await server.start(self._options.host, self._options.port)
            self._journal.note_address(self.address)
            LOGGER.info("%s", self._greeting())
            return await self._live()
        finally:
            self.state = "stopping"
            await server.stop()
            self._trade_log.close()
            self._progress.clear()

    def stop_from_thread(self) -> None:
        """Ask for a clean stop; may be called from any thread."""
        self._loop.call_soon_threadsafe(self._stop.set)

    @property
    def feed_connected(self) -> bool:
        """Say whether the feed calls itself connected."""
        return self._life.live is not None and self._life.live.feed_connected

    @property
    def broker_connected(self) -> bool:
        """Say whether the broker calls itself connected."""
        return self._life.live is not None and self._life.live.broker_connected

    def health_facts(self) -> HealthFacts:
        """Return what is known about the bot now."""
        life, data = self._life, self._document.data
        speed = float(data.speed)
        return HealthFacts(
            now=datetime.now(UTC),
            # A failed life is followed by another: the bot starts again.
            starting=life.starting or life.error is not None,
            stopping=self.state == "stopping",
            trader_running=life.live is not None and life.live.trader_running,
            strategy_failed=self.gave_up,
            feed_connected=self.feed_connected,
            broker_connected=self.broker_connected,
            # Simulated venues always answer, and never close.
            venue_answers=True,
            market_open=True,
            warmed_up=life.warm_since is not None and self.trader.is_warm,
            feed_ended=life.ended,
            last_bar_arrived=self.last_bar_arrived,
            running_since=life.warm_since,
            bar_pace=data.interval_delta / speed if speed else timedelta(0),
        )

    async def _live(self) -> int:
        """Live until stopped; a failed strategy is rebuilt from the journal, as after a crash."""
        failures: list[float] = []
        while True:
            self.state = "running"
            end = await self._life.run(self._take_signals, close_positions=self._options.close_positions)
            self.feed_ended = end is End.FEED_ENDED
            if end is not End.FAILED:
                # Only now: a trader that failed is in no state worth keeping; the journal's own counts.
                self._journal.flush(self.trader.state)
                LOGGER.info("%s", "the feed has no more bars" if end is End.FEED_ENDED else self._farewell())
                return 0
            error = self._life.error
            while error is not None:
                if self._stop.is_set():
                    LOGGER.error("failed while it was being stopped: %r; the journal knows how to go on", error)
                    return 0
                now = time.monotonic()
                failures = [*(then for then in failures if now - then < _FAILURES_WITHIN_SECONDS), now]
                error = await self._begin_again(error, len(failures))
            if self.gave_up:
                return EXIT_STRATEGY_FAILED

    async def _begin_again(self, error: BaseException, failures: int) -> BaseException | None:
        """Rebuild the strategy after its so manieth failure lately, or give up; return what failed doing so."""
        self.last_error = f"{type(error).__name__}: {error}"
        self._metrics.error("journal" if isinstance(error, JournalError) else "strategy")
        LOGGER.error("error in the strategy: %s", self.last_error, exc_info=error)
        self.gave_up = failures >= _FAILURES_ALLOWED
        if not self.gave_up:
            await self._pause(_PAUSES_SECONDS[failures - 1])
        self._journal.discard()
        try:
            self.trader, self.feed = self._restored()
            self.trader.say(strategy_failed(self.last_error, datetime.now(UTC), gave_up=self.gave_up))
        except JournalError as again:
            return None if self.gave_up else again
        self.restarts += 1
        self._life = self._new_life()
        return None

    async def _pause(self, seconds: float) -> None:
        """Wait, but not when the bot is to stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    def _restored(self) -> tuple[Trader, Feed]:
        """Return a trader that goes on from the journal, and a feed that goes on from there with it."""
        saved = self._journal.load()
        settings = feed_settings(self._document, saved.state.bar_time if saved else None)
        feed = open_feed(self._document.data.data_source, settings)
        terms = terms_of(self._document, self._name, feed.spec)
        trader = Trader(terms, self._document.strategy.rules(), self._journal, saved, self._watch)
        self.changes.remind(trader)
        return trader, feed

    def _listening(self) -> Trader:
        """Return the trader that takes a person's word: between two lives one that goes on from the journal.

        What a failed trader remembers does not count, and its successor will read what this one has written.
        """
        if self._life.error is not None:
            self._journal.discard()
            self.trader, self.feed = self._restored()
        return self.trader

    def _pursue(self) -> None:
        self._life.pursue()

    def _failed(self, error: Exception) -> None:
        self._life.failed(error)

    def _new_life(self) -> Life:
        data, trader = self._document.data, self.trader
        log = Path(self._document.logging.path_for(self._name))
        resuming = trader.bar_time is not None
        settings = NodeSettings(
            interval=data.interval_delta,
            history_bars=history_bars(data.lookback_bars, trader.rules.warm_up, resuming=resuming),
            log_folder=self._options.workdir / log.parent,
            log_name=f"{log.stem}-nautilus",
            debug=self._options.debug,
            json_console=self._options.json_console,
        )
        return Life(trader, self.feed, settings, self._stop, self._bar_came, self._metrics.order_took)

    def _watch(self, change: Change) -> None:
        for event in change.events:
            level = logging.ERROR if event.kind == EventKind.ERROR else logging.INFO
            # The market's time: it is not the clock's on a replayed or quickened market.
            LOGGER.log(level, "[%s] %s", f"{event.time:%Y-%m-%d %H:%M}", event.text)
        if self._document.logging.save_trades:
            self._trade_log.write(change)
        self._metrics.count(change)

    def _take_signals(self) -> None:
        # Nautilus installs handlers of its own when a node is built; these come after and win.
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._on_signal)

    def _on_signal(self) -> None:
        if self._stop.is_set():
            LOGGER.warning("told to stop twice: leaving at once; the journal knows how to go on")
            os._exit(130)
        self._stop.set()

    def _bar_came(self) -> None:
        self.last_bar_arrived = datetime.now(UTC)
        self._metrics.bar()
        self._progress.bar()

    def _greeting(self) -> str:
        document, trader = self._document, self.trader
        return (
            f"{'goes on' if trader.bar_time else 'begins'} in {document.mode} mode: {document.symbol} "
            f"{document.data.interval} from {document.data.data_source}, broker {document.broker.type}, equity "
            f"{trader.guard.equity:.2f} {trader.terms.spec.quote}; see {self.address}/status and {self.address}/metrics"
        )

    def _farewell(self) -> str:
        position, open_orders = self.trader.book.position, self.trader.orders.intents
        held = f"the position of {position:f} is kept" if position else "no position is open"
        asked = f"; asked for at the next start: {', '.join(open_orders)}" if open_orders else ""
        return f"stopped; {held}{asked}"
