"""What `tradingbot check` would say of a gateway."""

from dataclasses import replace

import pytest

from adapters.ibkr.broker import IbkrBroker
from adapters.ibkr.source import IbkrSource
from adapters.live.source import Finding
from tests.venues.tws.double import TwsDouble
from tests.venues.tws.instruments import stock, with_hours
from tests.venues.tws.scene import MINUTE, PATIENCE, broker_settings, feed_settings, minutes, this_minute


async def look_at_source(double: TwsDouble, symbol: str = "AAPL") -> dict[str, Finding]:
    source = IbkrSource(feed_settings(double, symbol), PATIENCE)
    found = await source.check()
    await source.close()
    return {finding.what: finding for finding in found}


async def look_at_broker(double: TwsDouble, account: str | None = None) -> dict[str, Finding]:
    broker = IbkrBroker(broker_settings(double, account=account), PATIENCE)
    found = await broker.check()
    await broker.close()
    return {finding.what: finding for finding in found}


async def test_all_is_well() -> None:
    with TwsDouble() as double:
        double.past("AAPL", "1 min", minutes(this_minute() - 3 * MINUTE, 4))
        bars, orders = await look_at_source(double), await look_at_broker(double)

    assert all(finding.good for finding in (*bars.values(), *orders.values()))
    assert [*bars] == ["reachable", "upstream", "account", "time", "data farms", "symbol", "hours", "bars", "stream"]
    assert [*orders] == ["reachable", "upstream", "account", "time", "cash", "orders", "order types"]
    assert "protocol version 176" in bars["reachable"].detail
    assert "AAPL is APPLE INC (NASDAQ), price step 0.01" in bars["symbol"].detail
    assert "open until" in bars["hours"].detail
    assert orders["account"].detail == "orders go to DU1234567: play money"
    assert orders["cash"].detail == "100000 USD"
    assert double.received("placeOrder") == [], "nothing is bought to try it out"


async def test_nobody_listens() -> None:
    with TwsDouble() as double:
        pass
    for found in (await look_at_source(double), await look_at_broker(double)):
        assert not found["reachable"].good
        assert "paper gateway 4002, live gateway 4001" in found["reachable"].remedy


async def test_the_client_id_is_in_use() -> None:
    with TwsDouble() as double:
        double.hold_id(77, 30.0)
        found = await look_at_broker(double)

    assert "broker.client_id" in found["reachable"].detail


async def test_the_clock_is_off() -> None:
    with TwsDouble() as double:
        double.set_clock(lambda: this_minute().timestamp() + 7200)
        found = await look_at_source(double)

    assert not found["time"].good
    assert "ahead of this machine's" in found["time"].detail


async def test_the_farms_are_broken() -> None:
    with TwsDouble() as double:
        double.break_farms()
        found = await look_at_source(double)

    assert not found["data farms"].good
    assert "usfarm, ushmds" in found["data farms"].detail


async def test_interactive_brokers_are_lost_behind_the_gateway() -> None:
    with TwsDouble() as double:
        double.lose_upstream()
        found = await look_at_source(double)

    assert not found["upstream"].good
    assert not found["symbol"].good


async def test_the_symbol_is_not_known() -> None:
    with TwsDouble() as double:
        found = await look_at_source(double, "NOSUCH")

    assert not found["symbol"].good
    assert "look up the symbol" in found["symbol"].detail


async def test_the_market_is_closed() -> None:
    with TwsDouble() as double:
        now = this_minute()
        double.past("AAPL", "1 min", minutes(now - 3 * MINUTE, 4))
        today = f"{now:%Y%m%d}"
        closed = f"{today}:CLOSED;20991231:0930-20991231:1600"
        double.list_instrument(with_hours(stock("AAPL", 265598, "APPLE INC"), closed))
        found = await look_at_source(double)

    assert found["hours"].good
    assert found["hours"].detail.startswith("closed")


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        (354, "Requested market data is not subscribed.", "subscribe this user to the market data"),
        (10197, "No market data during competing live session", "another login of this user"),
    ],
)
async def test_bars_may_not_be_had(code: int, text: str, said: str) -> None:
    with TwsDouble() as double:
        double.misbehaving.history_troubles.append((code, text))
        found = await look_at_source(double)

    assert not found["bars"].good
    assert said in found["bars"].detail


async def test_the_account_is_not_there() -> None:
    with TwsDouble() as double:
        found = await look_at_broker(double, "U7654321")

    assert "has no account U7654321, it has: DU1234567" in found["trading"].detail


async def test_real_money_is_shouted() -> None:
    with TwsDouble(accounts=("U7654321",)) as double:
        found = await look_at_broker(double)

    assert found["account"].detail == "orders go to U7654321: REAL MONEY"


async def test_the_gateway_may_only_look() -> None:
    with TwsDouble() as double:
        double.misbehaving.read_only = True
        found = await look_at_broker(double)

    assert "switch off 'Read-Only API'" in found["trading"].detail


async def test_an_order_type_is_missing() -> None:
    with TwsDouble() as double:
        double.list_instrument(replace(stock("AAPL", 265598, "APPLE INC"), order_types="MKT,LMT"))
        found = await look_at_broker(double)

    assert not found["order types"].good
    assert "stop orders with a limit" in found["order types"].detail
    assert "stop_on_exchange" in found["order types"].remedy
