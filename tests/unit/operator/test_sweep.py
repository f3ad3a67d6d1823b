"""Behind the watches: what they never showed is found, and what they show a moment later is not held against them."""

from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace

import pytest

from seen import Key
from strategies.errors import ClusterUnreachableError
from sweep import sweep, unused_documents
from tests.unit.operator.cluster import Cluster
from tests.unit.operator.stage import Stage
from tests.unit.operator.things import KEY, OTHER_CONFIG, Json
from world import World

ALL = (None,)


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """What happens while the sweep waits for the watches to catch up; the waiting takes no time."""
    happens: list[Callable[[], None]] = []

    async def sleep(_seconds: float) -> None:
        for one in happens:
            one()

    monkeypatch.setattr("sweep.asyncio", SimpleNamespace(sleep=sleep))
    return happens


pytestmark = pytest.mark.usefixtures("moments")


@pytest.fixture
async def running(stage: Stage) -> Stage:
    """A bot that runs, with a world that knows all of it."""
    await stage.running_bot()
    stage.cluster.show(stage.world)
    return stage


async def test_where_watches_see_all_nothing_is_missed_and_nothing_is_fetched(running: Stage) -> None:
    swept = await sweep(running.cluster, running.world, ALL)
    assert (swept.missed, swept.keys) == (0, set())
    assert {call.verb for call in running.cluster.calls} == {"list"}


@pytest.mark.parametrize(("kind", "name"), [("TradingBot", "btc"), ("StatefulSet", "btc"), ("Pod", "btc-0")])
async def test_what_was_deleted_behind_a_broken_watch_is_found(running: Stage, kind: str, name: str) -> None:
    running.cluster.remove(kind, name)
    swept = await sweep(running.cluster, running.world, ALL)
    assert (swept.missed, swept.keys) == (1, {KEY})
    assert ("desk", name) not in running.world.places(kind)


async def test_a_stateful_set_deleted_behind_a_broken_watch_is_made_anew(running: Stage) -> None:
    running.cluster.remove("StatefulSet", "btc")
    for key in (await sweep(running.cluster, running.world, ALL)).keys:
        await running.reconciler(key)
    assert running.cluster.there("StatefulSet", "btc")


async def test_what_was_changed_behind_a_deaf_watch_is_found(running: Stage) -> None:
    running.cluster.change_bot(config=OTHER_CONFIG)
    swept = await sweep(running.cluster, running.world, ALL)
    assert swept.missed == 1
    assert running.world.bots[KEY].spec["config"] == OTHER_CONFIG


async def test_an_empty_world_is_filled_at_the_start(running: Stage) -> None:
    world = World()
    swept = await sweep(running.cluster, world, ALL)
    assert swept.keys == {KEY}
    assert (len(world.bots), len(world.sets), len(world.pods(KEY))) == (1, 1, 1)


async def test_what_the_watches_show_a_moment_later_was_not_missed(
    running: Stage, moments: list[Callable[[], None]]
) -> None:
    running.cluster.change_bot(config=OTHER_CONFIG)
    running.cluster.remove("Pod", "btc-0")
    moments.append(lambda: running.cluster.show(running.world))
    assert (await sweep(running.cluster, running.world, ALL)).missed == 0


class Slow(Cluster):
    """Things happen while it lists."""

    def __init__(self, meanwhile: Callable[["Slow"], None]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    async def metadata(self, kind: str, namespace: str | None, selector: str = "") -> AsyncIterator[Json]:
        """See Api."""
        listed = [item async for item in super().metadata(kind, namespace, selector)]
        self._meanwhile(self)
        for item in listed:
            yield item


async def test_what_comes_while_the_list_is_read_is_not_taken_for_gone() -> None:
    world = World()

    def another_bot(cluster: Slow) -> None:
        if ("TradingBot", "desk", "eth") not in cluster.objects:
            cluster.add_bot("eth")
            cluster.show(world)

    cluster = Slow(another_bot)
    cluster.add_bot()
    cluster.show(world)
    assert (await sweep(cluster, world, ALL)).missed == 0
    assert Key("desk", "eth") in world.bots


async def test_what_is_gone_and_there_again_is_fetched(running: Stage) -> None:
    pod = running.cluster.there("Pod", "btc-0")
    running.cluster.remove("Pod", "btc-0")
    running.cluster.put("Pod", pod)
    await sweep(running.cluster, running.world, ALL)
    (seen,) = running.world.pods(KEY)
    assert seen.uid == running.cluster.there("Pod", "btc-0")["metadata"]["uid"]


async def test_only_the_namespaces_that_are_looked_after_are_swept(running: Stage) -> None:
    running.cluster.remove("StatefulSet", "btc")
    assert (await sweep(running.cluster, running.world, ("other",))).missed == 0
    assert KEY in running.world.sets
    assert (await sweep(running.cluster, running.world, ("other", "desk"))).missed == 1


async def test_things_of_others_are_not_looked_at(running: Stage) -> None:
    running.cluster.put("StatefulSet", {"metadata": {"name": "db", "labels": {"app": "db"}}, "spec": {}})
    assert (await sweep(running.cluster, running.world, ALL)).missed == 0


async def test_a_list_that_fails_drops_nothing(running: Stage) -> None:
    running.cluster.refuse("list", "StatefulSet", ClusterUnreachableError("away"))
    with pytest.raises(ClusterUnreachableError):
        await sweep(running.cluster, running.world, ALL)
    assert KEY in running.world.sets


# --- Documents ---


async def test_a_document_in_use_is_not_called_unused(running: Stage) -> None:
    assert await unused_documents(running.cluster, running.world, ALL) == []


async def test_a_document_that_only_the_old_pod_uses_is_in_use(running: Stage) -> None:
    running.cluster.change_bot(config=OTHER_CONFIG)
    await running.turn()
    running.cluster.show(running.world)
    assert len(running.cluster.of_kind("ConfigMap")) == 2
    assert await unused_documents(running.cluster, running.world, ALL) == []


async def test_a_document_that_nobody_uses_is_named_with_its_uid(running: Stage) -> None:
    (old,) = running.cluster.of_kind("ConfigMap")
    running.cluster.change_bot(config=OTHER_CONFIG)
    await running.turn()
    await running.settle()
    found = await unused_documents(running.cluster, running.world, ALL)
    assert found == [(KEY, old["metadata"]["name"], old["metadata"]["uid"])]


async def test_documents_of_a_bot_whose_set_is_not_known_stay(running: Stage) -> None:
    """A new bot's document is there before its StatefulSet is."""
    running.world.drop("StatefulSet", *KEY)
    running.cluster.remove("Pod", "btc-0")
    assert await unused_documents(running.cluster, running.world, ALL) == []
