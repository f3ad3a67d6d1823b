"""The console as the chart renders it: off by default, restricted like the operator, and with fewer rights still."""

from functools import cache

import kubernetes_validate
import pytest

from tests.chart.rendering import CHART, MONITORS, NAMESPACE, Manifest, Rendered, render, run_helm
from tests.chart.scoring import critical
from tests.chart.test_manifests import OLDEST
from tests.chart.test_rights import rights

CONSOLE: Manifest = {"console": {"enabled": True, "existingSecret": "telegram"}}
CASES: dict[str, Manifest] = {
    "everywhere": CONSOLE,
    "monitored": CONSOLE | {"monitoring": {"enabled": True}},
    "in namespaces": CONSOLE | {"watchNamespaces": ["bots", "more-bots"]},
}


@cache
def rendered(case: str) -> Rendered:
    return render(CASES[case])


def own(case: str) -> list[Manifest]:
    """Return what is the console's own."""
    return [each for each in rendered(case).manifests if each["metadata"]["name"].endswith("-console")]


def pod_spec(case: str, ending: str) -> Manifest:
    found: Manifest = rendered(case).only("Deployment", ending)["spec"]["template"]["spec"]
    return found


def test_without_being_asked_for_there_is_no_console() -> None:
    everything = render({})
    assert "console" not in str([each["metadata"]["name"] for each in everything.manifests])
    (container,) = everything.only("Deployment")["spec"]["template"]["spec"]["containers"]
    assert "TRADINGBOT_OPERATOR_CONSOLE" not in {each["name"] for each in container["env"]}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("version", [OLDEST, kubernetes_validate.latest_version()])
def test_every_manifest_is_valid(case: str, version: str) -> None:
    for manifest in own(case):
        if manifest["kind"] not in MONITORS:
            kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("case", CASES)
def test_it_lists_pods_and_bots_and_does_nothing_else(case: str) -> None:
    roles = [each for each in own(case) if each["kind"] in ("Role", "ClusterRole")]
    allowed = {("", "pods"): {"list"}, ("tradingbots.dev", "tradingbots"): {"list"}}
    assert [rights(role) for role in roles] == [allowed] * (2 if case == "in namespaces" else 1)
    for binding in [each for each in own(case) if each["kind"].endswith("RoleBinding")]:
        (subject,) = binding["subjects"]
        assert subject == {
            "kind": "ServiceAccount",
            "name": pod_spec(case, "-console")["serviceAccountName"],
            "namespace": NAMESPACE,
        }


def test_its_pod_is_as_restricted_as_the_operators() -> None:
    console, operator = pod_spec("everywhere", "-console"), pod_spec("everywhere", "-operator")
    assert console["securityContext"] == operator["securityContext"]
    assert console["containers"][0]["securityContext"] == operator["containers"][0]["securityContext"]
    assert console["volumes"] == operator["volumes"]


def test_there_is_one_console_and_no_selector_of_the_operators_takes_it() -> None:
    everything = rendered("everywhere")
    spec = everything.only("Deployment", "-console")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()
    for selector in (
        everything.only("Deployment", "-operator")["spec"]["selector"]["matchLabels"],
        everything.only("Service")["spec"]["selector"],
    ):
        assert not selector.items() <= labels.items()


def test_bots_are_told_that_there_is_a_console_and_where_to_look_is_what_the_operator_watches() -> None:
    (operator,) = pod_spec("in namespaces", "-operator")["containers"]
    assert {"name": "TRADINGBOT_OPERATOR_CONSOLE", "value": "1"} in operator["env"]
    (console,) = pod_spec("in namespaces", "-console")["containers"]
    assert [word for word in console["args"] if "namespace" in word] == ["--namespace=bots", "--namespace=more-bots"]
    assert console["envFrom"] == [{"secretRef": {"name": "telegram"}}]


def test_a_console_without_its_secret_is_refused_with_what_to_do() -> None:
    run = run_helm("template", "x", str(CHART), values={"console": {"enabled": True}})
    assert run.returncode != 0
    assert "console.existingSecret names the Secret" in run.stderr


def test_kube_score_finds_nothing_critical() -> None:
    assert critical(rendered("everywhere").text) == []
