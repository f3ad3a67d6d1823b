"""What the chart renders is what Kubernetes takes: valid, restricted, one operator and no more."""

from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.chart.rendering import CHART, MATRIX, MONITORS, Manifest, Rendered, render, run_helm
from tests.chart.scoring import critical

OLDEST = "1.30"


def test_helm_lint_finds_nothing() -> None:
    run = run_helm("lint", "--strict", str(CHART))
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("version", [OLDEST, kubernetes_validate.latest_version()])
def test_every_manifest_is_valid_on_the_oldest_and_the_newest_kubernetes(rendered: Rendered, version: str) -> None:
    assert rendered.manifests
    for manifest in rendered.manifests:
        # Its schemas are Kubernetes' own: monitors are the Prometheus operator's, and test_network.py looks at them.
        if manifest["kind"] not in MONITORS:
            kubernetes_validate.validate(manifest, version, strict=True)


def test_the_oldest_kubernetes_is_the_one_that_the_chart_says() -> None:
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["kubeVersion"] == f">={OLDEST}.0-0"


def test_every_namespaced_object_says_where_it_belongs(rendered: Rendered) -> None:
    cluster_wide = {"ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"}
    for manifest in rendered.manifests:
        assert ("namespace" in manifest["metadata"]) == (manifest["kind"] not in cluster_wide), manifest["metadata"]


def test_rendering_twice_differs_in_the_key_only() -> None:
    first, second = render({}), render({})
    keys = [rendered.only("Secret")["data"].pop("key") for rendered in (first, second)]
    assert first.manifests == second.manifests
    assert keys[0] != keys[1]


# --- One operator -----------------------------------------------------------------------------------------------


def test_there_is_exactly_one_operator_and_never_two_at_once(rendered: Rendered) -> None:
    spec = rendered.only("Deployment", "operator")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    assert not rendered.of("PodDisruptionBudget"), "a budget over one replica only blocks drains"
    assert not rendered.of("HorizontalPodAutoscaler")


def test_labels_of_a_user_never_take_the_pod_out_of_its_selectors(rendered: Rendered) -> None:
    spec = rendered.only("Deployment", "operator")["spec"]
    labels, selected = spec["template"]["metadata"]["labels"], spec["selector"]["matchLabels"]
    assert selected.items() <= labels.items()
    assert rendered.only("Service", "operator")["spec"]["selector"] == selected
    assert labels["app.kubernetes.io/name"] == "tradingbot-operator"


# --- Restricted pods --------------------------------------------------------------------------------------------


def test_every_pod_meets_the_restricted_standard_and_more(rendered: Rendered) -> None:
    for _, spec in rendered.pods():
        assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & spec.keys()
        assert spec["securityContext"] == {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        assert {next(iter(volume.keys() - {"name"})) for volume in spec.get("volumes", [])} <= {"secret", "emptyDir"}
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
            assert "memory" in container["resources"]["limits"]


def test_only_the_operator_gets_a_token_for_the_api_server(rendered: Rendered) -> None:
    pods = rendered.pods()
    given = {metadata.get("name", "operator"): spec["automountServiceAccountToken"] for metadata, spec in pods}
    assert given.pop("operator") is True
    assert list(given.values()) == [False]
    assert all(account["automountServiceAccountToken"] is False for account in rendered.of("ServiceAccount"))


# --- The operator's container -----------------------------------------------------------------------------------


def operator_of(rendered: Rendered) -> Manifest:
    (container,) = rendered.only("Deployment", "operator")["spec"]["template"]["spec"]["containers"]
    found: Manifest = container
    return found


def environment_of(rendered: Rendered) -> dict[str, Any]:
    return {variable["name"]: variable.get("value") for variable in operator_of(rendered)["env"]}


def test_the_operator_watches_all_namespaces_or_those_that_are_named() -> None:
    everywhere, somewhere = render({}), render(MATRIX["namespaced"])
    run = ["kopf", "run", "--standalone", "--log-format=json"]
    assert operator_of(everywhere)["command"] == [*run, "--all-namespaces", "/app/operator/main.py"]
    named = ["--namespace=bots", "--namespace=more-bots"]
    assert operator_of(somewhere)["command"] == [*run, *named, "/app/operator/main.py"]
    # kopf knows what to watch, the sweep behind it has to be told as well.
    assert "TRADINGBOT_OPERATOR_WATCH" not in environment_of(everywhere)
    assert environment_of(somewhere)["TRADINGBOT_OPERATOR_WATCH"] == "bots,more-bots"


def test_the_bots_inherit_the_operators_image(rendered: Rendered) -> None:
    container, variables = operator_of(rendered), environment_of(rendered)
    assert variables["TRADINGBOT_OPERATOR_BOT_IMAGE"] == container["image"]
    assert variables["TRADINGBOT_OPERATOR_BOT_PULL_POLICY"] == container["imagePullPolicy"]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ({}, "tradingbot:{app}"),
        ({"tag": "main"}, "tradingbot:main"),
        ({"repository": "localhost:5000/bots"}, "localhost:5000/bots:{app}"),
        ({"tag": "main", "digest": "sha256:" + "a" * 64}, "tradingbot@sha256:" + "a" * 64),
    ],
)
def test_the_image_is_named_by_its_digest_or_its_tag_or_the_charts_version(image: Manifest, expected: str) -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert operator_of(render({"image": image}))["image"] == expected.format(app=chart["appVersion"])


def test_services_of_the_namespace_do_not_overwrite_how_the_operator_is_set_up(rendered: Rendered) -> None:
    # A Service `tradingbot-operator` would come in as TRADINGBOT_OPERATOR_PORT=tcp://...
    assert rendered.only("Deployment", "operator")["spec"]["template"]["spec"]["enableServiceLinks"] is False


def test_who_may_scrape_bots_reaches_the_operator_as_json() -> None:
    peers = yaml.safe_load(environment_of(render(MATRIX["everything"]))["TRADINGBOT_OPERATOR_METRICS_FROM"])
    assert peers == MATRIX["everything"]["bots"]["metricsFrom"]
    assert environment_of(render({"bots": {"metricsFrom": []}}))["TRADINGBOT_OPERATOR_METRICS_FROM"] == "[]"


def test_the_probes_ask_what_they_are_for(rendered: Rendered) -> None:
    container = operator_of(rendered)
    asked = {probe: container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert asked == {
        "startupProbe": {"path": "/healthz", "port": "http"},
        "livenessProbe": {"path": "/healthz", "port": "http"},
        "readinessProbe": {"path": "/readyz", "port": "http"},
    }


# --- The key ----------------------------------------------------------------------------------------------------


def test_the_key_is_mounted_from_the_secret_that_is_made_or_the_one_that_is_named() -> None:
    own, theirs = render({}), render(MATRIX["existing secret"])
    volumes = [each.only("Deployment", "operator")["spec"]["template"]["spec"]["volumes"] for each in (own, theirs)]
    mounted = [next(volume["secret"] for volume in each if volume["name"] == "key") for each in volumes]
    assert [secret["secretName"] for secret in mounted] == [own.only("Secret")["metadata"]["name"], "our-key"]
    assert not theirs.of("Secret")
    assert environment_of(own)["TRADINGBOT_OPERATOR_KEY_FILE"] == "/etc/tradingbot-operator/key"


# --- The CRD ----------------------------------------------------------------------------------------------------


def test_the_crd_is_the_generated_one_and_kept_when_the_chart_goes() -> None:
    rendered = render({}).only("CustomResourceDefinition")
    generated = yaml.safe_load((CHART / "files" / "crd.yaml").read_text(encoding="utf-8"))
    keep = {"helm.sh/resource-policy": "keep"}
    assert rendered["metadata"].pop("labels")["helm.sh/chart"].startswith("tradingbot-operator-")
    assert rendered["metadata"].pop("annotations") == generated["metadata"].pop("annotations", {}) | keep
    assert rendered == generated


def test_without_crds_create_there_is_no_crd() -> None:
    assert not render(MATRIX["no CRD"]).of("CustomResourceDefinition")


# --- Names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release", "name"),
    [
        ("tradingbot-operator", "tradingbot-operator"),
        ("bots", "bots-tradingbot-operator"),
        ("team.bots", "team-bots-tradingbot-operator"),
        ("b" * 53, "b" * 32 + "-tradingbot-operator"),
    ],
)
def test_names_follow_from_the_releases_and_fit_everywhere(release: str, name: str) -> None:
    rendered = render({"monitoring": {"enabled": True}}, release=release)
    assert rendered.only("Deployment", "operator")["metadata"]["name"] == name
    # Pods of the Deployment get 17 characters more, and a Service's name has 63 at most.
    assert all(len(manifest["metadata"]["name"]) <= 63 for manifest in rendered.manifests)


def test_a_release_whose_name_cannot_be_a_services_is_told_what_to_do() -> None:
    run = run_helm("template", "1st", str(CHART))
    assert run.returncode != 0
    assert '"1st-tradingbot-operator" cannot be the name of a Service' in run.stderr
    assert "fullnameOverride" in run.stderr


# --- kube-score -------------------------------------------------------------------------------------------------


def test_kube_score_finds_nothing_critical(rendered: Rendered) -> None:
    # Where the user switched the policies off, their absence is no finding.
    assert critical(rendered.text, *([] if rendered.of("NetworkPolicy") else ["pod-networkpolicy"])) == []
