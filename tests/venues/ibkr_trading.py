"""A bot of a shipped document that trades on the double of TWS, hour by hour, and what must hold of both."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from strategies.bar import Bar
from tests.venues.agreement import AtVenue, agree, drive_until, journalled_fills
from tests.venues.bots import VenueBot, dealt_with, settled_at, shipped
from tests.venues.test_binance_bots import OFTEN, UNLIMITED, coming
from tests.venues.tws.books import Order
from tests.venues.tws.double import TwsDouble
from tests.venues.tws.misbehaving import OrderFault
from tests.venues.tws.wire import Message

SYMBOL, SIZE = "AAPL", "1 hour"
# The entry comes with the second bar after it.
PAST = 42
MOST_BARS = 300
# Of the orders alone an undisturbed trade needs four.
MOST_MESSAGES = 60
CASH = Decimal(100_000)

AT: dict[str, Callable[[Message], bool]] = {
    "entry": lambda asked: asked.name == "placeOrder" and asked["action"] == "BUY",
    "exit": lambda asked: asked.name == "placeOrder" and asked["action"] == "SELL" and asked["type"] == "MKT",
    "stop": lambda asked: asked.name == "placeOrder" and asked["type"] == "STP LMT",
    "taking back": lambda asked: asked.name == "cancelOrder",
}


def begun(bar: Bar) -> Bar:
    """Return a bar at the moment of its opening."""
    return Bar(bar.time, bar.open, bar.open, bar.open, bar.open, 0.0)


class Trading:
    """A double whose hours pass one by one, and the bots that trade on it."""

    def __init__(self, double: TwsDouble, folder: Path, **risk: Any) -> None:
        self.double, self.folder = double, folder
        self._bars = coming(PAST + MOST_BARS, timedelta(hours=1), PAST)
        self._next = PAST
        double.past(SYMBOL, SIZE, [*self._bars[:PAST], begun(self._bars[PAST])])
        at = {"endpoints": {"host": "127.0.0.1", "port": double.port}}
        self.document = shipped(
            "0004", folder, broker=at, data={**at, "retry_interval": 0.3}, strategy=OFTEN,
            trading={"price_step": 0.01, "size_step": 1, "max_positions": 1}, risk_management=UNLIMITED | risk,
        )  # fmt: skip

    def bot(self) -> VenueBot:
        """Start a bot, with little patience."""
        program = (str(Path(__file__).with_name("ibkr_bot.py")),)
        return VenueBot(self.document, self.folder, live=True, program=program)

    def bars_that_close(self) -> tuple[Bar, Bar]:
        """Return the bar that closes next and the beginning of the one after it."""
        bar = self._bars[self._next]
        self._next += 1
        return bar, begun(self._bars[self._next])

    def close_bar(self) -> Bar:
        """Let the bar that is forming close, and return it."""
        bar, following = self.bars_that_close()
        for shown in (bar, following):
            self.double.show(SYMBOL, SIZE, shown)
        return bar

    def drive(self, bot: VenueBot, count: int = 1) -> None:
        """Let so many bars close, each once the bot has dealt with the one before and all lines are up."""
        for _ in range(count):
            bot.wait_for("a bot that is ready", lambda status: status["ready"])
            settled_at(bot, self.close_bar())

    def drive_until(self, bot: VenueBot, come: Callable[[dict[str, Any]], object]) -> None:
        """Let bars close until a bot's status is so."""
        drive_until(bot, come, lambda: self.drive(bot), MOST_BARS - 20)

    def drive_until_met(self, bot: VenueBot, fault: OrderFault) -> None:
        """Let bars close until a fault has met its message, whatever becomes of that."""
        while fault.times:
            bot.wait_for("a bot that is ready", lambda status: status["ready"])
            closed = f"{self.close_bar().time:%Y-%m-%dT%H:%M:%SZ}"
            bot.wait_for("the bar or the fault", partial(_is_at, fault, closed))

    def drive_until_held(self, bot: VenueBot) -> None:
        """Let bars close until the bot has a position, with its stop at the venue if there is to be one."""
        self.drive_until(bot, lambda status: status["position"]["lots"])
        self.agree(bot)

    def stop_at_venue(self) -> Order:
        """Return the order that rests."""
        return next(order for order in self.double.orders if order.stands)

    def drive_until_traded(self, bot: VenueBot, more: int = 1) -> None:
        """Let bars close until the bot has made so many more trades."""
        wanted = bot.wait_for("an answer", bool)["trades"] + more
        self.drive_until(bot, lambda status: status["trades"] >= wanted)

    def agree(self, bot: VenueBot, most_messages: int = MOST_MESSAGES) -> dict[str, Any]:
        """Hold the venue against the journal: position, orders, executions, money."""
        double = self.double
        bot.wait_for("the fault's end", lambda _: not double.is_at_fault())
        status = agree(bot, self.seen, most_messages)
        assert journalled_fills(bot) == executed(double), "each execution is booked once"
        numbers = [sent["order_id"] for sent in double.received("placeOrder")]
        assert len(numbers) == len(set(numbers)), "an order was changed, or its number used again"
        assert double.complaints == []
        return status

    def cash_agrees(self, status: dict[str, Any]) -> bool:
        """Say whether the bot's money is what the account's has become."""
        own = Decimal(str(status["broker_status"]["cash"])) - Decimal(25_000)
        return abs(self.double.cash["USD"] - CASH - own) < Decimal("0.000001")

    def seen(self) -> AtVenue:
        """Return what the double has."""
        double = self.double
        resting = [order.ref for order in double.orders if order.stands and order.action == "SELL"]
        sent = len(double.received("placeOrder")) + len(double.received("cancelOrder"))
        return AtVenue(double.position(SYMBOL), tuple(each.ref for each in double.orders), tuple(resting), sent)


def _is_at(fault: OrderFault, closed: str, status: dict[str, Any]) -> bool:
    return not fault.times or dealt_with(status, closed)


def executed(double: TwsDouble) -> list[tuple[str, Decimal]]:
    """Return the venue's executions, as a bot names them, with their quantities."""
    return sorted((done.number.rpartition(".")[0], done.quantity) for done in double.executions)


@contextmanager
def trading(folder: Path, **risk: Any) -> Iterator[Trading]:
    """Have a double on which bots trade; `risk` replaces keys of their document."""
    with TwsDouble() as double:
        yield Trading(double, folder, **risk)


def waits(double: TwsDouble, fault: OrderFault) -> OrderFault:
    """Let a fault wait for its message."""
    double.misbehaving.order_faults.append(fault)
    return fault
