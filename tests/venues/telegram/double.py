"""The double as a test holds it: a server in a thread of its own; people write, press, and read what they were sent."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from tests.venues.telegram.api import Api, chat_of
from tests.venues.telegram.chats import Chats
from tests.venues.telegram.records import Records, Request, Shown
from tests.venues.telegram.refusals import too_many
from tests.venues.telegram.server import Fault, Server
from tests.venues.telegram.updates import Updates

_SECONDS = 30.0
TOKEN = "123456789:AAF-staged_0123456789abcdefghijklmno"  # a test's


class TelegramDouble:
    """The Bot API with one bot.

    Parameters
    ----------
    chats : int
        The ids of those who have written to the bot once, so that it may write to them.
    seconds_between : float
        How far apart messages to one chat have to be.
    host : str
        Where it listens: for pods, an address that they reach.
    """

    def __init__(self, *chats: int, seconds_between: float = 1.0, host: str = "127.0.0.1") -> None:
        self.token = TOKEN
        self._chats = Chats(set(chats), seconds_between=seconds_between)
        self._records = Records()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="telegram-double", daemon=True)
        self._updates = Updates()
        self._api = Api(int(TOKEN.partition(":")[0]), self._chats, self._updates)
        self._server = Server(TOKEN, self._api, self._records, host)
        self._presses = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._await(self._server.start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._await(self._server.stop())
        self._await(_cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        self._loop.close()

    # -- seen ----------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The address in the place of Telegram's."""
        return f"http://{self._server.host}:{self._server.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that a bot needs to write here, to all chats."""
        ids = ",".join(map(str, sorted(self._chats.known)))
        return {"TELEGRAM_BOT_TOKEN": self.token, "TELEGRAM_CHAT_IDS": ids, "TELEGRAM_API_URL": self.url}

    @property
    def requests(self) -> list[Request]:
        """Everything that was asked of it."""
        return self._do(lambda: list(self._records.requests))

    @property
    def complaints(self) -> list[str]:
        """What Telegram would let pass, though it can only be a mistake."""
        return self._do(lambda: list(self._records.complaints))

    @property
    def commands(self) -> list[str]:
        """The commands that the bot's menu has."""
        return [each["command"] for each in self._api.commands]

    @property
    def pollers(self) -> int:
        """How many wait for updates at this moment."""
        return self._updates.askers

    def shown(self, chat: int) -> list[Shown]:
        """What stands in a chat, oldest first."""
        return self._do(lambda: [replace(each) for each in self._chats.shown if each.chat == chat])

    def texts(self, chat: int) -> list[str]:
        """What can be read in a chat, oldest first."""
        return [each.text for each in self.shown(chat)]

    def answers(self) -> list[str]:
        """What those who pressed buttons were told at once."""
        return self._do(lambda: list(self._api.presses.values()))

    # -- acted ---------------------------------------------------------------------------------------------------

    def writes(self, chat: int, text: str, *, user: int | None = None, age: float = 0.0, **also: Any) -> int:
        """Let a person write to the bot, so long ago; return the update's number."""
        message = {
            "message_id": 1_000_000 + self._updates.next_id,
            "from": person(user or abs(chat)),
            "chat": chat_of(chat),
            "date": int(time.time() - age),
            "text": text,
        }
        return self._await(self._updates.add("message", message | also))

    def presses(self, shown: Shown, label: str, *, user: int | None = None, chat: int | None = None) -> None:
        """Let a person press a button of a message; from another chat, as a forged press would come."""
        data = next((data for each, data in shown.buttons if each == label), None)
        assert data is not None, f"no button {label!r}, there are {[each for each, _ in shown.buttons]}"
        self.presses_data(shown.chat if chat is None else chat, data, user=user, message=shown.number)

    def presses_data(self, chat: int, data: str, *, user: int | None = None, message: int = 1) -> None:
        """Let a press with any data come."""
        self._presses += 1
        press = f"press-{self._presses}"
        self._api.presses[press] = ""
        told = {
            "id": press,
            "from": person(user or abs(chat)),
            "chat_instance": "1",
            "data": data,
            "message": {"message_id": message, "chat": chat_of(chat), "date": int(time.time()), "text": "?"},
        }
        self._await(self._updates.add("callback_query", told))

    def sends(self, update: Any) -> None:
        """Let an update of any shape come."""
        self._await(self._updates.add_raw(update))

    def next_update_id(self) -> int:
        """Return the number that the next update has."""
        return self._updates.next_id

    # -- troubled ------------------------------------------------------------------------------------------------

    def block(self, chat: int) -> None:
        """Let a person block the bot."""
        self._do(lambda: self._chats.blocked.add(chat))

    def fails(self, method: str = "", *faults: Fault) -> None:
        """Let the next calls of a method, or of any, go wrong."""
        self._do(lambda: self._server.faults.setdefault(method, []).extend(faults))

    def asks_for_patience(self, chat: int, seconds: int) -> None:
        """Refuse messages to a chat for so long."""
        self._do(lambda: setattr(self._chats.pace(chat), "free_at", time.monotonic() + seconds))

    def floods(self, method: str, seconds: int) -> None:
        """Answer the next call of a method with 429."""
        self.fails(method, Fault(429, too_many(seconds).body))

    def sets_webhook(self) -> None:
        """Let another program have had updates delivered."""
        self._do(lambda: setattr(self._updates, "webhook", "https://elsewhere.example/hook"))

    def another_polls(self, seconds: float = 0.0) -> None:
        """Let another process ask for updates once."""

        async def asking() -> None:
            await self._updates.ask(None, 100, seconds)

        self._await(asking())

    @contextmanager
    def failing(self, status: int, body: Any = b"<html>Bad Gateway</html>", method: str = "") -> Iterator[None]:
        """Answer everything, or one method, like this for the length of a with statement."""
        self._do(lambda: self._server.always.update({method: Fault(status, body)}))
        try:
            yield
        finally:
            self._do(lambda: self._server.always.pop(method))

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Be nowhere on the network for the length of a with statement."""
        self._await(self._server.vanish())
        try:
            yield
        finally:
            self._await(self._server.listen())

    def _do[T](self, act: Callable[[], T]) -> T:
        async def doing() -> T:
            return act()

        return self._await(doing())

    def _await[T](self, doing: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(_SECONDS)


def person(number: int) -> dict[str, Any]:
    """Return somebody as Telegram tells of them."""
    return {"id": number, "is_bot": False, "first_name": "Ada", "username": f"ada{number}", "language_code": "en"}


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
