"""Of two bots with real orders on one account and symbol only one trades."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from rivals import Rivals
from seen import Key
from strategies.errors import ClusterRefusedError
from tests.unit.operator.stage import Stage
from tests.unit.operator.things import KEY, Json, set_body, wanted
from world import World

LIVE: Json = {
    "broker": {"type": "binance"},
    "data": {"data_source": "binance"},
    "trading": {"symbol": "BTCUSDT"},
    "strategy": {
        "entry_logic": {"name": "RSIBBEntryMixin", "params": {}},
        "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 3}},
    },
}
PAPER: Json = {**LIVE, "broker": {"type": "binance_paper"}}
OTHER_SYMBOL: Json = {**LIVE, "trading": {"symbol": "ETHUSDT"}}
BINANCE: Json = {"secretRef": {"name": "binance"}}


def ibkr(**broker: Any) -> Json:
    """Return a document for a gateway of Interactive Brokers."""
    return {
        **LIVE,
        "broker": {"type": "ibkr", **broker},
        "data": {"data_source": "ibkr"},
        "trading": {"symbol": "AAPL"},
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((LIVE, "binance"), (OTHER_SYMBOL, "binance")),
        ((LIVE, "binance"), ({**LIVE, "broker": {"type": "binance", "environment": "testnet"}}, "binance")),
        ((LIVE, "binance"), (LIVE, "other")),
        ((ibkr(account="U1"), None), (ibkr(account="U2"), None)),
        ((ibkr(endpoints={"host": "gw-a"}), None), (ibkr(endpoints={"host": "gw-b"}), None)),
    ],
    ids=["symbol", "environment", "secret", "account", "gateway"],
)
def test_bots_of_other_accounts_or_symbols_live_side_by_side(
    one: tuple[Json, str | None], other: tuple[Json, str | None]
) -> None:
    first, second = (wanted(config, secretRef=name and {"name": name}).account for config, name in (one, other))
    assert first != second


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LIVE, {**LIVE, "broker": {"type": "binance", "environment": "live"}}),
        (ibkr(), ibkr(endpoints={"port": 4001})),
        (ibkr(account="U1", endpoints={"host": "gw-a"}), ibkr(account="U1", endpoints={"host": "gw-b"})),
    ],
    ids=["what stands by itself written out", "two gateways of one host", "one account behind two gateways"],
)
def test_what_may_be_one_account_counts_as_one(one: Json, other: Json) -> None:
    assert wanted(one, **BINANCE).account == wanted(other, **BINANCE).account


def test_paper_has_no_account() -> None:
    assert wanted(PAPER, **BINANCE).account == wanted().account == ""


def test_of_two_that_trade_on_one_account_already_the_older_stays() -> None:
    world = World()
    for version, name, made in ((1, "older", "2026-01-01T00:00:00Z"), (2, "aaa", "2026-01-02T00:00:00Z")):
        world.take("StatefulSet", set_body(wanted(LIVE, name), version=version, creationTimestamp=made))
    rivals, account = Rivals(world), wanted(LIVE).account
    assert rivals.claim(Key("desk", "older"), account) is None
    assert rivals.claim(Key("desk", "aaa"), account) == "older"


def test_the_same_account_in_another_namespace_is_not_this_namespaces() -> None:
    rivals, account = Rivals(World()), wanted(LIVE).account
    assert rivals.claim(KEY, account) is None
    assert rivals.claim(Key("elsewhere", "btc"), account) is None
    assert rivals.claim(Key("desk", "second"), account) == "btc"


async def refused(stage: Stage, name: str = "second") -> str:
    """Reconcile a bot and return why it may not trade; empty where it may."""
    again = await stage.turn_of(name)
    status, _, message = stage.cluster.condition("ConfigValid", name)
    if status == "True":
        return ""
    assert again is not None, "it looks again: the other one may go"
    return str(message)


async def test_a_second_bot_on_an_account_and_symbol_is_refused_and_makes_no_pod(stage: Stage) -> None:
    await stage.running_bot(config=LIVE, **BINANCE)
    stage.cluster.add_bot("second", config=LIVE, **BINANCE)
    assert "btc trades BTCUSDT on this account already" in await refused(stage)
    assert [body["metadata"]["name"] for body in stage.cluster.of_kind("StatefulSet")] == ["btc"]


async def test_two_bots_on_paper_may_trade_the_same_symbol(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.add_bot("second")
    assert not await refused(stage)


async def test_of_two_bots_made_at_once_one_trades(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    look = stage.cluster.get

    async def look_slowly(kind: str, namespace: str, name: str) -> Json | None:
        await asyncio.sleep(0)
        return await look(kind, namespace, name)

    monkeypatch.setattr(stage.cluster, "get", look_slowly)
    keys = [stage.cluster.add_bot(name, config=LIVE, **BINANCE) for name in ("second", "first")]
    stage.cluster.show(stage.world)
    await asyncio.gather(*(stage.reconciler(key) for key in keys))
    assert len(stage.cluster.of_kind("StatefulSet")) == 1


async def test_a_bot_that_could_not_be_made_and_whose_document_is_refused_then_holds_no_account(stage: Stage) -> None:
    stage.cluster.refuse("apply", "StatefulSet", ClusterRefusedError(403, "Forbidden", "exceeded quota"))
    stage.cluster.add_bot(config=LIVE, **BINANCE)
    await stage.turn()
    stage.cluster.relent()
    stage.cluster.add_bot("second", config=LIVE, **BINANCE)
    assert await refused(stage)
    stage.cluster.change_bot(config={**LIVE, "trading": {"symbol": "no symbol"}})
    await stage.turn()
    assert not await refused(stage)


async def test_an_older_bot_that_is_switched_from_paper_to_real_orders_gives_way_to_who_trades(stage: Stage) -> None:
    await stage.running_bot(config=PAPER, **BINANCE)
    stage.cluster.add_bot("second", config=LIVE, **BINANCE)
    assert not await refused(stage)
    stage.cluster.change_bot(config=LIVE)
    assert "second trades BTCUSDT" in await refused(stage, "btc")
    assert not await refused(stage)


async def test_a_bot_whose_document_came_to_name_another_symbol_still_has_the_account_that_it_trades_on(
    stage: Stage,
) -> None:
    await stage.running_bot(config=LIVE, **BINANCE)
    stage.cluster.change_bot(config=OTHER_SYMBOL)
    await stage.turn()
    assert stage.cluster.condition("ConfigValid")[0] == "False"
    stage.cluster.add_bot("second", config=LIVE, **BINANCE)
    assert "btc trades BTCUSDT" in await refused(stage)


async def test_a_bot_that_waits_until_it_is_flat_to_change_its_account_has_both_until_then(stage: Stage) -> None:
    await stage.running_bot(config=LIVE, updatePolicy="OnFlat", **BINANCE)
    stage.bots.answer = stage.bots.answer and replace(stage.bots.answer, position="0.5")
    stage.cluster.change_bot(secretRef={"name": "new"})
    await stage.turn()
    for name, secret in (("second", "binance"), ("third", "new")):
        stage.cluster.add_bot(name, config=LIVE, secretRef={"name": secret})
        assert "btc trades BTCUSDT" in await refused(stage, name)


async def test_a_pod_that_outlives_its_bot_still_has_the_account(stage: Stage) -> None:
    await stage.running_bot(config=LIVE, **BINANCE)
    stage.cluster.objects.pop(("TradingBot", "desk", "btc"))
    stage.cluster.objects.pop(("StatefulSet", "desk", "btc"))
    stage.restart_operator()
    stage.cluster.add_bot("second", config=LIVE, **BINANCE)
    assert "btc trades BTCUSDT" in await refused(stage)


async def test_the_account_of_a_bot_that_is_gone_is_free(stage: Stage) -> None:
    await stage.running_bot(config=LIVE, **BINANCE)
    stage.cluster.add_bot("second", config=LIVE, **BINANCE)
    assert await refused(stage)
    for kind, name in (("TradingBot", "btc"), ("StatefulSet", "btc"), ("Pod", "btc-0")):
        stage.cluster.objects.pop((kind, "desk", name))
    await stage.turn()
    assert not await refused(stage)
