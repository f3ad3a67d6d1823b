"""What must hold once everything has come to rest: what is still on its way, and whether bot and exchange agree."""

from collections import Counter
from collections.abc import Iterable

from adapters.live.broker import OrderPhase
from bots.trading.risk import highest_stop, levels
from bots.trading.selling import obstacle, sellable
from bots.trading.stops import may_be_renewed
from bots.trading.trader import Trader
from tests.simulation.process import Process
from tests.simulation.rules import Counted
from tests.simulation.surroundings import Surroundings

_TROUBLE = ("failed", "is lost", "asked for", "not at the venue", "could not be taken back", "without this bot's doing")


class Rest:
    """Looks at a bot and its surroundings as they are now."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def unrest(self, process: Process, trader: Trader) -> str:
        """Say what is still on its way or not as it should be, or nothing."""
        unresolved = [known for known, intent in trader.orders.intents.items() if not intent.is_stop]
        if unresolved:
            return f"on their way: {unresolved}"
        if lost := [line.name for line in (process.feed_line, process.broker_line) if not line.is_up]:
            return f"lost: {lost}"
        return "; ".join(filter(None, (self._of_lot(trader, number) for number in trader.book.lots)))

    def level(self, trader: Trader, number: int) -> float | None:
        """Return the price below which a lot must not be kept, if there is one."""
        lot = trader.book.lots[number]
        stop = highest_stop(levels(trader.terms.limits, float(lot.entry_price), lot.high))
        return None if stop is None else stop.price

    def is_stuck(self, trader: Trader, number: int) -> bool:
        """Say whether the exchange would take no order for a lot, and the bot knows."""
        lot, spec = trader.book.lots[number], trader.terms.spec
        return lot.unsellable and obstacle(spec, sellable(spec, lot.quantity), self._around.market.price) is not None

    def may_not_enter(self, trader: Trader) -> bool:
        """Say whether limits forbid entries for today, or a lot that cannot be sold takes up what they allow."""
        stuck = any(self.is_stuck(trader, number) for number in trader.book.lots)
        return trader.guard.refuse_entry() is not None or stuck

    def hold_books(self, trader: Trader) -> None:
        """Hold the bot's books against the exchange's."""
        held, exchange, book = self._around.held, self._around.exchange, trader.book
        coins, cash = exchange.base - exchange.spare[0], exchange.quote - exchange.spare[1]
        held.holds(coins == book.holding, "the position agrees", f"{coins} and {book}")
        held.holds(cash == book.cash, "the cash agrees", f"{cash} and {book.cash}")
        stops = {lot.stop_order for lot in book.lots.values()} - {None}
        resting = {each.request.client_order_id for each in exchange.open}
        held.holds(stops == resting, "the orders agree", f"{sorted(resting)} and {sorted(filter(None, stops))}")
        for lot in book.lots.values():
            counted = isinstance(lot.marks, Counted) and lot.marks.followed == lot.bars_held
            held.holds(counted, "marks follow every bar once", f"{lot.marks} of {lot.bars_held} bars")
        self._hold_words()

    def _of_lot(self, trader: Trader, number: int) -> str:
        lot, spec = trader.book.lots[number], trader.terms.spec
        if lot.exit_reason is not None and not lot.unsellable:
            return f"lot {number} should be sold"
        if lot.stop_order is None:
            watched = trader.terms.stop_on_exchange is None or self.level(trader, number) is None
            given_up = not may_be_renewed(lot.stop_losses) or lot.stop_retry.failures
            return "" if watched or given_up or lot.unsellable else f"lot {number} has no stop"
        placed = self._around.exchange.find(lot.stop_order)
        if placed is None or placed.phase is not OrderPhase.OPEN:
            return f"stop {lot.stop_order} does not rest"
        whole = placed.left == sellable(spec, lot.quantity)
        return "" if whole and not lot.stop_cancelling else f"stop {lot.stop_order} is not what it should be"

    def _hold_words(self) -> None:
        """Hold how much was told against how much has happened."""
        held, faults = self._around.held, self._around.faults
        told = Counter(what for _, who, what in self._around.trace.steps if who == "tells")
        happened = faults.count + faults.crashes
        starts = sum(1 for _, who, what in self._around.trace.steps if who == "process" and what == "starts")
        for sentence, times in told.items():
            # What a limit refuses is told once a day by each process.
            held.holds(
                times <= 3 + starts + happened // 2, "nothing is told again and again", f"{times} times: {sentence}"
            )
        troubles = _troubles(told.elements())
        held.holds(troubles <= 10 + 3 * happened, "trouble is told, not poured out", f"{troubles} words, {happened}")


def _troubles(told: Iterable[str]) -> int:
    return sum(1 for sentence in told if any(word in sentence for word in _TROUBLE))
