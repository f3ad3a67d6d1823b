"""The double's market: bars that a test sets or plays, and how TWS hands out those of the past."""

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from strategies.bar import Bar
from tests.venues.tws.instruments import Instrument
from tests.venues.tws.wire import BadMessageError, Message

SIZES = {
    "1 min": timedelta(minutes=1), "5 mins": timedelta(minutes=5), "15 mins": timedelta(minutes=15),
    "30 mins": timedelta(minutes=30), "1 hour": timedelta(hours=1), "4 hours": timedelta(hours=4),
    "1 day": timedelta(days=1),
}  # fmt: skip
# The longest that a request may ask for, by the size of its bars.
_LONGEST = {
    "1 min": timedelta(days=10), "5 mins": timedelta(days=31), "15 mins": timedelta(days=31),
    "30 mins": timedelta(days=31), "1 hour": timedelta(days=31), "4 hours": timedelta(days=31),
    "1 day": timedelta(days=366),
}  # fmt: skip
_UNITS = {
    "S": timedelta(seconds=1), "D": timedelta(days=1), "W": timedelta(days=7), "M": timedelta(days=31),
    "Y": timedelta(days=366),
}  # fmt: skip


@dataclass(slots=True)
class Market:
    """Bars by symbol and size, the last of each forming until another one follows."""

    bars: dict[tuple[str, str], list[Bar]] = field(default_factory=dict)
    prices: dict[str, float] = field(default_factory=dict)

    def put(self, symbol: str, size: str, bar: Bar) -> None:
        """Let a bar begin or change; one that is older than the last changes the past."""
        series = self.bars.setdefault((symbol, size), [])
        at = bisect_left(series, bar.time, key=lambda known: known.time)
        if at < len(series) and series[at].time == bar.time:
            series[at] = bar
        else:
            series.insert(at, bar)
        if at >= len(series) - 1:
            self.prices[symbol] = bar.close

    def last(self, symbol: str, size: str) -> Bar | None:
        """Return the bar that is forming."""
        series = self.bars.get((symbol, size), [])
        return series[-1] if series else None

    def history(self, instrument: Instrument, asked: Message) -> list[Bar]:
        """Return what a request for the past yields."""
        span = self.check(instrument, asked)
        name = instrument.local_symbol if instrument.is_forex else instrument.symbol
        series = self.bars.get((name, asked["size"]), [])
        if not series:
            raise no_data(asked)
        if asked["end"]:
            end = datetime.strptime(asked["end"], "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC)
            found = [bar for bar in series if end - span <= bar.time < end]
        else:
            # What is asked for up to now begins with the last session that there was, however long ago.
            last = series[-1].time + SIZES[asked["size"]]
            found = [bar for bar in series if bar.time >= last - max(span, SIZES[asked["size"]])]
        if not found:
            raise no_data(asked)
        return found

    def check(self, instrument: Instrument, asked: Message) -> timedelta:
        """Return how long a request looks back; raise BadMessageError for what TWS refuses."""
        number = int(asked["number"])
        if asked["size"] not in SIZES:
            raise BadMessageError(
                f"Historical data bar size setting is invalid: {asked['size']}", number=number, code=321
            )
        found = re.fullmatch(r"(\d+) ([SDWMY])", asked["duration"])
        if found is None:
            raise BadMessageError("Invalid historical data duration", number=number, code=321)
        span = int(found[1]) * _UNITS[found[2]]
        if (found[2] == "S" and span > timedelta(days=1)) or span > _LONGEST[asked["size"]]:
            text = "Historical Market Data Service error message:Time length exceed max."
            raise BadMessageError(text, number=number, code=162)
        if asked["keep"] == "1" and asked["end"]:
            raise BadMessageError("End time may not be specified for a live update query", number=number, code=321)
        if asked["end"] and not re.fullmatch(r"\d{8}-\d\d:\d\d:\d\d", asked["end"]):
            raise BadMessageError("Invalid end date/time or unknown time zone", number=number, code=10314)
        if asked["format"] not in ("1", "2"):
            raise BadMessageError("Invalid date format", number=number, code=321)
        if (asked["shows"] == "TRADES") == instrument.is_forex or asked["shows"] not in ("TRADES", "MIDPOINT"):
            text = (
                f"Historical Market Data Service error message:No historical market data for "
                f"{instrument.symbol}/{instrument.sec_type}@{instrument.exchange} Last {asked['size']}"
            )
            raise BadMessageError(text, number=number, code=162)
        return span


def no_data(asked: Message) -> BadMessageError:
    """Return how TWS says that there are no bars in the time asked for."""
    text = f"Historical Market Data Service error message:HMDS query returned no data: {asked['symbol']}@SMART Trades"
    return BadMessageError(text, number=int(asked["number"]), code=162)


def date_of(bar: Bar, size: str) -> str:
    """Return a bar's time as the wire has it: days are days even where seconds are asked for."""
    return f"{bar.time:%Y%m%d}" if size == "1 day" else str(int(bar.time.timestamp()))
