"""Every alert that the chart ships fires on a real cluster in its staged fault, and never for a bot that is well."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.chart.shipped import alert_expressions
from tests.e2e import faults
from tests.e2e.bots import Bot, document
from tests.e2e.kube import Kube
from tests.e2e.monitoring import BY_MAIL, HERE, NO_MAIL_SERVER, STAGED, Alarms, impatient_rules, scraped
from tests.e2e.operator_release import OperatorRelease
from tests.e2e.own_node import OwnNode
from tests.e2e.prometheus import Prometheus
from tests.e2e.test_killed_at_the_venue import fill
from tests.e2e.venue import LiveBot, double_for_pods
from tests.e2e.waiting import wait_for
from tests.venues.binance import ORDER

# Where nobody waits for an alert's `for`, a start and other faults bring these too; the machine's disk may be full.
CONSEQUENCES = {"TradingBotDown", "TradingBotNotReady", "TradingBotVolumeFilling"}


def test_every_alert_that_is_shipped_is_staged() -> None:
    for alert in {each.place for each in alert_expressions()}:
        assert alert in STAGED, f"no test stages the fault of {alert}"
        assert f'"{alert}"' in (HERE / STAGED[alert]).read_text(encoding="utf-8"), f"{STAGED[alert]} has no {alert}"


@pytest.fixture
def alarms(namespace: str, kube: Kube, operator: OperatorRelease, new_prometheus: Callable[..., Prometheus]) -> Alarms:
    """The alerts of the test's namespace and of the operator."""
    prometheus = new_prometheus(scraped(kube, operator), impatient_rules())
    return Alarms(prometheus, namespace, operator.namespace)


@pytest.fixture
def well(new_bot: Callable[..., Bot], node: OwnNode, alarms: Alarms, tmp_path: Path) -> Iterator[Bot]:
    """A bot without any fault, when the alerts of its start are over."""
    bot = new_bot("well")
    bot.apply()
    bot.wait_traded(1)
    # The machine's disk may be nearly full.
    with faults.own_disk(bot, node, tmp_path / "well", megabytes=64):
        bot.wait_ready()
        wait_for("an end of the alerts of a start", alarms.now, lambda now: not now, every=1)
        alarms.begin()
        yield bot
        assert not [alert for alert, name in alarms.fired() if name == bot.name]


def assert_each_fires(
    alarms: Alarms, *expected: tuple[str, str], seconds: float = 60, with_real_orders: tuple[str, ...] = ()
) -> None:
    """Wait for the alert of each fault, and fail if one has fired for a bot that does not have its fault."""
    wait_for(
        "alert of each fault", lambda: set(expected) - alarms.fired(), lambda left: not left, seconds=seconds, every=1
    )
    # A real broker is not connected yet while its bot starts.
    staged = {*expected, *(("TradingBotBrokerDown", name) for name in with_real_orders)}

    def without_its_fault() -> set[tuple[str, str]]:
        return {each for each in alarms.now() if each[0] not in CONSEQUENCES} - staged

    # Without an alert's `for`, a bot that a busy machine lets wait for a moment has one, too, for that moment.
    wait_for("an end of alerts without a fault", without_its_fault, lambda left: not left, seconds=20, every=1)


def test_bots_that_are_halted_or_mute_or_have_lost_or_no_image_and_an_operator_that_is_away(
    well: Bot, new_bot: Callable[..., Bot], operator: OperatorRelease, alarms: Alarms
) -> None:
    halted, mute, lost, imageless = (new_bot(name) for name in ("halted", "mute", "lost", "imageless"))
    halted.apply()
    mute.apply(document(notifications=BY_MAIL), extraEnv=NO_MAIL_SERVER)
    lost.apply(document(risk_management={"max_daily_loss": 0.01}))
    imageless.apply(image="localhost/there-is-no-such-image:1", imagePullPolicy="Never")
    halted.annotate(**{"tradingbots.dev/halt": "block-entries"})
    assert_each_fires(
        alarms,
        ("TradingBotHalted", "halted"),
        ("TradingBotNotificationsFailing", "mute"),
        ("TradingBotDailyLossHit", "lost"),
        ("TradingBotDown", "imageless"),
        seconds=180,
    )

    nobody = ("TradingBotOperatorNotReconciling", "")
    with operator.down():
        wait_for("an alert of an operator that is away", alarms.now, lambda now: nobody in now, every=1)
    wait_for("the end of that alert", alarms.now, lambda now: nobody not in now, every=1)


def test_bots_that_a_venue_a_disk_or_a_node_fails_and_an_operator_that_is_refused(
    well: Bot,
    new_bot: Callable[..., Bot],
    kube: Kube,
    operator: OperatorRelease,
    node: OwnNode,
    alarms: Alarms,
    tmp_path: Path,
) -> None:
    silent, keyless, away, refused = (new_bot(name) for name in ("silent", "keyless", "away", "refused"))
    falling, crowded, looping, stuck = (new_bot(name) for name in ("falling", "crowded", "looping", "stuck"))
    with ExitStack() as stack:
        # No bar of this market ever closes: three minutes later its follower knows.
        faults.on_minutes(silent, stack.enter_context(faults.minutes_for_pods(node.address_for_pods)), tmp_path)

        doubles = [stack.enter_context(double_for_pods(node.address_for_pods)) for _ in range(3)]
        of_keyless, of_away, of_refused = doubles
        of_keyless.key.revoked = True
        of_refused.misbehave.refuse(ORDER, -2010, "Account has insufficient balance for requested action.", times=None)
        faults.with_real_orders(keyless, of_keyless, tmp_path)
        faults.with_real_orders(away, of_away, tmp_path, max_restarts=1, fallback_to_paper=True)
        faults.with_real_orders(refused, of_refused, tmp_path)
        falling.apply(faults.near_its_drawdown_limit())
        for bot in (stuck, looping, crowded):
            bot.apply()
        stuck.wait_ready()
        stack.enter_context(faults.stuck_terminating(stuck))

        refused.wait_ready()
        stack.enter_context(LiveBot(refused, of_refused).market())
        away.wait_ready()
        of_away.refuse_connections("ws_api")
        of_away.drop_user_data()
        # Before that a bar might bring an entry, which would be given up.
        wait_for("a broker away for too long", away.pod.logs, lambda told: "the broker is away for too long" in told)
        stack.enter_context(LiveBot(away, of_away).market())

        crowded.wait_ready()
        fill(stack.enter_context(faults.own_disk(crowded, node, tmp_path / "crowded", megabytes=12)) / "filler")
        looping.wait_ready()
        # An alert speaks of more than three.
        faults.kill_again(looping, node, times=4)

        assert_each_fires(
            alarms,
            ("TradingBotFeedStale", "silent"),
            ("TradingBotNotReady", "keyless"),
            ("TradingBotBrokerDown", "keyless"),
            ("TradingBotBrokerDown", "away"),
            ("TradingBotPaperFallback", "away"),
            ("TradingBotOrderErrors", "refused"),
            ("TradingBotDrawdownNearLimit", "falling"),
            ("TradingBotErrors", "crowded"),
            ("TradingBotVolumeFilling", "crowded"),
            ("TradingBotRestartLoop", "looping"),
            ("TradingBotStuckTerminating", "stuck"),
            seconds=180,
            with_real_orders=("keyless", "away", "refused"),
        )

        refusals = ("TradingBotOperatorErrors", "")
        # What it may not make is told at the bot; what it may not tell is an error of its own.
        with faults.without_right_to(kube, operator, "tradingbots/status"):
            for number in range(4):
                new_bot(f"untold-{number}").apply()
            wait_for("an alert of the operator's", alarms.now, lambda now: refusals in now, every=1)
