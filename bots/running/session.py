"""One run of a bot inside its loop: server up, lives one after another, journal flushed, server down."""

import asyncio
import contextlib
import logging
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from adapters.feeds import Feed
from adapters.live.broker import LiveBroker
from adapters.live.line import Line
from adapters.registry import open_feed
from bots.config import Document
from bots.config.differences import differences
from bots.journal.store import SqlJournal
from bots.notify.holding_back import holding_back
from bots.notify.message import Identity
from bots.notify.notifiers import notifiers as notifiers_of
from bots.running.carrying import Carrying
from bots.running.changes import Changes, listening
from bots.running.connections import connections, must_be_allowed
from bots.running.exclusive import alone_with
from bots.running.failures import Failures
from bots.running.fallback import on_paper
from bots.running.fallback_means import fallback_of
from bots.running.health import HealthFacts
from bots.running.illustrating import Illustrating
from bots.running.life import End, Life
from bots.running.node import NodeSettings
from bots.running.options import RunOptions
from bots.running.progress import Progress
from bots.running.reporting import Reporting
from bots.running.settling import come_to_terms, make_sure_of_being_alone
from bots.seen.logs import LOGGER, TradeLog
from bots.seen.metrics import BotMetrics
from bots.seen.recent import RecentBars
from bots.seen.server import BotServer
from bots.trading.events import Event, EventKind, of_line, reconfigured, started, stopped, strategy_failed
from bots.trading.keeping import Change
from bots.trading.records import EquityPoint
from bots.trading.terms import feed_settings, history_bars, terms_of
from bots.trading.trader import Trader
from bots.trading.without_rules import WithoutRules
from strategies.bar import Bar
from strategies.errors import JournalError, VenueError, VenueLostError, VenueRefusedError

_TOLERATED_SKEW_SECONDS = 1.0
_SPREAD = 1.2


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
    equity : callable
        Returns the account's last weeks, few enough points to be drawn; may block.
    """

    def __init__(
        self,
        name: str,
        document: Document,
        options: RunOptions,
        journal: SqlJournal,
        metrics: BotMetrics,
        progress: Progress,
        equity: Callable[[], Sequence[EquityPoint]],
    ) -> None:
        self.address: str | None = None
        self.state = "starting"
        self.started = datetime.now(UTC)
        self.restarts = 0
        self.last_error: str | None = None
        self.last_bar_arrived: datetime | None = None
        self.feed_ended = False
        self._name, self._document, self._options = name, document, options
        self._journal, self._metrics, self._progress = journal, metrics, progress
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._trade_log = TradeLog(name, options.workdir)
        self._claims, self._claimed = contextlib.ExitStack(), False
        self.fallback = fallback_of(document, name, options, self._watch_paper)
        self.changes = Changes(self._listening, self._pursue, self._failed, metrics.changed)
        self.feed_line = Line("the feed", self._word_of_line)
        self.broker_line = Line("the broker", self._word_of_line)
        outbox = journal.outbox()
        notifiers, missing = notifiers_of(document.notifications, os.environ)
        self._pictures = Illustrating(equity)
        self.recent = RecentBars()
        holding = holding_back(os.environ, time.monotonic())
        self.carrying = Carrying(
            notifiers, outbox, self._identity, self._pictures.picture_of, document.notifications, holding
        )
        for sentence in missing:
            LOGGER.warning("%s", sentence)
        self._reporting = Reporting(
            document.notifications, outbox, lambda: self.trader, self._keep, progress.line, lambda: self.restarts
        )
        halt = journal.standing_halt()
        self._failures = Failures(on_probation=halt is not None and halt.by_strategy)
        self._without_rules = False
        self.trader, self.feed = self._restored()
        self._connected = connections(document, name, self.feed, self.feed_line, self.broker_line)
        self._life = self._new_life()

    async def run(self, server: BotServer) -> int:
        """Trade until stopped, or until the feed has no more bars; return the process' exit status."""
        self._take_signals()
        try:
            self.address = await server.start(self._options.host, self._options.port)
            self._journal.note_address(self.address)
            async with self.carrying.going():
                self._say_greeting()
                async with listening(self.changes), self._reporting.going():
                    return await self._live()
        finally:
            self.state = "stopping"
            await server.stop()
            await self._connected.close()
            self.fallback.close()
            self._trade_log.close()
            self._claims.close()
            self._progress.clear()

    def stop_from_thread(self) -> None:
        """Ask for a clean stop; may be called from any thread."""
        self._loop.call_soon_threadsafe(self._stop.set)

    @property
    def feed_connected(self) -> bool:
        """Say whether the feed calls itself connected."""
        return self.feed_line.is_up and self._life.live is not None and self._life.live.feed_connected

    @property
    def broker_connected(self) -> bool:
        """Say whether the broker calls itself connected; one on paper is in this process, and never away."""
        if self._connected.broker is None:
            return True
        return self.broker_line.is_up and self._life.live is not None and self._life.live.broker_connected

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
            feed_connected=self.feed_connected,
            broker_connected=self.broker_connected,
            venue_answers=self.feed_line.is_up,
            market_open=self.feed.market_open(datetime.now(UTC)),
            outages=tuple(
                f"{line.name} is lost: {line.reason}" for line in (self.feed_line, self.broker_line) if not line.is_up
            ),
            warmed_up=life.warm_since is not None and self.trader.is_warm,
            feed_ended=life.ended,
            last_bar_arrived=self.last_bar_arrived,
            running_since=life.warm_since,
            bar_pace=data.interval_delta / speed if speed else timedelta(0),
        )

    async def _live(self) -> int:
        """Live until stopped; a failed strategy is rebuilt from the journal, as after a crash."""
        while True:
            try:
                ended = await self._one_life()
            except JournalError as failed:
                ended = failed
            if isinstance(ended, int):
                return ended
            error = ended
            while error is not None:
                if self._stop.is_set():
                    LOGGER.error("failed while it was being stopped: %r; the journal knows how to go on", error)
                    return 0
                error = await self._begin_again(error)

    async def _one_life(self) -> int | BaseException | None:
        """Return the process' exit status, or what the life failed of; None if another one is to follow."""
        if not await self._prepared():
            self._say_farewell()
            return 0
        self.state = "running"
        end = await self._life.run(self._take_signals, close_positions=self._options.close_positions)
        self.feed_ended = end is End.FEED_ENDED
        if end is End.FAILED:
            return self._life.error
        # Only now: a trader that failed is in no state worth keeping; the journal's own counts.
        self._journal.flush(self.trader.state)
        if end is End.REBUILT:
            self._ask_strategy_again()
            return None
        if end is End.FEED_ENDED:
            LOGGER.info("%s", "the feed has no more bars")
        else:
            self._say_farewell()
        return 0

    async def _prepared(self) -> bool:
        """Connect to what is on the network, and settle what an earlier run left open; False when told to stop.

        A venue that does not answer, or answers no, is asked again for as long as it takes: ending the process would
        change nothing, and ask more often.
        """
        preparing = asyncio.create_task(self._prepare())
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait([preparing, stopping], return_when=asyncio.FIRST_COMPLETED)
            if preparing.done():
                await preparing
            return not self._stop.is_set()
        finally:
            preparing.cancel()
            stopping.cancel()

    async def _prepare(self) -> None:
        await self._connected.close()
        self._connected = connections(self._document, self._name, self.feed, self.feed_line, self.broker_line)
        feed, broker = self.feed, self._connected.broker
        await self._insist(self.feed_line, feed.prepare)
        self._look_at_clock(feed.clock_skew())
        self.trader, _ = self._restored(feed)
        if broker is not None:
            await self._insist(self.broker_line, lambda: broker.prepare(feed.spec))
            if broker.real_money:
                must_be_allowed()
            self._claim(broker)
            await self._insist(self.broker_line, lambda: make_sure_of_being_alone(self.trader, broker))
            self._connected.standing = await come_to_terms(
                self.trader, broker, self.broker_line, partial(self._insist, self.broker_line)
            )
        self._life = self._new_life()

    def _claim(self, broker: LiveBroker) -> None:
        """Keep other bots on this machine off the account's symbol, once and until the process ends."""
        if not self._claimed and broker.account is not None:
            self._claims.enter_context(alone_with(broker.account, self._document.symbol, self._name))
            self._claimed = True

    def _look_at_clock(self, skew: float | None) -> None:
        if skew is not None and abs(skew) > _TOLERATED_SKEW_SECONDS:
            ahead = "behind" if skew > 0 else "ahead of"
            self.feed_line.warn(
                f"this machine's clock is {abs(skew):.1f} s {ahead} the venue's: bars seem early or late, and orders "
                "may be refused; run a time service"
            )

    async def _insist[T](self, line: Line, step: Callable[[], Awaitable[T]]) -> T:
        """Take a step with the venue, again and again until it succeeds."""
        while True:
            try:
                done = await step()
            except VenueError as error:
                line.lost(str(error), refused=isinstance(error, VenueRefusedError))
                asked = (error.retry_after or 0.0) if isinstance(error, VenueLostError) else 0.0
                # A thousand bots that lost a venue together must not come back together.
                pause = max(float(self._document.data.retry_interval), asked)
                await asyncio.sleep(pause * random.uniform(1.0, _SPREAD))
            else:
                line.back()
                return done

    def _word_of_line(self, sentence: str, trouble: bool) -> None:
        self._keep(of_line(sentence, datetime.now(UTC), trouble=trouble))

    def _keep(self, event: Event) -> bool:
        """Keep and tell an event of the bot's own life; say whether the journal took it."""
        try:
            self.trader.say(event)
        except Exception as error:
            self._failed(error)
            return False
        return True

    def _identity(self) -> Identity:
        spec = self.trader.terms.spec
        return Identity(self._name, self._document.symbol, self._document.mode, spec.base, spec.quote)

    async def _begin_again(self, error: BaseException) -> BaseException | None:
        """Rebuild the strategy after a failure, or go on without it; return what failed doing so."""
        self.last_error, failures = f"{type(error).__name__}: {error}", self._failures
        self._metrics.error("journal" if isinstance(error, JournalError) else "strategy")
        LOGGER.error("error in the strategy: %s", self.last_error, exc_info=error)
        failures.note(error, time.monotonic())
        await self._pause(failures.pause_seconds)
        self._journal.discard()
        self._without_rules = self._without_rules or failures.too_many
        try:
            self.trader, self.feed = self._restored()
            if self._without_rules:
                self.trader.halt_for_failures(self.last_error, datetime.now(UTC))
            elif failures.is_news:
                self.trader.say(strategy_failed(self.last_error, datetime.now(UTC)))
        except JournalError as again:
            return again
        self.restarts += 1
        self._life = self._new_life()
        return None

    def _ask_strategy_again(self) -> None:
        """Go on with the strategy that had failed, since a person has resumed the bot."""
        self._failures, self._without_rules = Failures(on_probation=True), False
        self.trader, self.feed = self._restored()
        self.restarts += 1
        self._life = self._new_life()

    async def _pause(self, seconds: float) -> None:
        """Wait, but not when the bot is to stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    def _restored(self, feed: Feed | None = None) -> tuple[Trader, Feed]:
        """Return a trader that goes on from the journal, and a feed that goes on from there with it.

        A feed that has been prepared is the same.
        """
        saved = self._journal.load()
        if feed is None:
            state = saved.state if saved else None
            settings = feed_settings(
                self._document,
                state.bar_time if state else None,
                holds_position=bool(state and state.lots),
                bot=self._name,
            )
            feed = open_feed(self._document.data.data_source, settings)
        terms = terms_of(self._document, self._name, feed.spec)
        rules = WithoutRules() if self._without_rules else self._document.strategy.rules()
        trader = Trader(terms, rules, self._journal, saved, self._watch)
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
        return Life(
            trader,
            self._connected,
            settings,
            self.fallback,
            self._stop,
            self._saw,
            self._bar_came,
            self._metrics.order_took,
        )

    def _watch_paper(self, change: Change) -> None:
        for event in change.events:
            _tell(on_paper(event))

    def _watch(self, change: Change) -> None:
        for event in change.events:
            _tell(event)
        if change.events:
            self.carrying.poke()
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

    def _saw(self, bar: Bar) -> None:
        self._pictures.saw(bar)
        self.recent.saw(bar)

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

    def _say_greeting(self) -> None:
        self.trader.say(started(datetime.now(UTC), self._greeting()))
        document = self._document.canonical_json()
        before = self._journal.note_document(document)
        if before is not None and (changes := differences(before, document)):
            self.trader.say(reconfigured(datetime.now(UTC), changes))

    def _say_farewell(self) -> None:
        """Tell how the bot leaves things; a journal that takes no word keeps it from no stop."""
        farewell = self._farewell()
        try:
            self.trader.say(stopped(datetime.now(UTC), farewell))
        except JournalError as error:
            LOGGER.error("%s; %s", farewell, error)

    def _farewell(self) -> str:
        position, stops = self.trader.book.position, self.trader.resting()
        held = f"the position of {position:f} is kept" if position else "no position is open"
        resting = f", and its stop rests at the venue at {' and '.join(str(stop.stop_price) for stop in stops)}"
        others = [order_id for order_id, intent in self.trader.orders.intents.items() if not intent.is_stop]
        asked = f"; asked for at the next start: {', '.join(others)}" if others else ""
        return f"stopped; {held}{resting if stops else ''}{asked}"


def _tell(event: Event) -> None:
    level = logging.ERROR if event.kind == EventKind.ERROR else logging.INFO
    # The market's time: it is not the clock's on a replayed or quickened market.
    LOGGER.log(level, "[%s] %s", f"{event.time:%Y-%m-%d %H:%M}", event.text)
