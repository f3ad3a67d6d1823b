"""Document and bars -> trades and equity, through Nautilus' BacktestEngine and the strategy that also trades live."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import numpy as np
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.cache.config import CacheConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.data import Bar as NautilusBar
from nautilus_trader.model.enums import AccountType, OmsType
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money
from nautilus_trader.risk.config import RiskEngineConfig

from adapters.mock_broker import BacktestMockClient, MockAccount
from adapters.nautilus_quirks import PORTFOLIO, forget_trade_statistics
from adapters.nautilus_types import bar_type, decimals_of, instrument, simulated_currency
from bots.book import open_trade
from bots.journal.memory import MemoryJournal
from bots.records import EquityPoint, Trade
from bots.trader import Terms, Trader
from strategies.bar import Bar
from strategies.base import Rules
from strategies.strategy import RuleStrategy, RuleStrategyConfig

VENUE = "MOCK"


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """What a backtest brought; open lots end the list of trades."""

    trades: list[Trade]
    equity: list[EquityPoint]
    events: list[str]
    refusals: int


def run_backtest(terms: Terms, rules: Rules, bars: Sequence[Bar], interval: timedelta) -> BacktestResult:
    """Trade the bars from the first to the last and return what came of it.

    Orders fill at the signal bar's close, protective exits at their level or, after a gap, at the open. The first
    bars warm the rules up.
    """
    journal = MemoryJournal()
    trader = Trader(terms, rules, journal)
    kind = bar_type(terms.spec.symbol, VENUE, interval)
    engine = BacktestEngine(
        BacktestEngineConfig(
            logging=LoggingConfig(bypass_logging=True),
            cache=CacheConfig(bar_capacity=1),
            # The bot's own risk rules have decided before an order is made.
            risk_engine=RiskEngineConfig(bypass=True),
            portfolio=PORTFOLIO,
            run_analysis=False,
        )
    )
    try:
        _add_market(engine, terms)
        engine.add_data(_nautilus_bars(bars, kind, decimals_of(terms.spec), interval))
        # Nautilus words what it would log even where nobody listens.
        quiet = RuleStrategyConfig(bar_type=kind, interval=interval, log_events=False, log_commands=False)
        engine.add_strategy(RuleStrategy(quiet, trader))
        with _collecting_no_garbage():
            engine.run()
    finally:
        engine.dispose()
    trades = journal.trades + [open_trade(lot) for lot in trader.book.lots.values()]
    return BacktestResult(trades, journal.equity, [event.text for event in journal.events], trader.refusals)


@contextmanager
def _collecting_no_garbage() -> Iterator[None]:
    """Keep Python from searching an ever longer equity curve for cycles; a run makes none that grow with its length."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _add_market(engine: BacktestEngine, terms: Terms) -> None:
    """Add the venue with the mock broker in the place of Nautilus' matching engine.

    Its fills at the close and at protective levels are one rule for live and backtest, and bars need no matching.
    """
    spec, commission = terms.spec, terms.sizing.commission
    venue = Venue(VENUE)
    engine.add_venue(
        venue,
        oms_type=OmsType.NETTING,
        account_type=AccountType.CASH,
        starting_balances=[Money(terms.initial_balance, simulated_currency(spec.quote))],
        bar_execution=False,
        # The mock broker keeps the account; Nautilus need not work it out a second time at each fill.
        frozen_account=True,
    )
    kernel = engine.kernel
    forget_trade_statistics(kernel.portfolio)
    account = MockAccount(spec.base, spec.quote, terms.initial_balance, Decimal(0), commission)
    broker = BacktestMockClient(account, venue, kernel.msgbus, kernel.cache, kernel.clock)
    # In the place of the simulated exchange's own client, which bears the same name.
    kernel.exec_engine.register_venue_routing(broker, venue)
    engine.add_instrument(instrument(spec, VENUE, commission))


def _nautilus_bars(
    bars: Sequence[Bar], kind: object, decimals: tuple[int, int], interval: timedelta
) -> list[NautilusBar]:
    columns = np.array([bar[1:] for bar in bars], dtype=np.float64)
    seconds = np.fromiter((bar.time.timestamp() for bar in bars), dtype=np.float64, count=len(bars))
    closed = (seconds.astype(np.uint64) + np.uint64(interval.total_seconds())) * np.uint64(1_000_000_000)
    prices = [np.ascontiguousarray(columns[:, place]) for place in range(5)]
    made: list[NautilusBar] = NautilusBar.from_raw_arrays_to_list(kind, *decimals, *prices, closed, closed.copy())
    return made
