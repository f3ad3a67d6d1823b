"""A venue for the commands that ask one: made bars behind the port of live bars, failing as a test scripts it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from adapters.feeds import BrokerSettings, FeedSettings
from adapters.instrument import InstrumentSpec, simulated_instrument
from adapters.live.source import Finding, Quote
from strategies.bar import Bar
from tests.made_bars import made_bars

SOURCE = "tests.scripted_venue:source"
BROKER = "tests.scripted_venue:broker"

type Event = Bar | Quote | Exception | Callable[[], None]
"""What happens on a stream: something comes, it breaks, or the test does something meanwhile."""


@dataclass
class Script:
    """What the venue has and how it behaves. An exception in a queue is raised, None lets the question pass."""

    bars: Sequence[Bar] = ()
    prepares: deque[Exception | None] = field(default_factory=deque)
    answers: deque[Exception | None] = field(default_factory=deque)
    streams: deque[Sequence[Event]] = field(default_factory=deque)
    asked: list[tuple[datetime | None, int]] = field(default_factory=list)
    next_close: Callable[[datetime], datetime | None] = lambda after: None
    is_open: bool = True
    has_quotes: bool = True
    skew: float | None = None
    data: list[Finding] | Exception = field(default_factory=list)
    orders: list[Finding] | Exception = field(default_factory=list)
    silent: bool = False
    feed_settings: FeedSettings | None = None
    broker_settings: BrokerSettings | None = None
    closed: list[str] = field(default_factory=list)


SCRIPT = Script()


def play(**keys: object) -> Script:
    """Set the venue up anew and return its script, which may be changed while it is asked."""
    fresh = Script(**keys)  # type: ignore[arg-type]
    SCRIPT.__dict__.update(fresh.__dict__)
    return SCRIPT


def bars_of(count: int, interval: timedelta = timedelta(hours=1)) -> list[Bar]:
    """Return bars that begin with the year 2024."""
    return made_bars(count, interval=interval)


class ScriptedSource:
    """See `adapters.live.source.LiveSource`."""

    venue = "SCRIPTED"

    def __init__(self, settings: FeedSettings) -> None:
        SCRIPT.feed_settings = settings
        self.has_quotes = SCRIPT.has_quotes
        self.patience: timedelta | None = timedelta(seconds=30)
        self.spec: InstrumentSpec = simulated_instrument(
            settings.symbol, price_step=Decimal("0.01"), size_step=None, min_notional=None, price_decimals=4
        )

    async def prepare(self) -> None:
        """Learn nothing."""
        _raise_next(SCRIPT.prepares)

    async def closed_bars(self, after: datetime | None, limit: int) -> list[Bar]:
        """Return bars strictly as the port says."""
        SCRIPT.asked.append((after, limit))
        await asyncio.sleep(0)
        _raise_next(SCRIPT.answers)
        if after is None:
            return list(SCRIPT.bars[-limit:])
        return [bar for bar in SCRIPT.bars if bar.time > after][:limit]

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[AsyncIterator[Bar | Quote]]:
        """Return the next stream of the script; one that is over ends by its exception, or stays silent."""
        events = SCRIPT.streams.popleft() if SCRIPT.streams else ()

        async def come() -> AsyncIterator[Bar | Quote]:
            for event in events:
                if isinstance(event, Exception):
                    raise event
                if isinstance(event, Bar | Quote):
                    yield event
                else:
                    event()
                await asyncio.sleep(0)
            await asyncio.Event().wait()

        yield come()

    def market_open(self, now: datetime) -> bool:
        """Say what the script says."""
        return SCRIPT.is_open

    def next_close(self, after: datetime) -> datetime | None:
        """Say what the script says."""
        return SCRIPT.next_close(after)

    def clock_skew(self) -> float | None:
        """Say what the script says."""
        return SCRIPT.skew

    async def check(self) -> list[Finding]:
        """Find what the script says."""
        return await _found(SCRIPT.data)

    async def close(self) -> None:
        """Note that it was let go of."""
        SCRIPT.closed.append("source")


class ScriptedBroker:
    """As much of `adapters.live.broker.LiveBroker` as `check` needs."""

    async def check(self) -> list[Finding]:
        """Find what the script says."""
        return await _found(SCRIPT.orders)

    async def close(self) -> None:
        """Note that it was let go of."""
        SCRIPT.closed.append("broker")


def source(settings: FeedSettings) -> ScriptedSource:
    """Return the source, as the registry asks for it."""
    return ScriptedSource(settings)


def broker(settings: BrokerSettings) -> ScriptedBroker:
    """Return the broker, as the registry asks for it."""
    SCRIPT.broker_settings = settings
    return ScriptedBroker()


def recent_bars(count: int) -> list[Bar]:
    """Return bars of a minute of which the last has just closed."""
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    made = made_bars(count)
    return [bar._replace(time=end - timedelta(minutes=count - number)) for number, bar in enumerate(made)]


def _raise_next(queue: deque[Exception | None]) -> None:
    error = queue.popleft() if queue else None
    if error is not None:
        raise error


async def _found(findings: list[Finding] | Exception) -> list[Finding]:
    if SCRIPT.silent:
        await asyncio.Event().wait()
    if isinstance(findings, Exception):
        raise findings
    return findings
