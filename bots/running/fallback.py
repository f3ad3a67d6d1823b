"""While a real broker is away for long: entries are blocked, or made on paper if the document says so.

The paper trades have a trader and a journal of their own. A real position is never closed on paper, and paper money
never counts as the account's.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from adapters.live.line import Line
from bots.journal.store import SqlJournal
from bots.trading import events
from bots.trading.events import Event
from bots.trading.halts import HaltMode
from bots.trading.keeping import Change
from bots.trading.paper_fills import fill_on_paper
from bots.trading.risk import Refusal
from bots.trading.terms import Terms
from bots.trading.trader import Trader
from strategies.bar import Bar
from strategies.base import Rules

BROKER_LOST = "broker_lost"
OVER = "fallback_over"
_BY = "the live bot"


@dataclass(frozen=True, slots=True)
class Means:
    """What paper trades are made with.

    Parameters
    ----------
    rules : callable
        Makes the strategy anew.
    open_journal : callable
        Opens the journal of the paper trades.
    is_left_open : callable
        Says whether an earlier process has left paper positions in it.
    watch : callable
        Called with each change on paper after it was committed.
    bars : int
        How many past bars bring the strategy to the present.
    """

    rules: Callable[[], Rules]
    open_journal: Callable[[], SqlJournal]
    is_left_open: Callable[[], bool]
    watch: Callable[[Change], None]
    bars: int


class Fallback:
    """Steps in for a broker that is away, and out again.

    Parameters
    ----------
    most_restarts : int
        How often the connection is begun anew before that.
    means : Means, optional
        For trades on paper; without them entries are blocked only.
    """

    def __init__(self, most_restarts: int, means: Means | None) -> None:
        self.since: datetime | None = None
        self.trader: Trader | None = None
        self._most_restarts = most_restarts
        self._means = means
        self._journal: SqlJournal | None = None
        self._bars: deque[Bar] = deque(maxlen=1 if means is None else means.bars)
        self._left_open = means is not None and means.is_left_open()

    def look(self, live: Trader, line: Line) -> None:
        """Step in once the broker is away for too long, and out once it is there again."""
        if self.since is None and line.tries > self._most_restarts:
            self.since = _now()
            live.say(events.fallback_began(self.since, on_paper=self._means is not None))
        elif self.since is not None and line.is_up:
            self.since = None
            live.say(events.fallback_over(_now(), on_paper=self._means is not None))
        # A trader that was rebuilt meanwhile has to be told again.
        live.guard.outage = None if self.since is None else Refusal(BROKER_LOST, "the broker is away for too long")
        if self._means is not None and self._bars:
            with self._apart_from(live):
                if self.trader is None and (self._left_open or self.since is not None):
                    self._begin(self._means, live.terms)
                if self.trader is not None:
                    self._follow(live, self.trader)

    def bar_seen(self, live: Trader, bar: Bar, *, late: bool) -> None:
        """Deal with a bar on paper, after the live trader has dealt with it."""
        if self._means is None or (self._bars and bar.time <= self._bars[-1].time):
            return
        self._bars.append(bar)
        if (paper := self.trader) is None:
            return
        full = len(live.book.lots) + len(paper.book.lots) >= live.terms.limits.max_positions
        paper.guard.outage = Refusal(BROKER_LOST, "live positions count as well") if full else None
        with self._apart_from(live):
            self._deal_with(paper, bar, market_price=bar.close if late else None)

    def close(self) -> None:
        """Let go of the journal; what is open on paper is closed by the next process."""
        if self._journal is not None and self.trader is not None:
            self._journal.flush(self.trader.state)
            self._journal.close()
        self._journal = self.trader = None

    def describe(self) -> dict[str, Any] | None:
        """Return what is to be seen of paper trades, None while there are none."""
        if self.trader is None:
            return None
        book = self.trader.book
        return {
            "since": None if self.since is None else self.since.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "equity": float(self.trader.guard.equity),
            "position": float(book.position),
            "realised": float(book.realised),
            "trades": book.closed,
        }

    def _begin(self, means: Means, terms: Terms) -> None:
        self._journal, self._left_open = means.open_journal(), False
        saved = self._journal.load()
        paper = Trader(replace(terms, stop_on_exchange=None), means.rules(), self._journal, saved, means.watch)
        known, today = paper.bar_time, self._bars[-1].close
        paper.warm_up([bar for bar in self._bars if known is None or bar.time <= known])
        for order_id in paper.unresolved():
            # An order and its fill are one moment on paper: what has no fill was never made.
            actions = paper.on_never_arrived(order_id, _now(), market_price=today)
            fill_on_paper(paper, actions, terms.sizing.commission, _now())
        for bar in self._bars:
            if known is not None and bar.time > known:
                self._deal_with(paper, bar, market_price=today)
        self.trader = paper

    def _follow(self, live: Trader, paper: Trader) -> None:
        """Let the paper trader obey the live one's halt, and close what is open once the broker is back."""
        halt, standing, rate = live.guard.halt, paper.guard.halt, paper.terms.sizing.commission
        if halt is not None:
            mode = HaltMode.CLOSE_POSITIONS if halt.closes else HaltMode.BLOCK_ENTRIES
            paper.halt(mode, halt.detail, _now(), by=_BY)
        elif standing is not None and not standing.by_drawdown:
            paper.resume(_now(), by=_BY)
        actions = paper.close_all(OVER) if self.since is None else paper.obey_halt()
        fill_on_paper(paper, actions, rate, self._bars[-1].time)
        if self.since is None and not paper.book.lots:
            self.close()

    def _deal_with(self, paper: Trader, bar: Bar, *, market_price: float | None) -> None:
        fill_on_paper(paper, paper.on_bar(bar, market_price=market_price), paper.terms.sizing.commission, bar.time)

    @contextmanager
    def _apart_from(self, live: Trader) -> Iterator[None]:
        """Keep what goes wrong on paper away from the live trader: it is told, and there is no more paper then."""
        try:
            yield
        except Exception as error:
            self._means = self._journal = self.trader = None
            live.say(events.fallback_failed(f"{type(error).__name__}: {error}", _now()))


def on_paper(event: Event) -> Event:
    """Return an event of the paper trader so that nobody takes it for one of real money."""
    return replace(event, text=f"ON PAPER, the broker is away: {event.text}")


def _now() -> datetime:
    return datetime.now(UTC)
