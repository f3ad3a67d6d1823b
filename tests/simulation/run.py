"""One run: a storm of faults and crashes, then calm in which all must come to rest, then a fall of the price."""

import asyncio
from dataclasses import dataclass

from sqlalchemy import Engine

from adapters.live.broker import OrderPhase, OrderState
from adapters.live.source import Quote
from bots.trading.halts import HaltMode
from tests.simulation.clock import VirtualLoop, virtual_time
from tests.simulation.market import CALM, SECONDS, TICKS_A_BAR
from tests.simulation.plan import Plan, plan_of
from tests.simulation.process import Process
from tests.simulation.rest import Rest
from tests.simulation.surroundings import Surroundings
from tests.simulation.trace import Trace

_CALM_BARS = 150
_FALL_BARS = 30
_FALL_A_TICK = -0.004
_BY = "simulated person"
_WISH = "a person wants it"
_WISHES = {
    "halts entries": HaltMode.BLOCK_ENTRIES,
    "takes orders back": HaltMode.CANCEL_ORDERS,
    "closes everything": HaltMode.CLOSE_POSITIONS,
    "resumes": None,
}
_PAUSES_SECONDS = (0.5, 5.0, 20.0, 200.0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run went: the invariant that broke, if one did, and what was met on the way."""

    plan: Plan
    broken: tuple[str, str] | None
    trace: Trace
    trades: int
    crash_points: int

    def told(self) -> str:
        """Return what a person needs to look into it."""
        name, detail = self.broken or ("nothing", "")
        return f"seed {self.plan.seed} breaks: {name}\n  {detail}\n{self.trace.last()}"


def run_seed(seed: int, engine: Engine | None = None) -> Outcome:
    """Run a seed; on real SQLite where an engine is given, whose tables are there and empty."""
    return run_plan(plan_of(seed), engine)


def run_plan(plan: Plan, engine: Engine | None = None) -> Outcome:
    """Run a plan."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        with virtual_time(loop):
            return loop.run_until_complete(_Run(plan, loop, engine).run())
    finally:
        asyncio.set_event_loop(None)
        loop.close()


class _BrokenError(Exception):
    """An invariant is broken: the run ends here."""


class _Run:
    def __init__(self, plan: Plan, loop: VirtualLoop, engine: Engine | None) -> None:
        self._plan, self._loop = plan, loop
        self._around = Surroundings(plan, loop, engine)
        self._rest = Rest(self._around)
        self._process = Process(self._around)
        self._outage_left = 0

    async def run(self) -> Outcome:
        around = self._around
        keeping = self._loop.create_task(self._keep_alive())
        try:
            await self._storm()
            await self._calm()
            await self._fall()
        except _BrokenError:
            pass
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await self._process.bury()
        trader = self._process.trader
        closed = trader.book.closed if trader else 0
        return Outcome(self._plan, around.held.broken, around.trace, closed, around.faults.points)

    # -- the three parts -----------------------------------------------------------------------------------------

    async def _storm(self) -> None:
        faults, rates = self._around.faults, self._plan.rates
        for _ in range(self._plan.bars):
            self._begin_or_end_outage()
            if way := faults.pick("restart", rates.restart, ("told to stop", "told to stop and to close")):
                self._process.closing = "close" in way
                self._process.stopping.set()
            if way := faults.pick("taken away", rates.taken_away, ("a stop", "any order")):
                self._take_away(only_stops=way == "a stop")
            if faults.pick("other bots", 0.1, ("their orders are reported",)):
                self._report_others()
            self._person(faults.pick("person", rates.person, tuple(_WISHES)))
            if faults.crashes < self._plan.most_crashes and faults.pick("crash", rates.crash, ("out of the blue",)):
                faults.crashes += 1
                self._loop.call_later(faults.dice("storm").uniform(0, SECONDS), self._process.kill, "out of the blue")
            await self._bar()

    async def _calm(self) -> None:
        """Wait until everything has come to rest, and until the bot has traded once more."""
        around = self._around
        around.faults.calm, around.network.unreachable = True, False
        around.market.weather = CALM
        around.exchange.deposit()
        around.note("run", "it is calm from here on")
        closed = None
        for number in range(_CALM_BARS):
            await self._bar()
            trader = self._process.trader
            if trader is None or not self._process.ready or number < 3:
                continue
            if trader.guard.halt is not None:
                self._person("resumes")
            closed = trader.book.closed if closed is None else closed
            traded = trader.book.closed > closed or self._rest.may_not_enter(trader)
            if traded and number > 8 and not self._rest.unrest(self._process, trader):
                self._rest.hold_books(trader)
                return
        trader = self._process.trader
        unrest = "no trader" if trader is None else self._rest.unrest(self._process, trader) or str(trader.book)
        self._break("the bot comes to rest and trades on once it is calm", unrest)

    async def _fall(self) -> None:
        """Let the price fall below every level: what is protected must go."""
        trader = self._process.trader
        assert trader is not None
        self._around.note("run", "the price falls")
        trader.stop_entering()
        protected = [number for number in trader.book.lots if self._rest.level(trader, number) is not None]
        self._around.market.drift = _FALL_A_TICK
        left = protected
        for _ in range(_FALL_BARS):
            await self._bar()
            left = [each for each in protected if each in trader.book.lots and not self._rest.is_stuck(trader, each)]
            if not left and not self._rest.unrest(self._process, trader):
                self._rest.hold_books(trader)
                return
        self._break("what is protected is sold when the price falls", f"{left} of {trader.book}")

    # -- what happens --------------------------------------------------------------------------------------------

    async def _bar(self) -> None:
        """Let one bar pass."""
        around, market = self._around, self._around.market
        for _ in range(TICKS_A_BAR):
            await asyncio.sleep(SECONDS / TICKS_A_BAR)
            bar = market.tick()
            around.note("market", str(market.price))
            around.exchange.move(market.price)
            if bar is not None:
                around.wire.bar(bar)
            around.wire.quote(Quote(market.price, market.price, self._loop.wall()))
            if around.held.broken is not None:
                raise _BrokenError

    def _begin_or_end_outage(self) -> None:
        network = self._around.network
        if self._outage_left:
            self._outage_left -= 1
            network.unreachable = self._outage_left > 0
        elif self._around.faults.pick("outage", self._plan.rates.outage, ("everything",)):
            self._outage_left = self._around.faults.dice("storm").randint(1, 6)
            network.unreachable = True
            network.break_off()
            self._around.wire.break_off()

    async def _keep_alive(self) -> None:
        """Start the bot again whenever its process is over, as Kubernetes does."""
        faults = self._around.faults
        while True:
            await self._process.over.wait()
            await self._process.bury()
            await asyncio.sleep(1.0 if faults.calm else faults.dice("supervisor").choice(_PAUSES_SECONDS))
            self._around.note("process", "starts")
            self._process = Process(self._around)

    def _take_away(self, *, only_stops: bool) -> None:
        for order in self._around.exchange.open:
            if order.request.stop_price is not None or not only_stops:
                self._around.note("exchange", f"takes away {order.request.client_order_id}")
                self._around.exchange.end(order, "EXPIRED")
                return

    def _report_others(self) -> None:
        number = self._around.faults.dice("storm").randrange(1000)
        for each in range(number, number + 3):
            self._around.exchange.report(OrderState(f"0002-2601052310-B{each}-1", "7", OrderPhase.FILLED))

    def _person(self, wish: str | None) -> None:
        now = self._loop.wall()
        if wish is None:
            return
        mode = _WISHES[wish]
        if mode is None:
            self._process.word(lambda trader: trader.resume(now, by=_BY))
        else:
            self._process.word(lambda trader: trader.halt(mode, _WISH, now, by=_BY))

    def _break(self, invariant: str, detail: str) -> None:
        self._around.held.breaks(invariant, detail)
        raise _BrokenError
