"""What a change of status is worth telling: each thing once, with its cause."""

from datetime import UTC, datetime
from typing import Any

import pytest

from events import Told, tell, told_by_status
from status import Facts, Status, Step, status_of
from strategies.errors import ClusterRefusedError
from tests.unit.operator.cluster import Cluster
from tests.unit.operator.things import UID, Json, a_pod, a_set, bot, said, wanted
from troubles import Trouble

PLAIN = wanted()
NOW = datetime(2026, 1, 1, tzinfo=UTC)
UNREADY = a_pod(PLAIN, ready=False)
SHORT = Trouble("Unschedulable", "no node takes the pod")


def shown(
    old: Json | None = None, *, faults: str = "", ready: bool = True, halt: str | None = None, **changes: Any
) -> Status:
    pod = a_pod(PLAIN, ready=ready)
    facts = Facts(bot(old), None if faults else PLAIN, faults, a_set(PLAIN), pod, answer=said(halt=halt), **changes)
    return status_of(facts, NOW)


def reasons(old: Json, new: Status) -> list[str]:
    return [one.reason for one in told_by_status(old, new)]


def test_a_bot_that_begins_to_trade() -> None:
    assert reasons({}, shown()) == ["Ready"]


def test_a_status_that_is_as_it_was_tells_nothing() -> None:
    for one in (
        shown(),
        shown(faults="bad"),
        shown(trouble=SHORT, ready=False),
        shown(step=Step("Starting", "not ready"), ready=False),
    ):
        assert told_by_status(one, one) == []


def test_a_configuration_is_rejected_with_every_word_of_its_fault() -> None:
    told = told_by_status(shown(), shown(faults="spec.config: trading.symbol: is missing"))
    assert told == [Told("ConfigRejected", "spec.config: trading.symbol: is missing", warning=True)]


def test_another_fault_is_told_again_and_a_good_configuration_ends_it() -> None:
    first = shown(faults="one")
    assert reasons(first, shown(first, faults="two")) == ["ConfigRejected"]
    assert reasons(first, shown(first)) == []


def test_trouble_is_told_when_it_comes_and_when_it_goes() -> None:
    well = shown()
    ill = shown(well, trouble=SHORT, ready=False)
    assert told_by_status(well, ill) == [Told("Unschedulable", "no node takes the pod", warning=True)]
    assert reasons(ill, shown(ill, ready=False)) == ["Recovered"]
    assert reasons(ill, shown(ill)) == ["Recovered", "Ready"]


def test_other_words_for_the_same_trouble_are_not_told_again() -> None:
    """A scheduler counts nodes anew with every try."""
    ill = shown(trouble=SHORT, ready=False)
    assert reasons(ill, shown(ill, trouble=Trouble("Unschedulable", "0/4 nodes"), ready=False)) == []


def test_one_trouble_after_another_is_told() -> None:
    ill = shown(trouble=SHORT, ready=False)
    assert reasons(ill, shown(ill, trouble=Trouble("CannotPull", "no such image"), ready=False)) == ["CannotPull"]


def test_a_halt_is_told() -> None:
    assert reasons(shown(), shown(halt="max_daily_loss: 5 %")) == ["Halted"]


def test_waiting_until_flat_is_told_once_however_the_position_changes() -> None:
    well = shown()
    waits = shown(well, step=Step("WaitingUntilFlat", "until 5 is closed", "WaitingUntilFlat"))
    assert reasons(well, waits) == ["WaitingUntilFlat"]
    assert reasons(waits, shown(waits, step=Step("WaitingUntilFlat", "until 4 is closed", "WaitingUntilFlat"))) == []


@pytest.mark.parametrize("step", ["Replacing", "Suspending", "Resuming", "Updating"])
def test_what_is_told_when_it_is_done_is_not_told_before(step: str) -> None:
    well = shown()
    assert reasons(well, shown(well, step=Step(step, "..."))) == []


def test_a_bot_that_is_ready_again_is_told() -> None:
    unready = shown(ready=False)
    assert reasons(unready, shown(unready)) == ["Ready"]


# --- Posting ---


async def test_an_event_is_found_by_whom_it_is_about() -> None:
    cluster = Cluster()
    await tell(cluster, bot(), Told("Replaced", "x" * 5000))
    await tell(cluster, bot(), Told("Replaced", "again", warning=True))
    first, second = cluster.of_kind("Event")
    about = {"apiVersion": "tradingbots.dev/v1alpha1", "kind": "TradingBot", "name": "btc", "namespace": "desk"}
    assert first["involvedObject"] == {**about, "uid": UID}
    assert (first["type"], second["type"]) == ("Normal", "Warning")
    # The API server takes 1024 characters at most.
    assert len(first["message"]) <= 1024


async def test_an_event_that_cannot_be_posted_stops_nobody() -> None:
    cluster = Cluster()
    cluster.refuse("create", "Event", ClusterRefusedError(403, "Forbidden", "the namespace is being terminated"))
    await tell(cluster, bot(), Told("Replaced", "..."))
    assert cluster.told == []
