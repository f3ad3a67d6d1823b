"""What people wrote and pressed, dealt with: those who are listed are answered, and nobody waits for anybody else."""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta

from bots.config.wording import one_line
from bots.notify.commands.obeying import Obeying
from bots.notify.commands.reading import read
from bots.notify.commands.replies import Reply
from bots.notify.telegram.formatting import formatted
from bots.notify.telegram.line import TelegramLine
from bots.notify.telegram.updates import Press, Text, heard, whose
from strategies.errors import MessageRefusedError, NotToldError

LOGGER = logging.getLogger("tradingbot.notify")

_OLDEST = timedelta(seconds=60)
_LONGEST_ANSWER_SECONDS = 30.0
_TRIES = 3
_PAUSE_SECONDS, _LONGEST_PATIENCE_SECONDS = 2.0, 60.0
# Anybody can write to a bot, and nobody is to fill the log.
_MOST_STRANGERS = 50


def _now() -> datetime:
    return datetime.now(UTC)


class Answering:
    """Answers chats, each in its own order.

    Parameters
    ----------
    line : TelegramLine
        The way to Telegram.
    chats : collection of int
        Who may ask; nobody else is answered.
    obeying : Obeying
        Knows the answers.
    now : callable
        Returns the time.
    """

    def __init__(
        self, line: TelegramLine, chats: Collection[int], obeying: Obeying, now: Callable[[], datetime] = _now
    ) -> None:
        self._line, self._chats, self._obeying, self._now = line, frozenset(chats), obeying, now
        self._orders: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._strangers: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, updates: Sequence[object], username: str) -> None:
        """Begin to deal with what came; a press does not wait behind answers that Telegram has no patience for."""
        texts: defaultdict[int, list[Text]] = defaultdict(list)
        for update in updates:
            chat, said = whose(update), heard(update)
            if chat is not None and chat not in self._chats:
                self._note_stranger(chat)
            elif isinstance(said, Press):
                self._begin(self._pressed(said), said.chat)
            elif isinstance(said, Text):
                texts[said.chat].append(said)
        for chat, written in texts.items():
            self._begin(self._written(chat, written, username), chat)

    async def finish(self) -> None:
        """Wait until everything was dealt with."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def stop(self) -> None:
        """Leave what was not answered."""
        for task in self._tasks:
            task.cancel()
        await self.finish()

    def _begin(self, dealing: Awaitable[None], chat: int) -> None:
        task = asyncio.create_task(self._guarded(dealing, chat))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, dealing: Awaitable[None], chat: int) -> None:
        try:
            await dealing
        except NotToldError as error:
            LOGGER.warning("a command by Telegram got no answer: %s", error)
        except Exception:
            # A fault of ours; whoever trades in this process must not fall with it.
            LOGGER.exception("a command by Telegram could not be answered")
            with contextlib.suppress(NotToldError):
                await self._write(chat, Reply("That could not be answered, see the log"))

    async def _written(self, chat: int, texts: Sequence[Text], username: str) -> None:
        async with self._orders[chat]:
            now = self._now()
            late = [text for text in texts if now - text.sent > _OLDEST]
            if meant := [text for text in late if read(text.text, username) is not None]:
                await self._write(chat, _too_late(meant, now))
            for text in texts:
                for reply in await self._answers(text, username) if text not in late else ():
                    await self._write(chat, reply)

    async def _answers(self, text: Text, username: str) -> Sequence[Reply]:
        try:
            async with asyncio.timeout(_LONGEST_ANSWER_SECONDS):
                return await self._obeying.answer(text.text, text.chat, username, in_private=text.chat > 0)
        except TimeoutError:
            return [Reply(f"there is no answer within {_LONGEST_ANSWER_SECONDS:g} seconds, try again later")]

    async def _pressed(self, press: Press) -> None:
        # First what the press is for; what is told of it may take its time, or fail.
        reply = await self._obeying.press(press.said, press.chat, press.who)
        with contextlib.suppress(NotToldError):
            await self._line.acknowledge(press.key, reply if isinstance(reply, str) else reply.title)
        if isinstance(reply, str):
            with contextlib.suppress(NotToldError):
                await self._line.unbutton(press.chat, press.message)
            return
        try:
            await self._line.rewrite(press.chat, press.message, formatted(reply.title, reply.lines))
        except NotToldError:
            await self._write(press.chat, reply)

    async def _write(self, chat: int, reply: Reply) -> None:
        html = formatted(reply.title, reply.lines, reply.block)
        for left in reversed(range(_TRIES)):
            try:
                await self._line.write(chat, html, silent=True, buttons=reply.buttons)
                return
            except NotToldError as error:
                wait = error.retry_after or _PAUSE_SECONDS
                if not left or wait > _LONGEST_PATIENCE_SECONDS or isinstance(error, MessageRefusedError):
                    raise
                await asyncio.sleep(wait)

    def _note_stranger(self, chat: int) -> None:
        if chat in self._strangers or len(self._strangers) >= _MOST_STRANGERS:
            return
        self._strangers.add(chat)
        more = "; further strangers are not named" if len(self._strangers) == _MOST_STRANGERS else ""
        LOGGER.warning(
            "chat %d writes to the Telegram bot and is not listed in TELEGRAM_CHAT_IDS: it gets no answer%s", chat, more
        )


def _too_late(late: Sequence[Text], now: datetime) -> Reply:
    lines = [f"{each.sent:%Y-%m-%d %H:%M:%S} UTC: {one_line(each.text)[:40]}" for each in late[-10:]]
    return Reply(
        "Not done: nobody listened when this came. Send it again if it is still meant.",
        (*lines, f"it is {now:%Y-%m-%d %H:%M:%S} UTC by the clock here"),
    )
