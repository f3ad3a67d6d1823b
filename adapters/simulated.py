"""The data sources `mock` and `replay`, made from a document's settings. No Nautilus until a node needs the client."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from adapters.bars_file import BarsFile, read_bars
from adapters.feeds import FeedSettings
from adapters.instrument import InstrumentSpec, simulated_instrument
from adapters.live.line import Line
from adapters.mock_market import MockMarket
from adapters.replay import Replay
from adapters.source import VENUE, BarSource
from strategies.bar import Bar
from strategies.errors import BarsFileError

if TYPE_CHECKING:
    from adapters.pacing import Lockstep


class SimulatedSource:
    """A feed that needs no network."""

    venue = VENUE
    has_quotes = False

    def __init__(self, settings: FeedSettings, source: BarSource, *, real_time: bool) -> None:
        self.source = source
        self.spec = source.spec
        self.real_time = real_time
        self._settings = settings

    def bars_between(self, first: datetime, last: datetime) -> list[Bar]:
        """Return the bars from the one opened at `first` to the one opened at `last`."""
        before = first - timedelta(microseconds=1)
        return list(takewhile(lambda bar: bar.time <= last, self.source.after(before)))

    async def prepare(self) -> None:
        """Learn nothing: the instrument is known."""

    def market_open(self, now: datetime) -> bool:
        """Say that the market never closes."""
        return True

    def clock_skew(self) -> None:
        """Know of no other clock."""

    def last_quote(self) -> None:
        """Know of no price between bars."""

    async def close(self) -> None:
        """Let go of nothing."""

    def data_client(self, lockstep: "Lockstep", ended: Callable[[], None], line: Line) -> tuple[Any, type[Any]]:
        """Return Nautilus' configuration and factory of the client that plays this market; its line never breaks."""
        from nautilus_trader.live.config import LiveDataClientConfig

        from adapters.mock_feed import SimulatedFeed, data_client_factory

        settings = self._settings
        feed = SimulatedFeed(
            source=self.source,
            interval=settings.interval,
            speed=settings.speed,
            commission=settings.commission,
            goes_on_from=settings.goes_on_from,
            real_time=self.real_time,
            lockstep=lockstep,
            ended=ended,
        )
        return LiveDataClientConfig(), data_client_factory(feed)


def mock(settings: FeedSettings) -> SimulatedSource:
    """Return the simulated market; at speed 1 its bars close by the wall clock."""
    market = MockMarket(_instrument(settings), settings.interval, settings.seed)
    return SimulatedSource(settings, market, real_time=settings.speed == 1)


def replay(settings: FeedSettings) -> SimulatedSource:
    """Return a file of bars as a market."""
    if settings.file is None:
        raise BarsFileError("replay needs data.file, the path of a CSV or Parquet file of bars")
    file = read_bars(settings.file)
    spec = file_instrument(settings, file)
    return SimulatedSource(settings, Replay(spec, file.bars), real_time=False)


def file_instrument(settings: FeedSettings, file: BarsFile) -> InstrumentSpec:
    """Return the instrument of a file of bars: its steps are read off the file's decimals unless they are given."""
    return _instrument(settings, price_decimals=file.price_decimals, size_decimals=file.volume_decimals)


def _instrument(settings: FeedSettings, **decimals: int) -> InstrumentSpec:
    return simulated_instrument(
        settings.symbol,
        price_step=settings.price_step,
        size_step=settings.size_step,
        min_notional=settings.min_notional,
        **decimals,
    )
