"""The values: documented as they are, refused where they are wrong, of the program's own version."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from bots.config import parse_document
from bots.version import VERSION
from tests.chart.rendering import CHART, MATRIX, Manifest, run_helm

VALUES = (CHART / "values.yaml").read_text(encoding="utf-8")
README = (CHART / "README.md").read_text(encoding="utf-8")
METADATA = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))


# --- The table --------------------------------------------------------------------------------------------------


def described() -> Iterator[tuple[str, str]]:
    """Yield each key of values.yaml that has a comment `# -- ...` above it, with that comment."""
    path: list[tuple[int, str]] = []
    comment: list[str] | None = None
    for line in VALUES.splitlines():
        if begun := re.fullmatch(r" *# -- (.+)", line):
            comment = [begun[1]]
        elif comment is not None and (goes_on := re.fullmatch(r" *# (.+)", line)):
            comment.append(goes_on[1])
        elif key := re.match(r"( *)([A-Za-z]+):", line):
            path = [(depth, name) for depth, name in path if depth < len(key[1])] + [(len(key[1]), key[2])]
            if comment is not None:
                yield ".".join(name for _, name in path), " ".join(comment)
            comment = None


def default_of(key: str) -> Any:
    value = yaml.safe_load(VALUES)
    for name in key.split("."):
        value = value[name]
    return value


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    else:
        yield ".".join(path)


def expected_table() -> str:
    """Return the README's table, made from values.yaml."""
    rows = [f"| `{key}` | `{json.dumps(default_of(key))}` | {said} |" for key, said in described()]
    return "\n".join(["| Value | Default | Meaning |", "| --- | --- | --- |", *rows])


def test_the_readmes_table_lists_the_values_as_they_are() -> None:
    # When this fails, the README's table is to become what `expected_table` returns.
    assert expected_table() in README


def test_every_value_is_described() -> None:
    keys = tuple(f"{key}." for key, _ in described())
    assert [leaf for leaf in leaves(yaml.safe_load(VALUES)) if not f"{leaf}.".startswith(keys)] == []


# --- The schema -------------------------------------------------------------------------------------------------


def objects(schema: Manifest, path: str = "") -> Iterator[tuple[str, Manifest]]:
    if "properties" in schema:
        yield path, schema
        for name, inner in schema["properties"].items():
            yield from objects(inner, f"{path}.{name}".lstrip("."))


def test_the_schema_knows_the_values_and_no_others() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    values = yaml.safe_load(VALUES)
    assert schema["properties"].keys() - {"global"} == values.keys()
    for path, inner in objects(schema):
        assert inner["additionalProperties"] is False, path
        if path and isinstance(default_of(path), dict) and default_of(path):
            assert inner["properties"].keys() == default_of(path).keys(), path


WRONG: list[tuple[Manifest, str, str]] = [
    ({"imag": {"tag": "1"}}, "", "additional properties 'imag' not allowed"),
    ({"image": {"tag": 1.0}}, "/image/tag", "got number, want string"),
    ({"image": {"repository": "tradingbot:1.0"}}, "/image/repository", "does not match pattern"),
    ({"image": {"repository": ""}}, "/image/repository", "does not match pattern"),
    ({"image": {"digest": "abc"}}, "/image/digest", "does not match pattern"),
    ({"image": {"pullPolicy": "always"}}, "/image/pullPolicy", "'Always', 'IfNotPresent', 'Never'"),
    ({"watchNamespaces": "bots"}, "/watchNamespaces", "got string, want array"),
    ({"watchNamespaces": ["*"]}, "/watchNamespaces/0", "does not match pattern"),
    ({"watchNamespaces": ["a", "a"]}, "/watchNamespaces", "are equal"),
    ({"sweepSeconds": 0}, "/sweepSeconds", "minimum: got 0, want 5"),
    ({"crds": {"keep": True}}, "/crds", "additional properties 'keep' not allowed"),
    ({"bots": {"metricsFrom": [{"podselector": {}}]}}, "/bots/metricsFrom/0", "additional properties 'podselector'"),
    ({"bots": {"metricsFrom": [{}]}}, "/bots/metricsFrom/0", "minProperties"),
    ({"networkPolicy": {"apiServerPorts": []}}, "/networkPolicy/apiServerPorts", "minItems"),
    ({"networkPolicy": {"apiServerCIDRs": ["10.0.0.1"]}}, "/networkPolicy/apiServerCIDRs/0", "does not match pattern"),
    ({"monitoring": {"enabled": "yes"}}, "/monitoring/enabled", "got string, want boolean"),
    ({"monitoring": {"interval": "30"}}, "/monitoring/interval", "does not match pattern"),
    ({"monitoring": {"rules": {"runbooks": "docs"}}}, "/monitoring/rules/runbooks", "does not match pattern"),
    ({"monitoring": {"dashboards": {"labels": {"a": 1}}}}, "/monitoring/dashboards/labels/a", "got number"),
    ({"resources": {"limits": {"memory": "1 GB"}}}, "/resources/limits/memory", "does not match pattern"),
    ({"replicas": 2}, "", "additional properties 'replicas' not allowed"),
    ({"podLabels": {"a": 1}}, "/podLabels/a", "got number, want string"),
    ({"extraEnv": [{"name": "TRADINGBOT_OPERATOR_PORT", "value": "1"}]}, "/extraEnv/0/name", "'not' failed"),
    ({"fullnameOverride": "1st"}, "/fullnameOverride", "does not match pattern"),
]


@pytest.mark.parametrize(("values", "place", "words"), WRONG, ids=[json.dumps(values) for values, _, _ in WRONG])
def test_a_wrong_value_is_refused_with_its_place_and_the_reason(values: Manifest, place: str, words: str) -> None:
    run = run_helm("template", "x", str(CHART), values=values)
    assert run.returncode != 0
    assert f"at '{place}'" in run.stderr
    assert words in run.stderr


def test_the_matrix_of_the_tests_uses_every_value() -> None:
    def paths(value: Any, path: str = "") -> Iterator[str]:
        yield path
        if isinstance(value, dict):
            for name, inner in value.items():
                yield from paths(inner, f"{path}.{name}".lstrip("."))

    used = {path for values in MATRIX.values() for path in paths(values)}
    assert {key for key, _ in described()} - used == set()


# --- The chart's own words --------------------------------------------------------------------------------------


def test_the_chart_has_the_version_of_the_program() -> None:
    assert (METADATA["version"], METADATA["appVersion"]) == (VERSION, VERSION)


def test_the_annotations_for_artifact_hub_are_what_they_are_for() -> None:
    marks = {name.removeprefix("artifacthub.io/"): text for name, text in METADATA["annotations"].items()}
    assert {"category", "license", "crds", "crdsExamples", "images", "changes", "links"} <= marks.keys()
    assert yaml.safe_load(marks["images"])[0]["image"] == f"tradingbot:{VERSION}"
    (crd,) = yaml.safe_load(marks["crds"])
    generated = yaml.safe_load((CHART / "files" / "crd.yaml").read_text(encoding="utf-8"))
    assert (crd["name"], crd["kind"]) == (generated["metadata"]["name"], generated["spec"]["names"]["kind"])
    assert crd["version"] in [version["name"] for version in generated["spec"]["versions"]]


def first_bots() -> dict[str, Manifest]:
    """Return the manifests of a first bot that the chart shows, by where."""
    notes = (CHART / "templates" / "NOTES.txt").read_text(encoding="utf-8")
    noted = re.sub(r"(namespace: ).*", r"\1default", notes.partition("<<'END'\n")[2].partition("\nEND\n")[0])
    shown = re.search(r"```yaml\n(apiVersion: tradingbots\.dev.*?)```", README, re.DOTALL)
    assert shown
    (example,) = yaml.safe_load(METADATA["annotations"]["artifacthub.io/crdsExamples"])
    return {"NOTES.txt": yaml.safe_load(noted), "README.md": yaml.safe_load(shown[1]), "Chart.yaml": example}


@pytest.mark.parametrize("place", ["NOTES.txt", "README.md", "Chart.yaml"])
def test_the_first_bot_that_is_shown_is_a_good_paper_bot(place: str) -> None:
    bot = first_bots()[place]
    assert (bot["apiVersion"], bot["kind"]) == ("tradingbots.dev/v1alpha1", "TradingBot")
    document = parse_document(bot["spec"]["config"])
    assert document.warnings() == ()
    assert document.broker.type == "mock"
