"""What the bench of the operator applies by hand: the operator's objects, without what others chose for them."""

from typing import Any

from tests.bench.operator_scale.objects import BYTES, bot, without_its_operator

METADATA = {
    "name": "bot-0000-journal",
    "labels": {"a": "b"},
    "annotations": {"pv.kubernetes.io/bind-completed": "yes", "kept": "as it is"},
    "uid": "1",
    "resourceVersion": "2",
    "ownerReferences": [{"kind": "TradingBot"}],
}


def by_hand(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return without_its_operator(
        {"apiVersion": "v1", "kind": kind, "metadata": METADATA, "spec": spec, "status": {"phase": "Bound"}}
    )


def test_a_claim_does_not_wait_for_the_volume_that_it_had() -> None:
    made = by_hand("PersistentVolumeClaim", {"volumeName": "first-0000", "accessModes": ["ReadWriteOnce"]})
    assert made["spec"] == {"accessModes": ["ReadWriteOnce"]}
    assert made["metadata"]["annotations"] == {"kept": "as it is"}


def test_a_service_is_given_its_address_anew() -> None:
    made = by_hand("Service", {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"], "ports": [{"port": 8080}]})
    assert made["spec"] == {"ports": [{"port": 8080}]}


def test_nothing_of_the_server_and_no_owner_is_applied() -> None:
    made = by_hand("ConfigMap", {})
    assert set(made) == {"apiVersion", "kind", "metadata", "spec"}
    assert set(made["metadata"]) == {"name", "labels", "annotations"}


def test_a_bots_document_is_as_large_as_the_page_says() -> None:
    document = bot(7)["spec"]["config"]
    assert document["description"].startswith("0007 ")
    assert BYTES == 7 * 1024
