"""What is built for a bot: fit for a strict cluster, found again, and never more than was asked for."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import kubernetes_validate
import pytest

from bots.config import parse_document
from desired import Desired
from resources import (
    Setup,
    build_claim,
    build_config_map,
    build_network_policy,
    build_pod_spec,
    build_service,
    build_stateful_set,
    build_token_secret,
)
from tests.unit.operator.things import CONFIG, EVERYTHING, SETUP, UID, Json, wanted

LABELS = {
    "app.kubernetes.io/name": "tradingbot",
    "app.kubernetes.io/instance": "btc",
    "app.kubernetes.io/managed-by": "tradingbot-operator",
    "tradingbots.dev/bot": "btc",
}
BOTS = {"nothing set": wanted(), "everything set": wanted(**EVERYTHING), "longest name": wanted(name="b" * 40)}
each_bot = pytest.mark.parametrize("bot", BOTS.values(), ids=BOTS.keys())


def children(bot: Desired) -> list[Json]:
    return [
        build_token_secret(bot, "t0ken"),
        build_config_map(bot),
        build_service(bot),
        build_network_policy(bot, SETUP),
        build_claim(bot),
        build_stateful_set(bot, SETUP, 1),
    ]


def container(bot: Desired, setup: Setup = SETUP) -> Json:
    (only,) = build_pod_spec(bot, setup)["containers"]
    assert isinstance(only, dict)
    return only


def values_of(key: str, value: Any) -> Iterator[Any]:
    """Yield all that stands under a key, however deep."""
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        for inner in value.values():
            yield from values_of(key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from values_of(key, inner)


def amount(text: str) -> Decimal:
    units = {"Mi": "1048576", "Gi": "1073741824", "m": "0.001", "M": "1000000", "G": "1000000000"}
    unit = next((one for one in units if text.endswith(one)), "")
    return Decimal(text.removesuffix(unit)) * Decimal(units.get(unit, 1))


# --- All of them ---


@each_bot
@pytest.mark.parametrize("version", ["1.31", kubernetes_validate.latest_version()])
def test_every_manifest_is_one_of_kubernetes(bot: Desired, version: str) -> None:
    for manifest in children(bot):
        kubernetes_validate.validate(manifest, version, strict=True)


@each_bot
def test_every_child_is_found_by_its_labels_and_goes_with_its_bot(bot: Desired) -> None:
    for child in children(bot):
        assert child["metadata"]["labels"] == LABELS | {
            "app.kubernetes.io/instance": bot.name,
            "tradingbots.dev/bot": bot.name,
        }
        if child["kind"] != "PersistentVolumeClaim":
            (owner,) = child["metadata"]["ownerReferences"]
            assert (owner["kind"], owner["name"], owner["uid"], owner["controller"]) == (
                "TradingBot",
                bot.name,
                UID,
                True,
            )


@each_bot
def test_names_are_short_enough_for_what_is_made_of_them(bot: Desired) -> None:
    """A pod's name with the revision that its StatefulSet puts behind it is a label, of 63 characters."""
    for child in children(bot):
        assert len(child["metadata"]["name"]) <= 52


# --- The pod ---


@each_bot
def test_the_pod_meets_the_restricted_standard(bot: Desired) -> None:
    pod = build_pod_spec(bot, SETUP)
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers", "ephemeralContainers"} & pod.keys()
    assert {next(key for key in volume if key != "name") for volume in pod["volumes"]} <= {
        "configMap", "secret", "emptyDir", "persistentVolumeClaim", "projected", "csi", "downwardAPI", "ephemeral",
    }  # fmt: skip
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert "sysctls" not in pod["securityContext"]
    own = container(bot)["securityContext"]
    assert own["allowPrivilegeEscalation"] is False
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert not {"privileged", "procMount", "runAsUser", "seccompProfile", "seLinuxOptions"} & own.keys()
    assert not list(values_of("hostPort", pod))


@each_bot
def test_the_pod_is_nobody_in_particular_and_writes_only_to_its_volumes(bot: Desired) -> None:
    context = build_pod_spec(bot, SETUP)["securityContext"]
    assert min(context["runAsUser"], context["runAsGroup"], context["fsGroup"]) > 10_000
    assert container(bot)["securityContext"]["readOnlyRootFilesystem"] is True
    writable = {mount["name"] for mount in container(bot)["volumeMounts"] if not mount.get("readOnly")}
    assert writable == {"journal", "tmp"}


@each_bot
def test_a_bot_has_no_key_to_the_cluster(bot: Desired) -> None:
    assert build_pod_spec(bot, SETUP)["automountServiceAccountToken"] is False


@each_bot
def test_the_first_container_port_is_the_http_one(bot: Desired) -> None:
    assert container(bot)["ports"][0] == {"name": "http", "containerPort": 8080, "protocol": "TCP"}
    assert {probe["httpGet"]["port"] for key, probe in container(bot).items() if key.endswith("Probe")} == {"http"}


def test_a_frozen_bot_is_not_waited_for_as_long_as_one_that_stops_cleanly() -> None:
    bot = wanted(terminationGracePeriodSeconds=600)
    assert build_pod_spec(bot, SETUP)["terminationGracePeriodSeconds"] == 600
    assert container(bot)["livenessProbe"]["terminationGracePeriodSeconds"] <= 10


def test_only_readiness_asks_for_more_than_life() -> None:
    """A market that is shut would have its bot restarted again and again."""
    probes = {key: probe["httpGet"]["path"] for key, probe in container(wanted()).items() if key.endswith("Probe")}
    assert probes == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}


def test_a_bots_own_image_goes_before_the_operators() -> None:
    assert container(wanted())["image"] == SETUP.image
    assert container(wanted())["imagePullPolicy"] == "IfNotPresent"
    own = container(wanted(image="mine:3", imagePullPolicy="Never"))
    assert (own["image"], own["imagePullPolicy"]) == ("mine:3", "Never")


def test_the_bot_is_told_its_name_and_where_its_things_are() -> None:
    pod, only = build_pod_spec(wanted(), SETUP), container(wanted())
    arguments = only["args"]
    assert arguments[:2] == ["run", "/etc/tradingbot/bot.json"]
    assert arguments[arguments.index("--name") + 1] == "btc"
    assert arguments[arguments.index("--workdir") + 1] == "/work"
    mounts = {mount["name"]: mount["mountPath"] for mount in only["volumeMounts"]}
    assert mounts["document"] == "/etc/tradingbot"
    assert mounts["journal"] == "/work"
    assert only["env"] == [{"name": "TRADINGBOT_TOKEN_FILE", "value": mounts["api-token"] + "/token"}]
    sources = {volume["name"]: volume for volume in pod["volumes"]}
    assert sources["document"]["configMap"]["name"] == build_config_map(wanted())["metadata"]["name"]
    assert sources["journal"]["persistentVolumeClaim"]["claimName"] == build_claim(wanted())["metadata"]["name"]
    assert sources["api-token"]["secret"]["secretName"] == build_token_secret(wanted(), "")["metadata"]["name"]


def test_secrets_of_the_user_reach_the_bot_as_environment_and_in_no_other_way() -> None:
    pod = build_pod_spec(wanted(secretRef={"name": "binance"}), SETUP)
    assert pod["containers"][0]["envFrom"] == [{"secretRef": {"name": "binance"}}]
    assert json.dumps(pod).count("binance") == 1
    assert not list(values_of("valueFrom", pod))


def test_without_a_secret_nothing_is_read_into_the_environment() -> None:
    assert "envFrom" not in container(wanted())


def test_what_the_user_asks_of_nodes_is_handed_on() -> None:
    pod = build_pod_spec(wanted(**EVERYTHING), SETUP)
    for key in ("nodeSelector", "tolerations", "affinity", "serviceAccountName", "terminationGracePeriodSeconds"):
        assert pod[key] == EVERYTHING[key]


# --- Resources ---


def test_a_bot_that_asks_for_nothing_gets_what_was_measured_and_a_bound() -> None:
    given = container(wanted())["resources"]
    assert amount(given["requests"]["cpu"]) > 0
    assert 2**26 < amount(given["requests"]["memory"]) <= amount(given["limits"]["memory"])


@pytest.mark.parametrize(
    "asked",
    [
        {"limits": {"memory": "256Mi"}},
        {"limits": {"cpu": "10m", "memory": "100M"}},
        {"limits": {"memory": "2Gi"}, "requests": {"cpu": 1}},
        {"limits": {"ephemeral-storage": "1Gi"}},
        {"limits": {"memory": "256Mi"}, "requests": {"memory": "200Mi"}},
        {"limits": {"cpu": "0.005"}},
    ],
    ids=str,
)
def test_no_default_request_lies_above_a_limit(asked: Json) -> None:
    """The API server would refuse the pod, for a number that nobody wrote."""
    given = container(wanted(resources=asked))["resources"]
    for resource, limit in given["limits"].items():
        assert amount(given["requests"][resource]) <= amount(limit)


@pytest.mark.parametrize("of", ["requests", "limits"])
@pytest.mark.parametrize(
    "asked",
    [
        {"requests": {"cpu": "200m", "memory": "1Gi"}},
        {"limits": {"cpu": "200m", "memory": "1Gi"}},
        {"requests": {"memory": "10Mi"}, "limits": {"memory": "20Mi", "ephemeral-storage": "1Gi"}},
    ],
    ids=str,
)
def test_no_default_displaces_what_was_asked_for(asked: Json, of: str) -> None:
    given = container(wanted(resources=asked))["resources"]
    assert given[of].items() >= asked.get(of, {}).items()


def test_a_bot_whose_cpu_only_was_bounded_keeps_the_bound_of_its_memory() -> None:
    default = container(wanted())["resources"]
    given = container(wanted(resources={"limits": {"cpu": "2"}}))["resources"]
    assert given["limits"] == {"cpu": "2", "memory": default["limits"]["memory"]}
    assert given["requests"] == default["requests"]


def test_a_default_limit_gives_way_to_a_request_and_no_other_does() -> None:
    default = container(wanted())["resources"]
    given = container(wanted(resources={"requests": {"memory": "1Gi"}}))["resources"]
    assert given["limits"] == {"cpu": default["limits"]["cpu"]}
    assert given["requests"] == {**default["requests"], "memory": "1Gi"}


def test_a_default_request_is_lowered_to_a_limit_below_it_and_not_raised_to_one_above() -> None:
    default = container(wanted())["resources"]
    assert container(wanted(resources={"limits": {"memory": "100M"}}))["resources"]["requests"]["memory"] == "100M"
    above = container(wanted(resources={"limits": {"memory": "3Gi"}}))["resources"]["requests"]["memory"]
    assert above == default["requests"]["memory"]


@pytest.mark.parametrize("asked", [{"memory": "2Gi", "cpu": "3"}, {"memory": "1Gi"}, {"cpu": "2"}], ids=str)
def test_no_default_limit_lies_below_a_request(asked: Json) -> None:
    given = container(wanted(resources={"requests": asked}))["resources"]
    for resource in given["requests"].keys() & given["limits"].keys():
        assert amount(given["requests"][resource]) <= amount(given["limits"][resource])


def test_what_was_asked_for_is_what_is_given() -> None:
    asked = {"requests": {"cpu": "200m"}, "limits": {"memory": "3Gi"}}
    given = container(wanted(resources=asked))["resources"]
    assert given["requests"]["cpu"] == "200m"
    assert given["limits"] == {"memory": "3Gi"}


# --- The document ---


def test_a_document_cannot_change_under_a_running_bot() -> None:
    assert build_config_map(wanted())["immutable"] is True


def test_the_text_in_the_config_map_is_the_document() -> None:
    bot = wanted()
    assert parse_document(json.loads(build_config_map(bot)["data"]["bot.json"])) == bot.document


def test_two_spellings_of_one_document_have_one_name_and_one_text() -> None:
    """Else an immutable text would have to change under its name."""
    one = {**CONFIG, "broker": {"initial_balance": 1000, "commission": 0.001}}
    other = {"broker": {"commission": 1e-3, "initial_balance": 1000.0}, **dict(reversed(CONFIG.items()))}
    assert build_config_map(wanted(one)) == build_config_map(wanted(other))


def test_another_document_has_another_name() -> None:
    other = {**CONFIG, "broker": {"initial_balance": 1001}}
    assert wanted().config_map != wanted(other).config_map
    assert build_config_map(wanted(other))["metadata"]["name"] == wanted(other).config_map


def test_a_description_keeps_its_letters() -> None:
    text = build_config_map(wanted({**CONFIG, "description": "früh 早"}))["data"]["bot.json"]
    assert "früh 早" in text


# --- The volume ---


def test_a_retained_volume_does_not_go_with_its_bot() -> None:
    assert "ownerReferences" not in build_claim(wanted())["metadata"]


def test_a_volume_that_is_to_be_deleted_goes_with_its_bot() -> None:
    (owner,) = build_claim(wanted(storage={"onDelete": "Delete"}))["metadata"]["ownerReferences"]
    assert owner["uid"] == UID


def test_a_volume_is_of_the_size_and_class_asked_for() -> None:
    assert build_claim(wanted())["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
    }
    asked = build_claim(wanted(storage={"size": "5Gi", "storageClassName": "fast"}))["spec"]
    assert (asked["resources"]["requests"]["storage"], asked["storageClassName"]) == ("5Gi", "fast")


# --- The StatefulSet ---


def test_no_pod_is_replaced_unless_the_operator_does_it() -> None:
    spec = build_stateful_set(wanted(), SETUP, 1)["spec"]
    assert spec["updateStrategy"] == {"type": "OnDelete"}
    assert "volumeClaimTemplates" not in spec


def test_pods_are_found_by_a_selector_that_never_changes() -> None:
    selector = {"app.kubernetes.io/name": "tradingbot", "tradingbots.dev/bot": "btc"}
    for bot in (wanted(), wanted(**EVERYTHING)):
        assert build_stateful_set(bot, SETUP, 1)["spec"]["selector"] == {"matchLabels": selector}
        assert build_service(bot)["spec"]["selector"] == selector
        assert build_network_policy(bot, SETUP)["spec"]["podSelector"] == {"matchLabels": selector}


def test_marks_say_what_was_applied_and_what_a_pod_is_made_of() -> None:
    bot = wanted()
    stateful_set = build_stateful_set(bot, SETUP, 0)
    template = stateful_set["spec"]["template"]["metadata"]["annotations"]
    assert stateful_set["metadata"]["annotations"]["tradingbots.dev/applied"] == bot.applied
    assert template == {
        "tradingbots.dev/revision": bot.revision,
        "tradingbots.dev/config": bot.config_digest,
        "tradingbots.dev/account": "",
    }
    assert stateful_set["spec"]["replicas"] == 0


def test_labels_and_annotations_of_the_user_stand_beside_ours() -> None:
    template = build_stateful_set(wanted(**EVERYTHING), SETUP, 1)["spec"]["template"]["metadata"]
    assert template["labels"] == LABELS | {"example.com/team": "quants"}
    assert template["annotations"]["example.com/owner"] == "anna"


def test_keys_of_the_user_do_not_displace_ours() -> None:
    bot = wanted()
    smuggled = {"pod_labels": dict.fromkeys(LABELS, "theirs"), "pod_annotations": {"tradingbots.dev/revision": "0"}}
    smuggler = replace(bot, spec=bot.spec.model_copy(update=smuggled))
    template = build_stateful_set(smuggler, SETUP, 1)["spec"]["template"]["metadata"]
    assert template["labels"] == LABELS
    assert template["annotations"]["tradingbots.dev/revision"] == bot.revision


# --- The network ---


def test_a_bot_is_reached_by_the_operator_and_by_who_scrapes_it_on_its_port_only() -> None:
    (rule,) = build_network_policy(wanted(), SETUP)["spec"]["ingress"]
    assert rule["ports"] == [{"port": "http", "protocol": "TCP"}]
    named = [peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for peer in rule["from"]]
    assert named == ["trading-system", "monitoring"]


def test_a_bot_cannot_ask_the_cloud_for_the_nodes_credentials() -> None:
    (rule,) = build_network_policy(wanted(), SETUP)["spec"]["egress"]
    excepted = [address for peer in rule["to"] if "ipBlock" in peer for address in peer["ipBlock"]["except"]]
    assert "169.254.169.254/32" in excepted


def test_the_service_takes_no_address_and_knows_bots_that_are_not_ready() -> None:
    spec = build_service(wanted())["spec"]
    assert spec["clusterIP"] == "None"
    assert spec["publishNotReadyAddresses"] is True


@pytest.mark.parametrize(("console", "told"), [(False, []), (True, ["1"])])
def test_bots_are_told_of_a_console_where_there_is_one(console: bool, told: list[str]) -> None:
    (container,) = build_pod_spec(wanted(), replace(SETUP, console=console))["containers"]
    assert [each["value"] for each in container["env"] if each["name"] == "TRADINGBOT_CONSOLE"] == told
