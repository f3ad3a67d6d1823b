"""The double for a person: `python -m tests.venues.binance --bars FILE|made --interval 1m --speed 10`."""

import argparse
import time
from datetime import timedelta
from pathlib import Path

from adapters.bars_file import read_bars
from strategies.bar import Bar
from tests.made_bars import made_bars
from tests.venues.binance.double import BinanceDouble
from tests.venues.binance.hands import Playing
from tests.venues.binance.market import INTERVALS

_MADE = 5000


def main() -> None:
    """Run it until it is interrupted, or the bars have ended."""
    options = _options()
    bars = _bars(options.bars, options.interval)
    past = min(options.past, len(bars) - 1)
    with BinanceDouble(
        bars, past=past, symbol=options.symbol, interval=options.interval, present=True, port=options.port
    ) as double:
        print(f"REST            {double.http_url}")
        print(f"market streams  {double.ws_url}")
        print(f"web-socket API  {double.ws_api_url}")
        for name, value in double.environment.items():
            print(f"export {name}={value}")
        bars_per_second = options.speed / INTERVALS[options.interval]
        print(f"{double.left} bars of {double.symbol.name}, {bars_per_second:g} a second, as soon as somebody follows")
        playing = double.play(bars_per_second, wait_for_client=True)
        try:
            _tell(double, playing)
        except KeyboardInterrupt:
            print("interrupted")


def _tell(double: BinanceDouble, playing: Playing) -> None:
    told = 0
    while not playing.is_over:
        time.sleep(0.5)
        requests = double.requests
        for each in requests[told:]:
            print(f"{each.method} {each.path} {dict(each.params)} -> {each.status} {each.code or ''} {each.outcome}")
        told = len(requests)
    print(f"the bars have ended; position {double.position():f}, {len(double.trades)} executions")


def _bars(source: str, interval: str) -> list[Bar]:
    if source == "made":
        return made_bars(_MADE, interval=timedelta(seconds=INTERVALS[interval]))
    return list(read_bars(Path(source)).bars)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.venues.binance", description=__doc__)
    parser.add_argument("--bars", default="made", help="a file of bars, or `made` for the mock market's")
    parser.add_argument("--interval", default="1m", choices=list(INTERVALS), help="the bars' length")
    parser.add_argument("--symbol", default="BTCUSDT")
    parser.add_argument("--speed", type=float, default=10.0, help="how many times as fast as time")
    parser.add_argument("--past", type=int, default=500, help="how many bars have closed when it begins")
    parser.add_argument("--port", type=int, default=0, help="where to listen; 0: anywhere")
    return parser.parse_args()


if __name__ == "__main__":
    main()
