"""The console as the chart renders it: off by default, restricted like the operator, and with fewer rights still."""

from functools import cache

import kubernetes_validate
import pytest

from tests.chart.rendering import CHART, MONITORS, NAMESPACE, Manifest, Rendered, render, run_helm
from tests.chart.scoring import critical
from tests.chart.test_manifests import OLDEST
from tests.chart.test_rights import rights

CONSOLE: Manifest = {"console": {"enabled": True, "existingSecret": "telegram"}}
PEER: Manifest = {"podSelector": {"matchLabels": {"app": "ingress"}}}
BROWSER: Manifest = {"console": {"enabled": True, "web": {"enabled": True, "usersSecret": "people", "from": [PEER]}}}
BOTH: Manifest = {"console": CONSOLE["console"] | BROWSER["console"]}
CASES: dict[str, Manifest] = {
    "everywhere": CONSOLE,
    "monitored": CONSOLE | {"monitoring": {"enabled": True}},
    "in namespaces": CONSOLE | {"watchNamespaces": ["bots", "more-bots"]},
    "in the browser": BROWSER,
    "in the browser, in namespaces": BOTH | {"watchNamespaces": ["bots", "more-bots"]},
}
WITHOUT_PAGES = [case for case in CASES if "browser" not in case]
WITH_PAGES = [case for case in CASES if "browser" in case]


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


def roles(case: str) -> list[Manifest]:
    return [each for each in own(case) if each["kind"] in ("Role", "ClusterRole")]


@pytest.mark.parametrize("case", WITHOUT_PAGES)
def test_without_pages_it_lists_pods_and_bots_and_does_nothing_else(case: str) -> None:
    allowed = {("", "pods"): {"list"}, ("tradingbots.dev", "tradingbots"): {"list"}}
    assert [rights(role) for role in roles(case)] == [allowed] * (2 if "namespaces" in case else 1)


@pytest.mark.parametrize("case", WITH_PAGES)
def test_with_pages_it_also_changes_bots_and_nothing_else(case: str) -> None:
    bots = {"get", "list", "watch", "create", "patch", "delete"}
    allowed = {("", "pods"): {"list"}, ("tradingbots.dev", "tradingbots"): bots}
    assert [rights(role) for role in roles(case)] == [allowed] * (2 if "namespaces" in case else 1)
    assert {role["kind"] for role in roles(case)} == {"Role" if "namespaces" in case else "ClusterRole"}


@pytest.mark.parametrize("case", CASES)
def test_its_rights_are_given_to_its_own_account_and_to_nobody_else(case: str) -> None:
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


def test_the_pages_pod_is_as_restricted_and_writes_into_bounded_folders_only() -> None:
    plain, pages = pod_spec("everywhere", "-console"), pod_spec("in the browser", "-console")
    assert pages["securityContext"] == plain["securityContext"]
    assert pages["containers"][0]["securityContext"] == plain["containers"][0]["securityContext"]
    assert all("sizeLimit" in volume["emptyDir"] for volume in pages["volumes"] if "emptyDir" in volume)
    mounts = {each["name"]: each for each in pages["containers"][0]["volumeMounts"]}
    assert mounts["users"]["readOnly"] is True
    (users,) = [volume["secret"] for volume in pages["volumes"] if volume["name"] == "users"]
    assert (users["secretName"], users["defaultMode"]) == ("people", 0o440)


def test_bots_go_on_telling_people_themselves_where_the_console_has_pages_only() -> None:
    variables = {
        case: {each["name"] for each in pod_spec(case, "-operator")["containers"][0]["env"]} for case in WITH_PAGES
    }
    assert {case: "TRADINGBOT_OPERATOR_CONSOLE" in names for case, names in variables.items()} == {
        "in the browser": False,
        "in the browser, in namespaces": True,
    }


def test_pages_need_no_channel_and_reach_nobody_outside() -> None:
    (container,) = pod_spec("in the browser", "-console")["containers"]
    assert "envFrom" not in container
    assert {"--web-port=5000", "--users=/etc/tradingbot-console/users.json"} <= set(container["args"])
    assert "--behind-proxy" not in container["args"]
    policy = rendered("in the browser").only("NetworkPolicy", "-console")["spec"]
    assert [[each["port"] for each in rule["ports"]] for rule in policy["egress"]][1:-1] == [[8080]]


def test_pages_are_reached_through_their_service_by_those_who_are_named() -> None:
    everything = rendered("in the browser")
    service = everything.only("Service", "-console")["spec"]
    labels = everything.only("Deployment", "-console")["spec"]["template"]["metadata"]["labels"]
    assert service["selector"].items() <= labels.items()
    (container,) = pod_spec("in the browser", "-console")["containers"]
    assert service["ports"][0]["targetPort"] in {port["name"] for port in container["ports"]}
    _, pages = everything.only("NetworkPolicy", "-console")["spec"]["ingress"]
    assert (pages["from"], pages["ports"]) == ([PEER], [{"port": "web", "protocol": "TCP"}])


def test_without_being_named_nobody_reaches_the_pages() -> None:
    closed = {"console": BROWSER["console"] | {"web": {"enabled": True, "usersSecret": "people"}}}
    (metrics,) = render(closed).only("NetworkPolicy", "-console")["spec"]["ingress"]
    assert metrics["ports"] == [{"port": "http", "protocol": "TCP"}]


def test_a_proxy_is_believed_only_where_that_is_asked_for() -> None:
    values = {"console": {"enabled": True, "web": {"enabled": True, "usersSecret": "people", "behindProxy": True}}}
    (container,) = render(values).only("Deployment", "-console")["spec"]["template"]["spec"]["containers"]
    assert "--behind-proxy" in container["args"]


def test_pages_without_users_are_refused_with_what_to_do() -> None:
    run = run_helm("template", "x", str(CHART), values={"console": {"enabled": True, "web": {"enabled": True}}})
    assert run.returncode != 0
    assert "console.web.usersSecret names the Secret" in run.stderr


def test_there_is_one_console_and_no_selector_of_the_operators_takes_it() -> None:
    everything = rendered("everywhere")
    spec = everything.only("Deployment", "-console")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()
    for selector in (
        everything.only("Deployment", "-operator")["spec"]["selector"]["matchLabels"],
        everything.only("Service", "-operator")["spec"]["selector"],
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


@pytest.mark.parametrize("case", ["everywhere", "in the browser"])
def test_kube_score_finds_nothing_critical(case: str) -> None:
    assert critical(rendered(case).text) == []
