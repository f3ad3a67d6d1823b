"""One bot brought to what was asked for: made in order, left alone when all is well, and nothing of others touched."""

from copy import deepcopy

import pytest

from desired import understand
from strategies.errors import ClusterRefusedError, ClusterUnreachableError
from tests.unit.operator.cluster import Call
from tests.unit.operator.stage import Stage
from tests.unit.operator.things import CONFIG, KEY, OTHER_CONFIG, said

OURS = {"app.kubernetes.io/managed-by": "tradingbot-operator"}
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
QUOTA = ClusterRefusedError(403, "Forbidden", "exceeded quota: bots")


def document(stage: Stage) -> str:
    """Return the name of the ConfigMap that new pods are made with."""
    stateful_set = stage.cluster.there("StatefulSet", "btc")
    (name,) = (v["configMap"]["name"] for v in stateful_set["spec"]["template"]["spec"]["volumes"] if "configMap" in v)
    assert isinstance(name, str)
    return name


# --- Made ---


async def test_a_new_bots_children_are_made_the_stateful_set_last(stage: Stage) -> None:
    """It is the mark that all the others are there: killed in between, the operator begins again."""
    stage.cluster.add_bot()
    await stage.turn()
    made = [call.kind for call in stage.cluster.calls if call.verb == "apply"]
    assert sorted(made) == [
        "ConfigMap", "NetworkPolicy", "PersistentVolumeClaim", "Secret", "Service", "StatefulSet",
    ]  # fmt: skip
    assert made[-1] == "StatefulSet"
    assert stage.cluster.writes[-1] == Call("patch status", "TradingBot", "btc")


async def test_an_operator_killed_at_any_call_is_followed_by_one_that_finishes(stage: Stage) -> None:
    await stage.running_bot()
    whole = {place for place in stage.cluster.objects if place[0] != "Event"}
    for kind in ("PersistentVolumeClaim", "Secret", "ConfigMap", "Service", "NetworkPolicy", "StatefulSet"):
        other = Stage()
        other.cluster.add_bot()
        other.cluster.refuse("apply", kind, ClusterUnreachableError("killed"))
        with pytest.raises(ClusterUnreachableError):
            await other.turn()
        other.restart_operator()
        other.cluster.relent()
        await other.turn()
        await other.settle()
        assert {place for place in other.cluster.objects if place[0] != "Event"} == whole


async def test_a_bot_comes_to_trade_and_its_status_says_so(stage: Stage) -> None:
    stage.cluster.add_bot()
    await stage.turn()
    assert stage.cluster.status()["phase"] == "Pending"
    stage.cluster.settle(ready=False)
    stage.bots.answer = said(ready=False, reasons=("warming up",))
    await stage.turn()
    assert stage.cluster.status()["phase"] == "Starting"
    assert stage.cluster.condition("Ready") == ("False", "NotReady", "warming up")
    stage.bots.answer = said(position="0.25")
    stage.clock.now += 5
    stage.cluster.settle()
    await stage.turn()
    status = stage.cluster.status()
    assert (status["phase"], status["mode"], status["symbol"], status["position"]) == (
        "Running",
        "paper",
        "BTCUSDT",
        "0.25",
    )
    assert stage.cluster.condition("Ready") == ("True", "Trading", "")
    assert stage.cluster.told.count("Ready") == 1


async def test_the_token_in_the_secret_is_the_one_that_the_operator_shows(stage: Stage) -> None:
    stage.cluster.add_bot()
    await stage.turn()
    assert stage.cluster.there("Secret", "btc-api-token")["data"] == {"token": stage.children.token(KEY)}


# --- Left alone ---


async def test_where_all_is_well_nothing_is_called_at_all(stage: Stage) -> None:
    await stage.running_bot()
    again = await stage.turn()
    assert stage.cluster.calls == []
    assert again is not None


async def test_an_operator_that_starts_writes_nothing_to_a_bot_that_runs(stage: Stage) -> None:
    """A thousand bots would otherwise be written all at once, at every start."""
    await stage.running_bot()
    stage.restart_operator()
    await stage.turn()
    assert stage.cluster.writes == []


async def test_a_bot_that_runs_is_asked_for_its_figures_at_most_twice_a_minute(stage: Stage) -> None:
    await stage.running_bot()
    for _ in range(60):
        stage.clock.now += 1
        await stage.turn()
    assert len(stage.bots.asked) <= 2


async def test_a_bot_that_is_no_more_is_forgotten(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.delete_bot()
    assert await stage.turn() is None
    assert stage.cluster.calls == []
    assert {kind for kind, _, _ in stage.cluster.objects} - {"Event"} == {"PersistentVolumeClaim", "Pod"}


async def test_a_deleted_bot_that_keeps_its_position_is_the_garbage_collectors(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.there("TradingBot", "btc")["metadata"]["finalizers"] = ["backup.example/keep"]
    stage.cluster.delete_bot()
    assert await stage.turn() is None
    assert stage.cluster.calls == []


# --- Somebody else's ---


async def test_a_stateful_set_of_somebody_else_is_not_touched(stage: Stage) -> None:
    theirs = {"metadata": {"name": "btc", "labels": {"app": "db"}}, "spec": {"replicas": 3}}
    stage.cluster.put("StatefulSet", theirs)
    before = stage.cluster.there("StatefulSet", "btc")
    stage.cluster.add_bot()
    await stage.turn()
    assert [call for call in stage.cluster.writes if call.kind != "TradingBot"] == []
    assert stage.cluster.there("StatefulSet", "btc") == before
    assert stage.cluster.condition("Degraded")[1] == "NameTaken"
    assert stage.forbidden == [], "a name that is taken is no fault of the operator's"
    assert stage.cluster.status()["phase"] == "Failed"


async def test_a_service_of_somebody_else_is_not_overwritten_and_no_pod_is_made(stage: Stage) -> None:
    stage.cluster.put("Service", {"metadata": {"name": "btc"}, "spec": {"clusterIP": "10.0.0.1", "ports": []}})
    before = stage.cluster.there("Service", "btc")
    stage.cluster.add_bot()
    again = await stage.turn()
    assert stage.cluster.there("Service", "btc") == before
    assert stage.cluster.of_kind("StatefulSet") == []
    assert stage.cluster.condition("Degraded")[1] == "NameTaken"
    assert again == 60.0
    stage.cluster.remove("Service", "btc")
    await stage.turn()
    await stage.settle()
    assert stage.cluster.status()["phase"] == "Running"


async def test_the_stateful_set_of_an_earlier_bot_is_waited_for(stage: Stage) -> None:
    await stage.running_bot()
    orphan = stage.cluster.there("StatefulSet", "btc")
    stage.cluster.delete_bot()
    stage.cluster.objects["StatefulSet", "desk", "btc"] = orphan
    stage.restart_operator()
    stage.cluster.add_bot()
    stage.cluster.forget_calls()
    again = (
        await stage.reconciler(KEY) if stage.world.take("TradingBot", stage.cluster.there("TradingBot", "btc")) else 0
    )
    assert [call for call in stage.cluster.writes if call.kind != "TradingBot"] == []
    assert stage.cluster.condition("Progressing")[1] == "WaitingForRemoval"
    assert again == 2.0
    stage.cluster.remove("StatefulSet", "btc")
    await stage.turn()
    (owner,) = stage.cluster.there("StatefulSet", "btc")["metadata"]["ownerReferences"]
    assert owner["uid"] == stage.cluster.there("TradingBot", "btc")["metadata"]["uid"]


async def test_the_stateful_set_of_an_earlier_bot_that_the_watch_has_shown_is_waited_for_too(stage: Stage) -> None:
    await stage.running_bot()
    earlier = stage.cluster.there("StatefulSet", "btc")
    stage.cluster.delete_bot()
    stage.cluster.objects["StatefulSet", "desk", "btc"] = earlier
    stage.cluster.add_bot(config=OTHER_CONFIG, suspend=True)
    stage.cluster.forget_calls()
    assert await stage.turn() == 2.0
    assert [call for call in stage.cluster.writes if call.kind != "TradingBot"] == []
    assert stage.cluster.condition("Progressing")[1] == "WaitingForRemoval"
    stage.cluster.remove("StatefulSet", "btc")
    await stage.turn()
    assert stage.cluster.there("StatefulSet", "btc")["spec"]["replicas"] == 0


async def test_a_claim_that_was_on_its_way_out_is_made_again_and_no_pod_holds_it_up(stage: Stage) -> None:
    await stage.running_bot(storage={"onDelete": "Delete"})
    claim = deepcopy(stage.cluster.there("PersistentVolumeClaim", "btc-journal"))
    stage.cluster.delete_bot()
    stage.cluster.settle()
    await stage.turn()
    # The old pod still uses it: it goes when that has gone.
    stage.cluster.put("PersistentVolumeClaim", claim, "tradingbot-operator")
    stage.cluster.mark_deleted("PersistentVolumeClaim", "btc-journal")
    stage.cluster.add_bot(storage={"onDelete": "Delete"})
    assert await stage.turn() == 2.0
    assert stage.cluster.of_kind("StatefulSet") == []
    assert stage.cluster.condition("Progressing")[1] == "WaitingForRemoval"
    stage.cluster.remove("PersistentVolumeClaim", "btc-journal")
    await stage.turn()
    await stage.settle()
    assert "deletionTimestamp" not in stage.cluster.there("PersistentVolumeClaim", "btc-journal")["metadata"]
    assert stage.cluster.status()["phase"] == "Running"


async def test_a_retained_claim_of_an_earlier_bot_is_taken_over_with_what_is_on_it(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.delete_bot()
    stage.cluster.settle()
    await stage.turn()
    journal = stage.cluster.there("PersistentVolumeClaim", "btc-journal")
    await stage.running_bot()
    assert stage.cluster.there("PersistentVolumeClaim", "btc-journal") == journal
    assert stage.cluster.status()["phase"] == "Running"


async def test_a_larger_claim_of_somebody_else_is_not_made_smaller(stage: Stage) -> None:
    theirs = {**CLAIM, "resources": {"requests": {"storage": "100Gi"}}}
    stage.cluster.put("PersistentVolumeClaim", {"metadata": {"name": "btc-journal"}, "spec": theirs})
    stage.cluster.add_bot()
    await stage.turn()
    assert stage.cluster.there("PersistentVolumeClaim", "btc-journal")["spec"] == theirs
    assert stage.cluster.condition("Degraded")[1] == "NameTaken"


async def test_a_refusal_is_told_once_and_tried_again(stage: Stage) -> None:
    stage.cluster.add_bot()
    stage.cluster.refuse("apply", "PersistentVolumeClaim", QUOTA)
    for _ in range(3):
        assert await stage.turn() == 60.0
    assert stage.cluster.condition("Degraded")[:2] == ("True", "Forbidden")
    assert "exceeded quota" in stage.cluster.condition("Degraded")[2]
    assert len(stage.forbidden) == 3, "nobody else would hear of it"
    assert stage.cluster.notes("Forbidden") == ["the API server refuses what the bot needs: exceeded quota: bots"]
    stage.cluster.relent()
    await stage.turn()
    await stage.settle()
    assert stage.cluster.status()["phase"] == "Running"
    assert stage.cluster.told.count("Recovered") == 1


# --- A bad configuration ---


@pytest.mark.parametrize("policy", ["Recreate", "OnFlat"])
async def test_a_bad_configuration_leaves_all_as_it_is_and_is_told(stage: Stage, policy: str) -> None:
    await stage.running_bot(updatePolicy=policy)
    stage.cluster.change_bot(config={**CONFIG, "trading": {"symbol": "BTCUSDT", "position_size": 7}}, image="other:2")
    await stage.turn()
    assert [call for call in stage.cluster.writes if call.kind != "TradingBot"] == []
    valid = stage.cluster.condition("ConfigValid")
    assert valid[0] == "False"
    assert "trading.position_size" in valid[2]
    assert stage.cluster.condition("Ready")[0] == "True"
    assert stage.cluster.status()["configHash"] == document(stage).removeprefix("btc-")
    assert stage.cluster.status()["image"] != "other:2"
    assert stage.cluster.notes("ConfigRejected") == [valid[2]]
    await stage.turn()
    assert stage.cluster.told.count("ConfigRejected") == 1


async def test_a_bot_that_is_bad_from_the_start_gets_no_children(stage: Stage) -> None:
    stage.cluster.add_bot(config={"trading": {}})
    await stage.turn()
    assert stage.cluster.status()["phase"] == "Invalid"
    assert {kind for kind, _, _ in stage.cluster.objects} == {"TradingBot", "Event"}


async def test_a_bad_configuration_that_is_put_right_is_applied(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.change_bot(config={"trading": {}})
    await stage.turn()
    stage.cluster.change_bot(config=OTHER_CONFIG)
    await stage.turn()
    await stage.settle()
    assert stage.cluster.condition("ConfigValid")[0] == "True"
    assert (
        document(stage)
        == understand(stage.cluster.there("TradingBot", "btc")["metadata"], {"config": OTHER_CONFIG}).config_map
    )


async def test_a_bot_with_a_bad_configuration_can_be_suspended_and_resumed(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.change_bot(config={"trading": {}}, suspend=True)
    await stage.turn()
    assert stage.cluster.there("StatefulSet", "btc")["spec"]["replicas"] == 0
    stage.cluster.change_bot(suspend=False)
    await stage.turn()
    assert stage.cluster.there("StatefulSet", "btc")["spec"]["replicas"] == 1


async def test_a_bot_does_not_change_what_its_journal_is_about(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.change_bot(config={**CONFIG, "trading": {"symbol": "ETHUSDT"}})
    await stage.turn()
    assert stage.cluster.condition("ConfigValid")[0] == "False"
    assert "trading.symbol" in stage.cluster.condition("ConfigValid")[2]
    assert stage.cluster.status()["symbol"] == "BTCUSDT"


async def test_a_bot_changed_before_its_first_figures_were_heard_keeps_its_symbol_too(stage: Stage) -> None:
    """Its pod would end again and again over the journal, and the position be left alone meanwhile."""
    stage.bots.answer = None
    await stage.running_bot()
    assert "equity" not in stage.cluster.status()
    stage.cluster.change_bot(config={**CONFIG, "trading": {"symbol": "ETHUSDT"}})
    await stage.turn()
    assert stage.cluster.condition("ConfigValid")[0] == "False"
    assert Call("delete", "Pod", "btc-0") not in stage.cluster.writes


# --- The finalizer ---


async def test_a_bot_that_is_to_close_its_position_gets_its_finalizer_before_its_children(stage: Stage) -> None:
    """Else it could be deleted in between with a position that nobody closes."""
    stage.cluster.add_bot(deletePolicy="ClosePosition")
    await stage.turn()
    assert stage.cluster.writes[0] == Call("patch", "TradingBot", "btc")
    assert stage.cluster.there("TradingBot", "btc")["metadata"]["finalizers"] == ["tradingbots.dev/close-position"]


async def test_the_finalizer_goes_with_the_policy(stage: Stage) -> None:
    await stage.running_bot(deletePolicy="ClosePosition")
    stage.cluster.change_bot(deletePolicy="KeepPosition")
    await stage.turn()
    assert stage.cluster.there("TradingBot", "btc")["metadata"]["finalizers"] == []


async def test_a_bad_configuration_takes_no_finalizer_away(stage: Stage) -> None:
    await stage.running_bot(deletePolicy="ClosePosition")
    stage.cluster.change_bot(config={"trading": {}})
    await stage.turn()
    assert stage.cluster.there("TradingBot", "btc")["metadata"]["finalizers"] == ["tradingbots.dev/close-position"]


async def test_a_list_of_finalizers_that_somebody_changes_meanwhile_is_looked_at_again(stage: Stage) -> None:
    stage.cluster.add_bot(deletePolicy="ClosePosition")
    stage.cluster.show(stage.world)
    stage.cluster.there("TradingBot", "btc")["metadata"] |= {"finalizers": ["theirs"], "resourceVersion": "999999"}
    with pytest.raises(ClusterUnreachableError):
        await stage.reconciler(KEY)
    assert stage.cluster.there("TradingBot", "btc")["metadata"]["finalizers"] == ["theirs"]
