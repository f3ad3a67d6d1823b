"""A bare Nautilus node: its own Binance client for data, and a strategy that only looks; says `ready` at its first bar.

python -m tests.bench.footprint.bare_node HTTP_URL WS_URL
"""

import asyncio
import sys

from nautilus_trader.adapters.binance import BinanceAccountType, BinanceDataClientConfig, BinanceLiveDataClientFactory
from nautilus_trader.config import InstrumentProviderConfig, LoggingConfig, StrategyConfig
from nautilus_trader.live.config import TradingNodeConfig
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.data import BarType
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.strategy import Strategy

_INSTRUMENT = InstrumentId.from_str("BTCUSDT.BINANCE")
_BARS = BarType.from_str("BTCUSDT.BINANCE-1-HOUR-LAST-EXTERNAL")


class Looking(Strategy):
    """Subscribes to bars."""

    def on_start(self) -> None:
        """Subscribe, and say that it runs."""
        self.subscribe_bars(_BARS)
        print("ready", flush=True)


async def _run(http_url: str, ws_url: str) -> None:
    provider = InstrumentProviderConfig(load_ids=frozenset([_INSTRUMENT]))
    client = BinanceDataClientConfig(
        account_type=BinanceAccountType.SPOT, base_url_http=http_url, base_url_ws=ws_url, instrument_provider=provider
    )
    node = TradingNode(
        config=TradingNodeConfig(
            trader_id="BARE-001", logging=LoggingConfig(log_level="ERROR"), data_clients={"BINANCE": client}
        )
    )
    node.trader.add_strategy(Looking(StrategyConfig()))
    node.add_data_client_factory("BINANCE", BinanceLiveDataClientFactory)
    node.build()
    await node.run_async()


if __name__ == "__main__":
    asyncio.run(_run(*sys.argv[1:3]))
