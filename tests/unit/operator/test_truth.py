"""A status and events that neither lie nor repeat themselves, and an operator that sees when it must stop."""

import asyncio
from datetime import UTC, datetime

import pytest

from lease import Lease
from plan import Do, next_move
from seen import Key
from strategies.errors import ClusterUnreachableError
from tests.unit.operator.cluster import Cluster
from tests.unit.operator.stage import Stage
from tests.unit.operator.test_api import api
from tests.unit.operator.things import CONFIG, KEY, OTHER_CONFIG, Json, a_pod, a_set, said, wanted
from work import Work


@pytest.fixture
def stage() -> Stage:
    return Stage()


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


async def test_a_claim_of_an_earlier_bot_is_waited_for_and_then_made_anew(stage: Stage) -> None:
    await stage.running_bot(storage={"onDelete": "Delete"})
    claim = stage.cluster.there("PersistentVolumeClaim", "btc-journal")
    stage.cluster.delete_bot()
    stage.cluster.settle()
    await stage.turn()
    leaving = {**claim, "metadata": {**claim["metadata"], "deletionTimestamp": now()}}
    stage.cluster.put("PersistentVolumeClaim", leaving, "tradingbot-operator")
    stage.cluster.add_bot(storage={"onDelete": "Delete"})
    await stage.turn()
    assert ("StatefulSet", "desk", "btc") not in stage.cluster.objects

    stage.cluster.remove("PersistentVolumeClaim", "btc-journal")
    await stage.turn()
    assert ("PersistentVolumeClaim", "desk", "btc-journal") in stage.cluster.objects


def test_a_set_without_an_owner_is_taken_over() -> None:
    bot = wanted()
    assert next_move(bot, a_set(bot, owner=None), [a_pod(bot)], flat=None).do is Do.APPLY


async def test_what_was_left_as_an_orphan_goes_with_the_bot_that_took_it_over(stage: Stage) -> None:
    await stage.running_bot()
    orphan: Json = dict(stage.cluster.there("StatefulSet", "btc"))
    orphan["metadata"] = {key: value for key, value in orphan["metadata"].items() if key != "ownerReferences"}
    stage.cluster.put("StatefulSet", orphan)
    stage.cluster.delete_bot()
    await stage.turn()
    stage.cluster.add_bot()
    await stage.turn()
    await stage.settle()

    stage.cluster.delete_bot()

    assert ("StatefulSet", "desk", "btc") not in stage.cluster.objects, "the deleted bot trades on"


async def test_a_reason_that_counts_seconds_is_written_at_most_twice_a_minute(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.settle(ready=False)
    await stage.turn()
    stage.cluster.forget_calls()
    for second in range(0, 60, 5):
        stage.clock.now += 5
        stage.bots.answer = said(ready=False, reasons=(f"the last bar came {137 + second} s ago",))
        await stage.turn()
    assert len(stage.cluster.writes) <= 3


async def test_what_waits_is_not_shown_as_what_runs(stage: Stage) -> None:
    await stage.running_bot(updatePolicy="OnFlat")
    stage.bots.answer = said(position="0.25")
    stage.cluster.change_bot(config={**CONFIG, "broker": {"type": "binance"}, "data": {"data_source": "binance"}})
    await stage.turn()
    assert stage.cluster.condition("ConfigValid")[0] == "True"
    assert stage.cluster.status()["phase"] == "WaitingUntilFlat"
    assert stage.cluster.status()["mode"] == "paper"


async def test_a_suspended_bot_whose_change_waits_is_shown_suspended_and_left_in_peace(stage: Stage) -> None:
    stage.bots.answer = said(position="0.25")
    await stage.running_bot(updatePolicy="OnFlat")
    stage.cluster.change_bot(suspend=True)
    await stage.turn()
    await stage.settle()
    stage.cluster.change_bot(config=OTHER_CONFIG)
    again = await stage.turn()
    assert stage.cluster.status()["phase"] == "Suspended"
    assert again is None or again > 10


async def test_a_lease_that_cannot_be_kept_for_any_reason_does_not_end_its_keeper(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster, refused = Cluster(), asyncio.Event()

    async def nothing() -> None:
        """Whoever is told does nothing."""

    lease = Lease(cluster, "ns", "me", nothing, nothing)
    monkeypatch.setattr("lease._RENEW_SECONDS", 0.0)
    monkeypatch.setattr("lease.LOG.warning", lambda *_: refused.set())
    # The library's word for a token file that is empty for a moment is none of our errors.
    cluster.refuse("get", "Lease", ValueError("Token file exists but empty."))
    keeping = asyncio.create_task(lease.keep())
    await asyncio.wait_for(refused.wait(), 5)
    assert not keeping.done()
    keeping.cancel()


async def test_a_stop_that_is_cancelled_is_cancelled() -> None:
    begun, stopping = asyncio.Event(), asyncio.Event()

    async def handle(key: Key) -> float | None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopping.set()
            await asyncio.sleep(0)
        return None

    work = Work(handle, lambda key, error: None, workers=1)
    work.start()
    work.put(KEY)
    await begun.wait()
    stop = asyncio.create_task(work.stop())
    await stopping.wait()
    stop.cancel()
    await asyncio.wait([stop])
    assert stop.cancelled()


async def test_an_eviction_is_told_although_the_first_try_to_write_failed(stage: Stage) -> None:
    await stage.running_bot()
    pod = stage.cluster.there("Pod", "btc-0")
    disrupted = {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}
    status = {**pod["status"], "conditions": [*pod["status"]["conditions"], disrupted]}
    stage.cluster.put("Pod", {**pod, "status": status, "metadata": {**pod["metadata"], "deletionTimestamp": now()}})
    stage.cluster.refuse("patch status", "TradingBot", ClusterUnreachableError("away"))
    with pytest.raises(ClusterUnreachableError):
        await stage.turn()
    stage.cluster.relent()
    await stage.turn()
    assert stage.cluster.told.count("EvictionByEvictionAPI") == 1


async def test_a_pod_is_told_replaced_once_however_often_one_looks(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.change_bot(config=OTHER_CONFIG)
    await stage.turn()
    # The watch has not shown the deletion yet.
    await stage.reconciler(KEY)
    await stage.reconciler(KEY)
    assert stage.cluster.told.count("Replaced") == 1


async def test_an_error_whose_body_is_no_object_is_an_error_like_others() -> None:
    made, _, _ = api((502, "upstream"))
    with pytest.raises(ClusterUnreachableError):
        await made.get("Pod", "a", "b")


async def test_a_bad_configuration_keeps_its_words_on_the_way_out(stage: Stage) -> None:
    stage.bots.answer = said(position="0.25")
    await stage.running_bot(deletePolicy="ClosePosition")
    stage.cluster.change_bot(config={"trading": {}})
    await stage.turn()
    stage.cluster.delete_bot(at=now())
    await stage.turn()
    assert stage.cluster.condition("ConfigValid")[2] != ""
    assert len(stage.cluster.notes("ConfigRejected")) == 1
