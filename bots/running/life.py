"""One life of a bot's node: built, run until something ends it, and stopped cleanly."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum, auto

from adapters.pacing import Lockstep
from bots.running.connections import Connections
from bots.running.fallback import Fallback
from bots.running.node import LiveNode, NodeSettings, build_node
from bots.trading.trader import Trader
from strategies.bar import Bar
from strategies.desk import Hooks

_POLL_SECONDS = 0.5
_START_PATIENCE_SECONDS = 90.0
_SETTLE_SECONDS = 1.0
# To take a stop back and to sell are two questions to a venue.
_VENUE_SECONDS = 8.0
_STOP_SECONDS = 2.0
_LONGEST_PAUSE_SECONDS = 60.0


class End(Enum):
    """Why a life ended."""

    STOPPED = auto()
    FEED_ENDED = auto()
    FAILED = auto()
    REBUILT = auto()


def pause_after(tries: int) -> float:
    """Return the seconds to wait after so many tries to do what a halt asks for."""
    return min(2.0 ** (tries - 1), _LONGEST_PAUSE_SECONDS)


class Life(Hooks):
    """Runs one node; a failed strategy ends this life and not the process.

    Parameters
    ----------
    trader : Trader
        The decisions; restored from the journal.
    connected : Connections
        Where the bars come from and the orders go.
    settings : NodeSettings
        How the node is run.
    fallback : Fallback
        Steps in while the broker is away.
    stop : asyncio.Event
        Set by whoever wants the bot to stop.
    saw, bar_came, order_took : callable
        Called with each bar, after each bar, and with the seconds that an order took.
    """

    def __init__(
        self,
        trader: Trader,
        connected: Connections,
        settings: NodeSettings,
        fallback: Fallback,
        stop: asyncio.Event,
        saw: Callable[[Bar], None],
        bar_came: Callable[[], None],
        order_took: Callable[[float], None],
    ) -> None:
        self.error: BaseException | None = None
        self.starting = True
        self.warm_since: datetime | None = None
        self.ended = False
        self.live: LiveNode | None = None
        self._trader, self._connected, self._settings = trader, connected, settings
        self._fallback, self._stop = fallback, stop
        self._saw, self._bar_came, self._order_took = saw, bar_came, order_took
        self._lockstep = Lockstep()
        self._rebuilding = False
        self._over = asyncio.Event()
        self._order_over = asyncio.Event()
        self._sent: dict[str, float] = {}
        self._bars_told = trader.bars_traded
        self._tries, self._next_try = 0, 0.0

    async def run(self, built: Callable[[], None], *, close_positions: bool) -> End:
        """Run until the bot is told to stop, the feed ends or the strategy fails.

        `built` is called when the node stands and before it starts; with `close_positions` a clean stop closes them.
        """
        live = build_node(self._trader, self._connected, self._settings, self, self._lockstep, ended=self._feed_ended)
        self.live = live
        built()
        running = asyncio.create_task(live.node.run_async())
        try:
            await self._until_over(live, running)
            self._lockstep.hold()
            self._trader.stop_entering()
            await self._settled(live)
            # Before the past is known an exit would race with what the journal still has to settle.
            if close_positions and self.error is None and not self.starting:
                live.strategy.close_all()
                await self._settled(live)
        finally:
            if live.node.is_running():
                await live.node.stop_async()
            running.cancel()
            await asyncio.wait([running], timeout=_STOP_SECONDS)
        if self.error is not None:
            return End.FAILED
        if self._rebuilding and not self._stop.is_set():
            return End.REBUILT
        return End.STOPPED if self._stop.is_set() else End.FEED_ENDED

    async def _until_over(self, live: LiveNode, running: "asyncio.Task[None]") -> None:
        """Return when the bot is to stop, the feed has ended, or `error` says what went wrong."""
        events = [asyncio.create_task(event.wait()) for event in (self._stop, self._over)]
        patience = time.monotonic() + _START_PATIENCE_SECONDS
        try:
            while True:
                done, _ = await asyncio.wait(
                    [running, *events], timeout=_POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if running in done and not self._stop.is_set():
                    self.error = self.error or running.exception() or RuntimeError("the node ended by itself")
                if done:
                    return
                self.pursue()
                if not self._connected.feed_line.is_up:
                    # It tries by itself for as long as it takes; another life would do no better.
                    patience = time.monotonic() + _START_PATIENCE_SECONDS
                if self.starting and time.monotonic() > patience:
                    self.error = ConnectionError("the venue gave no connection or no history; is it reachable?")
                    return
        finally:
            for event in events:
                event.cancel()

    def pursue(self) -> None:
        """Look after orders and do what a halt asks for, as far as that can be done now; the next look goes on."""
        # Before the past is known an exit would race with what the journal still has to settle.
        if self.live is None or self.starting or self.error is not None:
            return
        if self._over.is_set() or self._stop.is_set():
            return
        # Whoever heard of it, a poll or the next bar: a person lets the strategy that had failed be asked again.
        if self._trader.asks_for_its_rules:
            self._rebuilding = True
            self._over.set()
            return
        self._fallback.look(self._trader, self._connected.broker_line)
        self.live.strategy.look_at_clock(market_open=self._connected.feed.market_open(datetime.now(UTC)))
        if not self._trader.book.lots and not self._trader.unresolved():
            self._tries, self._next_try = 0, 0.0
        elif time.monotonic() >= self._next_try and self.live.strategy.obey_halt():
            self._tries += 1
            self._next_try = time.monotonic() + pause_after(self._tries)

    async def _settled(self, live: LiveNode) -> None:
        """Wait until no order is on its way, but not for ever: the journal remembers what is."""
        try:
            async with asyncio.timeout(_SETTLE_SECONDS if self._connected.broker is None else _VENUE_SECONDS):
                while live.strategy.orders_in_flight and self.error is None:
                    await self._order_over.wait()
                    self._order_over.clear()
        except TimeoutError:
            return

    # -- what the strategy and the feed tell ---------------------------------------------------------------------

    def bar_seen(self, bar: Bar, *, late: bool) -> None:
        """Let paper trades, if there are any, see it, too, and whoever draws."""
        self._saw(bar)
        self._fallback.bar_seen(self._trader, bar, late=late)

    def bar_done(self) -> None:
        """Let the market go on."""
        if self._trader.bars_traded != self._bars_told:
            self._bars_told = self._trader.bars_traded
            self._bar_came()
        self._lockstep.done()

    def order_sent(self, order_id: str) -> None:
        """Start the clock of an order, and let the market wait for its end."""
        self._lockstep.begin()
        self._sent[order_id] = time.perf_counter()

    def order_finished(self, order_id: str) -> None:
        """Stop it."""
        self._order_over.set()
        if (sent := self._sent.pop(order_id, None)) is not None:
            self._order_took(time.perf_counter() - sent)

    def is_late(self, bar_time: datetime) -> bool:
        """Say whether a bar was filled in from behind a gap."""
        return self._connected.feed_line.take_late(bar_time)

    def warmed_up(self) -> None:
        """Note that live bars come from here on."""
        self.warm_since = datetime.now(UTC)
        self.starting = False

    def failed(self, error: Exception) -> None:
        """End this life."""
        self.error = error
        self._over.set()

    def _feed_ended(self) -> None:
        self.ended = True
        self._over.set()
