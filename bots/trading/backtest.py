"""Document's terms and bars -> trades and equity, by the trader and the fill rule that also trade live.

Between them and the bars stands nothing but a loop: no node, no queues, no matching engine (docs/adr/0002 has the
reasons and the figures; a test replays files through the live node and finds the same trades to the last digit).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bots.journal.memory import MemoryJournal
from bots.trading.book import open_trade
from bots.trading.halts import Halt
from bots.trading.paper_fills import fill_on_paper
from bots.trading.records import EquityPoint, Trade
from bots.trading.terms import Terms
from bots.trading.trader import Trader
from strategies.bar import Bar
from strategies.base import Rules


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """What a backtest brought; open lots end the list of trades."""

    trades: list[Trade]
    equity: list[EquityPoint]
    events: list[str]
    refusals: int
    halt: Halt | None


def run_backtest(terms: Terms, rules: Rules, bars: Sequence[Bar]) -> BacktestResult:
    """Trade the bars from the first to the last and return what came of it.

    Orders fill at the signal bar's close, protective exits at their level or, after a gap, at the open. The first
    bars warm the rules up.
    """
    journal = MemoryJournal()
    # In a file there is no exchange for a stop to rest at: bars are looked at as the bot itself looks at them.
    trader = Trader(replace(terms, stop_on_exchange=None), rules, journal)
    rate = terms.sizing.commission
    for bar in bars:
        if actions := trader.on_bar(bar):
            fill_on_paper(trader, actions, rate, bar.time)
    trades = journal.trades + [open_trade(lot) for lot in trader.book.lots.values()]
    return BacktestResult(
        trades, journal.equity, [event.text for event in journal.events], trader.guard.refusals, trader.guard.halt
    )
