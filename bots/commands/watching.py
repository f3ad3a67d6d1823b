"""The command `tradingbot feed` on a venue: its bars as they close, with their delay, and what becomes of the line."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import click

from adapters.live.following import Follower
from adapters.live.line import Line
from adapters.live.source import LiveSource, Quote
from bots.commands.feedtest import bar_line, delay_words
from bots.commands.refusing import TellingRefusals
from bots.commands.venues import Wanted, open_wanted
from strategies.bar import Bar
from strategies.errors import VenueLostError

# A busy book changes hundreds of times a second; nobody reads that.
_QUOTE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Watch:
    """How much is looked at: past bars, then live ones (None: until stopped), and the pause after a lost line."""

    history: int = 3
    count: int | None = None
    quotes: bool = False
    retry: timedelta = timedelta(seconds=5)


def watch_venue(wanted: Wanted, watch: Watch) -> None:
    """Print past bars, then live ones, until `watch.count` were printed or the person stops it.

    Raises
    ------
    UnknownNameError
        If there is no such source, symbol or interval.
    VenueRefusedError
        If the venue says that this cannot be.
    """
    source = open_wanted(wanted)
    asyncio.run(Watching(source, wanted, watch).run())


class Watching:
    """One look at a source, over the very machinery through which a bot follows it."""

    def __init__(self, source: LiveSource, wanted: Wanted, watch: Watch) -> None:
        self._source, self._wanted, self._watch = source, wanted, watch
        self._line = Line("the feed", lambda sentence, _: _note(sentence))
        self._printed = 0
        self._next_quote = 0.0
        self._enough = asyncio.Event()

    async def run(self) -> None:
        """Look until enough was seen, the venue refuses, or somebody cancels.

        Raises
        ------
        VenueRefusedError
            If the venue says that this cannot be.
        """
        refused = TellingRefusals(self._source)
        following = [
            asyncio.create_task(each) for each in (self._follow(refused), refused.first(), self._until_enough())
        ]
        try:
            done, _ = await asyncio.wait(following, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in following:
                task.cancel()
            await asyncio.gather(*following, return_exceptions=True)
            await self._source.close()

    async def _follow(self, source: LiveSource) -> None:
        await self._prepared(source.prepare)
        self._introduce()
        watch = self._watch
        follower = Follower(source, self._wanted.length, self._line, watch.retry, self._bar_came, self._quote_came)
        if watch.history:
            for bar in await follower.history(watch.history):
                click.echo(bar_line(bar))
        self._say_if_closed()
        await follower.run()

    async def _until_enough(self) -> None:
        await self._enough.wait()

    async def _prepared(self, prepare: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await prepare()
            except VenueLostError as error:
                self._line.lost(str(error))
                await asyncio.sleep(max(self._watch.retry.total_seconds(), error.retry_after or 0.0))
            else:
                self._line.back()
                return

    def _introduce(self) -> None:
        spec, skew = self._source.spec, self._source.clock_skew()
        words = [f"price step {spec.price_step:f} {spec.quote}"]
        if skew is not None:
            words.append(f"the venue's clock is {delay_words(abs(skew))} {'ahead' if skew > 0 else 'behind'}")
        if self._watch.quotes and not self._source.has_quotes:
            words.append("it has no quotes")
        click.echo(f"{self._wanted}: {', '.join(words)}", err=True)

    def _say_if_closed(self) -> None:
        now = datetime.now(UTC)
        if not self._source.market_open(now):
            closes = self._source.next_close(now)
            words = f"; the next bar closes at {closes.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if closes else ""
            _note(f"the market is closed{words}")

    def _bar_came(self, bar: Bar) -> None:
        if self._enough.is_set():
            return
        closed = self._source.next_close(bar.time) or bar.time + self._wanted.length
        # By the venue's own clock: how wrong ours goes is no delay of the bar's.
        delay = (datetime.now(UTC) - closed).total_seconds() + (self._source.clock_skew() or 0.0)
        late = "  filled in" if self._line.take_late(bar.time) else ""
        click.echo(f"{bar_line(bar)}  delay {delay_words(delay)}{late}")
        self._printed += 1
        if self._printed == self._watch.count:
            self._enough.set()

    def _quote_came(self, quote: Quote) -> None:
        now = time.monotonic()
        if self._watch.quotes and now >= self._next_quote:
            self._next_quote = now + _QUOTE_SECONDS
            click.echo(f"{quote.time:%Y-%m-%dT%H:%M:%SZ}  bid {quote.bid:f}  ask {quote.ask:f}")


def _note(sentence: str) -> None:
    click.echo(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}  {sentence}", err=True)
