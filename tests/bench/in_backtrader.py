"""The same rules in backtrader: run as `python -m tests.bench.in_backtrader DOCUMENT BARS OUT`.

Written as backtrader's own users would for speed: its vectorised mode, no observers, times parsed by the fast parser
of the standard library. Its RSI and ATR are Wilder's as TA-Lib has them, so nothing of its own had to be replaced.
"""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import backtrader as bt


class OversoldUntilStopped(bt.Strategy):
    """RSIBBVolumeEntryMixin and ATRExitMixin."""

    params = (("entry", None), ("exit", None), ("position_size", None))

    def __init__(self) -> None:
        entry = self.p.entry
        self.rsi = bt.ind.RSI(period=entry["rsi_period"])
        self.bands = bt.ind.BollingerBands(period=entry["bb_period"], devfactor=entry["bb_dev"])
        self.average_volume = bt.ind.SMA(self.data.volume, period=entry["vol_ma_period"])
        self.atr = bt.ind.ATR(period=self.p.exit["atr_period"])
        self.first_evaluated = max(entry["rsi_period"], entry["bb_period"], entry["vol_ma_period"])
        self.trades: list[list[Any]] = []
        self.reach = self.high_water = 0.0

    def notify_order(self, order: Any) -> None:
        if order.status == order.Completed:
            self.trades[-1].append(order.executed.price)

    def next(self) -> None:
        if len(self) <= self.first_evaluated:
            return
        close = self.data.close[0]
        if self.position:
            self.high_water = max(self.high_water, self.data.high[0])
            if close <= self.high_water - self.reach:
                self.trades[-1].append(self.data.datetime[0])
                self.close()
        elif (
            self.rsi[0] <= self.p.entry["rsi_oversold"]
            and close <= self.bands.bot[0]
            and self.data.volume[0] > self.average_volume[0] * self.p.entry["min_volume_ratio"]
        ):
            self.reach = self.atr[0] * self.p.exit["sl_multiplier"]
            self.high_water = close
            self.trades.append([self.data.datetime[0]])
            self.buy(size=self.broker.getvalue() * self.p.position_size / close)


def run(document: dict[str, Any], bars: Path) -> list[list[Any]]:
    """Trade the bars and return each trade as [entry bar, entry price, exit bar, exit price]."""
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(
        bt.feeds.GenericCSVData(
            dataname=str(bars),
            timeframe=bt.TimeFrame.Minutes,
            dtformat=datetime.fromisoformat,
            openinterest=-1,
        )
    )
    strategy = document["strategy"]
    cerebro.addstrategy(
        OversoldUntilStopped,
        entry=strategy["entry_logic"]["params"],
        exit=strategy["exit_logic"]["params"],
        position_size=document["trading"]["position_size"],
    )
    cerebro.broker.setcash(document["broker"]["initial_balance"])
    cerebro.broker.setcommission(document["broker"]["commission"])
    cerebro.broker.set_coc(True)
    trades: list[list[Any]] = cerebro.run()[0].trades
    return trades


def _label(number: float) -> str:
    # backtrader keeps time as a float of days, right to a few microseconds.
    moment = bt.num2date(number).replace(tzinfo=UTC).timestamp()
    return datetime.fromtimestamp(round(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def main(arguments: list[str]) -> None:
    """Run, write the trades, and print the seconds from bars to trades."""
    document, bars, out = map(Path, arguments)
    settings = json.loads(document.read_text(encoding="utf-8"))
    begin = time.perf_counter()
    trades = run(settings, bars)
    print(time.perf_counter() - begin)
    for trade in trades:
        trade[::2] = map(_label, trade[::2])
    out.write_text(json.dumps(trades), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
