"""The chart's console as a test handles it; its channel is a double of Telegram."""

from tests.e2e.bots import Bot
from tests.e2e.kube import Kube, Manifest
from tests.e2e.operator_release import OperatorRelease
from tests.e2e.pods import Pod
from tests.e2e.waiting import NotYetError, wait_for
from tests.venues.telegram.double import TelegramDouble
from tests.venues.telegram.records import Shown

CHAT, STRANGER = 42, 43
_SECRET = "console-telegram"


class Console:
    """The console of a release; it is there after `install`, and until the release is made what it was."""

    # What a template takes that is to have its monitors, too.
    settings = ("console.enabled=true", f"console.existingSecret={_SECRET}")

    def __init__(self, kube: Kube, operator: OperatorRelease, chat: TelegramDouble) -> None:
        self.kube, self.namespace, self.chat = kube, operator.namespace, chat
        self._operator, self._name = operator, f"{operator.name}-console"

    def install(self) -> None:
        """Have it run, and wait until it is ready."""
        kept = {
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": _SECRET}, "stringData": self.chat.environment,
        }  # fmt: skip
        self.kube.delete("secrets", _SECRET, self.namespace)
        self.kube.create("secrets", kept, self.namespace)
        port = int(self.chat.url.rpartition(":")[2])
        self._operator.install(console={"enabled": True, "existingSecret": _SECRET, "egressPorts": [port]})
        self.wait_ready()

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

    def ask(self, text: str, words: str) -> Shown:
        """Write to the bot and return its answer, which says these words: other messages may come meanwhile."""
        before = {each.number for each in self.chat.shown(CHAT)}
        self.chat.writes(CHAT, text)

        def answers() -> list[Shown]:
            return [each for each in self.chat.shown(CHAT) if each.number not in before and words in each.text]

        return wait_for(f"an answer to {text} that says {words!r}", answers)[0]
