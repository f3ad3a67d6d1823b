"""Names that meet, names and documents as long as they may be."""

import copy
import json
from collections.abc import Callable

import pytest

from bots.resource.names import NAME_LIMIT
from tests.e2e.bots import Bot
from tests.e2e.kube import Kube, Manifest
from tests.e2e.twins import HOLDING, holding

pytestmark = pytest.mark.usefixtures("operator")


def test_two_bots_of_one_name_in_two_namespaces_know_nothing_of_each_other(
    new_namespace: Callable[..., str], new_bot: Callable[..., Bot]
) -> None:
    here, there = new_bot("same"), new_bot("same", new_namespace())
    here.apply(HOLDING)
    other = copy.deepcopy(HOLDING)
    other["data"]["seed"] = 7
    there.apply(other)
    for bot in (here, there):
        bot.wait_told("a position", lambda seen: seen["position"]["lots"])
        bot.wait_phase("Running")
    assert holding(here) != holding(there)
    held = holding(there)

    here.delete()
    here.wait_gone()

    assert holding(there) == held
    assert there.pod.is_ready


def test_a_bot_may_have_the_longest_name(new_bot: Callable[..., Bot]) -> None:
    bot = new_bot("b" + "-9" * ((NAME_LIMIT - 1) // 2) + "z" * ((NAME_LIMIT - 1) % 2))
    assert len(bot.name) == NAME_LIMIT

    bot.apply(HOLDING)

    bot.wait_phase("Running")
    assert bot.told()["bot"] == bot.name


def test_a_document_may_have_fifty_kilobytes(bot: Bot) -> None:
    config = HOLDING | {"description": "What this bot is for. " * 2300}
    assert len(json.dumps(config)) > 50_000

    bot.apply(config)

    bot.wait_phase("Running")
    # And once more, with all that kubectl and the operator write beside it.
    uid = bot.pod.uid
    bot.apply(config | {"version": "1.1"})
    bot.pod.wait_ready(other_than=uid)


def test_a_stateful_set_of_somebody_else_is_left_alone(new_bot: Callable[..., Bot], kube: Kube, namespace: str) -> None:
    labels = {"app": "theirs"}
    theirs: Manifest = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "taken"},
        "spec": {
            "replicas": 0,
            "serviceName": "taken",
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "theirs", "image": "theirs"}]},
            },
        },
    }
    kube.create("statefulsets", theirs, namespace)
    bot = new_bot("taken")

    bot.apply(HOLDING)

    bot.wait("the refusal", lambda seen: any(each["reason"] == "NameTaken" for each in seen.get("conditions", [])))
    found = kube.get("statefulsets", "taken", namespace)
    assert found is not None
    assert found["spec"]["selector"]["matchLabels"] == labels
    assert found["spec"]["replicas"] == 0
