"""The chart on a real cluster: its own test, its upgrade under trading bots, and its end."""

from collections.abc import Callable
from pathlib import Path

import yaml

from tests.e2e.bots import Bot
from tests.e2e.kube import Kube
from tests.e2e.operator_release import CRD, RELEASE, OperatorRelease
from tests.e2e.podwatch import PodWatch
from tests.e2e.twins import HOLDING, holding


def test_the_charts_own_test_passes(kube: Kube, operator: OperatorRelease) -> None:
    printed = kube.helm("test", RELEASE, "--namespace", operator.namespace)
    assert "Phase:          Succeeded" in printed


def test_an_upgrade_keeps_all_bots_trading_without_a_restart(
    new_bot: Callable[..., Bot], kube: Kube, operator: OperatorRelease, never_two: PodWatch, tmp_path: Path
) -> None:
    bots = [new_bot(f"bot-{number}") for number in range(3)]
    for bot in bots:
        bot.apply(HOLDING)
    for bot in bots:
        bot.wait_told("a position", lambda seen: seen["position"]["lots"])
        bot.wait_phase("Running")
    held = [(bot.pod.uid, holding(bot)) for bot in bots]
    before = operator.pod.uid

    # What bots inherit changes, and the operator's own pod is replaced.
    operator.install(
        image={**operator.values()["image"], "pullPolicy": "IfNotPresent"}, podAnnotations={"release": "next"}
    )

    assert operator.pod.uid != before
    for bot, (uid, had) in zip(bots, held, strict=True):
        bot.wait_phase("Running")
        assert (bot.pod.uid, bot.pod.restarts, holding(bot)) == (uid, 0, had)
    bots[0].annotate(**{"tradingbots.dev/restart": "for the new image"})
    bots[0].pod.wait_ready(other_than=held[0][0])
    assert holding(bots[0]) == held[0][1]


def test_uninstalling_leaves_the_crd_and_the_bots(
    new_bot: Callable[..., Bot], kube: Kube, operator: OperatorRelease, never_two: PodWatch
) -> None:
    bot = new_bot()
    bot.apply(HOLDING)
    bot.wait_told("a position", lambda seen: seen["position"]["lots"])
    bot.wait_phase("Running")
    uid, held = bot.pod.uid, holding(bot)

    operator.uninstall()

    assert kube.get("customresourcedefinitions", CRD) is not None
    assert (bot.pod.uid, holding(bot)) == (uid, held)

    operator.ensure()
    bot.wait("a new look", lambda seen: seen["phase"] == "Running")
    assert (bot.pod.uid, holding(bot)) == (uid, held)


def test_the_operators_namespace_and_the_bots_enforce_the_restricted_standard(
    bot: Bot, kube: Kube, operator: OperatorRelease
) -> None:
    bot.apply(HOLDING)
    bot.wait_phase("Running")

    for name in (operator.namespace, bot.namespace):
        found = yaml.safe_load(kube.kubectl("get", "namespace", name, "-o", "yaml"))
        assert found["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_an_operator_confined_to_a_namespace_looks_after_that_one_only(
    new_namespace: Callable[..., str], new_bot: Callable[..., Bot], kube: Kube, operator: OperatorRelease
) -> None:
    inside, outside = new_bot(), new_bot("outside", new_namespace())
    operator.uninstall()
    try:
        operator.install("--take-ownership", "--force-conflicts", watchNamespaces=[inside.namespace])
        for bot in (inside, outside):
            bot.apply(HOLDING)

        inside.wait_phase("Running")
        inside.patch(suspend=True)
        inside.wait_phase("Suspended")

        assert kube.get("statefulsets", outside.name, outside.namespace) is None
        assert outside.status() == {}
        given = kube.kubectl("get", "clusterroles,clusterrolebindings", "-l", f"app.kubernetes.io/instance={RELEASE}")
        assert "No resources found" in given
    finally:
        operator.uninstall()
        operator.ensure()
