"""A trader whose rules do what a script says, on bars made up for one purpose each."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from adapters.instrument import InstrumentSpec, simulated_instrument
from bots.config import parse_document
from bots.journal.memory import MemoryJournal
from bots.trading.halts import Halt
from bots.trading.keeping import Change, Journal, Saved, TraderState
from bots.trading.orders import Action, OrderIntent
from bots.trading.risk import Limits
from bots.trading.sizing import Sizing
from bots.trading.terms import StopOnExchange, Terms
from bots.trading.trader import Trader
from strategies.bar import Bar
from strategies.base import JsonObject, JsonScalar, Marks, Position, Rules, StrategySection
from strategies.desk import Cancel

START = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DOCUMENT = parse_document(
    {
        "trading": {"symbol": "BTCUSDT"},
        "strategy": {"entry_logic": {"name": "RSIBBEntryMixin"}, "exit_logic": {"name": "ATRExitMixin"}},
    }
)
SPEC = simulated_instrument(
    "BTCUSDT", price_step=Decimal("0.01"), size_step=Decimal("0.001"), min_notional=None, size_decimals=3
)


def bar(
    index: int, close: float, *, open: float | None = None, high: float | None = None, low: float | None = None
) -> Bar:
    """Return the hourly bar of that index; what is not given lies as near to the close as it can."""
    opened = close if open is None else open
    top = max(opened, close) if high is None else high
    bottom = min(opened, close) if low is None else low
    return Bar(START + HOUR * index, opened, top, bottom, close, 1.0)


def dashes(*closes: float) -> list[Bar]:
    """Return bars that never left their close."""
    return [bar(index, close) for index, close in enumerate(closes)]


def index_of(time: datetime) -> int:
    """Return the index of the bar that opened then."""
    return (time - START) // HOUR


@dataclass(slots=True)
class Followed(Marks):
    """Counts how often it was brought up to a later bar, and remembers the entry's bar."""

    opened: int = 0
    times: int = 0


class Script(Rules):
    """Enters on the bars named; exits on the bars named, for the reason given there; notes all that it is asked."""

    def __init__(self, enter: Iterable[int] = (), leave: Mapping[int, str] | None = None, *, warm_up: int = 0) -> None:
        self.warm_up = warm_up
        self.exit_reasons = ("script",)
        self.enter = set(enter)
        self.leave = dict(leave or {})
        self.asked: list[tuple[str, int]] = []
        self.positions: list[Position[Marks]] = []
        self.signals = 0
        self.seen: list[int] = []
        self.seen_when_asked: list[int] = []

    @classmethod
    def build(cls, section: StrategySection) -> Self:
        return cls()

    def update(self, bar: Bar) -> None:
        self.seen.append(index_of(bar.time))

    def should_enter(self, bar: Bar) -> bool:
        self._ask("enter", bar)
        return index_of(bar.time) in self.enter

    def entered(self, bar: Bar) -> None:
        self.signals += 1

    def open(self, bar: Bar) -> Marks:
        return Followed(index_of(bar.time))

    def follow(self, bar: Bar, marks: Marks) -> None:
        assert isinstance(marks, Followed)
        marks.times += 1

    def should_exit(self, bar: Bar, position: Position[Marks]) -> str | None:
        self._ask("exit", bar)
        self.positions.append(position)
        return self.leave.get(index_of(bar.time))

    def _ask(self, what: str, bar: Bar) -> None:
        self.asked.append((what, index_of(bar.time)))
        self.seen_when_asked.append(len(self.seen))

    def state(self) -> JsonObject:
        return {"signals": self.signals}

    def restore(self, state: Mapping[str, JsonScalar]) -> None:
        self.signals = int(state["signals"] or 0)

    def marks_to_json(self, marks: Marks) -> JsonObject:
        assert isinstance(marks, Followed)
        return {"opened": marks.opened, "times": marks.times}

    def marks_from_json(self, stored: Mapping[str, JsonScalar]) -> Marks:
        return Followed(int(stored["opened"] or 0), int(stored["times"] or 0))


class Listening(MemoryJournal):
    """Remembers every change, and whether it was urgent; `resumed` is a person's word."""

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[tuple[Change, bool]] = []
        self.resumed = False

    def commit(self, change: Change, state: Callable[[], TraderState | None], *, urgent: bool) -> None:
        super().commit(change, state, urgent=urgent)
        self.changes.append((change, urgent))

    def standing_halt(self) -> Halt | None:
        return None if self.resumed else super().standing_halt()

    @property
    def told(self) -> list[str]:
        """What a person was told."""
        return [event.text for event in self.events]


def orders_in(actions: Iterable[Action]) -> list[OrderIntent]:
    """Return what is to be sent, of which nothing may be the wish to take an order back."""
    found = []
    for action in actions:
        assert isinstance(action, OrderIntent)
        found.append(action)
    return found


class Desk:
    """A trader and a broker that fills its orders whole, at once and at the price on which they were decided.

    With `filling` false orders stay on their way until `fill` or the trader's own `on_rejected`. Stops rest until
    `fill`; what is to be taken back is noted in `cancels`, and taken back by `take_back`.
    """

    def __init__(
        self,
        rules: Script,
        limits: Limits | None = None,
        *,
        journal: Journal | None = None,
        saved: Saved | None = None,
        position_size: str = "0.5",
        max_exposure: str | None = None,
        commission: str = "0",
        spec: InstrumentSpec = SPEC,
        balance: str = "1000",
        stops: StopOnExchange | None = None,
    ) -> None:
        bounds = limits or Limits()
        self.rules = rules
        self.heard = Listening()
        self.commission = Decimal(commission)
        exposure = None if max_exposure is None else Decimal(max_exposure)
        sizing = Sizing(Decimal(position_size), exposure, self.commission)
        terms = Terms("0001", spec, bounds, sizing, Decimal(balance), stops)
        self.trader = Trader(terms, rules, journal or self.heard, saved)
        self.filling = True
        self.sent: list[OrderIntent] = []
        self.cancels: list[str] = []

    def play(self, bars: Iterable[Bar], **how: Any) -> "Desk":
        """Let the trader deal with these bars and fill what it orders."""
        for each in bars:
            self.take(self.trader.on_bar(each, **how))
        return self

    def take(self, actions: Iterable[Action]) -> None:
        """Take orders as a broker would."""
        for action in actions:
            if isinstance(action, Cancel):
                self.cancels.append(action.client_order_id)
                continue
            self.sent.append(action)
            if self.filling and not action.is_stop:
                self.fill(action)

    def take_back(self, detail: str = "taken back") -> None:
        """Let the venue take back the order that it was asked for last."""
        self.take(self.trader.on_cancelled(self.cancels[-1], detail, START))

    def fill(
        self, order: OrderIntent, *, quantity: str | None = None, price: str | None = None, trade_id: str = "1",
        complete: bool = True, commission: str | None = None, charged_in: str | None = None,
    ) -> None:  # fmt: skip
        """Execute an order or a part of it."""
        units = order.quantity if quantity is None else Decimal(quantity)
        at = order.reference_price if price is None else Decimal(price)
        fee = units * at * self.commission if commission is None else Decimal(commission)
        self.take(
            self.trader.on_execution(
                f"{order.client_order_id}.{trade_id}", order.client_order_id, units, at, fee,
                charged_in or self.trader.terms.spec.quote, order.bar_time, complete,
            )
        )  # fmt: skip

    @property
    def trades(self) -> list[tuple[int, int, str | None]]:
        """Closed trades as (entry's bar, exit's bar, reason)."""
        return [
            (index_of(trade.entry_bar), index_of(trade.exit_bar or START), trade.exit_reason)
            for trade in self.heard.trades
        ]

    @property
    def exit_price(self) -> Decimal | None:
        """The price of the last trade's exit."""
        return self.heard.trades[-1].exit_price
