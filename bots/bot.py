"""LiveTradingBot: a document as a bot that can be run, and asked how it is whether it runs or not."""

import asyncio
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine

from adapters.registry import open_feed
from adapters.simulated import SimulatedSource
from bots.config import Document, load_document
from bots.journal.history import Row, read_curve, read_events, read_orders
from bots.journal.memory import MemoryJournal
from bots.journal.opening import (
    JournalKey,
    forget_journal,
    journal_url,
    open_for_reading,
    open_journal,
)
from bots.journal.reading import (
    lift_halts,
    put_halt,
    read_address,
    read_equity,
    read_halt,
    read_hourly_equity,
    read_trades,
)
from bots.journal.store import SqlJournal, load_saved
from bots.notify.commands.alone import Alone
from bots.notify.notifiers import obeying
from bots.results.figures import describe as describe_figures
from bots.results.summary import Run, write_run
from bots.running.connections import refuse_real_money
from bots.running.health import Health, judge
from bots.running.options import RunOptions
from bots.running.progress import Progress
from bots.running.session import Session
from bots.seen.changing import Changing
from bots.seen.fetching import fetch_status
from bots.seen.history import History
from bots.seen.last_lines import LastLines
from bots.seen.logs import LOGGER, configure
from bots.seen.metrics import BotMetrics
from bots.seen.posting import Posting
from bots.seen.server import BotServer
from bots.seen.status import Surroundings, describe, one_line, standing
from bots.trading.halts import BY_API, MANUAL_HALT, Halt, HaltMode
from bots.trading.records import EquityPoint, Trade
from bots.trading.risk import MANUAL_CLOSE, PROTECTIVE_REASONS
from bots.trading.terms import feed_settings, terms_of
from bots.trading.trader import Trader
from bots.version import VERSION
from strategies.bar import Bar
from strategies.errors import BotUnreachableError, DocumentError, Fault, StartError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


class LiveTradingBot:
    """One bot.

    Parameters
    ----------
    document : str or Path
        The JSON document; its file's name is the bot's.
    options : RunOptions, optional
        Where it runs and how it is seen.

    Raises
    ------
    DocumentError
        If the document has faults.

    Examples
    --------
    >>> bot = LiveTradingBot("0001.json")  # doctest: +SKIP
    >>> bot.get_status()["broker_status"]["cash"]  # doctest: +SKIP
    1000.0
    """

    def __init__(self, document: str | Path, options: RunOptions | None = None) -> None:
        self.document: Document = load_document(document)
        self.options = options or RunOptions()
        self.name = self.options.name or Path(document).stem
        if not _NAME.fullmatch(self.name):
            told = f"{self.name!r} cannot name a bot, use letters, digits, '.', '-' and '_', 40 at most"
            raise DocumentError(str(document), [Fault("file name", told)])
        self._key = JournalKey(self.name, self.document.mode, self.document.symbol)
        self._url = journal_url(self._key, self.options.workdir, self.options.journal_url)
        self._session: Session | None = None
        self._feed_ended = False
        reasons = (*self.document.strategy.rules().exit_reasons, *PROTECTIVE_REASONS, MANUAL_CLOSE)
        self._metrics = BotMetrics(self.name, reasons)
        self._metrics.watch_status(self.get_status)
        self._metrics.watch_means(self.options.workdir)

    def run(self) -> int:
        """Trade until stopped, or until a replayed file ends; return the process' exit status.

        Raises
        ------
        TradingBotError
            If the bot cannot start.
        """
        document, options = self.document, self.options
        try:
            options.workdir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StartError(f"cannot make the working directory {options.workdir}: {error.strerror}") from error
        refuse_real_money(document, self.name)
        # A file of bars has an end, and its results are worked out of all of them.
        ends = document.data.file is not None
        journal = open_journal(self._key, self._url, save_equity=document.logging.save_equity_curve, forgets=not ends)
        try:
            progress = Progress(lambda: one_line(self.get_status()), LOGGER)
            configure(
                self.name,
                options.workdir,
                document.logging.path_for(self.name),
                "DEBUG" if options.debug else document.logging.level,
                json_console=options.json_console,
                before_line=progress.clear,
            )
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                return runner.run(self._run(journal, progress))
        finally:
            self._feed_ended = self._session is not None and self._session.feed_ended
            self._session = None
            journal.close()

    def stop(self) -> None:
        """Ask a running bot to stop cleanly; may be called from any thread."""
        if self._session is not None:
            self._session.stop_from_thread()

    async def _run(self, journal: SqlJournal, progress: Progress) -> int:
        session = self._session = Session(
            self.name, self.document, self.options, journal, self._metrics, progress, self.last_weeks
        )
        token_file, carrying = self.options.token_file, session.carrying
        # One process at a time can ask Telegram for commands: where there is a console, it does.
        asking = () if carrying.handing_over.leaves_it_to_a_console else carrying.notifiers
        async with obeying(asking, Alone(self, self.options.workdir)):
            log = LastLines(self.options.workdir / self.document.logging.path_for(self.name), token_file)
            posting = Posting(carrying.handing_over, token_file)
            return await session.run(BotServer(self, Changing(self, token_file), posting, log, History(self)))

    def forget(self) -> None:
        """Remove the journal of an earlier paper run.

        Raises
        ------
        StartError
            For a live bot, whose journal knows of real money.
        """
        if self.document.mode == "live":
            raise StartError("--fresh would forget real orders and positions; it is for paper bots only")
        forget_journal(self._key, self._url)

    # -- seen from outside ---------------------------------------------------------------------------------------

    @property
    def registry(self) -> CollectorRegistry:
        """The bot's metrics."""
        return self._metrics.registry

    def get_status(self) -> dict[str, Any]:
        """Return what the bot says of itself, wherever it runs; of a stopped bot, what its journal says."""
        session = self._session
        if session is None:
            if (told := self._told_by_another_process()) is not None:
                return told
            around = Surroundings(state="stopped", version=VERSION)
            return describe(self.document, self._trader_from_journal(), self.health(), around)
        around = Surroundings(
            state=session.state,
            version=VERSION,
            pid=os.getpid(),
            address=session.address,
            started=session.started,
            feed_connected=session.feed_connected,
            broker_connected=session.broker_connected,
            last_bar_arrived=session.last_bar_arrived,
            restarts=session.restarts,
            last_error=session.last_error,
            hold_until=session.changes.hold_until,
            fallback=session.fallback.describe(),
            notifications=session.carrying.describe(),
            console=session.carrying.console,
        )
        return describe(self.document, session.trader, self.health(), around)

    def health(self) -> Health:
        """Return what the probes answer."""
        if self._session is None:
            return Health(False, False, ("not running",))
        return judge(self._session.health_facts())

    def trades(self) -> list[Trade]:
        """Return closed trades and open ones, from the journal."""
        with open_for_reading(self._key, self._url) as engine:
            return read_trades(engine) if engine is not None else []

    def equity_curve(self, limit: int | None = None) -> list[EquityPoint]:
        """Return the equity curve, from the journal; the last `limit` points, where given."""
        with open_for_reading(self._key, self._url) as engine:
            return read_equity(engine, limit) if engine is not None else []

    @property
    def interval(self) -> str:
        """The length of its bars."""
        return self.document.data.interval

    def bars(self, limit: int) -> list[Bar]:
        """Return the last bars that it has seen since its start, the past that it was warmed up on included."""
        return self._session.recent.last(limit) if self._session is not None else []

    def orders(self, limit: int) -> list[Row]:
        """Return its last orders, newest first, from the journal."""
        return self._look_back(lambda engine: read_orders(engine, limit))

    def events(self, limit: int) -> list[Row]:
        """Return what happened to it last, newest first, from the journal."""
        return self._look_back(lambda engine: read_events(engine, limit))

    def curve(self, points: int) -> list[Row]:
        """Return equity and drawdown in all, in so many points, from the journal."""
        return self._look_back(lambda engine: read_curve(engine, points))

    def last_weeks(self) -> list[EquityPoint]:
        """Return the account's last thirty days, few enough points to be drawn, from the journal."""
        with open_for_reading(self._key, self._url) as engine:
            last = read_equity(engine, 1) if engine is not None else []
            if engine is None or not last:
                return []
            return read_hourly_equity(engine, last[0].time, self.document.interval_delta, 30)

    def finished(self) -> list[str]:
        """Return the figures of a run whose market came to its end, and write its results; else nothing.

        They lie in reports/<bot>/ of the working directory, in the same files as those of a backtest.
        """
        equity, trades = (self.equity_curve(), self.trades()) if self._feed_ended else ([], [])
        if not equity:
            return []
        feed = open_feed(self.document.data.data_source, feed_settings(self.document))
        bars = feed.bars_between(equity[0].time, equity[-1].time) if isinstance(feed, SimulatedSource) else []
        run = Run(self.name, self.document, bars, equity, trades)
        folder = self.options.workdir / "reports" / self.name
        write_run(folder, run, {})
        LOGGER.info("report: %s", folder / "report.html")
        return describe_figures(run.figures)

    def put_halt(self, mode: HaltMode, reason: str) -> Halt:
        """Halt a bot in its journal, wherever it runs or will run; return the halt that stands then.

        Raises
        ------
        StartError
            If it has no journal here.
        """
        with open_for_reading(self._key, self._url) as engine:
            if engine is None:
                raise StartError(
                    f"nothing is halted: no {self.document.mode} bot {self.name} has run here; name the --workdir or "
                    "--journal of the one that runs"
                )
            return put_halt(engine, Halt(MANUAL_HALT, reason, datetime.now(UTC), mode))

    def is_running(self) -> bool:
        """Say whether a process runs this bot and answers."""
        return self._session is not None or self._told_by_another_process() is not None

    def lift_halt(self) -> bool:
        """Let a halted bot make entries again; say whether it was halted."""
        with open_for_reading(self._key, self._url) as engine:
            return engine is not None and lift_halts(engine) > 0

    # -- changes to a running bot; in its own loop ----------------------------------------------------------------

    def halt(self, mode: HaltMode, reason: str, *, by: str = BY_API) -> dict[str, Any]:
        """Let a running bot make no entries until it is resumed, and close everything if that is the mode.

        Raises
        ------
        JournalError
            If the halt cannot be kept: it does not count then.
        """
        session = self._running()
        session.changes.halt(mode, reason, by=by)
        return standing(session.trader, session.changes.hold_until)

    def resume(self, *, by: str = BY_API) -> dict[str, Any]:
        """Let a running bot make entries again after a halt."""
        session = self._running()
        session.changes.resume(by=by)
        return standing(session.trader, session.changes.hold_until)

    def hold(self, seconds: int) -> dict[str, Any]:
        """Let a running bot make no entries for so many seconds; 0 ends a hold."""
        session = self._running()
        session.changes.hold(seconds)
        return standing(session.trader, session.changes.hold_until)

    def _running(self) -> Session:
        if self._session is None:
            raise BotUnreachableError(f"{self.name} does not run in this process")
        return self._session

    def _look_back(self, read: Callable[[Engine], list[Row]]) -> list[Row]:
        with open_for_reading(self._key, self._url) as engine:
            return read(engine) if engine is not None else []

    def _told_by_another_process(self) -> dict[str, Any] | None:
        with open_for_reading(self._key, self._url) as engine:
            address = read_address(engine) if engine is not None else None
        if address is None:
            return None
        try:
            told = fetch_status(address)
        except BotUnreachableError:
            return None
        # The address may be another bot's by now.
        mine = (self.name, self.document.mode, self.document.symbol)
        return told if (told["bot"], told["mode"], told["symbol"]) == mine else None

    def _trader_from_journal(self) -> Trader:
        with open_for_reading(self._key, self._url) as engine:
            saved = load_saved(engine) if engine is not None else None
            halt = read_halt(engine) if engine is not None else None
        spec = open_feed(self.document.data.data_source, feed_settings(self.document)).spec
        terms = terms_of(self.document, self.name, spec)
        return Trader(terms, self.document.strategy.rules(), MemoryJournal(halt), saved)
