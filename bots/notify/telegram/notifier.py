"""One chat of Telegram as a channel for messages."""

import hashlib
from collections.abc import Collection

from bots.notify.message import Message
from bots.notify.telegram.formatting import LONGEST_CAPTION, fits, formatted
from bots.notify.telegram.line import TelegramLine
from strategies.errors import MessageRefusedError


class TelegramNotifier:
    """Writes to one chat.

    Parameters
    ----------
    line : TelegramLine
        The way to Telegram.
    chat : int
        The chat's id.
    kinds : collection of str
        The kinds of events that are told here.
    """

    def __init__(self, line: TelegramLine, chat: int, kinds: Collection[str]) -> None:
        line.hold()
        self.line, self.chat = line, chat
        self._kinds = frozenset(kinds)
        self._name = f"telegram/{hashlib.sha256(str(chat).encode()).hexdigest()[:8]}"
        self._written: Message | None = None

    @property
    def name(self) -> str:
        """See Notifier: who knows the chat's id knows the name, and nobody else."""
        return self._name

    @property
    def kinds(self) -> frozenset[str]:
        """See Notifier."""
        return self._kinds

    async def send(self, message: Message) -> None:
        """See Notifier; a picture stands above the text, or below one that is too long for that."""
        line, chat, silent = self.line, self.chat, message.quiet
        text = formatted(message.title, message.lines)
        if message.picture is None:
            await line.write(chat, text, silent=silent)
            return
        try:
            if fits(message.title, message.lines, LONGEST_CAPTION):
                await line.show(chat, message.picture, text, silent=silent)
                return
            # Where only the picture got lost, the text is not told twice.
            if self._written != message:
                await line.write(chat, text, silent=silent)
                self._written = message
            await line.show(chat, message.picture, "", silent=True)
        except MessageRefusedError:
            # No picture is worth the words below it.
            if self._written != message:
                await line.write(chat, text, silent=silent)
        self._written = None

    async def close(self) -> None:
        """See Notifier."""
        await self.line.let_go()
