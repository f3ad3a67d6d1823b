"""The same as in_two.py, in the Nautilus that the project has: python in_one.py BARS."""

import asyncio
import json
import os
import sys
import time
from decimal import Decimal
from typing import Any

BEGUN = time.perf_counter()

from nautilus_trader.common.providers import InstrumentProvider  # noqa: E402
from nautilus_trader.config import LoggingConfig  # noqa: E402
from nautilus_trader.live.config import (  # noqa: E402
    LiveDataClientConfig,
    LiveExecClientConfig,
    LiveExecEngineConfig,
    LiveRiskEngineConfig,
    TradingNodeConfig,
)
from nautilus_trader.live.data_client import LiveMarketDataClient  # noqa: E402
from nautilus_trader.live.execution_client import LiveExecutionClient  # noqa: E402
from nautilus_trader.live.factories import LiveDataClientFactory, LiveExecClientFactory  # noqa: E402
from nautilus_trader.live.node import TradingNode  # noqa: E402
from nautilus_trader.model.data import Bar, BarType  # noqa: E402
from nautilus_trader.model.enums import AccountType, CurrencyType, LiquiditySide, OmsType, OrderSide  # noqa: E402
from nautilus_trader.model.identifiers import (  # noqa: E402
    AccountId,
    ClientId,
    InstrumentId,
    Symbol,
    TradeId,
    Venue,
    VenueOrderId,
)
from nautilus_trader.model.instruments import CurrencyPair  # noqa: E402
from nautilus_trader.model.objects import AccountBalance, Currency, Money, Price, Quantity  # noqa: E402
from nautilus_trader.trading.strategy import Strategy  # noqa: E402

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
filled, ended = asyncio.Event(), asyncio.Event()


def instrument() -> CurrencyPair:
    """Return what is traded."""
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
        maker_fee=Decimal(0),
        taker_fee=Decimal(0),
    )


class Feed(LiveMarketDataClient):
    """Hands one bar, and the next when the order for it has been filled."""

    async def _connect(self) -> None:
        self._handle_data(instrument())

    async def _disconnect(self) -> None:
        pass

    async def _subscribe_bars(self, command: Any) -> None:
        self.create_task(self._hand_all())

    async def _unsubscribe_bars(self, command: Any) -> None:
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


class Feeds(LiveDataClientFactory):
    """Makes it."""

    @staticmethod
    def create(loop: Any, name: Any, config: Any, msgbus: Any, cache: Any, clock: Any) -> Feed:
        """Return the feed."""
        return Feed(loop, ClientId(name), VENUE, msgbus, cache, clock, InstrumentProvider(), config)


class Broker(LiveExecutionClient):
    """Fills each order at once."""

    async def _connect(self) -> None:
        self._set_account_id(AccountId("MOCK-001"))
        balances = [balance(BASE, 1_000_000), balance(QUOTE, 1_000_000)]
        self.generate_account_state(balances, [], True, self._clock.timestamp_ns())

    async def _disconnect(self) -> None:
        pass

    async def _submit_order(self, command: Any) -> None:
        reached.append(time.perf_counter())
        order, now = command.order, self._clock.timestamp_ns()
        at = VenueOrderId(f"V{len(reached)}")
        names = (order.strategy_id, order.instrument_id, order.client_order_id)
        self.generate_order_submitted(*names, now)
        self.generate_order_accepted(*names, at, now)
        self.generate_order_filled(
            *names, at, None, TradeId(f"T{len(reached)}"), order.side, order.order_type, order.quantity,
            Price.from_str("100.00"), QUOTE, Money(0, QUOTE), LiquiditySide.TAKER, now,
        )  # fmt: skip


class Brokers(LiveExecClientFactory):
    """Makes it."""

    @staticmethod
    def create(loop: Any, name: Any, config: Any, msgbus: Any, cache: Any, clock: Any) -> Broker:
        """Return the broker."""
        return Broker(
            loop, ClientId(name), VENUE, OmsType.NETTING, AccountType.CASH, None, InstrumentProvider(), msgbus, cache,
            clock,
        )  # fmt: skip


def balance(currency: Currency, amount: int) -> AccountBalance:
    """Return a balance of which nothing is locked."""
    return AccountBalance(Money(amount, currency), Money(0, currency), Money(amount, currency))


class Trading(Strategy):
    """Buys at one bar, and sells at the next."""

    def on_start(self) -> None:
        """Ask for bars."""
        self._bars = 0
        self.subscribe_bars(KIND)

    def on_bar(self, bar: Any) -> None:
        """Trade."""
        side = (OrderSide.BUY, OrderSide.SELL)[self._bars % 2]
        self._bars += 1
        self.submit_order(self.order_factory.market(SYMBOL, side, SIZE))

    def on_order_filled(self, event: Any) -> None:
        """Let the next bar come."""
        filled.set()


async def main() -> None:
    """Trade all bars, tell, and wait until whoever measures has looked at the memory."""
    node = TradingNode(
        TradingNodeConfig(
            trader_id="BOT-001",
            logging=LoggingConfig(log_level="OFF"),
            exec_engine=LiveExecEngineConfig(reconciliation=False, inflight_check_interval_ms=0),
            risk_engine=LiveRiskEngineConfig(bypass=True),
            data_clients={NAME: LiveDataClientConfig()},
            exec_clients={NAME: LiveExecClientConfig()},
            timeout_post_stop=0.1,
        )
    )
    node.trader.add_strategy(Trading())
    node.add_data_client_factory(NAME, Feeds)
    node.add_exec_client_factory(NAME, Brokers)
    node.build()
    running = asyncio.ensure_future(node.run_async())
    running.add_done_callback(lambda ended_early: os._exit(1))
    await asyncio.wait_for(ended.wait(), 120)
    laps = [there - gone for gone, there in zip(handed, reached, strict=True)]
    print(json.dumps({"imported": IMPORTED, **told, "laps": laps}), flush=True)
    sys.stdin.readline()
    # How a node ends is not measured.
    os._exit(0)


asyncio.run(main())
