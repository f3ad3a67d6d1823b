"""What people do to bots of a cluster, as the API server and the pods are told it."""

import json

import pytest

from bots.resource.names import FINALIZER, HALT, RESTART, SKIP_CLOSE
from bots.seen.rows import State
from bots.trading.halts import HaltMode
from bots.web.bots import Action, OnLeaving
from bots.web.in_cluster import InClusterBots
from strategies.errors import (
    ChangedMeanwhileError,
    ClusterRefusedError,
    DocumentError,
    NameTakenError,
    NoSuchBotError,
    NotNowError,
)
from tests.web.in_cluster.places import DOCUMENT, RUNNING, SUSPENDED, WHO, Stage, seen
from tests.web.in_cluster.staged_pod import PodDouble

TEXT = json.dumps(DOCUMENT)


async def running(stage: Stage, **more: float | bool) -> tuple[InClusterBots, PodDouble]:
    """Return bots of which one runs."""
    stage.api.put("desk", "btc", DOCUMENT, RUNNING)
    pod = await stage.run("desk", "btc", **more)
    bots = await stage.open(close_seconds=1.0)
    await seen(bots, lambda: bots.fleet()[0].row.state is State.READY)
    return bots, pod


# --- Documents ----------------------------------------------------------------------------------------------------


async def test_a_bot_is_made_suspended_and_every_unknown_key_would_be_refused(stage: Stage) -> None:
    bots = await stage.open()
    entry = await bots.create("desk.btc", json.dumps({"$schema": "x", **DOCUMENT}), WHO)
    assert (entry.name, entry.row.state, entry.wanted) == ("desk.btc", State.STOPPED, False)
    (made,) = stage.api.said("POST")
    assert made.query == {"fieldManager": "tradingbot-console", "fieldValidation": "Strict"}
    assert made.body["spec"] == {"suspend": True, "config": {k: v for k, v in DOCUMENT.items() if k != "$schema"}}
    with pytest.raises(NameTakenError, match=r"desk\.btc already"):
        await bots.create("desk.btc", TEXT, WHO)


async def test_a_bot_that_needs_credentials_is_given_the_secret_of_its_name(stage: Stage) -> None:
    live = {**DOCUMENT, "data": {"data_source": "binance", "interval": "5m"}, "broker": {"type": "binance"}}
    bots = await stage.open()
    await bots.create("desk.btc", json.dumps(live), WHO)
    await bots.create("desk.eth", json.dumps(live), WHO, secret="keys")
    assert [each.body["spec"]["secretRef"] for each in stage.api.said("POST")] == [{"name": "btc"}, {"name": "keys"}]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("btc", "write NAMESPACE.NAME"),
        ("desk.", "write NAMESPACE.NAME"),
        ("desk.1btc", "begins with a small letter"),
        ("desk." + "b" * 41, "40 characters at most"),
        ("desk.a.b", "no name of a bot"),
        ("other.btc", "is not looked after, choose desk or more"),
    ],
)
async def test_a_name_that_no_bot_can_have_is_a_fault_of_the_name(stage: Stage, name: str, words: str) -> None:
    bots = await stage.open("desk", "more")
    with pytest.raises(DocumentError, match=words) as error:
        await bots.create(name, TEXT, WHO)
    assert [fault.place for fault in error.value.faults] == ["name"]
    assert not stage.api.said("POST")


async def test_where_there_is_one_namespace_only_it_goes_without_saying(stage: Stage) -> None:
    assert (await (await stage.open("desk")).create("btc", TEXT, WHO)).name == "desk.btc"


async def test_what_is_wrong_with_a_document_is_told_before_the_server_is_asked(stage: Stage) -> None:
    bots = await stage.open()
    with pytest.raises(DocumentError) as error:
        await bots.create("desk.btc", json.dumps({**DOCUMENT, "nonsense": 1}), WHO)
    assert error.value.faults[0].place == "nonsense"
    with pytest.raises(DocumentError, match="half a character"):
        await bots.create("desk.btc", '{"a": "\ud800"}', WHO)
    assert not stage.api.said("POST")


async def test_the_servers_own_refusal_is_told_at_its_key(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, SUSPENDED, suspend=True)
    bots = await stage.open()
    causes = [{"field": "spec.config.trading.symbol", "message": "is not in capitals"}]
    stage.api.refusing["PATCH"] = (422, "Invalid", "is invalid", causes)
    written = await bots.document("desk.btc")
    with pytest.raises(DocumentError) as error:
        await bots.save("desk.btc", TEXT, written.version, WHO)
    assert [(fault.place, fault.message) for fault in error.value.faults] == [("trading.symbol", "is not in capitals")]


async def test_a_document_is_saved_though_the_operator_writes_the_status_meanwhile(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, SUSPENDED, suspend=True)
    bots = await stage.open()
    written = await bots.document("desk.btc")
    assert json.loads(written.text) == DOCUMENT
    stage.api.rivals = 2
    changed = {**DOCUMENT, "trading": {**DOCUMENT["trading"], "symbol": "ETHUSDT"}}
    changed = json.loads(json.dumps(changed).replace("BTCUSDT", "ETHUSDT"))
    saved = await bots.save("desk.btc", json.dumps(changed), written.version, WHO)
    assert stage.api.bots["desk", "btc"]["spec"]["config"]["trading"]["symbol"] == "ETHUSDT"
    assert saved.version == (await bots.document("desk.btc")).version != written.version
    assert bots.entry("desk.btc").row.symbol == "ETHUSDT"


async def test_a_document_that_somebody_else_has_changed_is_not_overwritten(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, SUSPENDED, suspend=True)
    bots = await stage.open()
    written = await bots.document("desk.btc")
    theirs = json.loads(TEXT.replace("BTCUSDT", "ETHUSDT"))
    stage.api.put("desk", "btc", theirs, SUSPENDED, suspend=True)
    with pytest.raises(ChangedMeanwhileError, match="look at it as it is now"):
        await bots.save("desk.btc", TEXT, written.version, WHO)
    assert stage.api.bots["desk", "btc"]["spec"]["config"] == theirs


async def test_a_role_that_is_too_small_is_told_as_such(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, SUSPENDED, suspend=True)
    bots = await stage.open()
    stage.api.refusing["PATCH"] = (403, "Forbidden", "tradingbots is forbidden", [])
    with pytest.raises(ClusterRefusedError, match=r"may not change TradingBots in desk: look at the console's role"):
        await bots.start("desk.btc", WHO)


# --- Started and stopped ------------------------------------------------------------------------------------------


async def test_start_stop_and_restart_are_wishes_of_the_resource(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, SUSPENDED, suspend=True)
    bots = await stage.open()
    await bots.start("desk.btc", WHO)
    assert bots.entry("desk.btc").row.state is State.STARTING
    await bots.restart("desk.btc", WHO)
    await bots.stop("desk.btc", OnLeaving.KEEP, WHO)
    start, restart, stop = [each.body for each in stage.api.said("PATCH")]
    assert (start, stop) == ({"spec": {"suspend": False}}, {"spec": {"suspend": True}})
    assert list(restart["metadata"]["annotations"]) == [RESTART]


async def test_a_position_is_closed_before_the_bot_is_suspended_and_that_halt_does_not_stay(stage: Stage) -> None:
    bots, pod = await running(stage, position=0.5)
    await bots.stop("desk.btc", OnLeaving.CLOSE, WHO)
    assert [path for path, _ in pod.calls] == ["/halt", "/hold", "/resume"]
    assert (pod.calls[0][1]["mode"], pod.calls[0][1]["by"]) == ("close-positions", "olga (web)")
    assert (pod.halt, pod.position) == (None, 0.0)
    assert stage.api.bots["desk", "btc"]["spec"]["suspend"] is True


async def test_a_halt_that_stood_before_stands_after(stage: Stage) -> None:
    bots, pod = await running(stage, position=0.5)
    pod.halt = {"limit": "max_drawdown", "detail": "10 %"}
    await bots.stop("desk.btc", OnLeaving.CLOSE, WHO)
    assert [path for path, _ in pod.calls] == ["/halt"]


async def test_a_bot_that_cannot_sell_is_not_suspended(stage: Stage) -> None:
    bots, pod = await running(stage, position=0.5, sells=False)
    with pytest.raises(NotNowError, match="it runs on, halted, and goes on trying"):
        await bots.stop("desk.btc", OnLeaving.CLOSE, WHO)
    assert pod.halt is not None
    assert "suspend" not in stage.api.bots["desk", "btc"]["spec"]


async def test_without_a_pod_nothing_is_sold(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, {"observedGeneration": 1, "phase": "Pending"})
    bots = await stage.open()
    with pytest.raises(NotNowError, match="no pod that could sell"):
        await bots.stop("desk.btc", OnLeaving.CLOSE, WHO)
    assert not stage.api.said("PATCH")


# --- Halted -------------------------------------------------------------------------------------------------------


async def test_a_bot_that_runs_is_halted_and_resumed_by_its_own_http(stage: Stage) -> None:
    bots, pod = await running(stage)
    await bots.halt("desk.btc", HaltMode.BLOCK_ENTRIES, "news", WHO)
    entry = bots.entry("desk.btc")
    assert (entry.row.state, Action.RESUME in entry.actions, Action.HALT in entry.actions) == (
        State.HALTED,
        True,
        False,
    )
    await bots.resume("desk.btc", WHO)
    assert bots.entry("desk.btc").row.state is State.READY
    assert [body for _, body in pod.calls] == [
        {"mode": "block-entries", "reason": "news", "by": "olga (web)"}, {"by": "olga (web)"},
    ]  # fmt: skip
    assert not stage.api.said("PATCH")


async def test_a_bot_that_does_not_answer_is_halted_by_its_annotation_and_resumed_likewise(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, {"observedGeneration": 1, "phase": "Pending"})
    bots = await stage.open()
    await bots.halt("desk.btc", HaltMode.CLOSE_POSITIONS, "news", WHO)
    assert stage.api.bots["desk", "btc"]["metadata"]["annotations"] == {HALT: "close-positions"}
    # A weaker halt takes nothing of a stricter one.
    await bots.halt("desk.btc", HaltMode.BLOCK_ENTRIES, "news", WHO)
    assert stage.api.bots["desk", "btc"]["metadata"]["annotations"] == {HALT: "close-positions"}
    assert Action.RESUME in bots.entry("desk.btc").actions
    await bots.resume("desk.btc", WHO)
    assert stage.api.bots["desk", "btc"]["metadata"]["annotations"] == {}


async def test_whoever_resumes_a_bot_takes_its_annotation_away_before(stage: Stage) -> None:
    bots, pod = await running(stage)
    stage.api.bots["desk", "btc"]["metadata"]["annotations"] = {HALT: "block-entries"}
    pod.halt = {"limit": "a person", "detail": "the annotation"}
    stage.api.tell_status("desk", "btc", trades=4)
    await seen(bots, lambda: bots.entry("desk.btc").row.state is State.HALTED)
    await bots.resume("desk.btc", WHO)
    assert stage.api.bots["desk", "btc"]["metadata"]["annotations"] == {}
    assert pod.halt is None


# --- Deleted ------------------------------------------------------------------------------------------------------


async def test_a_deleted_bot_that_keeps_its_position_is_gone_at_once(stage: Stage) -> None:
    bots, _ = await running(stage, position=0.5)
    await bots.delete("desk.btc", OnLeaving.KEEP, WHO)
    assert bots.fleet() == ()
    assert not stage.api.said("PATCH")


async def test_keeping_the_position_overrules_the_policy_of_the_resource(stage: Stage) -> None:
    made = stage.api.put("desk", "btc", DOCUMENT, SUSPENDED, suspend=True, deletePolicy="ClosePosition")
    made["metadata"]["finalizers"] = [FINALIZER]
    bots = await stage.open()
    await bots.delete("desk.btc", OnLeaving.KEEP, WHO)
    assert stage.api.bots["desk", "btc"]["metadata"]["annotations"] == {SKIP_CLOSE: "true"}
    entry = bots.entry("desk.btc")
    assert (entry.row.state, entry.actions) == (State.STOPPING, frozenset())


async def test_closing_before_deletion_holds_the_resource_from_its_first_moment(stage: Stage) -> None:
    stage.api.put("desk", "btc", DOCUMENT, SUSPENDED, suspend=True)
    bots = await stage.open()
    await bots.delete("desk.btc", OnLeaving.CLOSE, WHO)
    left = stage.api.bots["desk", "btc"]
    assert left["spec"]["deletePolicy"] == "ClosePosition"
    assert left["metadata"]["finalizers"] == [FINALIZER]
    assert "deletionTimestamp" in left["metadata"]
    stage.api.remove("desk", "btc")
    await seen(bots, lambda: not bots.fleet())


async def test_another_bot_that_has_taken_the_name_meanwhile_is_not_deleted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.api.put("desk", "btc", DOCUMENT, SUSPENDED, suspend=True)
    bots = await stage.open()
    reads: list[str] = []
    get = stage.api.read

    def replaced(namespace: str, name: str) -> dict[str, object] | None:
        body = get(namespace, name)
        if not reads:
            stage.api.remove("desk", "btc")
            stage.api.put("desk", "btc", DOCUMENT, SUSPENDED, suspend=True)
        reads.append(name)
        return body

    monkeypatch.setattr(stage.api, "read", replaced)
    with pytest.raises(NoSuchBotError, match="another one of that name"):
        await bots.delete("desk.btc", OnLeaving.KEEP, WHO)
    assert ("desk", "btc") in stage.api.bots
