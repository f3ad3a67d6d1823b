"""Of two bots with real orders on one account and symbol only one trades."""

from dataclasses import replace
from typing import Any

import pytest

from rivals import contender, rival
from seen import BotSeen
from tests.unit.operator.stage import Stage
from tests.unit.operator.things import Json

LIVE: Json = {
    "broker": {"type": "binance"},
    "data": {"data_source": "binance"},
    "trading": {"symbol": "BTCUSDT"},
    "strategy": {
        "entry_logic": {"name": "RSIBBEntryMixin", "params": {}},
        "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 3}},
    },
}
FIRST, SECOND = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


def bot(name: str, created: str = FIRST, config: Json = LIVE, **more: Any) -> BotSeen:
    metadata = {"name": name, "namespace": "desk", "uid": name, "creationTimestamp": created}
    status = {"symbol": config.get("trading", {}).get("symbol"), "mode": "live"}
    return BotSeen(metadata, {"config": config, "secretRef": {"name": "binance"}, **more}, status)


def test_the_later_of_two_new_bots_gives_way() -> None:
    first, second = (contender(each, runs=False) for each in (bot("b", FIRST), bot("a", SECOND)))
    assert rival(second, [first, second]) == "b"
    assert rival(first, [first, second]) is None


def test_of_two_bots_of_one_second_the_names_decide() -> None:
    a, b = (contender(bot(name), runs=False) for name in "ab")
    assert (rival(a, [a, b]), rival(b, [a, b])) == (None, "a")


def test_who_runs_stays_though_an_older_one_is_changed_to_the_same_symbol() -> None:
    older, runs = contender(bot("older", FIRST), runs=False), contender(bot("runs", SECOND), runs=True)
    assert rival(older, [older, runs]) == "runs"
    assert rival(runs, [older, runs]) is None


def test_a_bot_that_runs_another_symbol_until_now_does_not_count_as_running_this_one() -> None:
    changed = replace(bot("changed", FIRST), status={"symbol": "ETHUSDT", "mode": "live"})
    there = contender(bot("there", SECOND), runs=True)
    assert rival(contender(changed, runs=True), [there]) == "there"


@pytest.mark.parametrize(
    "other",
    [
        bot("b", config={**LIVE, "trading": {"symbol": "ETHUSDT"}}),
        bot("b", config={**LIVE, "broker": {"type": "binance", "environment": "testnet"}}),
        bot("b", config={**LIVE, "broker": {"type": "ibkr", "account": "U1"}}),
        bot("b", secretRef={"name": "other"}),
        bot("b", config={"broker": "nonsense"}),
    ],
    ids=["symbol", "environment", "broker", "secret", "nonsense"],
)
def test_bots_of_other_accounts_or_symbols_live_side_by_side(other: BotSeen) -> None:
    mine = contender(bot("z", SECOND), runs=False)
    assert rival(mine, [contender(other, runs=True)]) is None


def test_the_environment_that_stands_by_itself_is_the_same_written_out() -> None:
    spelt = bot("b", config={**LIVE, "broker": {"type": "binance", "environment": "live"}})
    assert rival(contender(bot("z", SECOND), runs=False), [contender(spelt, runs=True)]) == "b"


async def test_a_second_bot_on_an_account_and_symbol_is_refused_and_makes_no_pod(stage: Stage) -> None:
    await stage.running_bot(config=LIVE, secretRef={"name": "binance"})
    stage.cluster.add_bot("zweite", config=LIVE, secretRef={"name": "binance"})
    again = await stage.turn_of("zweite")
    status, _, message = stage.cluster.condition("ConfigValid", "zweite")
    assert status == "False"
    assert "btc trades BTCUSDT on this account already" in message
    assert again is not None, "it looks again: the other one may go"
    assert not [body for body in stage.cluster.of_kind("StatefulSet") if body["metadata"]["name"] == "zweite"]


async def test_two_bots_on_paper_may_trade_the_same_symbol(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.add_bot("zweite")
    await stage.turn_of("zweite")
    assert stage.cluster.condition("ConfigValid", "zweite")[0] == "True"
