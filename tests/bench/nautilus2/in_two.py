"""The four places in Nautilus 2: values, a feed and a broker of our own, and a strategy in a node that trades by them.

python in_two.py BARS, by the Python that has Nautilus 2; prints what it has measured as a line of JSON.
"""
# mypy: ignore-errors

import asyncio
import json
import os
import sys
import time
from decimal import Decimal

BEGUN = time.perf_counter()

from nautilus_trader.common import Environment, LoggerConfig, LogLevel  # noqa: E402
from nautilus_trader.config import DataClientConfig, ExecutionClientConfig  # noqa: E402
from nautilus_trader.live import LiveExecutionEngineConfig, LiveNode, LiveNodeConfig, LiveRiskEngineConfig  # noqa: E402
from nautilus_trader.live.clients import (  # noqa: E402
    DataClientFactory,
    ExecutionClient,
    ExecutionClientFactory,
    MarketDataClient,
)
from nautilus_trader.model import (  # noqa: E402
    AccountBalance,
    AccountId,
    AccountType,
    Bar,
    BarType,
    Currency,
    CurrencyPair,
    CurrencyType,
    InstrumentId,
    LiquiditySide,
    Money,
    OmsType,
    OrderSide,
    Price,
    Quantity,
    Symbol,
    TradeId,
    TraderId,
    Venue,
    VenueOrderId,
)
from nautilus_trader.trading import Strategy, StrategyConfig  # noqa: E402

IMPORTED = time.perf_counter() - BEGUN
BARS = int(sys.argv[1])
VENUE, NAME = Venue("MOCK"), "MOCK"
SYMBOL = InstrumentId.from_str("BTCUSDT.MOCK")
KIND = BarType.from_str("BTCUSDT.MOCK-1-MINUTE-LAST-EXTERNAL")
BASE, QUOTE = (Currency(code, 8, 0, code, CurrencyType.CRYPTO) for code in ("BTC", "USDT"))
SIZE = Quantity.from_str("0.10000000")
FIRST_CLOSE_NS = 1_700_000_000_000_000_000

handed = [0.0] * BARS
reached: list[float] = []
told: dict[str, float] = {}


def instrument() -> CurrencyPair:
    return CurrencyPair(
        instrument_id=SYMBOL,
        raw_symbol=Symbol("BTCUSDT"),
        base_currency=BASE,
        quote_currency=QUOTE,
        price_precision=2,
        size_precision=8,
        price_increment=Price.from_str("0.01"),
        size_increment=Quantity.from_str("0.00000001"),
        ts_event=0,
        ts_init=0,
        margin_init=Decimal(0),
        margin_maint=Decimal(0),
    )


class Feed(MarketDataClient):
    """Hands one bar, and the next when the order for it has been filled."""

    async def _connect(self) -> None:
        self._handle_instrument(instrument())

    async def _disconnect(self) -> None:
        pass

    async def _subscribe_bars(self, command) -> None:
        self.create_task(self._hand_all())

    async def _unsubscribe_bars(self, command) -> None:
        pass

    async def _hand_all(self) -> None:
        told["ready"] = time.perf_counter() - BEGUN
        for number in range(BARS):
            price = Price.from_str(f"{100 + number % 50}.00")
            close = FIRST_CLOSE_NS + number * 60_000_000_000
            filled.clear()
            handed[number] = time.perf_counter()
            self._handle_data(Bar(KIND, price, price, price, price, SIZE, close, close))
            await filled.wait()
        told["all"] = time.perf_counter() - handed[0]
        ended.set()


class Feeds(DataClientFactory):
    """Makes it."""

    @staticmethod
    def create(*, name, config, cache, clock):
        return Feed(name=name, config=config, cache=cache, clock=clock, venue=VENUE)


class Broker(ExecutionClient):
    """Fills each order at once."""

    async def _connect(self) -> None:
        balances = [balance(BASE, 1_000_000), balance(QUOTE, 1_000_000)]
        self.generate_account_state(balances, [], True, self.clock.timestamp_ns())

    async def _disconnect(self) -> None:
        pass

    async def _submit_order(self, command) -> None:
        reached.append(time.perf_counter())
        order, now = command.order, self.clock.timestamp_ns()
        at = VenueOrderId(f"V{len(reached)}")
        self.generate_order_submitted(order)
        self.generate_order_accepted(order, at, now)
        price = Price.from_str("100.00")
        self.generate_order_filled(
            order, at, None, TradeId(f"T{len(reached)}"), order.quantity, price, QUOTE, Money(0, QUOTE),
            LiquiditySide.TAKER, now,
        )  # fmt: skip


class Brokers(ExecutionClientFactory):
    """Makes it."""

    @staticmethod
    def create(*, name, config, cache, clock, trader_id):
        return Broker(
            name=name, config=config, cache=cache, clock=clock, trader_id=trader_id, venue=VENUE,
            account_id=AccountId("MOCK-001"), account_type=AccountType.CASH, oms_type=OmsType.NETTING,
        )  # fmt: skip


def balance(currency: Currency, amount: int) -> AccountBalance:
    return AccountBalance(Money(amount, currency), Money(0, currency), Money(amount, currency))


class Trading(Strategy):
    """Buys at one bar, and sells at the next."""

    def on_start(self) -> None:
        self._bars = 0
        self.subscribe_bars(KIND)

    def on_bar(self, bar) -> None:
        side = (OrderSide.BUY, OrderSide.SELL)[self._bars % 2]
        self._bars += 1
        self.submit_order(self.order_factory.market(SYMBOL, side, SIZE))

    def on_order_filled(self, event) -> None:
        filled.set()


async def main() -> None:
    global filled, ended
    filled, ended = asyncio.Event(), asyncio.Event()
    config = LiveNodeConfig(
        environment=Environment.LIVE,
        trader_id=TraderId("BOT-001"),
        logging=LoggerConfig(stdout_level=LogLevel.OFF),
        exec_engine=LiveExecutionEngineConfig(reconciliation=False),
        risk_engine=LiveRiskEngineConfig(bypass=True),
        data_clients={NAME: DataClientConfig()},
        exec_clients={NAME: ExecutionClientConfig()},
    )
    node = LiveNode.build("trial", config, data_factories={NAME: Feeds}, exec_factories={NAME: Brokers})
    node.add_strategy(Trading(StrategyConfig()))
    running = asyncio.ensure_future(node.run_async())
    running.add_done_callback(lambda ended_early: os._exit(1))
    await asyncio.wait_for(ended.wait(), 120)
    laps = [there - gone for gone, there in zip(handed, reached, strict=True)]
    print(json.dumps({"imported": IMPORTED, **told, "laps": laps}), flush=True)
    sys.stdin.readline()
    # How a node ends is not measured.
    os._exit(0)


asyncio.run(main())
