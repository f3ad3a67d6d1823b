"""What was asked for: which wishes change a pod, which change a child, and which only how things are done."""

from typing import Any

import pytest

from desired import foreign_journal, understand
from strategies.errors import DocumentError
from tests.unit.operator.things import CONFIG, EVERYTHING, OTHER_CONFIG, Json, metadata, wanted

PLAIN = wanted()


@pytest.mark.parametrize(
    "change",
    [
        {"config": OTHER_CONFIG},
        {"image": "other:2"},
        {"imagePullPolicy": "Always"},
        {"resources": {"limits": {"memory": "2Gi"}}},
        {"secretRef": {"name": "binance"}},
        {"nodeSelector": {"kubernetes.io/arch": "arm64"}},
        {"tolerations": [{"operator": "Exists"}]},
        {"affinity": {"nodeAffinity": {}}},
        {"podLabels": {"team": "a"}},
        {"podAnnotations": {"team": "a"}},
        {"extraEnv": [{"name": "A", "value": "b"}]},
        {"serviceAccountName": "bots"},
        {"terminationGracePeriodSeconds": 61},
        {"restart": "2026-01-01"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_a_pod_is_made_of_makes_another_revision(change: Json) -> None:
    changed = wanted(**change)
    assert changed.revision != PLAIN.revision
    assert changed.applied != PLAIN.applied


def test_a_restart_asked_for_again_is_another_revision() -> None:
    assert wanted(restart="1").revision != wanted(restart="2").revision


@pytest.mark.parametrize("change", [{"suspend": True}, {"updatePolicy": "OnFlat"}, {"deletePolicy": "ClosePosition"}])
def test_wishes_about_how_things_are_done_change_no_child(change: Json) -> None:
    changed = wanted(**change)
    assert (changed.revision, changed.applied) == (PLAIN.revision, PLAIN.applied)


@pytest.mark.parametrize("storage", [{"size": "2Gi"}, {"storageClassName": "fast"}, {"onDelete": "Delete"}])
def test_another_volume_is_applied_but_replaces_no_pod(storage: Json) -> None:
    changed = wanted(storage=storage)
    assert changed.revision == PLAIN.revision
    assert changed.applied != PLAIN.applied


@pytest.mark.parametrize(
    "spelt",
    [
        {"suspend": False, "updatePolicy": "Recreate", "deletePolicy": "KeepPosition"},
        {"storage": {}},
        {"storage": {"size": "1Gi", "onDelete": "Retain"}},
        {"terminationGracePeriodSeconds": 60},
        {"image": None, "resources": None, "affinity": None},
        {"tolerations": [], "extraEnv": [], "nodeSelector": {}, "podLabels": {}, "podAnnotations": {}},
    ],
    ids=str,
)
def test_a_default_that_is_written_out_changes_nothing(spelt: Json) -> None:
    changed = wanted(**spelt)
    assert (changed.revision, changed.applied) == (PLAIN.revision, PLAIN.applied)


def test_the_order_of_keys_changes_nothing() -> None:
    labels = {"example.com/team": "quants", "example.com/desk": "one"}
    one = {**EVERYTHING, "podLabels": labels}
    other = {key: one[key] for key in reversed(one)} | {"podLabels": dict(reversed(labels.items()))}
    assert (wanted(**one).revision, wanted(**one).applied) == (wanted(**other).revision, wanted(**other).applied)


def test_another_spelling_of_a_document_changes_nothing() -> None:
    one, other = {**CONFIG, "version": "1.0", "$schema": "a.json"}, {"version": "1.0", **CONFIG}
    assert wanted(one).revision == wanted(other).revision


def test_an_annotation_that_is_not_about_restarts_changes_nothing() -> None:
    annotated = understand(metadata(annotations={"kubectl.kubernetes.io/last-applied": "{}"}), {"config": CONFIG})
    assert annotated.revision == PLAIN.revision


def test_two_bots_of_one_spec_are_of_one_revision() -> None:
    """A bot made anew on the same journal is the same bot."""
    assert wanted(uid="another").revision == PLAIN.revision


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({}, "spec.config"),
        ({"config": CONFIG, "suspended": True}, "spec.suspended"),
        ({"config": CONFIG, "storage": {"size": "much"}}, "spec.storage.size"),
        ({"config": {**CONFIG, "trading": {"symbol": ""}}}, "trading.symbol"),
    ],
    ids=["no config", "unknown key", "no quantity", "bad document"],
)
def test_a_fault_is_told_with_its_place(values: Json, place: str) -> None:
    with pytest.raises(DocumentError) as raised:
        understand(metadata(), values)
    assert [fault.place for fault in raised.value.faults] == [place]


def ran(**status: Any) -> Json:
    return {"mode": "paper", "symbol": "BTCUSDT", "position": "0", "equity": "1000.00", **status}


def test_a_bot_that_holds_a_position_keeps_its_mode_unless_the_change_waits() -> None:
    """The other mode has another journal, in which nobody would know of it."""
    live = ran(mode="live", position="0.25")
    told = foreign_journal(wanted(), live)
    assert told is not None
    assert "a live position of 0.25 would be forgotten" in told
    assert foreign_journal(wanted(updatePolicy="OnFlat"), live) is None
    assert foreign_journal(wanted(), ran(mode="live", position="unknown")) is not None


def test_a_symbol_that_no_bot_has_ever_answered_with_can_be_put_right() -> None:
    """It was mistyped, and the bot died of it."""
    status = {"mode": "paper", "symbol": "ETHUSDT", "position": "unknown"}
    assert foreign_journal(wanted(), status) is None


def test_a_bot_that_is_ready_has_a_journal_though_nobody_has_heard_its_figures() -> None:
    status = {"mode": "paper", "symbol": "ETHUSDT"}
    assert foreign_journal(wanted(), status, ready=True) is not None
    assert foreign_journal(wanted(), {}, ready=True) is None, "and nobody knows of which symbol"
    told = foreign_journal(wanted(), {"mode": "live", "symbol": "BTCUSDT"}, ready=True)
    assert told is not None
    assert "a live position of unknown would be forgotten" in told


def test_a_bot_that_has_run_keeps_its_symbol() -> None:
    told = foreign_journal(wanted(), ran(symbol="ETHUSDT"))
    assert told is not None
    assert "ETHUSDT" in told
    assert "BTCUSDT" in told


@pytest.mark.parametrize(
    "status", [{}, ran(), {"symbol": "ETHUSDT", "mode": "paper"}, ran(mode="live", symbol="ETHUSDT")]
)
def test_a_journal_of_the_same_symbol_or_of_another_mode_or_none_stands_in_nobodys_way(status: Json) -> None:
    assert foreign_journal(wanted(), status) is None
