"""The chart's alerts: each fires in its fault and is silent without it, and leads to a page that exists."""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.rendering import CHART, MATRIX, ROOT, program_or_skip, render

FILE = CHART / "files" / "alerts.yaml"
RULES: dict[str, dict[str, Any]] = {
    rule["alert"]: rule for group in yaml.safe_load(FILE.read_text())["groups"] for rule in group["rules"]
}
BOT = '{namespace="desk",bot="btc",pod="btc-0"}'
SEVERITIES = {"critical", "warning"}

type Series = dict[str, str]


def always(value: float) -> str:
    """The value every minute, for an hour and a half."""
    return f"{value}+0x90"


def of_bot(name: str, values: str, **labels: str) -> Series:
    more = "".join(f',{label}="{value}"' for label, value in labels.items())
    return {f"tradingbot_{name}{BOT[:-1]}{more}}}": values}


def of_operator(name: str, values: str, labels: str = '{namespace="system"}') -> Series:
    return {f"tradingbot_operator_{name}{labels}": values}


def of_console(name: str, values: str) -> Series:
    return {f'tradingbot_console_{name}{{namespace="system",channel="telegram"}}': values}


def phase(name: str) -> Series:
    return of_operator("bot_phase", always(1), f'{{namespace="desk",bot="btc",phase="{name}"}}')


def operator(swept: str = "0+60x90", queue_age: float = 0) -> Series:
    """What an operator that leads tells; `swept` is when, in seconds, each minute."""
    return {
        **of_operator("leader", always(1)),
        **of_operator("last_sweep_timestamp_seconds", swept),
        **of_operator("sweep_interval_seconds", always(60)),
        **of_operator("queue_age_seconds", always(queue_age)),
    }


@dataclass(frozen=True, slots=True)
class Case:
    """What Prometheus has seen, and whether the alert fires an hour later (`labels` of it) or not (None)."""

    alert: str
    seen: str
    series: Series
    labels: dict[str, str] | None = field(default_factory=lambda: {"namespace": "desk", "bot": "btc"})


def fires(alert: str, seen: str, series: Series, **labels: str) -> Case:
    return Case(alert, seen, series, {"namespace": "desk", "bot": "btc"} | labels)


def silent(alert: str, seen: str, series: Series) -> Case:
    return Case(alert, seen, series, None)


# An evaluation a minute; all is asked after an hour. A blip is a fault that began too lately to be told of.
BLIP = "0+0x57 1+0x30"
BLIP_DOWN = "1+0x57 0+0x30"
UP = f"up{BOT}"
CASES = [
    fires("TradingBotDown", "a pod that does not answer", {UP: always(0)}),
    fires("TradingBotDown", "a bot that ought to run and has no pod", phase("Failed")),
    silent("TradingBotDown", "a pod that answers", {UP: always(1)} | phase("Running")),
    silent("TradingBotDown", "a pod that has just gone away", {UP: BLIP_DOWN}),
    silent("TradingBotDown", "a suspended bot", phase("Suspended")),
    silent("TradingBotDown", "the operator's own target", {'up{namespace="system",pod="operator"}': always(0)}),
    fires("TradingBotNotReady", "not ready for an hour", of_bot("ready", always(0))),
    silent("TradingBotNotReady", "ready", of_bot("ready", always(1))),
    silent("TradingBotNotReady", "a start that takes minutes", of_bot("ready", BLIP_DOWN)),
    fires("TradingBotFeedStale", "no bars", of_bot("feed_stale", always(1))),
    silent("TradingBotFeedStale", "bars", of_bot("feed_stale", always(0))),
    fires("TradingBotBrokerDown", "no broker", of_bot("broker_up", always(0))),
    silent("TradingBotBrokerDown", "a broker", of_bot("broker_up", always(1))),
    silent("TradingBotBrokerDown", "a broker that went away lately", of_bot("broker_up", BLIP_DOWN)),
    fires(
        "TradingBotOrderErrors",
        "an order refused ten minutes ago",
        of_bot("orders_total", "0+0x50 1+0x40", outcome="rejected"),
        outcome="rejected",
    ),
    silent("TradingBotOrderErrors", "orders filled", of_bot("orders_total", "0+1x90", outcome="filled")),
    silent("TradingBotOrderErrors", "an old refusal", of_bot("orders_total", "0+0x30 1+0x60", outcome="rejected")),
    fires(
        "TradingBotErrors",
        "an error of the strategy",
        of_bot("errors_total", "0+0x50 1+0x40", part="strategy"),
        part="strategy",
    ),
    silent("TradingBotErrors", "none lately", of_bot("errors_total", always(3), part="strategy")),
    silent("TradingBotErrors", "a broker's, which is told otherwise", of_bot("errors_total", "0+1x90", part="broker")),
    fires(
        "TradingBotDrawdownNearLimit",
        "nine tenths of it",
        of_bot("drawdown_ratio", always(0.18)) | of_bot("drawdown_limit_ratio", always(0.2)),
    ),
    silent(
        "TradingBotDrawdownNearLimit",
        "half of it",
        of_bot("drawdown_ratio", always(0.1)) | of_bot("drawdown_limit_ratio", always(0.2)),
    ),
    silent("TradingBotDrawdownNearLimit", "no limit", of_bot("drawdown_ratio", always(0.9))),
    silent(
        "TradingBotDrawdownNearLimit",
        "a bot that is halted already",
        of_bot("drawdown_ratio", always(0.2))
        | of_bot("drawdown_limit_ratio", always(0.2))
        | of_bot("halted", always(1)),
    ),
    fires("TradingBotDailyLossHit", "a day lost", of_bot("daily_loss_hit", always(1))),
    silent("TradingBotDailyLossHit", "a good day", of_bot("daily_loss_hit", always(0))),
    fires("TradingBotHalted", "a halt", of_bot("halted", always(1))),
    silent("TradingBotHalted", "no halt", of_bot("halted", always(0))),
    fires(
        "TradingBotRestartLoop",
        "a restart every five minutes",
        of_operator("bot_restarts", "0+0x4 1+0x4 2+0x4 3+0x4 4+0x4 5+0x4 6+0x4 7+0x4 8+0x4 9+0x4 10+0x4 11+0x40", BOT),
    ),
    silent("TradingBotRestartLoop", "one restart", of_operator("bot_restarts", "0+0x50 1+0x40", BOT)),
    silent("TradingBotRestartLoop", "many of long ago", of_operator("bot_restarts", always(12), BOT)),
    fires("TradingBotPaperFallback", "entries on paper", of_bot("fallback", always(1))),
    silent("TradingBotPaperFallback", "real entries", of_bot("fallback", always(0))),
    fires(
        "TradingBotNotificationsFailing",
        "messages that wait",
        of_bot("notifications_waiting", always(4), channel="telegram"),
        channel="telegram",
    ),
    silent("TradingBotNotificationsFailing", "none", of_bot("notifications_waiting", always(0), channel="telegram")),
    silent("TradingBotNotificationsFailing", "a burst", of_bot("notifications_waiting", BLIP, channel="telegram")),
    Case("TradingBotConsoleAway", "a bot that misses it", of_bot("console_away", always(1)), {"namespace": "desk"}),
    silent("TradingBotConsoleAway", "a console that asks", of_bot("console_away", always(0))),
    silent("TradingBotConsoleAway", "a console that starts again", of_bot("console_away", BLIP)),
    Case(
        "TradingBotConsoleFailing",
        "tries that fail while messages wait",
        of_console("errors_total", "0+1x90") | of_console("waiting", always(3)),
        {"namespace": "system", "channel": "telegram"},
    ),
    silent(
        "TradingBotConsoleFailing",
        "much to tell, all of it taken",
        of_console("errors_total", always(0)) | of_console("waiting", always(3)),
    ),
    silent(
        "TradingBotConsoleFailing",
        "a try that failed long ago",
        of_console("errors_total", always(7)) | of_console("waiting", always(3)),
    ),
    fires(
        "TradingBotVolumeFilling",
        "a twentieth free",
        of_bot("volume_free_bytes", always(5)) | of_bot("volume_size_bytes", always(100)),
    ),
    silent(
        "TradingBotVolumeFilling",
        "half of it free",
        of_bot("volume_free_bytes", always(50)) | of_bot("volume_size_bytes", always(100)),
    ),
    fires("TradingBotStuckTerminating", "a pod long overdue", of_operator("bot_overdue_seconds", "0+60x90", BOT)),
    silent("TradingBotStuckTerminating", "no pod overdue", of_operator("bot_overdue_seconds", always(0), BOT)),
    Case("TradingBotOperatorNotReconciling", "no operator", {}, {}),
    Case("TradingBotOperatorNotReconciling", "one that does not lead", of_operator("leader", always(0)), {}),
    Case("TradingBotOperatorNotReconciling", "no sweep", operator(swept=always(0)), {"namespace": "system"}),
    Case("TradingBotOperatorNotReconciling", "a stuck queue", operator(queue_age=600), {"namespace": "system"}),
    silent("TradingBotOperatorNotReconciling", "an operator that sweeps", operator()),
    silent(
        "TradingBotOperatorNotReconciling", "one that has just come", operator() | of_operator("leader", "_x57 1+0x30")
    ),
    Case(
        "TradingBotOperatorErrors",
        "an error a minute",
        of_operator("reconcile_errors_total", "0+1x90"),
        {"namespace": "system"},
    ),
    silent("TradingBotOperatorErrors", "one error", of_operator("reconcile_errors_total", "0+0x50 1+0x40")),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.seen}")
def test_each_alert_fires_in_its_fault_and_only_then(case: Case, tmp_path: Path) -> None:
    expected = []
    if case.labels is not None:
        head = {"__name__": "ALERTS", "alertname": case.alert, "alertstate": "firing"}
        labels = head | RULES[case.alert]["labels"] | case.labels
        expected = [{"labels": "{" + ",".join(f'{k}="{v}"' for k, v in labels.items()) + "}", "value": 1}]
    test = {
        "rule_files": [str(FILE)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": series, "values": values} for series, values in case.series.items()],
                "promql_expr_test": [
                    {
                        "expr": f'ALERTS{{alertname="{case.alert}",alertstate="firing"}}',
                        "eval_time": "60m",
                        "exp_samples": expected,
                    }
                ],
            }
        ],
    }
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(test))
    promtool("test", "rules", str(tmp_path / "test.yaml"))


def promtool(*arguments: str) -> None:
    run = subprocess.run(
        [program_or_skip("promtool"), *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_alert_is_seen_firing_and_not_firing() -> None:
    for staged in ({case.alert for case in CASES if (case.labels is None) is quiet} for quiet in (True, False)):
        assert staged == RULES.keys()


def test_prometheus_takes_the_file() -> None:
    promtool("check", "rules", str(FILE))


# --- What they say ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alert", RULES)
def test_every_alert_says_what_happened_how_bad_it_is_and_where_to_read_on(alert: str) -> None:
    rule = RULES[alert]
    assert alert.startswith("TradingBot")
    assert rule["labels"].keys() == {"severity"}
    assert rule["labels"]["severity"] in SEVERITIES
    assert rule["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert not rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["description"].endswith(".")


@pytest.mark.parametrize("alert", RULES)
def test_the_page_of_every_alert_has_its_section(alert: str) -> None:
    page, _, anchor = RULES[alert]["annotations"]["runbook_url"].partition("#")
    headings = re.findall(r"^#+ +(.+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_page_on_troubles_lists_every_alert_with_its_severity_and_its_section() -> None:
    section = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8").partition("\n## Alerts\n")[2]
    table = section.partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `(TradingBot\w+)` \| (.+?) \|", table, re.MULTILINE))
    assert rows == {alert: rule["labels"]["severity"] for alert, rule in RULES.items()}
    for alert, rule in RULES.items():
        target = rule["annotations"]["runbook_url"].removeprefix("docs/").removeprefix("operate.md")
        (row,) = re.findall(rf"^\| `{alert}` .+$", table, re.MULTILINE)
        assert f"({target})" in row


# --- As the chart ships them ------------------------------------------------------------------------------------


def test_the_rule_that_is_shipped_is_the_file_with_its_links_made_whole() -> None:
    shipped = render(MATRIX["everything"]).only("PrometheusRule")["spec"]
    text = FILE.read_text().replace(
        "runbook_url: docs/", "runbook_url: https://git.example.com/tradingbot/blob/main/docs/"
    )
    assert shipped == yaml.safe_load(text)


def test_the_rule_is_selected_as_the_monitors_are_and_left_out_where_it_is_not_wanted() -> None:
    assert render(MATRIX["monitoring"]).only("PrometheusRule")["metadata"]["labels"]["release"] == "prometheus"
    assert not render({}).of("PrometheusRule")
    assert not render({"monitoring": {"enabled": True, "rules": {"enabled": False}}}).of("PrometheusRule")
