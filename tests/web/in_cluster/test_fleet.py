"""The fleet of a cluster: listed, watched through everything that ends a watch, and told by the pods themselves."""

import pytest

from bots.seen.rows import State
from bots.web.bots import Action
from strategies.errors import BotUnreachableError, NoSuchBotError
from tests.web.in_cluster.places import DOCUMENT, RUNNING, SUSPENDED, Stage, seen


async def test_a_suspended_bot_is_stopped_and_can_be_started_or_deleted(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, SUSPENDED, suspend=True)
    (entry,) = (await stage.open()).fleet()
    assert (entry.name, entry.row.bot, entry.wanted, entry.alarms) == ("desk.btc", "btc", False, ())
    assert (entry.row.state, entry.row.detail, entry.row.mode) == (State.STOPPED, "has never run", "paper")
    assert entry.actions == {Action.START, Action.DELETE}


async def test_a_bot_that_runs_says_itself_how_it_is(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, RUNNING)
    await stage.run("desk", "btc", position=0.5)
    bots = await stage.open()
    await seen(bots, lambda: bots.fleet()[0].row.state is State.READY)
    entry = bots.entry("desk.btc")
    assert (entry.wanted, float(entry.row.position or 0), entry.equity) == (True, 0.5, (1000.0, 1001.0, 1002.0))
    assert entry.actions == {Action.STOP, Action.RESTART, Action.HALT, Action.CLOSE, Action.DELETE}
    assert (await bots.status("desk.btc"))["bot"] == "desk.btc"
    assert (await bots.bars("desk.btc", 5))["bars"] == [{"open": 1.0}]
    assert await bots.log_tail("desk.btc", 5) == ["INFO a line"]


async def test_a_pod_that_falls_silent_is_an_alarm_with_what_it_said_last(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, RUNNING)
    pod = await stage.run("desk", "btc", position=0.5)
    bots = await stage.open()
    await seen(bots, lambda: bots.fleet()[0].row.state is State.READY)
    pod.silent = True
    await seen(bots, lambda: bots.fleet()[0].row.state is State.NO_ANSWER)
    entry = bots.entry("desk.btc")
    assert float(entry.row.position or 0) == 0.5
    assert entry.alarms[0].startswith("no answer: ")
    assert "kubectl --namespace desk logs statefulset/btc" in (await bots.log_tail("desk.btc", 5))[0]


async def test_another_bot_at_a_pods_old_address_is_not_taken_for_it(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, RUNNING)
    pod = await stage.run("desk", "btc")
    pod.name = "eth"
    bots = await stage.open()
    await seen(bots, lambda: bots.fleet()[0].row.state is State.NO_ANSWER)
    assert "another bot answers" in bots.entry("desk.btc").row.detail


async def test_what_is_asked_of_a_bot_without_a_pod_says_what_to_do(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, SUSPENDED, suspend=True)
    stage.api.put("desk", "eth", DOCUMENT, {"observedGeneration": 1, "phase": "Failed"})
    bots = await stage.open()
    with pytest.raises(BotUnreachableError, match="start it to see this"):
        await bots.trades("desk.btc")
    with pytest.raises(BotUnreachableError, match="kubectl --namespace desk describe tradingbot eth"):
        await bots.status("desk.eth")
    assert await bots.bars("desk.btc", 5) == {"interval": DOCUMENT["data"]["interval"], "bars": []}
    for name in ("desk.none", "btc", "../x", "desk.btc/status"):
        with pytest.raises(NoSuchBotError):
            await bots.document(name)


async def test_a_refused_document_is_the_first_alarm(stage: Stage) -> None:
    faults = {"type": "ConfigValid", "status": "False", "message": "trading.symbol: is another one's"}
    stage.api.put("desk", "btc", DOCUMENT, {"observedGeneration": 1, "phase": "Invalid", "conditions": [faults]})
    stage.api.put("desk", "old", {**DOCUMENT, "nonsense": 1}, {"observedGeneration": 1, "phase": "Invalid"})
    btc, old = (await stage.open()).fleet()
    assert btc.alarms[0] == "the operator refuses what was asked for: trading.symbol: is another one's"
    assert (btc.row.state, old.row.state, old.faults) == (State.UNREADABLE, State.UNREADABLE, 1)
    assert Action.RESTART not in old.actions


# --- The watch ----------------------------------------------------------------------------------------------------


async def test_changes_and_deletions_are_seen_as_they_happen(stage: Stage) -> None:
    bots = await stage.open()
    assert bots.fleet() == ()
    stage.api.put("desk", "btc", DOCUMENT, SUSPENDED, suspend=True)
    await seen(bots, lambda: len(bots.fleet()) == 1)
    stage.api.tell_status("desk", "btc", position="unknown", configHash="x", mode="live")
    await seen(bots, lambda: "nobody watches its position of real money" in bots.fleet()[0].alarms)
    stage.api.remove("desk", "btc")
    await seen(bots, lambda: not bots.fleet())


async def test_a_watch_that_ends_goes_on_where_it_was_and_lists_nothing_anew(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, SUSPENDED, suspend=True)
    bots = await stage.open()
    await stage.api.is_watched()
    stage.api.bookmark()
    reached = str(stage.api.version)
    stage.api.hang_up()
    stage.api.put("desk", "eth", DOCUMENT, SUSPENDED, suspend=True)
    await seen(bots, lambda: len(bots.fleet()) == 2)
    assert stage.api.listed == 1
    watches = [each.query["resourceVersion"] for each in stage.api.said("GET") if "watch" in each.query]
    assert watches[-1] in (reached, watches[0])


async def test_a_state_that_the_server_has_forgotten_is_listed_anew_and_what_went_meanwhile_is_gone(
    stage: Stage,
) -> None:
    for name in ("btc", "eth"):
        stage.api.put("desk", name, DOCUMENT, SUSPENDED, suspend=True)
    bots = await stage.open()
    stage.api.remove("desk", "eth", told=False)
    stage.api.expire()
    await seen(bots, lambda: [entry.name for entry in bots.fleet()] == ["desk.btc"])
    assert stage.api.listed == 2


async def test_a_list_of_many_pages_is_read_to_its_end(stage: Stage) -> None:
    stage.api.page = 2
    for name in ("a", "b", "c", "d", "e"):
        stage.api.put("desk", name, DOCUMENT, SUSPENDED, suspend=True)
    assert len((await stage.open()).fleet()) == 5


async def test_only_the_named_namespaces_are_listed(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, SUSPENDED, suspend=True)
    stage.api.put("other", "btc", DOCUMENT, SUSPENDED, suspend=True)
    bots = await stage.open("desk")
    assert ([entry.name for entry in bots.fleet()], bots.place) == (["desk.btc"], "desk")


async def test_a_server_that_refuses_is_an_alarm_of_every_bot_until_it_does_not_any_more(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, SUSPENDED, suspend=True)
    stage.api.refusing["WATCH"] = (403, "Forbidden", "cannot watch", [])
    bots = await stage.open()
    await seen(bots, lambda: bool(bots.fleet()[0].alarms))
    assert "look at the console's role" in bots.fleet()[0].alarms[0]
    stage.api.refusing.clear()
    stage.api.put("desk", "eth", DOCUMENT, SUSPENDED, suspend=True)
    await seen(bots, lambda: [entry.alarms for entry in bots.fleet()] == [(), ()])


async def test_a_watch_that_was_broken_is_no_alarm_any_more_once_it_is_open_again(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, SUSPENDED, suspend=True)
    bots = await stage.open()
    await stage.api.is_watched()
    stage.api.refusing["WATCH"] = (503, "ServiceUnavailable", "is being restarted", [])
    stage.api.hang_up()
    await seen(bots, lambda: "come again later" in "".join(bots.fleet()[0].alarms))
    stage.api.refusing.clear()
    await seen(bots, lambda: not bots.fleet()[0].alarms)
    assert stage.api.listed == 1
