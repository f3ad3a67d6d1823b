"""The connection to a gateway: shared, kept alive, refused, lost, and made again in another event loop."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvloop

from adapters.ibkr.broker import IbkrBroker
from adapters.ibkr.client_id import client_id_for
from adapters.ibkr.gateway import shared_gateway
from adapters.ibkr.source import IbkrSource
from strategies.errors import VenueLostError, VenueRefusedError
from tests.venues.tws.double import TwsDouble
from tests.venues.tws.scene import (
    CLIENT_ID,
    MINUTE,
    PATIENCE,
    Watched,
    a_broker,
    a_source,
    bar,
    broker_settings,
    feed_settings,
    follow_bars,
    minutes,
    this_minute,
    until,
    watching,
)


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """Have somebody listen who never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def source_at(port: int) -> IbkrSource:
    settings = feed_settings(TwsDoubleAt(port))  # type: ignore[arg-type]
    return IbkrSource(settings, PATIENCE)


class TwsDoubleAt:
    """Where a double would be, if there were one."""

    def __init__(self, port: int) -> None:
        self.port = port


async def test_bars_and_orders_of_one_bot_share_a_connection() -> None:
    with TwsDouble() as double:
        async with a_source(double), a_broker(double):
            assert double.connected() == [CLIENT_ID]
        await until(lambda: double.connected() == [], "the end of the connection")
        assert len(double.received("startApi")) == 1


async def test_whoever_stays_keeps_the_connection() -> None:
    with TwsDouble() as double:
        async with a_broker(double) as broker:
            async with a_source(double):
                pass
            assert await broker.ask("bot-1") is None
            assert double.connected() == [CLIENT_ID]
        assert len(double.received("startApi")) == 1


async def test_two_bots_have_a_connection_each() -> None:
    with TwsDouble() as double:
        async with a_broker(double, client_id=1), a_broker(double, client_id=2):
            assert sorted(double.connected()) == [1, 2]


async def test_a_bot_without_a_client_id_has_one_made_from_its_name() -> None:
    with TwsDouble() as double:
        broker = IbkrBroker(broker_settings(double, client_id=None), PATIENCE)
        await broker.prepare(broker._desk.fees.spec)
        assert double.connected() == [client_id_for("bot")]
        await broker.close()


async def test_many_questions_at_once_make_one_connection() -> None:
    with TwsDouble() as double:
        async with a_source(double) as source, a_broker(double) as broker:
            double.drop()
            session = await broker._session()
            await until(lambda: session.lost, "the loss")
            await asyncio.gather(*(broker.ask(f"bot-{number}") for number in range(5)), source.closed_bars(None, 1))
        assert len(double.received("startApi")) == 2


async def test_a_client_id_in_use_is_worth_another_try_and_later_a_matter_for_a_person() -> None:
    with TwsDouble() as double:
        double.hold_id(CLIENT_ID, seconds=30.0)
        source = IbkrSource(feed_settings(double), PATIENCE)
        began = time.monotonic()
        with pytest.raises(VenueLostError, match=r"already has a client with id 77 \[326\].* as broker.client_id"):
            await source.prepare()
        while time.monotonic() - began < PATIENCE.id_held + 0.1:
            try:
                await source.prepare()
            except VenueLostError:
                await asyncio.sleep(0.05)
            except VenueRefusedError:
                break
        with pytest.raises(VenueRefusedError, match="and not ours of before"):
            await source.prepare()
        assert time.monotonic() - began >= PATIENCE.id_held
        await source.close()


async def test_a_client_id_that_is_let_go_is_ours_again() -> None:
    with TwsDouble() as double:
        double.hold_id(CLIENT_ID, seconds=0.3)
        source = IbkrSource(feed_settings(double), PATIENCE)
        for _ in range(50):
            try:
                await source.prepare()
                break
            except VenueLostError:
                await asyncio.sleep(0.05)
        assert double.connected() == [CLIENT_ID]
        await source.close()


async def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    source = source_at(port)
    with pytest.raises(VenueLostError, match=rf"nobody listens at 127.0.0.1:{port}: start TWS or IB Gateway"):
        await source.prepare()
    await source.close()


async def test_somebody_listens_and_says_nothing() -> None:
    async with silent_server() as port:
        source = source_at(port)
        began = time.monotonic()
        with pytest.raises(VenueLostError, match="does not answer"):
            await source.prepare()
        assert time.monotonic() - began < PATIENCE.connect + 1
        await source.close()


async def test_a_gateway_that_hangs_up_on_us() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        source = source_at(server.sockets[0].getsockname()[1])
        with pytest.raises(VenueLostError, match="closed the connection before it was ready"):
            await source.prepare()
        await source.close()


async def test_a_silent_gateway_is_asked_for_its_time() -> None:
    with TwsDouble() as double:
        async with a_source(double):
            asked = len(double.received("reqCurrentTime"))
            await until(lambda: len(double.received("reqCurrentTime")) > asked, seconds=PATIENCE.idle + 1)


async def test_a_gateway_that_talks_is_not_asked() -> None:
    with TwsDouble() as double:
        now = this_minute()
        double.past("AAPL", "1 min", minutes(now - 3 * MINUTE, 4))
        async with a_source(double) as source:
            watched = Watched()
            async with watching(follow_bars(source, watched)):
                await until(lambda: watched.begun)
                asked = len(double.received("reqCurrentTime"))
                double.play("AAPL", "1 min", minutes(now + MINUTE, 30), seconds_each=0.05)
                await until(lambda: len(watched.bars) > 28, "29 bars")
                assert len(double.received("reqCurrentTime")) == asked


async def test_asking_while_the_line_goes_dead_has_an_end() -> None:
    with TwsDouble() as double:
        async with a_broker(double) as broker:
            double.freeze()
            with pytest.raises(VenueLostError):
                await broker.ask("bot-1")


async def test_a_message_that_cannot_be_read_is_no_empty_list(caplog: pytest.LogCaptureFixture) -> None:
    with TwsDouble() as double:
        async with a_broker(double) as broker:
            session = await broker._session()
            reading = session._client.decoder.handlers
            reading[53] = lambda fields: int("what is this")
            with pytest.raises(VenueLostError, match="a message of the kind 53, which could not be read here"):
                await broker.ask("bot-1")
    assert "kind 53 cannot be read" in caplog.text


async def test_a_message_of_a_kind_to_come_is_passed_over() -> None:
    with TwsDouble() as double:
        async with a_broker(double) as broker:
            double.say(333, "news")
            assert await broker.ask("bot-1") is None


def bars_in_a_loop_of_their_own(double: TwsDouble, runner: asyncio.Runner, later: int = 1) -> Watched:
    watched = Watched()

    async def following() -> None:
        async with a_source(double) as source, a_broker(double), watching(follow_bars(source, watched)):
            await until(lambda: watched.begun)
            double.play("AAPL", "1 min", minutes(this_minute() + later * MINUTE, 6), seconds_each=0.05)
            await until(lambda: len(watched.bars) >= 4, "bars")
            double.drop()
            await until(lambda: watched.begun == 2, "bars again")

    with runner:
        runner.run(following())
    return watched


def test_it_works_under_uvloop() -> None:
    with TwsDouble() as double:
        double.past("AAPL", "1 min", [bar(this_minute())])
        assert len(bars_in_a_loop_of_their_own(double, asyncio.Runner(loop_factory=uvloop.new_event_loop)).bars) >= 4
        assert not hasattr(asyncio, "_nest_patched"), "nobody may patch asyncio"


def test_a_second_loop_in_the_same_process_has_a_connection_of_its_own() -> None:
    with TwsDouble() as double:
        double.past("AAPL", "1 min", [bar(this_minute())])
        for later in (1, 20):
            assert len(bars_in_a_loop_of_their_own(double, asyncio.Runner(), later).bars) >= 4


async def test_a_gateway_nobody_uses_is_not_kept() -> None:
    with TwsDouble() as double:
        async with a_source(double) as source:
            assert source._gateway is not None
            first, address = source._gateway, source._address
        user = object()
        assert shared_gateway(address, PATIENCE, user) is not first
        await shared_gateway(address, PATIENCE, user).release(user)
