"""What a person asks for in a TradingBot's spec: understood, or refused at the right place with a remedy."""

from typing import Any

import pytest
from pydantic import ValidationError

from bots.resource.names import BOT_LABEL, FINALIZER, NAME_LIMIT, RESTART, SKIP_CLOSE
from bots.resource.spec import TradingBotSpec, parse_spec
from strategies.errors import DocumentError

CONFIG: dict[str, Any] = {"trading": {"symbol": "BTCUSDT"}}


def asked(**values: Any) -> TradingBotSpec:
    return parse_spec({"config": CONFIG, **values})


def refusal(**values: Any) -> dict[str, str]:
    with pytest.raises(DocumentError) as raised:
        asked(**values)
    return {fault.place: fault.message for fault in raised.value.faults}


def test_what_is_left_out_has_a_default() -> None:
    spec = asked()
    assert spec.config == CONFIG
    assert (spec.image, spec.image_pull_policy, spec.secret_ref, spec.resources, spec.affinity) == (None,) * 5
    assert (spec.update_policy, spec.delete_policy, spec.suspend) == ("Recreate", "KeepPosition", False)
    assert (spec.storage.size, spec.storage.storage_class_name, spec.storage.on_delete) == ("1Gi", None, "Retain")
    assert (spec.node_selector, spec.tolerations, spec.extra_env, spec.pod_labels) == ({}, (), (), {})
    assert (spec.termination_grace_period_seconds, spec.service_account_name) == (60, None)


def test_only_what_was_written_counts_as_set() -> None:
    assert asked(storage={"size": "2Gi"}).model_dump(exclude_unset=True) == {
        "config": CONFIG,
        "storage": {"size": "2Gi"},
    }


def test_what_pods_have_too_is_handed_on_as_it_was_written_without_nulls() -> None:
    toleration = {"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30}
    affinity = {"podAntiAffinity": {"any": [None]}}
    spec = asked(tolerations=[{**toleration, "value": None}], affinity={**affinity, "nodeAffinity": None})
    assert spec.tolerations == (toleration,)
    assert spec.affinity == affinity


def test_a_quantity_may_be_a_whole_number() -> None:
    spec = asked(resources={"limits": {"cpu": 2, "memory": "1Gi"}}, storage={"size": 1_000_000})
    assert spec.resources is not None
    assert spec.resources.limits == {"cpu": "2", "memory": "1Gi"}
    assert spec.storage.size == "1000000"


@pytest.mark.parametrize("size", ["1Gi", "500M", "0.5Gi", "1e9", "1000000", "10.25Ti", "1k"])
def test_a_size_is_written_as_kubernetes_has_it(size: str) -> None:
    assert asked(storage={"size": size}).storage.size == size


@pytest.mark.parametrize(
    "size", ["0", "0Gi", "0.0", "-1Gi", "1 Gi", "1gb", "500m", "", "1Gi\n", "9" * 40, True, 1.5, None]
)
def test_what_is_no_size_is_refused_with_an_example(size: object) -> None:
    found = refusal(storage={"size": size})
    assert list(found) == ["spec.storage.size"]
    assert "must be like 1Gi or 500M" in found["spec.storage.size"]


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "a key that does not exist": (
        {"imagePolicy": "Always"}, "spec.imagePolicy", 'is an unknown key; did you mean "imagePullPolicy"?',
    ),
    "a name of Python's": ({"update_policy": "OnFlat"}, "spec.update_policy", 'did you mean "updatePolicy"?'),
    "a policy in small letters": ({"updatePolicy": "onflat"}, "spec.updatePolicy", 'did you mean "OnFlat"?'),
    "a text for a flag": ({"suspend": "yes"}, "spec.suspend", "must be true or false"),
    "too little time to stop": (
        {"terminationGracePeriodSeconds": 1}, "spec.terminationGracePeriodSeconds", "from 5 to 3600",
    ),
    "a resource that a bot does not use": (
        {"resources": {"limits": {"nvidia.com/gpu": 1}}}, 'spec.resources.limits."nvidia.com/gpu"',
        "is an unknown key, the keys here are cpu, memory or ephemeral-storage",
    ),
    "a label of the operator's": (
        {"podLabels": {BOT_LABEL: "x"}}, f'spec.podLabels."{BOT_LABEL}"', "is set by the operator, leave it out",
    ),
    "an annotation of the operator's": (
        {"podAnnotations": {"tradingbots.dev/revision": "x"}}, 'spec.podAnnotations."tradingbots.dev/revision"',
        "is set by the operator, leave it out",
    ),
    "a label that is a number": ({"podLabels": {"team": 1}}, "spec.podLabels.team", "is no text, write it in quotes"),
    "a label with a space": ({"podLabels": {"team": "a b"}}, "spec.podLabels.team", "has not the right form"),
    "a key with a space": ({"nodeSelector": {"a b": "c"}}, 'spec.nodeSelector."a b"', "must be like example.com/team"),
    "an annotation as long as a book": (
        {"podAnnotations": {"a": "x" * 4097}}, "spec.podAnnotations.a", "at most 4096 characters",
    ),
    "a variable of the operator's": (
        {"extraEnv": [{"name": "TRADINGBOT_NAME"}]}, "spec.extraEnv[0].name", "is set by the operator, leave it out",
    ),
    "a secret in the open": (
        {"extraEnv": [{"name": "BINANCE_API_SECRET", "value": "s3cret"}]}, "spec.extraEnv[0].name",
        "is a secret: put it into a Secret and name that in spec.secretRef",
    ),
    "a variable set twice": (
        {"extraEnv": [{"name": "A"}, {"name": "A"}]}, "spec.extraEnv", "sets A more than once, keep one",
    ),
    "a misspelt toleration": (
        {"tolerations": [{"keyy": "a"}]}, "spec.tolerations[0].keyy", 'is an unknown key; did you mean "key"?',
    ),
    "a toleration that is none": ({"tolerations": [3]}, "spec.tolerations[0]", "is a number, must be an object"),
    "a Secret without a name": ({"secretRef": {}}, "spec.secretRef.name", "is missing"),
    "an image in two words": ({"image": "a b"}, "spec.image", 'must be a text such as "tradingbot:1.0"'),
}  # fmt: skip


@pytest.mark.parametrize(("values", "place", "words"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_at_its_place_with_a_remedy(values: dict[str, Any], place: str, words: str) -> None:
    found = refusal(**values)
    assert list(found) == [place]
    assert words in found[place]


def test_a_secret_in_the_open_is_not_repeated() -> None:
    assert "s3cret" not in str(refusal(extraEnv=[{"name": "SMTP_PASSWORD", "value": "s3cret"}]))


def test_everything_wrong_is_told_at_once_and_names_its_source() -> None:
    with pytest.raises(DocumentError) as raised:
        parse_spec({"suspend": 1, "storage": {"onDelete": "Keep"}}, "bot-0001")
    assert str(raised.value).splitlines() == [
        "bot-0001: spec.config: is missing, must be an object",
        "bot-0001: spec.suspend: 1 is a number, must be true or false",
        'bot-0001: spec.storage.onDelete: "Keep" is not among its values, must be "Retain" or "Delete"',
    ]


@pytest.mark.parametrize("values", [None, [], "spec", 3])
def test_what_is_no_spec_at_all_is_refused(values: object) -> None:
    with pytest.raises(DocumentError, match="TradingBot: spec: must be an object with at least config"):
        parse_spec(values)


def test_a_spec_never_changes() -> None:
    with pytest.raises(ValidationError):
        asked().suspend = True  # type: ignore[misc]


def test_the_names_that_other_releases_rely_on_stay() -> None:
    assert (FINALIZER, SKIP_CLOSE, RESTART) == (
        "tradingbots.dev/close-position",
        "tradingbots.dev/skip-close",
        "tradingbots.dev/restart",
    )
    # A Service's name has 63 characters at most, a pod's hash and the longest suffix of a child go off it.
    assert NAME_LIMIT + len("-journal") < 52
