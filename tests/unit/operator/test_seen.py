"""What is read off the objects of the API server, as clusters really write them."""

from typing import Any

import pytest

from seen import Ended, Key, bot_seen, key_of_child, pod_seen, set_seen
from strategies.errors import ClusterRefusedError
from tests.unit.operator.things import UID, Json, metadata, pod_body, pod_status, set_body, wanted
from troubles import Trouble, last_end, refusal, restart_trouble, trouble_of

BOT = wanted()
PENDING: Json = {"phase": "Pending", "qosClass": "Burstable"}


def pod(**status: Any) -> Json:
    return pod_body(BOT, status=status or None)


def waiting(reason: str, message: str | None = None, **more: Any) -> Json:
    told = {"reason": reason, **({"message": message} if message is not None else {})}
    return {**pod_status(ready=False, state={"waiting": told}, **more), "phase": "Pending"}


def ended(code: int, reason: str = "Error") -> Json:
    times = {"startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:01:00Z"}
    return {"terminated": {"exitCode": code, "reason": reason, "containerID": "containerd://4f", **times}}


CRASH_LOOP = "back-off 5m0s restarting failed container=bot pod=btc-0_desk(1c9e)"
UNSCHEDULABLE: Json = {
    **PENDING,
    "conditions": [
        {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": "0/3 nodes are available: 3 Insufficient memory.",
        }
    ],
}
EVICTED: Json = {
    "phase": "Failed",
    "reason": "Evicted",
    "message": "The node was low on resource: ephemeral-storage.",
    "conditions": [{"type": "DisruptionTarget", "status": "True", "reason": "TerminationByKubelet"}],
}
OUT_OF_MEMORY = pod_status(restarts=1, last=ended(137, "OOMKilled"))
BLAMED = {
    "ImagePullBackOff": waiting("ImagePullBackOff", 'Back-off pulling image "registry.example/tradingbot:1.0"'),
    "InvalidImageName": waiting("InvalidImageName"),
    "no Secret": waiting("CreateContainerConfigError", 'secret "binance" not found'),
    "CrashLoopBackOff": waiting("CrashLoopBackOff", CRASH_LOOP, restarts=5, last=ended(70)),
    "unschedulable": UNSCHEDULABLE,
    "evicted": EVICTED,
}
REASONS = {
    "ImagePullBackOff": ("CannotPull", "registry.example/tradingbot:1.0"),
    "InvalidImageName": ("CannotPull", "InvalidImageName"),
    "no Secret": ("SecretMissing", 'secret "binance" not found'),
    "CrashLoopBackOff": ("CrashLooping", "it ended with status 70"),
    "unschedulable": ("Unschedulable", "3 Insufficient memory"),
    "evicted": ("Evicted", "Evicted"),
}


# --- Bots and StatefulSets ---


def test_of_a_bot_all_is_kept_but_who_set_which_field() -> None:
    body = {"metadata": metadata(managedFields=[{"manager": "kubectl"}]), "spec": {"config": {}}}
    seen = bot_seen(body)
    assert "managedFields" not in seen.metadata
    assert (seen.uid, seen.deleting, seen.finalizers, dict(seen.annotations), seen.status) == (UID, False, [], {}, {})


def test_a_deleted_bot_is_seen_as_one() -> None:
    body = {"metadata": metadata(deletionTimestamp="2026-01-01T00:00:00Z", finalizers=["a"], annotations=None)}
    seen = bot_seen(body)
    assert (seen.deleting, seen.finalizers, seen.annotations, seen.spec) == (True, ["a"], {}, {})


def test_a_set_bears_its_marks() -> None:
    seen = set_seen(set_body(BOT, replicas=0, version=44))
    assert (seen.replicas, seen.version, seen.owner, seen.deleting) == (0, 44, UID, False)
    assert (seen.applied, seen.revision, seen.config_digest) == (BOT.applied, BOT.revision, BOT.config_digest)
    assert (seen.config_map, seen.image) == (BOT.config_map, "registry.example/tradingbot:1.0")
    assert seen.last_words is None


def test_a_set_that_was_stopped_bears_its_bots_last_words() -> None:
    body = set_body(BOT, replicas=0)
    body["metadata"]["annotations"]["tradingbots.dev/last-words"] = "0.25"
    seen = set_seen(body)
    assert (seen.last_words, seen.applied) == ("0.25", BOT.applied)


def test_a_set_of_somebody_else_bears_none() -> None:
    """Neither marks nor a document, and one replica where none is written."""
    plain = {
        "metadata": {},
        "spec": {"containers": [{"name": "db"}], "volumes": [{"name": "document", "emptyDir": {}}]},
    }
    owners = [{"uid": "x", "kind": "Other"}]
    head = {"namespace": "desk", "name": "btc", "uid": "1", "resourceVersion": "5", "ownerReferences": owners}
    seen = set_seen({"metadata": head, "spec": {"template": plain}})
    assert (seen.owner, seen.applied, seen.revision, seen.config_map, seen.image) == (None,) * 5
    assert seen.last_words is None
    assert seen.replicas == 1


@pytest.mark.parametrize(("labels", "key"), [({"tradingbots.dev/bot": "btc"}, Key("desk", "btc")), ({}, None)])
def test_a_child_says_whose_it_is(labels: Json, key: Key | None) -> None:
    assert key_of_child({"metadata": {"namespace": "desk", "name": "btc-0", "labels": labels}}) == key
    assert str(Key("desk", "btc")) == "desk/btc"


# --- Pods ---


def test_a_pod_that_runs() -> None:
    seen = pod_seen(pod())
    assert (seen.name, seen.uid, seen.version, seen.ip) == ("btc-0", "pod-30", 30, "10.0.0.7")
    assert (seen.ready, seen.running, seen.deleting, seen.restarts) == (True, True, False, 0)
    assert (seen.revision, seen.config_map) == (BOT.revision, BOT.config_map)
    assert (seen.waiting, seen.ended, seen.unschedulable, seen.disrupted, seen.reason) == (None,) * 5
    assert trouble_of(seen) is None


def test_a_pod_that_no_kubelet_has_looked_at_yet() -> None:
    body = pod_body(BOT, status={})
    body["status"] = None
    seen = pod_seen(body)
    assert (seen.phase, seen.ready, seen.running, seen.ip, seen.restarts) == ("Pending", False, False, None, 0)
    assert trouble_of(seen) is None


def test_a_container_beside_the_bot_is_not_mistaken_for_it() -> None:
    """Service meshes put one of theirs into every pod."""
    body = pod()
    mesh = {"name": "proxy", "restartCount": 9, "ready": False, "state": ended(1), "lastState": {}}
    body["status"]["containerStatuses"].insert(0, mesh)
    seen = pod_seen(body)
    assert (seen.restarts, seen.running, seen.ended) == (0, True, None)


@pytest.mark.parametrize("ill", BLAMED)
def test_what_ails_a_pod_is_told_with_what_to_look_at(ill: str) -> None:
    reason, said = REASONS[ill]
    trouble = trouble_of(pod_seen(pod_body(BOT, status=BLAMED[ill])))
    assert trouble is not None
    assert trouble.reason == reason
    assert said in trouble.message


@pytest.mark.parametrize("ill", BLAMED)
def test_a_pod_on_its_way_out_ails_nothing(ill: str) -> None:
    leaving = pod_body(BOT, status=BLAMED[ill], deletionTimestamp="2026-01-01T00:00:00Z")
    assert trouble_of(pod_seen(leaving)) is None


@pytest.mark.parametrize("reason", ["ContainerCreating", "PodInitializing"])
def test_a_pod_that_is_being_made_ails_nothing(reason: str) -> None:
    assert trouble_of(pod_seen(pod_body(BOT, status=waiting(reason)))) is None


@pytest.mark.parametrize(
    ("status", "run"),
    [
        ({}, False),
        (pod_status(ready=False, state={"waiting": {"reason": "ImagePullBackOff"}}), False),
        (pod_status(), True),
        (pod_status(ready=False), True),
        (pod_status(state=ended(0)), True),
        (pod_status(state={"waiting": {"reason": "CrashLoopBackOff"}}, last=ended(1)), True),
        (pod_status(state={"waiting": {"reason": "CrashLoopBackOff"}}, restarts=1), True),
    ],
    ids=["not looked at", "no image", "ready", "not ready", "ended", "ended before", "restarted"],
)
def test_a_pod_tells_whether_a_bot_has_ever_run_in_it(status: Json, run: bool) -> None:
    assert pod_seen(pod_body(BOT, status=status)).has_run is run


def test_an_evicted_pod_names_who_takes_it_away() -> None:
    assert pod_seen(pod_body(BOT, status=EVICTED)).disrupted == "TerminationByKubelet"


@pytest.mark.parametrize(
    ("state", "last", "told"),
    [
        ({"running": {}}, ended(137, "OOMKilled"), Ended("OOMKilled", 137, "")),
        (ended(1), ended(70), Ended("Error", 1, "")),
        ({"waiting": {"reason": "CrashLoopBackOff"}}, {"terminated": {"exitCode": 2}}, Ended("Error", 2, "")),
    ],
    ids=["runs again", "ended just now", "nothing but a code"],
)
def test_how_a_container_ended_is_its_latest_end(state: Json, last: Json, told: Ended) -> None:
    assert pod_seen(pod_body(BOT, status=pod_status(state=state, last=last))).ended == told


# --- Why it was restarted ---


@pytest.mark.parametrize(
    ("last", "killing", "reason"),
    [
        (ended(137, "OOMKilled"), "", "OutOfMemory"),
        (ended(137), "Container bot failed liveness probe, will be restarted", "FailedLiveness"),
        (ended(137), "", "Restarted"),
        (ended(70), "Stopping container bot", "Restarted"),
        ({}, "", "Restarted"),
    ],
)
def test_a_restart_is_told_with_its_cause(last: Json, killing: str, reason: str) -> None:
    seen = pod_seen(pod_body(BOT, status=pod_status(restarts=1, last=last)))
    assert restart_trouble(seen, killing).reason == reason


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (ended(137, "OOMKilled"), "out of memory"),
        (ended(137), "killed (status 137)"),
        (ended(70), "it ended with status 70"),
        (ended(2), "ended with status 2"),
        ({}, "the kubelet does not tell"),
    ],
)
def test_an_end_is_told_in_words(last: Json, words: str) -> None:
    assert words in last_end(pod_seen(pod_body(BOT, status=pod_status(last=last))))


# --- What the API server refused ---


def test_a_name_that_is_taken_is_called_so() -> None:
    trouble = refusal(ClusterRefusedError(409, "Conflict", "Service btc: conflict with kubectl\nmore"))
    assert trouble.reason == "NameTaken"
    assert trouble.message.endswith("Service btc: conflict with kubectl")


def test_any_other_refusal_keeps_the_servers_own_word() -> None:
    assert refusal(ClusterRefusedError(403, "Forbidden", "exceeded quota")) == Trouble(
        "Forbidden", "the API server refuses what the bot needs: exceeded quota"
    )
    assert refusal(ClusterRefusedError(418, "", "no")).reason == "Refused"
