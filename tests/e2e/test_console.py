"""The console on a real cluster: it finds bots by their pods, tells each thing once, and obeys whom it may."""

import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.bots import Bot, document
from tests.e2e.kube import Kube, Manifest
from tests.e2e.monitoring import Alarms, impatient_rules, scraped
from tests.e2e.operator_release import OperatorRelease
from tests.e2e.own_node import OwnNode
from tests.e2e.pods import Pod
from tests.e2e.prometheus import Prometheus
from tests.e2e.waiting import NotYetError, wait_for
from tests.venues.telegram.double import TelegramDouble
from tests.venues.telegram.records import Shown

CHAT, STRANGER = 42, 43
SECRET = "console-telegram"
LOT = re.compile(r"\blot (\d+)")


def told_by_telegram(*kinds: str) -> dict[str, Any]:
    """A document whose bot sells every ten seconds or so, and leaves the telling to a console."""
    return document(notifications={"enabled": True, "telegram": {"enabled": True, "notify_on": list(kinds)}})


class Console:
    """The chart's console, whose channel is a double of Telegram."""

    def __init__(self, kube: Kube, operator: OperatorRelease, chat: TelegramDouble) -> None:
        self.kube, self.namespace, self.chat = kube, operator.namespace, chat
        self._name = f"{operator.name}-console"

    def pods(self) -> list[Manifest]:
        return self.kube.list("pods", self.namespace, "app.kubernetes.io/name=tradingbot-operator-console")

    @property
    def pod(self) -> Pod:
        staying = [pod["metadata"]["name"] for pod in self.pods() if "deletionTimestamp" not in pod["metadata"]]
        if len(staying) != 1:
            raise NotYetError(f"the console has {len(staying)} pods")
        return Pod(self.kube, self.namespace, staying[0], reachable=True)

    def wait_ready(self) -> None:
        wait_for("the console", lambda: self.pod.is_ready)

    def scale(self, replicas: int) -> None:
        self.kube.kubectl("scale", f"deployment/{self._name}", f"--replicas={replicas}", namespace=self.namespace)
        wait_for("the console's pods", self.pods, lambda pods: len(pods) == replicas)

    def sold(self, bot: Bot) -> list[Shown]:
        """Return what the chat was told of a bot's exits."""
        return [each for each in self.chat.shown(CHAT) if each.text.startswith(f"{bot.name} (paper): sold")]

    def ask(self, text: str) -> Shown:
        """Write to the bot and return its answer."""
        before = {each.number for each in self.chat.shown(CHAT)}
        self.chat.writes(CHAT, text)

        def answer() -> Shown | None:
            news = [each for each in self.chat.shown(CHAT) if each.number not in before]
            return next((each for each in news if "sold" not in each.text), None)

        found = wait_for(f"an answer to {text}", answer)
        assert found is not None
        return found


@pytest.fixture
def chat(node: OwnNode) -> Iterator[TelegramDouble]:
    """Telegram, where pods reach it."""
    with TelegramDouble(CHAT, seconds_between=0.0, host=node.address_for_pods) as double:
        yield double
        assert double.complaints == []


@pytest.fixture
def console(kube: Kube, operator: OperatorRelease, chat: TelegramDouble) -> Console:
    """The console, ready; the next test's operator is without one again."""
    kept = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET}, "stringData": chat.environment}
    kube.delete("secrets", SECRET, operator.namespace)
    kube.create("secrets", kept, operator.namespace)
    port = int(chat.url.rpartition(":")[2])
    operator.install(console={"enabled": True, "existingSecret": SECRET, "egressPorts": [port]})
    made = Console(kube, operator, chat)
    made.wait_ready()
    return made


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

    wait_for("both bots", lambda: "2 bots" in console.ask("/status").text)
    chat.writes(STRANGER, "/halt other")
    chat.writes(STRANGER, "/status")
    assert "one (paper): running" in console.ask("/status one").text
    question = console.ask("/close other")
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
    assert "INFO" in console.ask("/logs one").text


def test_bots_that_miss_the_console_and_a_console_that_is_not_listened_to_are_alerts(
    console: Console,
    bot: Bot,
    chat: TelegramDouble,
    kube: Kube,
    operator: OperatorRelease,
    new_prometheus: Callable[..., Prometheus],
) -> None:
    settings = ("console.enabled=true", f"console.existingSecret={SECRET}")
    prometheus = new_prometheus(scraped(kube, operator, *settings), impatient_rules())
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
