"""One process of the bot, from its start to its end or death: what session.py and life.py do around the product."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from adapters.live.following import Follower
from adapters.live.line import Line
from adapters.live.passing import Passing
from adapters.live.source import Quote
from bots.running.settling import BY, come_to_terms
from bots.trading.events import of_line, strategy_failed
from bots.trading.keeping import Change
from bots.trading.terms import history_bars
from bots.trading.trader import Trader
from strategies.desk import Hooks
from strategies.errors import JournalError, VenueError, VenueLostError
from tests.simulation.broker import SimulatedBroker
from tests.simulation.carrier import Carrier
from tests.simulation.faults import KilledError
from tests.simulation.market import INTERVAL, SECONDS
from tests.simulation.mortal import Mortal
from tests.simulation.node_orders import Orders
from tests.simulation.rules import Whims
from tests.simulation.source import SimulatedSource
from tests.simulation.surroundings import Surroundings

_RETRY_SECONDS = 5.0
_LOOK_SECONDS = 30.0
_FAILURES_ALLOWED = 3
_VENUE_SECONDS = 8.0


class Process(Mortal, Hooks):
    """Runs lives one after another until it is told to stop, gives up, or is killed."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self.stopping = asyncio.Event()
        self.closing = False
        self.carrier: Carrier | None = None
        self._failed = asyncio.Event()
        self._order_over = asyncio.Event()
        self._error: Exception | None = None
        self._living = False
        half = around.plan.bars * SECONDS / 2
        self._terms = around.plan.terms if around.loop.now < half else around.plan.later
        self.feed_line = Line("the feed", self._word_of_line)
        self.broker_line = Line("the broker", self._word_of_line)
        self.trader: Trader | None = None
        self._tasks.append(self._guarded(self._session()))

    def word(self, step: Callable[[Trader], object]) -> None:
        """Let a person say a word to the trader, if it listens."""
        if self.dead or not self.ready or self.trader is None or self._error is not None:
            return
        try:
            step(self.trader)
        except KilledError:
            return
        except JournalError as error:
            self.failed(error)

    # -- as session.py -------------------------------------------------------------------------------------------

    async def _session(self) -> None:
        failures = 0
        while True:
            await self._one_life()
            if self._error is None:
                self._end()
                return
            while self._error is not None:
                failures += 1
                if failures >= _FAILURES_ALLOWED:
                    self.kill("giving up")
                    return
                await asyncio.sleep(0.5 if failures == 1 else 3.0)
                self.journal.discard()
                failed, self._error = self._error, None
                try:
                    self.trader = self._restored()
                    self.trader.say(strategy_failed(repr(failed), self.wall()))
                except JournalError as error:
                    self._error = error

    def _end(self) -> None:
        assert self.trader is not None
        try:
            self.journal.flush(self.trader.state)
        except JournalError:
            self.kill("with a journal that cannot be written")
            return
        self._around.note("process", "ends as it was told")
        self.over.set()

    async def _one_life(self) -> None:
        self._begin_life()
        self._failed.clear()
        preparing = self._around.loop.create_task(self._prepare())
        self._tasks = [*(task for task in self._tasks if not task.done()), preparing]
        try:
            await self._until(preparing)
            if preparing.done():
                preparing.result()
                await self._until()
                await self._close()
                # A node takes a moment to stop, and its tasks go on meanwhile.
                await asyncio.sleep(0.2)
        except JournalError:
            # Before there is a life that could fail, the process ends.
            self.kill("with a journal that fails at the start")
            raise KilledError from None
        finally:
            self.ready = self._living = False
            preparing.cancel()
            self._end_life()

    async def _until(self, *work: "asyncio.Task[None]") -> None:
        """Wait until the process is to stop, this life has failed, or a piece of work is done."""
        words = [asyncio.ensure_future(each.wait()) for each in (self.stopping, self._failed)]
        try:
            await asyncio.wait([*words, *work], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for word in words:
                word.cancel()

    async def _prepare(self) -> None:
        around = self._around
        self.trader = trader = self._restored()
        broker = SimulatedBroker(around.network, self.alive, self.crash)
        await self._insist(self.broker_line, lambda: broker.prepare(trader.terms.spec))
        insist = partial(self._insist, self.broker_line)
        standing = await come_to_terms(trader, broker, self.broker_line, insist)
        around.note("process", f"has settled, {len(standing)} orders stand")
        self._living = True
        orders = Orders(self)
        passing = Passing(orders, broker, self.broker_line)
        self.carrier = orders.carrier = carrier = Carrier(trader, self, orders, passing, self)
        self.spawn(passing.listen())
        self.spawn(passing.look())
        await asyncio.sleep(0.2)
        for order in standing:
            carrier.adopt(order)
        source = SimulatedSource(trader.terms.spec, around.market, around.wire, around.network, self.alive)
        follower = Follower(source, INTERVAL, self.feed_line, INTERVAL / 12, carrier.bar, self._quote)
        resuming = trader.bar_time is not None
        wanted = history_bars(5, trader.rules.warm_up, resuming=resuming)
        missed = 0 if trader.bar_time is None else (self.wall() - trader.bar_time) // INTERVAL
        past = await follower.history(wanted + missed)
        carrier.catch_up(past)
        self.spawn(follower.run())
        self.spawn(self._pursue())
        self.ready = True
        around.note("process", "is ready")

    def _restored(self) -> Trader:
        plan = self._around.plan
        return Trader(self._terms, Whims(plan.habits), self.journal, self.journal.load(), self._committed)

    async def _insist[T](self, line: Line, step: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                done = await step()
            except VenueError as error:
                line.lost(str(error))
                asked = (error.retry_after or 0.0) if isinstance(error, VenueLostError) else 0.0
                await asyncio.sleep(max(_RETRY_SECONDS, asked))
            else:
                line.back()
                return done

    def _word_of_line(self, sentence: str, trouble: bool) -> None:
        try:
            if self.trader is not None:
                self.trader.say(of_line(sentence, self.wall(), trouble=trouble))
        except Exception as error:
            self.failed(error)

    def _committed(self, change: Change) -> None:
        trader, held = self.trader, self._around.held
        if trader is not None and change.intents:
            held.decided(trader, change)
        for event in change.events:
            self._around.note("tells", event.text)
            held.holds("in no book" not in event.text, "every execution has a place", event.text)
            # In these runs nobody touches the account by hand.
            held.holds(BY not in event.text, "the account never seems wrong", event.text)

    # -- as life.py ----------------------------------------------------------------------------------------------

    async def _pursue(self) -> None:
        tries, next_try, loop = 0, 0.0, self._around.loop
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            assert self.carrier is not None
            assert self.trader is not None
            self.carrier.look_at_clock()
            if not self.trader.book.lots and not self.trader.unresolved():
                tries, next_try = 0, 0.0
            elif loop.time() >= next_try and self.carrier.obey_halt():
                tries += 1
                next_try = loop.time() + min(2.0 ** (tries - 1), 60.0)

    async def _close(self) -> None:
        """As a clean stop does: wait for what is on its way, but not for ever."""
        if self._error is not None or self.trader is None or self.carrier is None:
            return
        self.trader.stop_entering()
        await self._settled(self.carrier)
        if self.closing and self.ready:
            self.carrier.close_all()
            await self._settled(self.carrier)

    async def _settled(self, carrier: Carrier) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_VENUE_SECONDS):
                while carrier.orders_in_flight and self._error is None:
                    await self._order_over.wait()
                    self._order_over.clear()

    def is_late(self, bar_time: datetime) -> bool:
        return self.feed_line.take_late(bar_time)

    def order_finished(self, order_id: str) -> None:
        self._order_over.set()

    def failed(self, error: Exception) -> None:
        self._around.note("process", f"fails: {error!r}"[:200])
        # As in session.py: between two lives it is the last one that is told, and nobody looks at that any more.
        if self._living:
            self._error = error
            self._failed.set()

    def _quote(self, quote: Quote) -> None:
        if self._around.plan.quotes and self.carrier is not None:
            self.carrier.quote(float(quote.bid))
