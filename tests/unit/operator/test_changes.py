"""A change on its way to the pod: at once, or when nothing is held; suspended, resumed, evicted meanwhile."""

from copy import deepcopy
from datetime import UTC, datetime

import pytest

from answers import UNKNOWN, Answer
from tests.unit.operator.cluster import Call
from tests.unit.operator.stage import Stage
from tests.unit.operator.things import CONFIG, KEY, OTHER_CONFIG, Json, said

POD_GONE = Call("delete", "Pod", "btc-0")


def template(stage: Stage) -> Json:
    """Return what a new pod would be made of."""
    made = stage.cluster.there("StatefulSet", "btc")["spec"]["template"]
    assert isinstance(made, dict)
    return made


def revision_of_pod(stage: Stage) -> str:
    return str(stage.cluster.there("Pod", "btc-0")["metadata"]["annotations"]["tradingbots.dev/revision"])


def documents(stage: Stage) -> set[str]:
    return {body["metadata"]["name"] for body in stage.cluster.of_kind("ConfigMap")}


# --- Recreate ---


async def test_a_change_replaces_the_pod_once(stage: Stage) -> None:
    await stage.running_bot()
    before = revision_of_pod(stage)
    stage.cluster.change_bot(config=OTHER_CONFIG)
    await stage.turn()
    assert stage.cluster.writes[-2:] == [POD_GONE, Call("patch status", "TradingBot", "btc")]
    assert stage.cluster.status()["phase"] == "Updating"
    await stage.settle()
    assert revision_of_pod(stage) != before
    assert stage.cluster.told.count("Replaced") == 1
    assert stage.cluster.status()["phase"] == "Running"


async def test_each_pod_that_is_replaced_is_told(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.change_bot(config=OTHER_CONFIG)
    await stage.turn()
    await stage.settle()
    stage.cluster.change_bot(config=CONFIG)
    await stage.turn()
    assert stage.cluster.told.count("Replaced") == 2


async def test_the_new_document_is_there_before_anything_names_it_and_the_old_one_stays(stage: Stage) -> None:
    """The old pod may be restarted by the kubelet until it is gone."""
    await stage.running_bot()
    old = documents(stage)
    stage.cluster.change_bot(config=OTHER_CONFIG)
    await stage.turn()
    kinds = [call.kind for call in stage.cluster.writes]
    assert kinds.index("ConfigMap") < kinds.index("StatefulSet")
    assert old < documents(stage)


async def test_a_larger_volume_leaves_the_pod_alone(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.volumes_grow = True
    stage.cluster.change_bot(storage={"size": "2Gi"})
    await stage.turn()
    await stage.settle()
    claim = stage.cluster.there("PersistentVolumeClaim", "btc-journal")
    assert claim["spec"]["resources"]["requests"]["storage"] == "2Gi"
    assert "Replaced" not in stage.cluster.told


async def test_a_volume_that_cannot_grow_is_told_and_the_bot_trades_on(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.change_bot(storage={"size": "2Gi"})
    await stage.turn()
    assert POD_GONE not in stage.cluster.writes
    assert stage.cluster.condition("Degraded")[:2] == ("True", "StorageRefused")
    assert "spec.storage" in stage.cluster.condition("Degraded")[2]
    assert stage.cluster.status()["phase"] == "Running"
    stage.cluster.change_bot(storage={"size": "1Gi"})
    await stage.turn()
    assert stage.cluster.condition("Degraded")[0] == "False"
    assert stage.cluster.told.count("StorageRefused") == 1


async def test_a_refused_volume_is_still_told_by_an_operator_that_starts_anew(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.change_bot(storage={"size": "2Gi"})
    await stage.turn()
    stage.restart_operator()
    await stage.turn()
    assert stage.cluster.condition("Degraded")[1] == "StorageRefused"
    assert stage.cluster.told.count("StorageRefused") == 1


# --- OnFlat ---


async def test_while_something_is_held_neither_set_nor_document_is_touched(stage: Stage) -> None:
    await stage.running_bot(updatePolicy="OnFlat")
    before, known = template(stage), documents(stage)
    stage.bots.answer = said(position="0.25")
    stage.cluster.change_bot(config=OTHER_CONFIG)
    for _ in range(3):
        assert await stage.turn() == 2.0
        stage.clock.now += 2
    assert {call.kind for call in stage.cluster.writes} == {"TradingBot"}
    assert (template(stage), documents(stage)) == (before, known)
    assert stage.cluster.status()["phase"] == "WaitingUntilFlat"
    assert "0.25" in stage.cluster.condition("Progressing")[2]
    assert stage.cluster.condition("Ready")[0] == "True"
    assert stage.cluster.told.count("WaitingUntilFlat") == 1


async def test_a_bot_that_holds_something_is_not_kept_from_its_entries(stage: Stage) -> None:
    await stage.running_bot(updatePolicy="OnFlat")
    stage.bots.answer = said(position="0.25")
    stage.cluster.change_bot(config=OTHER_CONFIG)
    await stage.turn()
    assert "hold" not in stage.bots.asked


async def test_an_eviction_meanwhile_brings_the_old_configuration_back(stage: Stage) -> None:
    await stage.running_bot(updatePolicy="OnFlat")
    before = revision_of_pod(stage)
    stage.bots.answer = said(position="0.25")
    stage.cluster.change_bot(config=OTHER_CONFIG)
    await stage.turn()
    stage.cluster.remove("Pod", "btc-0")
    stage.bots.answer = None
    await stage.turn()
    stage.cluster.settle(ready=False)
    await stage.turn()
    assert revision_of_pod(stage) == before
    stage.bots.answer = said(position="0.25")
    await stage.settle()
    assert revision_of_pod(stage) == before


async def test_once_flat_it_is_held_asked_again_applied_and_replaced(stage: Stage) -> None:
    await stage.running_bot(updatePolicy="OnFlat")
    before = revision_of_pod(stage)
    stage.cluster.change_bot(config=OTHER_CONFIG)
    await stage.turn()
    assert stage.bots.asked[:3] == ["status", "hold", "status"]
    kinds = [call.kind for call in stage.cluster.writes]
    assert kinds.index("StatefulSet") < kinds.index("Pod")
    await stage.settle()
    assert revision_of_pod(stage) != before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (said(), said(position="1")),
        (said(), said(open_orders=("btc-9",))),
        (said(open_orders=("btc-9",)), said(position="1")),
    ],
    ids=["has entered since", "enters", "was entering"],
)
async def test_one_that_entered_before_the_hold_is_waited_for(stage: Stage, before: Answer, after: Answer) -> None:
    await stage.running_bot(updatePolicy="OnFlat")
    made_of = template(stage)
    stage.cluster.change_bot(config=OTHER_CONFIG)
    stage.bots.answer, stage.bots.after_hold = before, after
    await stage.turn()
    assert template(stage) == made_of
    assert POD_GONE not in stage.cluster.writes


async def test_one_that_cannot_be_held_is_waited_for(stage: Stage) -> None:
    await stage.running_bot(updatePolicy="OnFlat")
    before = template(stage)
    stage.bots.takes_changes = False
    stage.cluster.change_bot(config=OTHER_CONFIG)
    await stage.turn()
    assert template(stage) == before
    assert stage.cluster.status()["phase"] == "WaitingUntilFlat"


async def test_one_that_does_not_answer_is_waited_for_whatever_it_said_last(stage: Stage) -> None:
    await stage.running_bot(updatePolicy="OnFlat")
    before = template(stage)
    assert stage.cluster.status()["position"] == "0"
    stage.bots.answer = None
    stage.cluster.change_bot(config=OTHER_CONFIG)
    await stage.turn()
    assert template(stage) == before


async def test_a_bot_that_never_ran_waits_for_nothing(stage: Stage) -> None:
    """Its image cannot be pulled: there is nothing to close, and the change is the cure."""
    stage.cluster.add_bot(updatePolicy="OnFlat", image="mistyped")
    await stage.turn()
    stage.cluster.settle(ready=False, state={"waiting": {"reason": "ImagePullBackOff"}})
    await stage.turn()
    assert stage.cluster.status()["phase"] == "Failed"
    stage.cluster.change_bot(image="right")
    await stage.turn()
    assert POD_GONE in stage.cluster.writes
    assert template(stage)["spec"]["containers"][0]["image"] == "right"


async def test_a_bot_that_has_run_and_was_never_heard_is_waited_for(stage: Stage) -> None:
    """A network policy keeps the operator from its port, say: it trades all the same."""
    stage.bots.answer = None
    await stage.running_bot(updatePolicy="OnFlat")
    assert stage.cluster.status()["position"] == UNKNOWN
    before = deepcopy(template(stage))
    stage.cluster.change_bot(config=OTHER_CONFIG)
    await stage.turn()
    assert template(stage) == before
    stage.cluster.change_bot(suspend=True)
    await stage.turn()
    stage.cluster.settle()
    stage.cluster.change_bot(suspend=False)
    await stage.turn()
    assert template(stage) == before


async def test_a_bot_that_never_ran_on_the_journal_of_an_earlier_one_is_not_known_flat(stage: Stage) -> None:
    """What the earlier one held is in that journal, and the configuration that is there has to close it."""
    await stage.running_bot()
    stage.cluster.delete_bot()
    stage.cluster.settle()
    await stage.turn()
    stage.cluster.add_bot(updatePolicy="OnFlat", image="mistyped")
    await stage.turn()
    stage.cluster.settle(ready=False, state={"waiting": {"reason": "ImagePullBackOff"}})
    await stage.turn()
    before = deepcopy(template(stage))
    stage.cluster.change_bot(config=OTHER_CONFIG)
    await stage.turn()
    assert template(stage) == before


async def test_what_waits_is_not_shown_as_what_runs(stage: Stage) -> None:
    await stage.running_bot(updatePolicy="OnFlat")
    stage.bots.answer = said(position="0.25")
    live = {**CONFIG, "broker": {"type": "binance"}, "data": {"data_source": "binance"}}
    stage.cluster.change_bot(config=live)
    await stage.turn()
    assert stage.cluster.condition("ConfigValid")[0] == "True"
    assert stage.cluster.status()["phase"] == "WaitingUntilFlat"
    assert stage.cluster.status()["mode"] == "paper"
    stage.bots.answer = said()
    await stage.turn()
    assert stage.cluster.status()["mode"] == "live"


# --- Suspend and resume ---


async def test_a_bot_is_held_and_asked_before_it_is_suspended_and_what_it_held_is_kept(stage: Stage) -> None:
    await stage.running_bot()
    stage.bots.answer = said()
    stage.bots.after_hold = said(position="0.25")
    stage.cluster.change_bot(suspend=True)
    await stage.turn()
    assert stage.bots.asked[:2] == ["hold", "status"]
    assert POD_GONE not in stage.cluster.writes
    assert stage.cluster.status()["position"] == "0.25"
    await stage.settle()
    assert stage.cluster.of_kind("Pod") == []
    assert stage.cluster.status()["phase"] == "Suspended"
    assert stage.cluster.status()["position"] == "0.25"
    assert stage.cluster.told.count("Suspended") == 1


@pytest.mark.parametrize("silent", ["answers nothing", "takes no changes", "has no pod"])
async def test_a_bot_that_cannot_say_what_it_holds_when_it_is_suspended_is_not_called_flat(
    stage: Stage, silent: str
) -> None:
    """What it said last may be a minute old, and it may have entered since."""
    await stage.running_bot()
    assert stage.cluster.status()["position"] == "0"
    stage.bots.takes_changes = False
    if silent == "answers nothing":
        stage.bots.answer = None
    elif silent == "has no pod":
        stage.cluster.remove("Pod", "btc-0")
    stage.cluster.change_bot(suspend=True)
    await stage.turn()
    assert stage.cluster.status()["position"] == UNKNOWN
    await stage.settle()
    assert stage.cluster.status()["position"] == UNKNOWN


async def test_suspended_together_with_a_change_it_is_held_and_asked_too(stage: Stage) -> None:
    await stage.running_bot(deletePolicy="ClosePosition")
    stage.bots.answer = said(position="0.25")
    stage.cluster.change_bot(suspend=True, image="other:2")
    await stage.turn()
    assert "hold" in stage.bots.asked
    assert stage.cluster.status()["position"] == "0.25"
    await stage.settle()
    assert stage.cluster.status()["position"] == "0.25"
    assert template(stage)["spec"]["containers"][0]["image"] == "other:2"


async def test_a_bot_that_is_being_stopped_is_not_asked_any_more(stage: Stage) -> None:
    """Its last words were said; it may be half gone, and closing its books."""
    await stage.running_bot()
    stage.cluster.change_bot(suspend=True)
    await stage.turn()
    stage.bots.asked.clear()
    stage.bots.answer = said(position="9", equity="1.00")
    stage.clock.now += 31
    await stage.turn()
    assert stage.bots.asked == []
    assert (stage.cluster.status()["position"], stage.cluster.status()["equity"]) == ("0", "1000.00")


async def test_last_words_outlive_a_change_of_the_suspended_bot_and_its_operator(stage: Stage) -> None:
    await stage.running_bot()
    stage.bots.answer = said(position="0.25")
    stage.cluster.change_bot(suspend=True)
    await stage.turn()
    await stage.settle()
    stage.cluster.change_bot(config=OTHER_CONFIG)
    stage.restart_operator()
    await stage.turn()
    assert stage.cluster.status()["position"] == "0.25"
    stage.cluster.change_bot(suspend=False)
    await stage.turn()
    assert "tradingbots.dev/last-words" not in stage.cluster.there("StatefulSet", "btc")["metadata"]["annotations"]


async def test_a_resumed_bot_trades_again_and_nothing_else_is_touched(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.change_bot(suspend=True)
    await stage.turn()
    await stage.settle()
    stage.cluster.forget_calls()
    stage.cluster.change_bot(suspend=False)
    await stage.turn()
    assert stage.cluster.writes[0] == Call("patch", "StatefulSet", "btc")
    assert {call.kind for call in stage.cluster.writes} == {"StatefulSet", "TradingBot"}
    await stage.settle()
    assert stage.cluster.status()["phase"] == "Running"
    assert stage.cluster.told.count("Resumed") == 1


async def test_a_bot_made_suspended_has_no_pod(stage: Stage) -> None:
    stage.cluster.add_bot(suspend=True)
    await stage.turn()
    await stage.settle()
    assert stage.cluster.of_kind("Pod") == []
    assert stage.cluster.status()["phase"] == "Suspended"


@pytest.mark.parametrize(("held", "changed"), [("0", True), ("0.25", False)])
async def test_resumed_with_a_change_that_waits_it_changes_only_if_it_was_flat(
    stage: Stage, held: str, changed: bool
) -> None:
    await stage.running_bot(updatePolicy="OnFlat")
    before = revision_of_pod(stage)
    stage.bots.answer = said(position=held)
    stage.cluster.change_bot(suspend=True)
    await stage.turn()
    await stage.settle()
    stage.cluster.change_bot(suspend=False, config=OTHER_CONFIG)
    await stage.turn()
    await stage.settle()
    assert (revision_of_pod(stage) != before) is changed


# --- What the cluster does to a bot ---


async def test_a_stateful_set_that_somebody_deleted_is_made_anew(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.remove("StatefulSet", "btc")
    await stage.turn()
    assert stage.cluster.there("StatefulSet", "btc")["spec"]["replicas"] == 1


async def test_a_stateful_set_that_is_being_deleted_is_waited_for(stage: Stage) -> None:
    await stage.running_bot()
    body = stage.cluster.there("StatefulSet", "btc")
    stage.cluster.put("StatefulSet", {**body, "metadata": {**body["metadata"], "deletionTimestamp": "x"}})
    assert await stage.turn() == 2.0
    assert {call.kind for call in stage.cluster.writes} <= {"TradingBot"}


async def test_a_set_that_somebody_has_scaled_is_scaled_back(stage: Stage) -> None:
    await stage.running_bot()
    body = stage.cluster.there("StatefulSet", "btc")
    stage.cluster.put("StatefulSet", {**body, "spec": {**body["spec"], "replicas": 2}})
    await stage.turn()
    assert stage.cluster.there("StatefulSet", "btc")["spec"]["replicas"] == 1


async def test_a_restart_by_the_kubelet_is_told_with_its_cause_and_touches_nothing(stage: Stage) -> None:
    await stage.running_bot()
    out_of_memory = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    stage.cluster.settle(restarts=1, last=out_of_memory)
    await stage.turn()
    assert {call.kind for call in stage.cluster.writes} == {"TradingBot"}
    assert stage.cluster.status()["restarts"] == 1
    assert stage.cluster.status()["lastReason"] == "OutOfMemory"
    assert stage.cluster.told.count("OutOfMemory") == 1
    await stage.turn()
    assert stage.cluster.told.count("OutOfMemory") == 1


async def test_a_restart_by_the_liveness_probe_is_told_from_what_the_kubelet_says(stage: Stage) -> None:
    await stage.running_bot()
    pod = stage.cluster.there("Pod", "btc-0")["metadata"]["uid"]
    for number, (uid, said_by_kubelet) in enumerate(
        [(pod, "Container bot failed liveness probe, will be restarted"), ("other", "Stopping container bot")]
    ):
        killing = {"reason": "Killing", "message": said_by_kubelet, "involvedObject": {"uid": uid}}
        stage.cluster.put("Event", {"metadata": {"name": f"kubelet.{number}"}, **killing})
    stage.cluster.settle(restarts=1, last={"terminated": {"exitCode": 137, "reason": "Error"}})
    await stage.turn()
    assert stage.cluster.status()["lastReason"] == "FailedLiveness"


async def test_an_eviction_is_told(stage: Stage) -> None:
    await stage.running_bot()
    pod = stage.cluster.there("Pod", "btc-0")
    disrupted = {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}
    status = {**pod["status"], "conditions": [*pod["status"]["conditions"], disrupted]}
    head = {**pod["metadata"], "deletionTimestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    stage.cluster.put("Pod", {**pod, "status": status, "metadata": head})
    await stage.turn()
    await stage.turn()
    assert stage.cluster.told.count("EvictionByEvictionAPI") == 1
    assert stage.cluster.status()["lastReason"] == "EvictionByEvictionAPI"


async def test_old_documents_go_once_neither_set_nor_pod_uses_them(stage: Stage) -> None:
    await stage.running_bot()
    (old,) = stage.cluster.of_kind("ConfigMap")
    name, uid = old["metadata"]["name"], old["metadata"]["uid"]
    stage.reconciler.keeping.note_unused(KEY, name, uid)
    await stage.turn()
    assert documents(stage) == {name}
    stage.cluster.change_bot(config=OTHER_CONFIG)
    stage.reconciler.keeping.note_unused(KEY, name, uid)
    await stage.turn()
    assert name in documents(stage)
    await stage.settle()
    stage.reconciler.keeping.note_unused(KEY, name, uid)
    await stage.turn()
    assert name not in documents(stage)
    assert len(documents(stage)) == 1
