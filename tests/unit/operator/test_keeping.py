"""Children that nobody watches: applied again now and then, soon where one is missed, never while a change waits."""

from copy import deepcopy
from dataclasses import replace

import pytest

from children import Children
from desired import Desired
from keeping import Keeping
from resources import MANAGER, Setup, build_claim
from seen import PodSeen
from strategies.errors import ClusterRefusedError
from tests.unit.operator.cluster import Call, Cluster
from tests.unit.operator.stage import OPERATOR_KEY, Clock
from tests.unit.operator.things import KEY, OTHER_CONFIG, SETUP, a_pod, bot, wanted
from troubles import Trouble
from world import World

BOT = wanted()
WAITS = a_pod(BOT, waiting="ContainerCreating", ready=False, running=False)
SMALL = {"Secret", "ConfigMap", "Service", "NetworkPolicy"}


class Keeper:
    """A bot's children, made and kept."""

    def __init__(self) -> None:
        self.cluster, self.world, self.clock = Cluster(), World(), Clock()
        self.keeping = Keeping(self.cluster, self.world, Children(self.cluster, SETUP, OPERATOR_KEY), self.clock)

    async def made(self) -> "Keeper":
        """Begin with all children made."""
        await self.keeping.apply(KEY, BOT)
        self.cluster.forget_calls()
        return self

    async def stopped(self, replicas: int) -> None:
        """Stop the bot with a position, or start it again."""
        children = Children(self.cluster, SETUP, OPERATOR_KEY)
        body = await children.scale(KEY, replicas, None if replicas else "0.25")
        self.world.take("StatefulSet", body)

    async def refresh(
        self, pod: PodSeen | None = None, *, seconds: float, denied: bool = False, bot: Desired = BOT
    ) -> set[str]:
        """Return the kinds that are applied again when the bot has its turn that much later."""
        self.clock.now += seconds
        self.cluster.forget_calls()
        await self.keeping.refresh(KEY, bot, pod, denied=denied)
        return {call.kind for call in self.cluster.writes}


@pytest.fixture
async def keeper() -> Keeper:
    """A bot whose children were just made."""
    return await Keeper().made()


async def test_what_was_just_made_is_not_made_again(keeper: Keeper) -> None:
    assert await keeper.refresh(a_pod(BOT), seconds=3000) == set()


async def test_what_somebody_may_have_removed_is_made_again_within_two_hours(keeper: Keeper) -> None:
    keeper.cluster.remove("NetworkPolicy", "btc")
    assert await keeper.refresh(a_pod(BOT), seconds=7200) == SMALL
    assert keeper.cluster.there("NetworkPolicy", "btc")
    assert await keeper.refresh(a_pod(BOT), seconds=60) == set()


async def test_a_pod_that_waits_for_a_child_gets_it_soon(keeper: Keeper) -> None:
    keeper.cluster.remove("Secret", "btc-api-token")
    assert await keeper.refresh(WAITS, seconds=5) == set()
    assert await keeper.refresh(WAITS, seconds=60) == SMALL
    assert keeper.cluster.there("Secret", "btc-api-token")


async def test_a_bot_that_does_not_take_its_token_gets_its_secret_again(keeper: Keeper) -> None:
    keeper.cluster.there("Secret", "btc-api-token")["data"]["token"] = "theirs"
    assert await keeper.refresh(a_pod(BOT), seconds=60, denied=True) == SMALL
    assert keeper.cluster.there("Secret", "btc-api-token")["data"]["token"] != "theirs"


async def test_while_a_change_waits_only_the_token_is_put_right(keeper: Keeper) -> None:
    waits = wanted(OTHER_CONFIG, updatePolicy="OnFlat")
    assert await keeper.refresh(WAITS, seconds=7200, bot=waits) == set()
    assert await keeper.refresh(WAITS, seconds=7200, bot=waits, denied=True) == {"Secret"}


async def test_without_a_set_nothing_is_refreshed(keeper: Keeper) -> None:
    keeper.world.drop("StatefulSet", *KEY)
    assert await keeper.refresh(WAITS, seconds=7200) == set()


async def test_what_is_forgotten_is_not_held_against_the_next_bot_of_that_name(keeper: Keeper) -> None:
    keeper.keeping.note_unused(KEY, "btc-1", "uid")
    keeper.keeping.forget(KEY)
    await keeper.keeping.remove_unused_documents(KEY)
    assert keeper.cluster.calls == []


# --- The watch may be behind ---


async def test_a_set_that_the_watch_has_not_shown_yet_is_not_made_twice() -> None:
    keeper = await Keeper().made()
    before = keeper.cluster.there("StatefulSet", "btc")
    blind = Keeper()
    blind.cluster = keeper.cluster
    blind.keeping = Keeping(keeper.cluster, blind.world, Children(keeper.cluster, SETUP, OPERATOR_KEY), blind.clock)
    assert await blind.keeping.apply(KEY, wanted(OTHER_CONFIG, updatePolicy="OnFlat")) is None
    assert keeper.cluster.writes == []
    assert keeper.cluster.there("StatefulSet", "btc") == before
    assert blind.world.sets[KEY].applied == BOT.applied


# --- The volume ---

LARGER = wanted(storage={"size": "2Gi"})


async def test_a_refused_volume_is_asked_for_again_now_and_then(keeper: Keeper) -> None:
    seen = bot()
    await keeper.keeping.apply(KEY, LARGER)
    keeper.cluster.forget_calls()
    for _ in range(30):
        trouble = await keeper.keeping.refused_storage(KEY, seen, LARGER)
        assert trouble is not None
        assert trouble.reason == "StorageRefused"
        keeper.clock.now += 4
    assert 1 <= len([call for call in keeper.cluster.calls if call.verb == "apply"]) <= 2
    keeper.cluster.volumes_grow = True
    keeper.clock.now += 61
    assert await keeper.keeping.refused_storage(KEY, seen, LARGER) is None


async def test_a_volume_that_is_as_it_should_be_is_not_even_looked_at(keeper: Keeper) -> None:
    assert await keeper.keeping.refused_storage(KEY, bot(), BOT) is None
    assert keeper.cluster.calls == []


async def test_a_volume_that_was_refused_before_is_looked_at_by_a_new_operator() -> None:
    keeper = await Keeper().made()
    degraded = {"type": "Degraded", "status": "True", "reason": "StorageRefused"}
    fresh = Keeping(keeper.cluster, keeper.world, Children(keeper.cluster, SETUP, OPERATOR_KEY), keeper.clock)
    trouble = await fresh.refused_storage(KEY, bot({"conditions": [degraded]}), LARGER)
    assert isinstance(trouble, Trouble)
    assert await fresh.refused_storage(KEY, bot(), BOT) == trouble


async def test_a_class_that_changes_is_refused_and_told_but_the_set_is_applied(keeper: Keeper) -> None:
    other = wanted(storage={"storageClassName": "fast"})
    await keeper.keeping.apply(KEY, other)
    assert keeper.world.sets[KEY].applied == other.applied
    assert await keeper.keeping.refused_storage(KEY, bot(), other) is not None


async def test_a_claim_comes_to_belong_to_its_bot_and_is_let_go_again(keeper: Keeper) -> None:
    await keeper.keeping.apply(KEY, wanted(storage={"onDelete": "Delete"}))
    claim = ("PersistentVolumeClaim", "btc-journal")
    assert [owner["uid"] for owner in keeper.cluster.there(*claim)["metadata"]["ownerReferences"]] == [BOT.uid]
    await keeper.keeping.apply(KEY, BOT)
    assert "ownerReferences" not in keeper.cluster.there(*claim)["metadata"]


async def test_a_bot_without_a_volume_gets_no_pod() -> None:
    keeper = Keeper()
    keeper.cluster.refuse("apply", "PersistentVolumeClaim", ClusterRefusedError(403, "Forbidden", "exceeded quota"))
    with pytest.raises(ClusterRefusedError):
        await keeper.keeping.apply(KEY, BOT)
    assert keeper.cluster.objects == {}


# --- Whose they are ---


async def test_what_the_user_has_changed_on_our_set_is_put_right_with_the_next_change(keeper: Keeper) -> None:
    body = keeper.cluster.there("StatefulSet", "btc")
    keeper.cluster.put("StatefulSet", {**body, "spec": {**body["spec"], "revisionHistoryLimit": 9}}, "kubectl")
    await keeper.keeping.apply(KEY, wanted(OTHER_CONFIG))
    assert keeper.cluster.there("StatefulSet", "btc")["spec"]["revisionHistoryLimit"] == 1


async def test_a_set_that_is_another_bots_is_not_written_over_by_force(keeper: Keeper) -> None:
    """The earlier bot of that name is being removed: what others set on its things is not this bot's to overwrite."""
    theirs = {"metadata": {"name": "btc-api-token"}, "data": {"token": "theirs"}}
    keeper.cluster.remove("Secret", "btc-api-token")
    keeper.cluster.put("Secret", theirs)
    keeper.world.sets[KEY] = replace(keeper.world.sets[KEY], owner="an earlier bot")
    with pytest.raises(ClusterRefusedError, match="conflict"):
        await keeper.keeping.apply(KEY, wanted(OTHER_CONFIG))
    assert keeper.cluster.there("Secret", "btc-api-token")["data"] == {"token": "theirs"}


async def test_what_somebody_else_has_is_not_written_over_while_there_is_no_set(keeper: Keeper) -> None:
    """Only a set that bears the marks says that the things around it are this operator's."""
    theirs = {"metadata": {"name": "btc-api-token"}, "data": {"token": "theirs"}}
    keeper.cluster.remove("Secret", "btc-api-token")
    keeper.cluster.put("Secret", theirs)
    keeper.cluster.remove("StatefulSet", "btc")
    keeper.world.drop("StatefulSet", *KEY)
    with pytest.raises(ClusterRefusedError, match="conflict"):
        await keeper.keeping.apply(KEY, wanted(OTHER_CONFIG))
    assert keeper.cluster.there("Secret", "btc-api-token")["data"] == {"token": "theirs"}
    assert keeper.cluster.of_kind("StatefulSet") == []


async def test_what_an_earlier_bot_has_left_without_an_owner_is_taken_over(keeper: Keeper) -> None:
    for kind, name in (("StatefulSet", "btc"), ("Secret", "btc-api-token"), ("Service", "btc")):
        keeper.cluster.orphan(kind, name)
    keeper.cluster.show(keeper.world)
    # What somebody has set on it meanwhile does not keep it from being taken over.
    service = keeper.cluster.there("Service", "btc")
    keeper.cluster.put(
        "Service", {**service, "spec": {**service["spec"], "publishNotReadyAddresses": False}}, "kubectl"
    )
    assert keeper.world.sets[KEY].owner is None
    next_bot = wanted(uid="the next one")
    await keeper.keeping.apply(KEY, next_bot)
    assert keeper.world.sets[KEY].owner == "the next one"
    for kind, name in (("StatefulSet", "btc"), ("Secret", "btc-api-token"), ("Service", "btc")):
        (owner,) = keeper.cluster.there(kind, name)["metadata"]["ownerReferences"]
        assert owner["uid"] == "the next one"


# --- The set ---


async def test_where_no_pod_is_changed_the_set_is_marked_and_not_rendered_anew(keeper: Keeper) -> None:
    """A later release of the operator may render it otherwise; nobody has asked for another pod."""
    later = Setup("trading-system", "registry.example/tradingbot:9.9")
    keeper.keeping = Keeping(keeper.cluster, keeper.world, Children(keeper.cluster, later, OPERATOR_KEY), keeper.clock)
    before = deepcopy(keeper.cluster.there("StatefulSet", "btc")["spec"])
    keeper.cluster.volumes_grow = True
    await keeper.keeping.apply(KEY, LARGER)
    assert keeper.cluster.writes == [
        Call("apply", "PersistentVolumeClaim", "btc-journal"), Call("patch", "StatefulSet", "btc"),
    ]  # fmt: skip
    assert keeper.cluster.there("StatefulSet", "btc")["spec"] == before
    assert keeper.world.sets[KEY].applied == LARGER.applied


@pytest.mark.parametrize(("replicas", "suspend"), [(1, True), (0, False)])
async def test_a_change_neither_stops_nor_starts_a_bot(keeper: Keeper, replicas: int, suspend: bool) -> None:
    """Stopping is a move of its own, with last words; and what it held when it was stopped stays known."""
    await keeper.stopped(replicas)
    await keeper.keeping.apply(KEY, wanted(OTHER_CONFIG, suspend=suspend))
    assert keeper.world.sets[KEY].revision == wanted(OTHER_CONFIG).revision
    assert keeper.world.sets[KEY].replicas == replicas
    assert keeper.world.sets[KEY].last_words == (None if replicas else "0.25")


async def test_last_words_are_noted_with_the_stop_and_taken_back_with_the_start(keeper: Keeper) -> None:
    await keeper.stopped(0)
    assert (keeper.world.sets[KEY].replicas, keeper.world.sets[KEY].last_words) == (0, "0.25")
    assert keeper.cluster.writes == [Call("patch", "StatefulSet", "btc")]
    await keeper.stopped(1)
    assert (keeper.world.sets[KEY].replicas, keeper.world.sets[KEY].last_words) == (1, None)


@pytest.mark.parametrize(("suspend", "replicas"), [(False, 1), (True, 0)])
async def test_a_bot_is_made_running_or_suspended_as_was_asked(suspend: bool, replicas: int) -> None:
    keeper = Keeper()
    await keeper.keeping.apply(KEY, wanted(suspend=suspend))
    assert keeper.world.sets[KEY].replicas == replicas
    assert keeper.world.sets[KEY].last_words is None


# --- Whose the journal is ---


async def test_a_claim_on_its_way_out_is_waited_for_and_nothing_is_made_meanwhile() -> None:
    """A pod on it would keep it from going, and lose it in the end."""
    keeper = Keeper()
    keeper.cluster.put("PersistentVolumeClaim", build_claim(BOT), MANAGER)
    keeper.cluster.mark_deleted("PersistentVolumeClaim", "btc-journal")
    step = await keeper.keeping.apply(KEY, BOT)
    assert step is not None
    assert (step.reason, step.soon) == ("WaitingForRemoval", True)
    assert keeper.cluster.writes == []
    keeper.cluster.remove("PersistentVolumeClaim", "btc-journal")
    assert await keeper.keeping.apply(KEY, BOT) is None
    assert "deletionTimestamp" not in keeper.cluster.there("PersistentVolumeClaim", "btc-journal")["metadata"]


@pytest.mark.parametrize(
    ("made", "new"),
    [("2026-01-01T00:00:00Z", True), ("2026-01-02T00:00:00Z", False)],
    ids=["claim made later than the bot", "bot made later than the claim"],
)
async def test_a_journal_that_is_older_than_its_bot_is_an_earlier_ones(keeper: Keeper, made: str, new: bool) -> None:
    assert await Children(keeper.cluster, SETUP, OPERATOR_KEY).journal_is_new(KEY, made) is new


async def test_a_journal_made_in_the_same_second_is_new_and_so_is_one_that_is_not_there(keeper: Keeper) -> None:
    children = Children(keeper.cluster, SETUP, OPERATOR_KEY)
    made = keeper.cluster.there("PersistentVolumeClaim", "btc-journal")["metadata"]["creationTimestamp"]
    assert await children.journal_is_new(KEY, made)
    keeper.cluster.remove("PersistentVolumeClaim", "btc-journal")
    assert await children.journal_is_new(KEY, "2030-01-01T00:00:00Z")
