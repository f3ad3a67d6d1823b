"""Playing the market: bar after bar, each as updates and a closing, with the account's orders matched on the way."""

import asyncio
import time
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from strategies.bar import Bar
from tests.venues.binance.kline_wording import event
from tests.venues.binance.market import Kline, way_through
from tests.venues.binance.orders import ZERO
from tests.venues.binance.records import Sent
from tests.venues.binance.venue import Venue
from tests.venues.binance.waiting import until


@dataclass(frozen=True, slots=True)
class Pace:
    """How bars are played.

    Parameters
    ----------
    bar_seconds : float
        How long a bar takes at the least.
    settle_seconds : float
        The market waits after each bar until no request has come for so long, and none is being dealt with.
    clients : int
        How many connections have to follow the klines before it goes on.
    accounts : int
        How many have to follow the account.
    """

    bar_seconds: float = 0.0
    settle_seconds: float = 0.0
    clients: int = 0
    accounts: int = 0


class Player:
    """Plays the bars of a venue's market; used in the server's loop only."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._late: list[tuple[str, dict[str, object]]] = []

    async def play(self, count: int | None, pace: Pace) -> None:
        """Play so many of the bars that are still to come, or all."""
        market = self._venue.market
        played = 0
        while market.upcoming and (count is None or played < count):
            await self._until_followed(pace)
            begun = time.monotonic()
            await self.play_bar(market.upcoming.popleft(), pace.bar_seconds)
            if pace.settle_seconds:
                await self._until_idle(pace.settle_seconds)
            await asyncio.sleep(begun + pace.bar_seconds - time.monotonic())
            played += 1

    async def play_bar(self, bar: Bar, seconds: float = 0.0) -> None:
        """Play a bar: it opens, goes through its prices, and closes; the open may be a jump, the rest is none."""
        venue, market = self._venue, self._venue.market
        way = way_through(bar)
        volume = Decimal(repr(bar.volume)) / len(way)
        market.begin(bar)
        venue.tell(venue.matching.jump(market.price, venue.now_ms()))
        self._update()
        for number, price in enumerate(way, start=1):
            await asyncio.sleep(seconds / (len(way) + 1))
            venue.tell(venue.matching.slide(price, venue.now_ms()))
            market.trade(price, volume, market.forming.open_time + market.step * number // (len(way) + 1))
            self._update()
        await asyncio.sleep(seconds / (len(way) + 1))
        self._close(bar)

    async def pulse(self, seconds: float) -> None:
        """Tell the best prices and the forming kline again and again, as a market does in which nothing happens."""
        while True:
            await asyncio.sleep(seconds)
            self._update()

    def move(self, price: Decimal, *, jump: bool) -> None:
        """Let the forming bar go to a price, through those between or without."""
        venue, market = self._venue, self._venue.market
        happened = (venue.matching.jump if jump else venue.matching.slide)(price, venue.now_ms())
        venue.tell(happened)
        market.trade(price, ZERO, min(market.now + 1, market.forming.open_time + market.step - 1))
        self._update()

    def _update(self) -> None:
        for interval, name in self._followed():
            kline, closed = self._venue.market.current(interval)
            if not closed:
                self._publish(name, kline, interval, closed=False)
        self._venue.tell_book()

    def _close(self, bar: Bar) -> None:
        venue, market = self._venue, self._venue.market
        venue.tell(venue.matching.slide(Decimal(repr(bar.close)), venue.now_ms()))
        done = market.finish(bar)
        faults = venue.misbehave.bars
        overdue, self._late = self._late, []
        for interval, name in self._followed():
            kline, closed = market.current(interval)
            if not closed:
                self._publish(name, kline, interval, closed=False)
            elif faults.withhold:
                continue
            elif faults.late:
                self._late.append((name, self._event(kline, interval, closed=True)))
            else:
                for _ in range(2 if faults.repeat else 1):
                    self._publish(name, kline, interval, closed=True, of=done)
        for name, told in overdue:
            venue.streams.publish(name, told)
        self._count_down()
        venue.tell_book()

    def _count_down(self) -> None:
        faults = self._venue.misbehave.bars
        if faults.withhold:
            faults.withhold -= 1
        elif faults.late:
            faults.late -= 1
        elif faults.repeat:
            faults.repeat -= 1

    def _publish(self, name: str, kline: Kline, interval: str, *, closed: bool, of: Kline | None = None) -> None:
        told = self._event(kline, interval, closed=closed)
        sent = partial(self._note_sent, of.open_time) if of is not None else None
        self._venue.streams.publish(name, told, sent)

    def _event(self, kline: Kline, interval: str, *, closed: bool) -> dict[str, object]:
        return event(kline, interval, self._venue.symbol.name, self._venue.market.now, closed=closed)

    def _note_sent(self, open_time: int) -> None:
        self._venue.records.sent.append(Sent(open_time, time.perf_counter_ns()))

    def _followed(self) -> list[tuple[str, str]]:
        """Return interval and name of the kline streams that anybody follows."""
        prefix = f"{self._venue.symbol.name.lower()}@kline_"
        names = sorted(name for name in self._venue.streams.names() if name.startswith(prefix))
        found = [(name.removeprefix(prefix), name) for name in names]
        return [(interval, name) for interval, name in found if self._venue.market.supports(interval)]

    async def _until_followed(self, pace: Pace) -> None:
        venue = self._venue
        await until(
            lambda: venue.streams.kline_followers() >= pace.clients and venue.user_data.subscribers >= pace.accounts
        )

    async def _until_idle(self, seconds: float) -> None:
        closed = time.monotonic()
        await until(lambda: min(self._venue.records.idle_for(), time.monotonic() - closed) >= seconds)
