"""The operator may do what it does, and nothing else."""

from collections.abc import Callable, Iterator

import pytest

from tests.chart.rendering import NAMESPACE, Manifest, Rendered

# Resource -> verbs, as the operator uses them.
BOTS: dict[tuple[str, str], set[str]] = {
    ("tradingbots.dev", "tradingbots"): {"get", "list", "watch", "patch"},
    ("tradingbots.dev", "tradingbots/status"): {"patch"},
    ("tradingbots.dev", "tradingbots/finalizers"): {"update"},
    ("apps", "statefulsets"): {"get", "list", "watch", "create", "patch"},
    ("", "pods"): {"get", "list", "watch", "delete"},
    ("", "configmaps"): {"list", "create", "patch", "delete"},
    ("", "persistentvolumeclaims"): {"get", "create", "patch"},
    ("", "services"): {"create", "patch"},
    ("", "secrets"): {"create", "patch"},
    ("", "events"): {"list", "create"},
    ("networking.k8s.io", "networkpolicies"): {"create", "patch"},
}
CRDS = {("apiextensions.k8s.io", "customresourcedefinitions"): {"get", "list", "watch"}}
LEASES = {("coordination.k8s.io", "leases"): {"create", "get", "update"}}


def roles(rendered: Rendered) -> Iterator[Manifest]:
    yield from rendered.of("Role")
    yield from rendered.of("ClusterRole")


def rights(role: Manifest) -> dict[tuple[str, str], set[str]]:
    """Return what a role allows: resource -> verbs."""
    allowed: dict[tuple[str, str], set[str]] = {}
    for rule in role["rules"]:
        assert set(rule) <= {"apiGroups", "resources", "resourceNames", "verbs"}
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                allowed.setdefault((group, resource), set()).update(rule["verbs"])
    return allowed


def test_no_rule_has_a_wildcard(rendered: Rendered) -> None:
    for role in roles(rendered):
        for rule in role["rules"]:
            assert "*" not in "".join([*rule["apiGroups"], *rule["resources"], *rule["verbs"]])


def test_secrets_are_written_and_never_read(rendered: Rendered) -> None:
    for role in roles(rendered):
        assert rights(role).get(("", "secrets"), set()) <= {"create", "patch"}


def test_nothing_escalates(rendered: Rendered) -> None:
    for role in roles(rendered):
        groups, resources = zip(*rights(role), strict=True)
        assert "rbac.authorization.k8s.io" not in groups
        assert not {"pods/exec", "pods/attach", "serviceaccounts", "serviceaccounts/token"}.intersection(resources)


def test_cluster_wide_it_has_one_cluster_role(installed: Callable[[str], Rendered]) -> None:
    rendered = installed("default")
    assert rights(rendered.only("ClusterRole")) == BOTS | CRDS
    assert [role["metadata"]["name"] for role in rendered.of("Role")] == ["tradingbot-operator-lease"]


@pytest.mark.parametrize(
    ("case", "namespaces"), [("namespaced", ["bots", "more-bots"]), ("own namespace only", [NAMESPACE])]
)
def test_namespaced_it_has_rights_there_and_nowhere_else(
    case: str, namespaces: list[str], installed: Callable[[str], Rendered]
) -> None:
    rendered = installed(case)
    assert not rendered.of("ClusterRole")
    assert not rendered.of("ClusterRoleBinding")
    given = [role for role in rendered.of("Role") if not role["metadata"]["name"].endswith("-lease")]
    assert [role["metadata"]["namespace"] for role in given] == namespaces
    assert all(rights(role) == BOTS for role in given)


def test_leases_are_the_releases_own(rendered: Rendered) -> None:
    for role in roles(rendered):
        if role["metadata"]["name"].endswith("-lease"):
            assert role["metadata"]["namespace"] == NAMESPACE
            assert rights(role) == LEASES
            named = [rule for rule in role["rules"] if rule["verbs"] != ["create"]]
            assert [rule["resourceNames"] for rule in named] == [["tradingbot-operator"]]
        else:
            assert ("coordination.k8s.io", "leases") not in rights(role)


def test_every_role_is_bound_to_the_operators_account_and_to_nobody_else(rendered: Rendered) -> None:
    account = rendered.only("Deployment", "operator")["spec"]["template"]["spec"]["serviceAccountName"]
    bound = []
    # Those of the console are looked at in test_console.py.
    own = [role for role in roles(rendered) if not role["metadata"]["name"].endswith("-console")]
    bindings = [*rendered.of("RoleBinding"), *rendered.of("ClusterRoleBinding")]
    for binding in [each for each in bindings if not each["metadata"]["name"].endswith("-console")]:
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": account, "namespace": NAMESPACE}]
        bound.append((binding["roleRef"]["kind"], binding["metadata"].get("namespace"), binding["roleRef"]["name"]))
    existing = [(role["kind"], role["metadata"].get("namespace"), role["metadata"]["name"]) for role in own]
    assert sorted(map(str, bound)) == sorted(map(str, existing))
