"""What the chart ships for Prometheus and Grafana, on real bots: panels and alerts have data, alerts fire."""

from collections.abc import Callable
from typing import Any

import yaml

from tests.chart.shipped import ALERTS, alert_expressions, panel_expressions, selectors
from tests.e2e.bots import Bot, document
from tests.e2e.kube import Kube, Manifest
from tests.e2e.operator_release import CHART, RELEASE, OperatorRelease
from tests.e2e.podmonitors import scraping
from tests.e2e.prometheus import Prometheus
from tests.e2e.waiting import wait_for

# Nobody listens there: messages wait.
NO_MAIL_SERVER = [
    {"name": "SMTP_HOST", "value": "127.0.0.1"},
    {"name": "SMTP_PORT", "value": "1"},
    {"name": "EMAIL_FROM", "value": "bot@example.com"},
    {"name": "EMAIL_TO", "value": "trader@example.com"},
]
BY_MAIL = {"enabled": True, "email": {"enabled": True}}


def scraped(kube: Kube, operator: OperatorRelease) -> dict[str, Any]:
    """A configuration that scrapes as the chart's monitors say; the operator's own is read as one of its pods."""
    text = kube.helm("template", RELEASE, str(CHART), "-n", operator.namespace, "--set", "monitoring.enabled=true")
    return scraping([as_pod_monitor(found) for found in yaml.safe_load_all(text) if found and is_monitor(found)])


def is_monitor(manifest: Manifest) -> bool:
    return manifest["kind"] in ("PodMonitor", "ServiceMonitor")


def as_pod_monitor(monitor: Manifest) -> Manifest:
    """The same for pods: the operator's Service selects its pods by the labels that it has itself."""
    if monitor["kind"] == "PodMonitor":
        return monitor
    spec = dict(monitor["spec"])
    return monitor | {"kind": "PodMonitor", "spec": spec | {"podMetricsEndpoints": spec.pop("endpoints")}}


def impatient_rules() -> dict[str, Any]:
    """The alerts as they are shipped, each without the time for which its fault must last."""
    rules: dict[str, Any] = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule.pop("for", None)
    return rules


def test_every_expression_of_every_panel_and_alert_returns_data(
    bot: Bot, kube: Kube, operator: OperatorRelease, new_prometheus: Callable[..., Prometheus]
) -> None:
    prometheus = new_prometheus(scraped(kube, operator))
    limited = document(trading={"max_drawdown_pct": 50.0}, notifications=BY_MAIL)
    bot.apply(limited, extraEnv=NO_MAIL_SERVER)
    bot.wait_traded(3)

    # The operator's panels ask for its namespace, the bots' for theirs.
    whose = {"namespace": f"{bot.namespace}|{operator.namespace}", "bot": bot.name, "interval": "10s"}
    asked = {each.place: each.filled(**whose) for each in panel_expressions()}
    asked |= {f"{each.place}: {part}": part for each in alert_expressions() for part in selectors(each.text)}
    assert len(asked) > 80

    def without_data() -> list[str]:
        """What has had no data so far: some, such as an entry within ten seconds, have it now and then."""
        for place, expression in list(asked.items()):
            if any(value == value for _, value in prometheus.query(expression)):  # NaN is no data.
                del asked[place]
        return sorted(asked)

    wait_for("data of every expression", without_data, lambda left: not left, seconds=120, every=1)


def test_alerts_are_silent_while_all_is_well_and_fire_in_their_staged_faults(
    new_bot: Callable[..., Bot], kube: Kube, operator: OperatorRelease, new_prometheus: Callable[..., Prometheus]
) -> None:
    prometheus = new_prometheus(scraped(kube, operator), impatient_rules())
    well, halted, mute, lost, imageless = (new_bot(name) for name in ("well", "halted", "mute", "lost", "imageless"))
    ours = {well.namespace, operator.namespace, ""}

    def firing() -> set[tuple[str, str]]:
        """Alert and bot of what fires here; the operator's have no bot, and no namespace where there is none."""
        found = [each["labels"] for each in prometheus.alerts() if each["state"] == "firing"]
        told = {(each["alertname"], each.get("bot", "")) for each in found if each.get("namespace", "") in ours}
        # A volume of this node is as full as the disk of the machine.
        return {(alert, name) for alert, name in told if alert != "TradingBotVolumeFilling"}

    well.apply()
    well.wait_traded(1)
    seen = f'tradingbot_ready{{namespace="{well.namespace}"}} == 1'
    wait_for("a bot that Prometheus knows as ready", lambda: prometheus.query(seen))
    wait_for("an end of the alerts of a start", firing, lambda now: not now)

    halted.apply()
    mute.apply(document(notifications=BY_MAIL), extraEnv=NO_MAIL_SERVER)
    lost.apply(document(risk_management={"max_daily_loss": 0.01}))
    imageless.apply(image="localhost/there-is-no-such-image:1", imagePullPolicy="Never")
    halted.annotate(**{"tradingbots.dev/halt": "block-entries"})
    expected = {
        ("TradingBotHalted", "halted"),
        ("TradingBotNotificationsFailing", "mute"),
        ("TradingBotDailyLossHit", "lost"),
        ("TradingBotDown", "imageless"),
    }
    wait_for("an alert of each fault", firing, lambda now: expected <= now, seconds=180, every=1)
    assert not [alert for alert, name in firing() if name == "well"]

    with operator.down():
        nobody = ("TradingBotOperatorNotReconciling", "")
        wait_for("an alert of an operator that is away", firing, lambda now: nobody in now, every=1)
    wait_for("the end of that alert", firing, lambda now: nobody not in now, every=1)
