"""An operator that is down, killed in the middle of its work, or deaf: bots are none the worse, and it catches up."""

import json
import os
import re
import signal
from collections.abc import Callable

import pytest

from tests.e2e.bots import Bot, document
from tests.e2e.kube import Kube, Manifest
from tests.e2e.operator_release import OperatorRelease
from tests.e2e.own_node import OwnNode
from tests.e2e.pods import Pod
from tests.e2e.podwatch import PodWatch
from tests.e2e.twins import HOLDING, holding
from tests.e2e.waiting import NotYetError, wait_for

MANY = 20
SLOW = document(data={"speed": 1})


@pytest.fixture
def many(new_bot: Callable[..., Bot], kube: Kube, namespace: str) -> list[Bot]:
    """Twenty bots, not yet applied; small ones, for the node's sake: what matters is who makes them."""
    return [new_bot(f"bot-{number:02}") for number in range(MANY)]


def sets(kube: Kube, namespace: str) -> list[str]:
    return sorted(found["metadata"]["name"] for found in kube.list("statefulsets", namespace))


def test_an_operator_killed_in_the_middle_of_making_twenty_bots_makes_the_rest(
    many: list[Bot], kube: Kube, namespace: str, node: OwnNode, operator: OperatorRelease, never_two: PodWatch
) -> None:
    kube.apply([bot.manifest(SLOW, suspend=number >= 6) for number, bot in enumerate(many)], namespace)
    wait_for("some of the bots", lambda: sets(kube, namespace), lambda seen: len(seen) >= 3, every=0.02)

    operator.kill(node)
    made = len(sets(kube, namespace))

    for number, bot in enumerate(many):
        bot.wait_phase("Suspended" if number >= 6 else "Running", seconds=180)
    assert sets(kube, namespace) == [bot.name for bot in many]
    for kind in ("services", "configmaps", "networkpolicies", "persistentvolumeclaims"):
        found = kube.list(kind, namespace, "app.kubernetes.io/managed-by=tradingbot-operator")
        assert len(found) == MANY, f"{kind}: {made} bots were made when the operator was killed"


def test_bots_trade_on_and_come_back_while_the_operator_is_down(
    bot: Bot, operator: OperatorRelease, never_two: PodWatch
) -> None:
    bot.apply(HOLDING)
    bot.wait_told("a position", lambda seen: seen["position"]["lots"])
    bot.wait_phase("Running")
    held = holding(bot)

    with operator.down():
        uid = bot.pod.uid
        bot.pod.evict()
        bot.pod.wait_ready(other_than=uid)
        assert holding(bot) == held
        changed = json.loads(json.dumps(HOLDING))
        changed["strategy"]["exit_logic"]["params"]["max_bars"] = 90_000
        bot.apply(changed)
        bot.pod.wait_ready()

    uid = bot.pod.uid
    bot.wait("the change made meanwhile", lambda seen: seen["observedGeneration"] == 2, seconds=60)
    bot.pod.wait_ready(other_than=None)
    bot.wait_phase("Running")
    assert holding(bot) == held


def test_an_operator_that_starts_again_changes_nothing(bot: Bot, kube: Kube, operator: OperatorRelease) -> None:
    bot.apply(HOLDING)
    bot.wait_phase("Running")
    kinds = ("statefulsets", "services", "configmaps", "networkpolicies", "persistentvolumeclaims", "pods")

    def versions() -> dict[str, str]:
        chosen = f"tradingbots.dev/bot={bot.name}"
        return {
            f"{kind}/{found['metadata']['name']}": found["metadata"]["resourceVersion"]
            for kind in kinds
            for found in kube.list(kind, bot.namespace, chosen)
        }

    before = versions()
    operator.scale(0)
    operator.scale(1)
    swept(operator, 2)

    assert versions() == before


def test_a_stateful_set_deleted_while_the_operator_could_not_see_it_is_made_again(
    bot: Bot, kube: Kube, operator: OperatorRelease, node: OwnNode, never_two: PodWatch
) -> None:
    bot.apply(HOLDING)
    bot.wait_told("a position", lambda seen: seen["position"]["lots"])
    bot.wait_phase("Running")
    held = holding(bot)

    # A frozen operator hears nothing, and the API server ends its watches meanwhile.
    pid = node.freeze(operator.pod)
    kube.delete("statefulsets", bot.name, bot.namespace)
    wait_for("end of the StatefulSet", lambda: kube.get("statefulsets", bot.name, bot.namespace), lambda seen: not seen)
    with node.without("apiserver"):
        os.kill(pid, signal.SIGCONT)

    wait_for("a StatefulSet again", lambda: kube.get("statefulsets", bot.name, bot.namespace), seconds=120)
    bot.pod.wait_ready()
    assert holding(bot) == held


def test_two_operators_never_write_at_the_same_time(kube: Kube, operator: OperatorRelease, node: OwnNode) -> None:
    deployment = operator.deployment()["metadata"]["name"]
    kube.kubectl("scale", f"deployment/{deployment}", "--replicas=2", namespace=operator.namespace)
    try:
        pods = wait_for("two operators", lambda: running(kube, operator), lambda seen: len(seen) == 2)
        leaders = wait_for("one leader", lambda: [leads(operator, pod) for pod in pods], lambda seen: sum(seen) == 1)
        assert sorted(leaders) == [0.0, 1.0]
    finally:
        operator.scale(1)


def running(kube: Kube, operator: OperatorRelease) -> list[Manifest]:
    chosen = "app.kubernetes.io/name=tradingbot-operator"
    pods = kube.list("pods", operator.namespace, chosen)
    return [pod for pod in pods if pod["status"].get("podIP") and pod["status"]["phase"] == "Running"]


def leads(operator: OperatorRelease, pod: Manifest) -> float:
    code, text = Pod(operator.kube, operator.namespace, pod["metadata"]["name"], reachable=True).http("/metrics")
    if code != 200:
        raise NotYetError(f"/metrics answers {code}")
    return value(text, "tradingbot_operator_leader")


def swept(operator: OperatorRelease, times: int) -> None:
    """Wait until the operator has looked at everything so many times."""

    def sweeps() -> float:
        return value(operator.metrics(), "tradingbot_operator_sweeps_total")

    wait_for(f"{times} sweeps", sweeps, lambda seen: seen >= times)


def value(metrics: str, name: str) -> float:
    found = re.search(rf"^{name} (\S+)$", metrics, re.MULTILINE)
    if found is None:
        raise NotYetError(f"no {name} yet")
    return float(found.group(1))
