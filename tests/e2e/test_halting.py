"""The kill switch of a cluster: an annotation halts one bot, or all of a namespace, and lets them go on."""

from collections.abc import Callable

import pytest

from tests.e2e.bots import Bot, document
from tests.e2e.kube import Kube
from tests.e2e.twins import HOLDING

pytestmark = pytest.mark.usefixtures("operator", "never_two")

HALT = "tradingbots.dev/halt"


def test_an_annotated_bot_closes_its_position_and_goes_on_without_the_annotation(bot: Bot) -> None:
    bot.apply(HOLDING)
    bot.wait_told("a position", lambda seen: seen["position"]["lots"])

    bot.annotate(**{HALT: "close-positions"})

    seen = bot.wait_told("a flat bot", lambda seen: not seen["position"]["lots"] and seen["halt"])
    bot.wait_phase("Halted")
    assert HALT in seen["halt"]["detail"]
    assert bot.condition("Degraded")["reason"] == "Halted"

    bot.annotate(**{HALT: None})
    bot.wait_told("a new position", lambda seen: seen["position"]["lots"] and seen["halt"] is None)
    bot.wait_phase("Running")


def test_all_bots_of_a_namespace_are_halted_by_one_command(
    new_bot: Callable[..., Bot], kube: Kube, namespace: str
) -> None:
    bots = [new_bot(name) for name in ("one", "two", "three")]
    for each in bots:
        each.apply(HOLDING)
    for each in bots:
        each.wait_told("a position", lambda seen: seen["position"]["lots"])

    kube.kubectl("annotate", "tradingbots", "--all", f"{HALT}=close-positions", namespace=namespace)

    for each in bots:
        each.wait_told("a flat bot", lambda seen: not seen["position"]["lots"] and seen["halt"])


def test_a_bot_that_starts_hears_of_its_halt_before_its_first_bar(bot: Bot) -> None:
    # By days: bars of minutes close on the minute, and that may be the very second of the start.
    bot.apply(document(data={"speed": 1, "interval": "1d"}), suspend=True)
    bot.annotate(**{HALT: "block-entries"})
    bot.patch(suspend=False)

    seen = bot.wait_told("a halted bot", lambda seen: seen["halt"] is not None)
    assert seen["halt"]["mode"] == "block-entries"
    assert bot.journal("SELECT client_order_id FROM orders") == []
