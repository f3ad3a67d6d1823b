"""What the operator's environment tells it, and what is said where that is wrong."""

from pathlib import Path

import pytest

from bots.resource.in_cluster import in_cluster_server
from settings import PREFIX, read_settings
from strategies.errors import StartError

LEAST = {"NAMESPACE": "trading-system", "POD": "operator-7f", "BOT_IMAGE": "tradingbot:1.0"}


def environment(**changes: str) -> dict[str, str]:
    return {PREFIX + name: value for name, value in (LEAST | changes).items()}


def test_little_has_to_be_set() -> None:
    settings = read_settings(environment())
    assert (settings.namespace, settings.pod, settings.bot_image) == ("trading-system", "operator-7f", "tradingbot:1.0")
    assert (settings.bot_pull_policy, settings.port, settings.sweep_seconds) == ("IfNotPresent", 8080, 60.0)
    assert settings.key_file == Path("/etc/tradingbot-operator/key")
    assert settings.metrics_from == ()
    assert settings.watched == (None,)


def test_all_can_be_set() -> None:
    settings = read_settings(
        environment(
            BOT_PULL_POLICY="Always",
            KEY_FILE="/run/key",
            METRICS_FROM='[{"podSelector": {}}]',
            SWEEP_SECONDS="15",
            PORT="9000",
            WATCH="one, two,",
            CONSOLE="1",
        )
    )
    assert (settings.bot_pull_policy, settings.port, settings.sweep_seconds) == ("Always", 9000, 15.0)
    assert settings.key_file == Path("/run/key")
    assert settings.metrics_from == ({"podSelector": {}},)
    assert settings.watched == ("one", "two")
    assert settings.console


@pytest.mark.parametrize("name", LEAST)
@pytest.mark.parametrize("value", ["", None])
def test_what_is_missing_is_named(name: str, value: str | None) -> None:
    told = environment()
    del told[PREFIX + name]
    if value is not None:
        told[PREFIX + name] = value
    with pytest.raises(StartError, match=f"{PREFIX}{name} is not set"):
        read_settings(told)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SWEEP_SECONDS", "often"),
        ("SWEEP_SECONDS", "0"),
        ("SWEEP_SECONDS", "nan"),
        ("PORT", "-1"),
        ("PORT", "http"),
        ("METRICS_FROM", "{}"),
        ("METRICS_FROM", '["monitoring"]'),
        ("METRICS_FROM", "monitoring"),
    ],
)
def test_what_makes_no_sense_is_named_with_its_value(name: str, value: str) -> None:
    with pytest.raises(StartError) as raised:
        read_settings(environment(**{name: value}))
    assert PREFIX + name in str(raised.value)
    assert value in str(raised.value)


@pytest.mark.parametrize(
    ("host", "port", "server"),
    [
        ("10.96.0.1", "443", "https://10.96.0.1:443"),
        ("fd00::1", "6443", "https://[fd00::1]:6443"),
        ("", "443", None),
        ("10.96.0.1", "", None),
    ],
)
def test_the_api_server_is_where_kubernetes_says(host: str, port: str, server: str | None) -> None:
    told = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
    assert in_cluster_server(told) == server


def test_outside_of_a_cluster_nobody_says_where_the_api_server_is() -> None:
    assert in_cluster_server({}) is None
