"""What bars and orders do when the line to Interactive Brokers fails, fault by fault.

Each of them is staged on a socket. What has to hold always: bars follow each other without a gap, none twice, none half
built; fills made meanwhile are told; what the account holds is what was told.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import pytest

from adapters.ibkr.broker import IbkrBroker
from adapters.ibkr.source import IbkrSource
from adapters.live.broker import OrderRequest
from tests.venues.tws.double import TwsDouble
from tests.venues.tws.scene import (
    MINUTE,
    PATIENCE,
    Watched,
    a_broker,
    a_source,
    bar,
    follow_bars,
    follow_orders,
    minutes,
    this_minute,
    until,
    watching,
)

SIZE = "1 min"
STOP = OrderRequest("bot-stop", "sell", Decimal(10), Decimal("50.00"), Decimal("49.50"))


@dataclass
class Scene:
    """A bot that has bought, has a stop resting, and sees bars close."""

    double: TwsDouble
    source: IbkrSource
    broker: IbkrBroker
    bars: Watched
    orders: Watched

    async def closes(self, number: int = 3) -> None:
        """Wait until so many more bars have closed for the bot."""
        before = len(self.bars.bars)
        await until(lambda: len(self.bars.bars) >= before + number, f"{number} more bars after {self.bars.lost}")

    def assert_bars_are_whole(self) -> None:
        """Fail unless the bars are the market's own, one after the other."""
        assert all(after - before == MINUTE for before, after in pairwise(self.bars.times)), self.bars.times
        market = {each.time: each for each in self.double.venue.market.bars["AAPL", SIZE]}
        assert [each for each in self.bars.bars if each != market[each.time]] == []

    def assert_orders_agree(self) -> None:
        """Fail unless what was told adds up to what the account holds."""
        told = self.orders.executed()
        assert told.get("bot-entry", Decimal(0)) - told.get("bot-stop", Decimal(0)) == self.double.position("AAPL")


@asynccontextmanager
async def trading() -> AsyncIterator[Scene]:
    with TwsDouble() as double:
        first = this_minute()
        double.past("AAPL", SIZE, minutes(first - 10 * MINUTE, 11))
        async with a_source(double) as source, a_broker(double) as broker:
            scene = Scene(double, source, broker, Watched(), Watched())
            last = (await source.closed_bars(None, 1))[-1].time
            following = (follow_bars(source, scene.bars, last), follow_orders(broker, scene.orders))
            async with watching(*following):
                await until(lambda: scene.bars.begun and scene.orders.begun, "the subscriptions")
                await broker.submit(OrderRequest("bot-entry", "buy", Decimal(10)))
                await broker.submit(STOP)
                double.play("AAPL", SIZE, minutes(first + MINUTE, 400), seconds_each=0.04)
                await scene.closes()
                yield scene
                await scene.closes()
                scene.assert_bars_are_whole()
                await until(lambda: told_stop(scene) == filled_stop(scene), "the fill made meanwhile")
                scene.assert_orders_agree()
                assert double.complaints == []


def filled_stop(scene: Scene) -> Decimal:
    return scene.double.orders[1].filled


def told_stop(scene: Scene) -> Decimal:
    return scene.orders.executed().get("bot-stop", Decimal(0))


async def test_a_dropped_connection_during_which_an_order_is_filled() -> None:
    async with trading() as scene:
        scene.double.drop(refuse=0.5)
        scene.double.fill("bot-stop", price=Decimal("49.80"))
        await until(lambda: scene.bars.lost, "the loss")
        await until(lambda: scene.bars.begun == 2, "bars", seconds=3)

    assert len(scene.double.received("startApi")) == 2, "bars and orders share one connection, before and after"


async def test_the_nightly_reset() -> None:
    async with trading() as scene:
        scene.double.nightly_reset(refuse=1.5)
        await until(lambda: scene.bars.begun == 2, "bars after the reset", seconds=5)
        await until(lambda: scene.orders.begun == 2, "orders after the reset", seconds=5)


async def test_the_gateway_loses_interactive_brokers_and_has_them_again_with_its_data() -> None:
    async with trading() as scene:
        scene.double.lose_upstream()
        await asyncio.sleep(0.4)
        seen = len(scene.bars.bars)
        scene.double.restore_upstream(1102)
        await until(lambda: len(scene.bars.bars) > seen, "bars on the same socket", seconds=2)

    assert len(scene.double.received("startApi")) == 1
    assert scene.bars.lost == scene.orders.lost == []


async def test_the_gateway_loses_interactive_brokers_and_the_data_that_were_asked_for() -> None:
    async with trading() as scene:
        scene.double.lose_upstream()
        scene.double.fill("bot-stop", price=Decimal("49.80"))
        await asyncio.sleep(PATIENCE.outage / 2)
        scene.double.restore_upstream(1101)

    assert told_stop(scene) == 10
    assert len(scene.double.received("startApi")) == 1
    assert scene.bars.lost == scene.orders.lost == []


async def test_an_outage_behind_the_gateway_is_told_when_it_lasts() -> None:
    async with trading() as scene:
        scene.double.lose_upstream()
        scene.double.fill("bot-stop", price=Decimal("49.80"))
        await until(lambda: scene.bars.lost and scene.orders.lost, "the loss", seconds=PATIENCE.outage + 2)
        assert "has lost Interactive Brokers" in scene.bars.lost[0]
        scene.double.restore_upstream(1101)
        await until(lambda: scene.bars.begun == 2 and scene.orders.begun == 2, "bars and orders")


async def test_a_half_open_socket() -> None:
    async with trading() as scene:
        began = time.monotonic()
        scene.double.freeze()
        scene.double.fill("bot-stop", price=Decimal("49.80"))
        await until(lambda: scene.bars.lost, "the loss", seconds=PATIENCE.idle + PATIENCE.heartbeat + 1)
        assert "has been silent" in scene.bars.lost[0]
        assert scene.bars.lost_at[0] - began < PATIENCE.idle + PATIENCE.heartbeat + 0.5


async def test_a_half_open_socket_whose_id_is_still_held() -> None:
    async with trading() as scene:
        scene.double.freeze(hold_ids=1.4)
        await until(lambda: scene.bars.begun == 2, "bars once the id is let go", seconds=8)

    assert any("client with id 77" in said for said in scene.bars.lost)


async def test_a_half_open_socket_while_new_connections_stay_silent() -> None:
    async with trading() as scene:
        scene.double.freeze(mute=1.5)
        await until(lambda: scene.bars.begun == 2, "bars", seconds=8)

    assert any("does not answer" in said for said in scene.bars.lost)


async def test_the_data_farms_are_lost_for_a_while() -> None:
    async with trading() as scene:
        scene.double.break_farms()
        await asyncio.sleep(0.3)
        scene.double.mend_farms()

    assert scene.bars.lost == []


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (10182, "Failed to request live updates (disconnected)."),
        (10225, "Bust event occurred, current subscription is deactivated."),
        (366, "No historical data query found for ticker id"),
        (162, "Historical Market Data Service error message:HMDS server disconnect occurred."),
        (420, "Invalid Real-time Query"),
    ],
)
async def test_a_subscription_that_the_gateway_ends_is_made_again(code: int, text: str) -> None:
    async with trading() as scene:
        scene.double.end_subscriptions(code, text)

    assert scene.bars.lost == []


async def test_updates_that_come_three_times() -> None:
    async with trading() as scene:
        scene.double.misbehaving.repeat_updates = 3


async def test_nobody_trades_for_a_long_time() -> None:
    """The bar that was forming is told once, as the past has it, though no next one begins."""
    with TwsDouble() as double:
        opened, began = this_minute(), time.time()
        double.past("AAPL", SIZE, minutes(opened - 5 * MINUTE, 6))
        # The double's minute is over in a moment: its clock goes on as ours does.
        double.set_clock(lambda: opened.timestamp() + 59.5 + time.time() - began)
        async with a_source(double) as source:
            watched = Watched()
            async with watching(follow_bars(source, watched)):
                await until(lambda: watched.begun)
                double.show("AAPL", SIZE, bar(opened, 110.0))
                double.past("AAPL", SIZE, [bar(opened, 110.5)])
                asked = len(double.received("reqHistoricalData"))
                await until(lambda: watched.bars, "the bar that is over", seconds=3)
                # As many graces as a hundred seconds have.
                await asyncio.sleep(18 * PATIENCE.grace)
                double.show("AAPL", SIZE, bar(opened, 111.0))
                double.show("AAPL", SIZE, bar(opened + 20 * MINUTE, 112.0))
                double.show("AAPL", SIZE, bar(opened + 21 * MINUTE, 113.0))
                await until(lambda: len(watched.bars) > 1, "the next bar")

    assert watched.bars == [bar(opened, 110.5), bar(opened + 20 * MINUTE, 112.0)]
    assert len(double.received("reqHistoricalData")) == asked + 1
    assert watched.lost == []


async def test_stopping_while_there_is_no_connection_takes_no_time() -> None:
    with TwsDouble() as double:
        double.past("AAPL", SIZE, minutes(this_minute() - 5 * MINUTE, 6))
        async with a_source(double) as source, a_broker(double) as broker:
            bars, orders = Watched(), Watched()
            async with watching(follow_bars(source, bars), follow_orders(broker, orders)):
                await until(lambda: bars.begun and orders.begun)
                double.drop(refuse=30.0)
                await until(lambda: bars.lost and orders.lost)
                began = time.monotonic()
        assert time.monotonic() - began < 1.0
