"""Who may reach whom: NetworkPolicies, monitors, and the pod of `helm test`."""

from tests.chart.rendering import MATRIX, MONITORS, NAMESPACE, Rendered, render

# --- Network ----------------------------------------------------------------------------------------------------


def test_the_operators_network_is_its_port_its_bots_and_the_api_server() -> None:
    policy = render(MATRIX["everything"]).only("NetworkPolicy", "bots-operator")["spec"]
    (inward,) = policy["ingress"]
    assert inward["ports"] == [{"port": "http", "protocol": "TCP"}]
    assert inward["from"][1:] == MATRIX["everything"]["networkPolicy"]["metricsFrom"]
    api_server, bots, dns = policy["egress"]
    assert [peer["ipBlock"]["cidr"] for peer in api_server["to"]] == ["10.96.0.1/32", "fd00::1/128"]
    assert [port["port"] for port in api_server["ports"]] == [6443]
    (peer,) = bots["to"]
    assert peer["namespaceSelector"]["matchExpressions"][0]["values"] == ["42", "bots"]
    assert peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "tradingbot"
    assert {port["port"] for port in dns["ports"]} == {53, 5353}


def test_every_pod_is_confined_in_both_directions() -> None:
    rendered = render({})
    policies = [policy["spec"] for policy in rendered.of("NetworkPolicy")]
    assert all(policy["policyTypes"] == ["Ingress", "Egress"] for policy in policies)
    for metadata, _ in rendered.pods():
        selected = [p for p in policies if p["podSelector"]["matchLabels"].items() <= metadata["labels"].items()]
        assert len(selected) == 1


def test_the_test_pod_may_reach_the_operator() -> None:
    rendered = render({"networkPolicy": {"metricsFrom": []}})
    (inward,) = rendered.only("NetworkPolicy", "operator")["spec"]["ingress"]
    outward = rendered.only("NetworkPolicy", "-test")["spec"]["egress"][0]
    ((_, operator_spec), (test, _)) = sorted(rendered.pods(), key=lambda pod: "name" in pod[0])
    assert [peer["podSelector"]["matchLabels"].items() <= test["labels"].items() for peer in inward["from"]] == [True]
    assert (
        outward["to"][0]["podSelector"]["matchLabels"]
        == rendered.only("Deployment", "operator")["spec"]["selector"]["matchLabels"]
    )
    assert outward["ports"][0]["port"] == operator_spec["containers"][0]["ports"][0]["containerPort"]


def test_policies_can_be_switched_off() -> None:
    assert not render({"networkPolicy": {"enabled": False}}).of("NetworkPolicy")


# --- Monitoring -------------------------------------------------------------------------------------------------


def test_monitors_are_made_only_where_they_are_asked_for() -> None:
    assert not [m for m in render({}).manifests if m["kind"] in MONITORS]


def test_the_pod_monitor_selects_the_bots_where_they_are_watched() -> None:
    everywhere, somewhere = (render(MATRIX[case]).only("PodMonitor")["spec"] for case in ("monitoring", "everything"))
    assert everywhere["namespaceSelector"] == {"any": True}
    assert somewhere["namespaceSelector"] == {"matchNames": ["42", "bots"]}
    assert everywhere["selector"]["matchLabels"]["app.kubernetes.io/name"] == "tradingbot"
    (endpoint,) = everywhere["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"], endpoint["interval"]) == ("http", "/metrics", "1m")
    assert endpoint["relabelings"][0]["targetLabel"] == "bot"


def test_the_service_monitor_selects_the_operators_service_and_its_port() -> None:
    rendered = render(MATRIX["monitoring"])
    monitor, service = rendered.only("ServiceMonitor"), rendered.only("Service")
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert monitor["spec"]["endpoints"][0]["port"] in [port["name"] for port in service["spec"]["ports"]]


def test_what_the_operator_says_of_a_bot_keeps_that_bots_namespace() -> None:
    assert render(MATRIX["monitoring"]).only("ServiceMonitor")["spec"]["endpoints"][0]["honorLabels"] is True


def test_monitors_bear_the_labels_by_which_a_prometheus_selects_them() -> None:
    for kind in MONITORS:
        plain, own = (render(MATRIX[case]).only(kind)["metadata"]["labels"] for case in ("monitoring", "everything"))
        assert plain["release"] == "prometheus"
        assert own["app.kubernetes.io/instance"] == "prometheus"


# --- helm test --------------------------------------------------------------------------------------------------


def test_the_test_pod_asks_the_services_address_with_or_without_dns(rendered: Rendered) -> None:
    pod, service = rendered.only("Pod"), rendered.only("Service", "operator")["metadata"]["name"]
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    assert "hook-succeeded" in pod["metadata"]["annotations"]["helm.sh/hook-delete-policy"]
    assert pod["spec"]["enableServiceLinks"] is True
    script = pod["spec"]["containers"][0]["command"][-1]
    compile(script, "helm test", "exec")
    assert f"{service.upper().replace('-', '_')}_SERVICE_HOST" in script
    assert f"{service}.{NAMESPACE}.svc" in script
