"""The console on a real cluster: it finds bots by their pods, tells each thing once, and obeys whom it may."""

import re
import signal
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.e2e.bots import Bot, document
from tests.e2e.console import CHAT, STRANGER, Console
from tests.e2e.kube import Kube
from tests.e2e.monitoring import Alarms, impatient_rules, scraped
from tests.e2e.operator_release import OperatorRelease
from tests.e2e.own_node import OwnNode
from tests.e2e.pods import Pod
from tests.e2e.prometheus import Prometheus
from tests.e2e.waiting import wait_for
from tests.venues.telegram.double import TelegramDouble

LOT = re.compile(r"\blot (\d+)")


def told_by_telegram(*kinds: str) -> dict[str, Any]:
    """A document whose bot sells every ten seconds or so, and leaves the telling to a console."""
    return document(notifications={"enabled": True, "telegram": {"enabled": True, "notify_on": list(kinds)}})


def test_exits_are_told_once_with_their_picture_whatever_becomes_of_the_console(
    console: Console, new_bot: Callable[..., Bot], node: OwnNode
) -> None:
    bots = [new_bot(name) for name in ("one", "other")]
    for bot in bots:
        bot.apply(told_by_telegram("trade_exit", "error"))

    def wait_told(more: int) -> None:
        counts = {bot.name: len(console.sold(bot)) + more for bot in bots}
        wait_for(
            f"{more} more exits told of each",
            lambda: {bot.name: len(console.sold(bot)) for bot in bots},
            lambda now: all(now[name] >= count for name, count in counts.items()),
        )
        wait_for("that the bots have noted it", lambda: all(map(has_noted_all, bots)))

    wait_told(1)
    node.signal(console.pod, signal.SIGKILL)
    wait_told(2)
    console.pod.delete()
    wait_told(2)
    console.scale(0)
    closed = [bot.told()["trades"] for bot in bots]
    wait_for("exits of which nobody tells", lambda: [bot.told()["trades"] for bot in bots] > closed)
    console.scale(1)
    wait_told(2)

    for bot in bots:
        told = console.sold(bot)
        lots = [int(found[1]) for each in told if (found := LOT.search(each.text))]
        assert Counter(lots).most_common(1)[0][1] == 1, f"told twice: {lots}"
        assert sorted(lots) == list(range(min(lots), max(lots) + 1)), f"left out: {lots}"
        assert min(lots) == 1
        assert all((each.picture or b"").startswith(b"\x89PNG") for each in told)


def told_by(pod: Pod, line: str) -> bool:
    """Say whether a pod's metrics have this line."""
    code, text = pod.http("/metrics")
    return code == 200 and line in text


def has_noted_all(bot: Bot) -> bool:
    """Say whether a bot's journal knows that all of its exits were told."""
    (last,) = bot.journal("SELECT max(id) AS id FROM events WHERE kind IN ('trade_exit', 'error')")
    told = bot.journal("SELECT event FROM told WHERE channel LIKE 'console/%'")
    return bool(told) and last["id"] is not None and told[0]["event"] >= last["id"]


def test_commands_reach_the_bot_that_is_named_and_a_stranger_reaches_nobody(
    console: Console, new_bot: Callable[..., Bot], chat: TelegramDouble
) -> None:
    one, other = (new_bot(name) for name in ("one", "other"))
    for bot in (one, other):
        bot.apply(told_by_telegram("status", "error"))
    for bot in (one, other):
        bot.wait_traded(1)

    wait_for("both bots", lambda: told_by(console.pod, "tradingbot_console_bots 2.0"))
    console.ask("/status", "2 bots")
    chat.writes(STRANGER, "/halt other")
    chat.writes(STRANGER, "/status")
    console.ask("/status one", "one (paper): running")
    question = console.ask("/close other", "?")
    assert other.told()["halt"] is None, "it was halted before anybody said yes"
    chat.presses_data(STRANGER, question.buttons[0][1], user=STRANGER)
    chat.presses(question, "Yes, close")

    halted = other.wait_told("a halt", lambda told: told["halt"] is not None and not told["position"]["lots"])
    assert halted["halt"]["detail"] == "asked for in Telegram by Ada"
    wait_for(
        "word of who it was",
        lambda: [each for each in chat.texts(CHAT) if "halted by a person (telegram, close-positions)" in each],
        lambda texts: len(texts) == 1,
    )
    assert one.told()["halt"] is None
    assert chat.texts(STRANGER) == []
    console.ask("/logs one", "INFO")


def test_bots_that_miss_the_console_and_a_console_that_is_not_listened_to_are_alerts(
    console: Console,
    bot: Bot,
    chat: TelegramDouble,
    kube: Kube,
    operator: OperatorRelease,
    new_prometheus: Callable[..., Prometheus],
) -> None:
    prometheus = new_prometheus(scraped(kube, operator, *console.settings), impatient_rules())
    alarms = Alarms(prometheus, bot.namespace, operator.namespace)
    ours = {("TradingBotConsoleAway", ""), ("TradingBotConsoleFailing", "")}
    # Sooner than by default, since nobody here waits for two minutes.
    bot.apply(told_by_telegram("trade_exit"), extraEnv=[{"name": "TRADINGBOT_CONSOLE_SILENCE", "value": "10"}])
    wait_for("exits that are told", lambda: len(console.sold(bot)) >= 1)
    assert bot.told()["console"] == "heard"
    assert not alarms.fired() & ours

    with chat.failing(502):
        failing = ("TradingBotConsoleFailing", "")
        wait_for("an alert of a channel that takes nothing", alarms.now, lambda now: failing in now, every=1)
    console.scale(0)
    away = ("TradingBotConsoleAway", "")
    wait_for("an alert of a console that is away", alarms.now, lambda now: away in now, every=1)
    console.scale(1)
    wait_for("the end of both alerts", alarms.now, lambda now: not now & ours, every=1)
