"""What a process finds around it and leaves behind: the market, the exchange, the network between, and its journal."""

from collections.abc import Callable
from datetime import datetime
from random import Random

from sqlalchemy import Engine

from adapters.live.broker import Execution
from bots.trading.keeping import Change
from strategies.errors import JournalError
from tests.simulation.clock import VirtualLoop
from tests.simulation.exchange import Exchange, Placed
from tests.simulation.faults import Faults
from tests.simulation.invariants import Invariants
from tests.simulation.journals import Database, InMemory, OnFile, Watched
from tests.simulation.market import Market
from tests.simulation.network import Network
from tests.simulation.plan import Plan
from tests.simulation.source import Wire
from tests.simulation.trace import Trace

_JOURNAL = ("fails", "fails once it is written")


class Surroundings:
    """Everything of one run that outlives a process."""

    def __init__(self, plan: Plan, loop: VirtualLoop, engine: Engine | None) -> None:
        self.plan, self.loop = plan, loop
        self.trace = Trace()
        self.faults = Faults(plan, self.trace)
        self.held = Invariants(plan, loop.time)
        self.market = Market(Random(f"market {plan.seed}"), plan.weather, plan.terms.spec.price_step)
        terms = plan.terms
        self.exchange = Exchange(
            terms.spec, plan.manners, terms.initial_balance, self.faults.dice("exchange"), self._to_the_millisecond
        )
        self.exchange.watch = self._executed
        self.exchange.over = self.held.order_over
        self.network = Network(loop, self.exchange, self.faults, plan.rates, self.held, self.trace)
        self.wire = Wire(loop, self.network)
        self.database = Database()
        self._engine = engine

    def note(self, who: str, what: str) -> None:
        """Add a step to the trace."""
        self.trace.note(self.loop.now, who, what)

    def open_journal(self, alive: Callable[[], None], crash: Callable[[str], None]) -> Watched:
        """Open the journal for a process."""
        journal = InMemory(self.database) if self._engine is None else OnFile(self._engine)

        def around(change: Change, write: Callable[[], None]) -> None:
            alive()
            crash("before a journal write")
            way = self.faults.pick("journal", self.plan.rates.journal, _JOURNAL)
            if way == "fails":
                raise JournalError("the disk is full")
            write()
            self.note("journal", _words(change))
            self.held.written(change)
            crash("after a journal write")
            if way is not None:
                raise JournalError("the connection broke off")

        journal.around = around
        return journal

    def _executed(self, order: Placed, execution: Execution) -> None:
        request = order.request
        self.note("exchange", f"{request.client_order_id}: {request.side} {execution.quantity} at {execution.price}")
        self.held.executed(order, execution)

    def _to_the_millisecond(self) -> datetime:
        now = self.loop.wall()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _words(change: Change) -> str:
    intents = [f"means {each.client_order_id}" for each in change.intents]
    updates = [f"{each.client_order_id} is {each.status}" for each in change.updates]
    return ", ".join([*intents, *updates]) or "state"
