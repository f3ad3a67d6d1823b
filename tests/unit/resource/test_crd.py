"""The definition of the resource: whole, up to date, and of one mind with the validator."""

import json
import random
import re
from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints
from typing import Any

import pytest
import yaml

from bots.config import parse_document
from bots.resource import crd as making
from bots.resource import logic
from bots.resource.crd import config_schema, crd, crd_yaml
from bots.resource.document_rules import document_rules
from bots.resource.names import GROUP, PLURAL
from bots.resource.spec import parse_spec
from bots.resource.spec_rules import spec_rules
from bots.resource.status import CONDITIONS
from strategies import registry
from strategies.errors import DocumentError
from strategies.params import EntryParams
from strategies.registry import entry_class, entry_names, exit_class, exit_names
from tests.unit.config.documents import ROOT, SHIPPED, Json, full, minimal, put
from tests.unit.config.test_broken_documents import pick_leaf
from tests.unit.resource.api_server import complaints
from tests.unit.resource.test_structural import NODES, SCHEMA, Node

CONFIG: Node = SCHEMA["properties"]["spec"]["properties"]["config"]
LOGICS = {
    "entry_logic": [entry_class(name).params_model for name in entry_names()],
    "exit_logic": [exit_class(name).params_model for name in exit_names()],
}


def rules() -> Iterator[tuple[str, Node, Node]]:
    for place, node in NODES.items():
        for rule in node.get("x-kubernetes-validations", ()):
            yield place, node, rule


def refused(config: object) -> list[str]:
    return [*complaints(config, CONFIG, "config")]


# --- Whole and up to date ---------------------------------------------------------------------------------------


def test_the_charts_copy_is_what_the_models_say() -> None:
    path = ROOT / "charts" / "tradingbot-operator" / "files" / "crd.yaml"
    assert path.read_text() == crd_yaml(), f"run `tradingbot schema --crd > {path.relative_to(ROOT)}`"


def test_the_reference_is_what_the_models_say() -> None:
    from bots.resource.reference import reference

    text = (ROOT / "docs" / "resource.md").read_text()
    assert text == reference(), "run `python -m bots.resource.reference > docs/resource.md`"


def test_it_is_a_custom_resource_definition_that_kubectl_can_apply() -> None:
    read = yaml.safe_load(crd_yaml())
    assert read == crd()
    assert read["metadata"]["name"] == f"{PLURAL}.{GROUP}"
    # `kubectl apply` keeps a copy of what it applied in an annotation, which has room for 262,144 bytes.
    assert len(json.dumps(read)) < 200_000


def test_uninstalling_the_operator_keeps_it() -> None:
    assert crd()["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_the_columns_are_those_that_are_promised() -> None:
    columns = crd()["spec"]["versions"][0]["additionalPrinterColumns"]
    always = [column["name"] for column in columns if not column.get("priority")]
    wide = [column["name"] for column in columns if column.get("priority")]
    assert always == ["Phase", "Ready", "Mode", "Symbol", "Position", "Equity", "Profit", "Age"]
    assert wide == ["Trades", "Last Bar", "Restarts", "Reason", "Config", "Image"]


def test_every_column_leads_to_a_key_of_the_status() -> None:
    for column in crd()["spec"]["versions"][0]["additionalPrinterColumns"]:
        path = re.sub(r"\[.*?\]", ".items", column["jsonPath"])
        assert path in NODES or path == ".metadata.creationTimestamp", column
    assert set(CONDITIONS) == {"Ready", "Progressing", "Degraded", "ConfigValid"}


def test_every_key_is_described() -> None:
    silent = [place for place, node in NODES.items() if place.startswith(".spec") and not node.get("description")]
    assert [
        place for place in silent if not re.search(r"(\.items|\.additionalProperties|Mixin)$|requests|limits", place)
    ] == []


# --- Rules ------------------------------------------------------------------------------------------------------


def test_every_rule_speaks_of_keys_that_exist() -> None:
    seen = 0
    for place, _, rule in rules():
        texts = (rule["rule"], rule.get("messageExpression", ""))
        words = re.sub(r"'[^']*'|\"[^\"]*\"", "''", " ".join(texts))
        for path in re.findall(r"self((?:\.\w+)+)(?!\w*\()", words):
            path = path.replace("__dash__", "-")
            known = f"{place}{path}" in NODES or (place == "" and path == ".metadata.name")
            assert known, f"{place}: self{path}"
            seen += 1
    assert seen > 100


def test_no_rule_is_lost_on_its_way() -> None:
    written = [rule for made in (document_rules(), spec_rules()) for some in made.values() for rule in some]
    found = [rule for _, _, rule in rules()]
    assert [rule["rule"] for rule in written if found.count(rule) < written.count(rule)] == []


def test_what_may_be_named_once_is_a_set_to_the_api_server() -> None:
    for channel in ("telegram", "email"):
        assert NODES[f".spec.config.notifications.{channel}.notify_on"]["x-kubernetes-list-type"] == "set"
    assert NODES[".spec.extraEnv"]["x-kubernetes-list-map-keys"] == ["name"]


def test_every_rule_blames_a_key_that_exists() -> None:
    for place, _, rule in rules():
        assert rule["message"], rule
        assert "fieldPath" not in rule or f"{place}{rule['fieldPath']}" in NODES, (place, rule)


def test_the_parameters_of_every_entry_and_exit_are_there_in_every_spelling() -> None:
    for key, models in LOGICS.items():
        properties = CONFIG["properties"]["strategy"]["properties"][key]["properties"]["params"]["properties"]
        assert set(properties) == {spelling for model in models for spelling in model.spellings()}
        assert all("type" in node for node in properties.values())


def test_a_parameter_that_only_some_take_is_forbidden_to_the_others() -> None:
    texts = [
        rule["rule"]
        for rule in CONFIG["properties"]["strategy"]["properties"]["entry_logic"]["x-kubernetes-validations"]
    ]
    assert (
        "self.name in ['RSIBBEntryMixin'] || !has(self.params) || "
        "!(has(self.params.cooldown_bars) || has(self.params.e_cooldown_bars))"
    ) in texts
    assert not any("self.name in" in text and "has(self.params.rsi_period)" in text for text in texts)


class First(EntryParams):
    """Parameters of one entry."""

    level: int = 1


class Second(EntryParams):
    """Parameters of another, of which one has the same name and another type."""

    level: float = 2.0


class Third(EntryParams):
    """And of a third, whose type is quite another."""

    level: str = ""


def test_of_two_types_of_one_name_the_wider_counts() -> None:
    assert logic.union({"a": First})["level"] == {"type": "number", "multipleOf": 1, "description": "Default: 1."}
    wider = logic.union({"a": First, "b": Second})["level"]
    assert (wider["type"], "multipleOf" in wider) == ("number", False)
    assert logic.union({"a": First, "b": Third})["level"]["x-kubernetes-preserve-unknown-fields"] is True


# --- Of one mind with the validator -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_document_is_taken(path: Any) -> None:
    assert refused(json.loads(path.read_text())) == []


def test_null_is_taken_where_the_document_takes_it() -> None:
    document = minimal()
    for place in ("trading.max_drawdown_pct", "data.symbol", "risk_management.trailing_stop", "logging.log_file"):
        put(document, place, None)
        assert NODES[f".spec.config.{place}"]["nullable"], place
    parse_document(document)
    assert refused(document) == []


def test_a_document_of_fifty_thousand_characters_is_taken() -> None:
    document = put(minimal(), "description", "why " * 12_500)
    parse_document(document)
    assert refused(document) == []


WRONG: tuple[object, ...] = (0, -1, 1e15, 0.5, "", "yes", "zzz", True, [], {}, [{}], {"un": "expected"}, "x" * 70_000)
UNSEEN = {"risk_management.day_timezone", "notifications.daily_summary.timezone"}
"""What only the validator knows, and so only the operator tells."""


def leaves(node: Node, above: str = "") -> Iterator[str]:
    for key, inner in node["properties"].items():
        if inner.get("properties"):
            yield from leaves(inner, f"{above}{key}.")
        else:
            yield f"{above}{key}"


SPOILT = [place for place in leaves(CONFIG) if ".params" not in place and not place.startswith("$")]


@pytest.mark.parametrize("place", SPOILT)
def test_what_the_validator_refuses_is_refused_here_too_or_by_a_rule(place: str) -> None:
    has_rule = any(f"{where}{rule.get('fieldPath')}" == f".spec.config.{place}" for where, _, rule in rules())
    for value in WRONG:
        document = put(full(), place, value)
        if place not in told(document):
            assert refused(document) == [], f"{place} = {value!r}"
        else:
            assert refused(document) or has_rule or place in UNSEEN, f"{place} = {value!r}"


def told(document: Json) -> str:
    """Return what the validator says about a document, or nothing."""
    try:
        parse_document(document, "")
    except DocumentError as error:
        return str(error)
    return ""


def test_what_the_validator_takes_is_taken_here() -> None:
    draw = random.Random(4)
    taken = 0
    for _ in range(400):
        document: Json = json.loads(draw.choice(SHIPPED).read_text())
        place = pick_leaf(draw, document, int, float)
        document = put(document, place, draw.choice([0, 1, 2, 0.5, 3.0, 14, 40, 99, 0.001]))
        try:
            parse_document(document)
        except DocumentError:
            continue
        taken += 1
        assert refused(document) == [], place
    assert taken > 100


def test_everything_of_the_spec_that_is_taken_here_is_understood() -> None:
    spec = {
        "config": minimal(), "image": None, "secretRef": None, "storage": {"size": 5, "storageClassName": None},
        "resources": {"requests": {"cpu": 1}, "limits": {}}, "affinity": {"nodeAffinity": {"any": [None]}},
        "tolerations": [{}, {"operator": "Exists", "key": None}], "extraEnv": [{"name": "A"}], "podLabels": {"a": ""},
        "terminationGracePeriodSeconds": 60,
    }  # fmt: skip
    assert [*complaints(spec, SCHEMA["properties"]["spec"])] == []
    parse_spec(spec)


# --- Strategies of installed packages -----------------------------------------------------------------------------


def test_with_a_package_installed_its_strategy_is_taken_with_parameters_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offered = EntryPoints((EntryPoint("breakout", "somewhere:Breakout", registry.STRATEGIES),))
    monkeypatch.setattr(registry, "entry_points", lambda group: offered.select(group=group))
    config_schema.cache_clear()
    try:
        wider = making.config_schema()
    finally:
        config_schema.cache_clear()
    document = {"trading": {"symbol": "BTCUSDT"}, "strategy": {"type": "breakout", "params": {"any": [1]}}}
    assert [*complaints(document, wider)] == []
    assert refused(document) == [
        "config.strategy.type: unsupported value",
        "config.strategy.params.any: unknown field",
    ]
    assert wider["properties"]["strategy"]["anyOf"] == [
        {"properties": {"type": {"enum": ["breakout"]}}, "required": ["type"]},
        {"properties": {"params": {"maxProperties": 0}}},
    ]
    texts = [rule["rule"] for rule in wider["properties"]["strategy"]["x-kubernetes-validations"]]
    assert any(text.startswith("(has(self.type) ? self.type : 'custom') == 'custom'") for text in texts)
