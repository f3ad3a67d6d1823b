"""What the watches have shown: in any order, and old news does no harm."""

from copy import deepcopy

import pytest

from seen import Key
from tests.unit.operator.things import KEY, Json, metadata, pod_body, set_body, wanted
from world import World

BOT = wanted()
PLACE = ("desk", "btc")


def trading_bot(version: int, phase: str = "Running") -> Json:
    return {"metadata": metadata() | {"resourceVersion": str(version)}, "spec": {}, "status": {"phase": phase}}


def full() -> World:
    world = World()
    world.take("TradingBot", trading_bot(10))
    world.take("StatefulSet", set_body(BOT, version=20))
    world.take("Pod", pod_body(BOT, version=30))
    return world


def test_what_is_taken_is_known_by_its_bot() -> None:
    world = full()
    assert list(world.keys()) == [KEY]
    assert world.bots[KEY].status == {"phase": "Running"}
    assert world.sets[KEY].version == 20
    assert [pod.version for pod in world.pods(KEY)] == [30]


def test_a_bot_of_the_same_name_in_another_namespace_is_another() -> None:
    world = full()
    other = pod_body(BOT, version=31)
    other["metadata"]["namespace"] = "other"
    assert world.take("Pod", other) == Key("other", "btc")
    assert [pod.version for pod in world.pods(KEY)] == [30]


@pytest.mark.parametrize("version", [9, 10])
def test_what_is_not_newer_changes_nothing_and_is_no_news(version: int) -> None:
    """What the operator has written comes back by the watch; nobody has to look at it again."""
    world = full()
    assert world.take("TradingBot", trading_bot(version, "Pending")) is None
    assert world.bots[KEY].status == {"phase": "Running"}


def test_versions_are_numbers_and_not_texts() -> None:
    world = World()
    world.take("TradingBot", trading_bot(999))
    assert world.take("TradingBot", trading_bot(1000, "Failed")) == KEY
    assert world.bots[KEY].status == {"phase": "Failed"}


def test_what_is_nobodys_child_is_not_taken() -> None:
    stranger = pod_body(BOT)
    del stranger["metadata"]["labels"]
    world = World()
    assert world.take("Pod", stranger) is None
    assert world.places("Pod") == set()


@pytest.mark.parametrize(
    ("kind", "name", "version"), [("TradingBot", "btc", 10), ("StatefulSet", "btc", 20), ("Pod", "btc-0", 30)]
)
def test_what_is_gone_is_forgotten(kind: str, name: str, version: int) -> None:
    world = full()
    assert world.drop(kind, "desk", name, version + 1) == KEY
    assert world.places(kind) == set()
    assert world.known_version(kind, ("desk", name)) == 0
    left = {"TradingBot": list(world.bots), "StatefulSet": list(world.sets), "Pod": world.pods(KEY)}
    assert left.pop(kind) == []
    assert all(left.values())


def test_a_late_word_of_an_earlier_objects_end_does_not_drop_a_newer_one() -> None:
    world = full()
    again = pod_body(BOT, version=50)
    assert world.take("Pod", again) == KEY
    assert world.drop("Pod", "desk", "btc-0", 45) is None
    assert [pod.uid for pod in world.pods(KEY)] == ["pod-50"]


def test_what_is_gone_for_certain_is_dropped_whatever_its_version() -> None:
    world = full()
    assert world.drop("StatefulSet", *PLACE) == KEY
    assert KEY not in world.sets


def test_what_was_never_known_cannot_go() -> None:
    assert World().drop("Pod", "desk", "btc-0", 5) is None


def test_what_is_gone_may_come_again() -> None:
    world = full()
    world.drop("StatefulSet", *PLACE, 25)
    assert world.take("StatefulSet", set_body(BOT, version=26)) == KEY


def test_two_pods_of_one_bot_would_both_be_known() -> None:
    world, second = full(), pod_body(BOT, version=31)
    second["metadata"]["name"] = "btc-1"
    world.take("Pod", second)
    world.take("Pod", deepcopy(second))
    assert {pod.name for pod in world.pods(KEY)} == {"btc-0", "btc-1"}
    world.drop("Pod", "desk", "btc-0", 32)
    assert {pod.name for pod in world.pods(KEY)} == {"btc-1"}
