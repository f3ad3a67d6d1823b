"""What the chart ships for Prometheus and Grafana, on real bots: every panel and alert has data."""

from collections.abc import Callable

from tests.chart.shipped import alert_expressions, panel_expressions, selectors
from tests.e2e.bots import Bot, document
from tests.e2e.console import Console
from tests.e2e.kube import Kube
from tests.e2e.monitoring import BY_MAIL, NO_MAIL_SERVER, scraped
from tests.e2e.operator_release import OperatorRelease
from tests.e2e.prometheus import Prometheus
from tests.e2e.waiting import wait_for


def test_every_expression_of_every_panel_and_alert_returns_data(
    bot: Bot, kube: Kube, operator: OperatorRelease, console: Console, new_prometheus: Callable[..., Prometheus]
) -> None:
    prometheus = new_prometheus(scraped(kube, operator, *console.settings))
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
