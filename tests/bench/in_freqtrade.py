"""freqtrade's own `backtesting` of the workload, its markets told by the Binance double.

Its entry is the same, in freqtrade's vectorised form and by TA-Lib. Its exit after a number of bars is its ROI table:
-1 from a minute on means "out at that candle's open". A signal of a bar is filled at the open of the next: a trade's
bars are therefore one later than the project's, and its prices are the closes before wherever a bar opens at the last
close.
"""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from csv import DictReader
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree

from tests.bench.footprint.freqtrade import PROGRAM, exchange
from tests.bench.trade_lists import Trade
from tests.bench.turns import timed
from tests.bench.workload import DOCUMENT, HELD_BARS
from tests.made_bars import made_bars
from tests.venues.binance import BinanceDouble

_MINUTE = timedelta(minutes=1)
_ENTRY = DOCUMENT["strategy"]["entry_logic"]["params"]
_STRATEGY = f'''"""The workload's entry, and out after a number of bars."""
import talib.abstract as ta
from freqtrade.strategy import IStrategy


class Timed(IStrategy):
    timeframe = "1m"
    stoploss = -0.99
    minimal_roi = {{"0": 100, "{HELD_BARS}": -1}}
    startup_candle_count = 0
    process_only_new_candles = True

    def populate_indicators(self, dataframe, metadata):
        dataframe["rsi"] = ta.RSI(dataframe, timeperiod={_ENTRY["rsi_period"]})
        bands = ta.BBANDS(dataframe, timeperiod={_ENTRY["bb_period"]}, nbdevup={_ENTRY["bb_dev"]},
                          nbdevdn={_ENTRY["bb_dev"]})
        dataframe["lower"] = bands["lowerband"]
        dataframe["usual"] = dataframe["volume"].rolling({_ENTRY["vol_ma_period"]}).mean()
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        dataframe.loc[
            (dataframe["rsi"] <= {_ENTRY["rsi_oversold"]})
            & (dataframe["close"] <= dataframe["lower"])
            & (dataframe["volume"] > dataframe["usual"] * {_ENTRY["min_volume_ratio"]}),
            "enter_long",
        ] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        dataframe["exit_long"] = 0
        return dataframe
'''


@dataclass(frozen=True, slots=True)
class Backtesting:
    """The command, in a folder that has all it needs."""

    folder: Path

    def run(self) -> float:
        """Return the seconds of the whole process."""
        results = self.folder / "user" / "backtest_results"
        rmtree(results, ignore_errors=True)
        results.mkdir()
        config, strategies = self.folder / "config.json", self.folder / "strategies"
        options: list[str | Path] = ["--strategy", "Timed", "--strategy-path", strategies]
        options += ["--cache", "none", "--timeframe", "1m"]
        return timed([PROGRAM, "backtesting", "--config", config, *options])[0]

    def trades(self) -> list[Trade]:
        """Run, and return the trades, each by the bars whose closes decided it."""
        self.run()
        archive = next((self.folder / "user" / "backtest_results").glob("*.zip"))
        with zipfile.ZipFile(archive) as packed:
            told = json.loads(packed.read(f"{archive.stem}.json"))
        return [
            Trade(
                _decided(row["open_timestamp"]), _decided(row["close_timestamp"]), row["open_rate"], row["close_rate"]
            )
            for row in told["strategy"]["Timed"]["trades"]
            # What is open at the end it closes by itself.
            if row["exit_reason"] != "force_exit"
        ]


@contextmanager
def prepared(folder: Path, bars: Path) -> Iterator[Backtesting]:
    """Write strategy, settings and bars into a folder, and let a double tell the markets meanwhile."""
    rmtree(folder, ignore_errors=True)
    data = folder / "user" / "data" / "binance"
    data.mkdir(parents=True)
    (folder / "strategies").mkdir()
    (folder / "strategies" / "timed.py").write_text(_STRATEGY, encoding="utf-8")
    with bars.open(newline="", encoding="utf-8") as file:
        rows = [[_ms(row["timestamp"]), *(float(row[key]) for key in _COLUMNS)] for row in DictReader(file)]
    (data / "BTC_USDT-1m.json").write_text(json.dumps(rows), encoding="utf-8")
    with BinanceDouble(made_bars(40), past=20) as double:
        settings = {
            "dry_run": True,
            "dry_run_wallet": DOCUMENT["broker"]["initial_balance"],
            "fee": DOCUMENT["broker"]["commission"],
            "stake_currency": "USDT",
            "stake_amount": DOCUMENT["broker"]["initial_balance"] * DOCUMENT["trading"]["position_size"],
            "max_open_trades": 1,
            "trading_mode": "spot",
            "pairlists": [{"method": "StaticPairList"}],
            "exchange": exchange(double.http_url),
            "entry_pricing": {"price_side": "same"},
            "exit_pricing": {"price_side": "same"},
            "user_data_dir": str(folder / "user"),
        }
        config = folder / "config.json"
        config.write_text(json.dumps(settings), encoding="utf-8")
        # Its own format, which it reads faster than any that can be written from here.
        formats = ["--format-from", "json", "--format-to", "feather", "--trading-mode", "spot", "--erase"]
        timed([PROGRAM, "convert-data", *formats, "--config", config])
        yield Backtesting(folder)


_COLUMNS = ("open", "high", "low", "close", "volume")


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def _decided(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC) - _MINUTE:%Y-%m-%dT%H:%M:%SZ}"
