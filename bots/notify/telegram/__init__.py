"""Telegram: messages to its chats, and commands from them. Loading this loads the library: who uses none does not."""

import secrets
import time
from collections.abc import Mapping, Sequence

from bots.config.outputs import Telegram
from bots.notify.commands.bots import Bots
from bots.notify.commands.confirming import Confirmations
from bots.notify.commands.obeying import Obeying
from bots.notify.message import Notifier
from bots.notify.telegram.answering import Answering
from bots.notify.telegram.line import TelegramLine
from bots.notify.telegram.notifier import TelegramNotifier
from bots.notify.telegram.polling import Polling
from bots.notify.telegram.settings import settings_from

__all__ = ["Polling", "TelegramNotifier", "telegram_commands", "telegram_notifiers"]


def telegram_notifiers(asked: Telegram, environ: Mapping[str, str]) -> list[TelegramNotifier]:
    """Return a channel for each chat; they share one line, since Telegram counts by the token.

    Raises
    ------
    StartError
        If a variable is missing or malformed; it names all of them.
    """
    settings = settings_from(environ)
    line = TelegramLine(settings)
    return [TelegramNotifier(line, chat, asked.notify_on) for chat in settings.chats]


def telegram_commands(notifiers: Sequence[Notifier], bots: Bots) -> Polling | None:
    """Return what listens to the chats that are written to, on the same line; None where there are none."""
    told = [each for each in notifiers if isinstance(each, TelegramNotifier)]
    if not told:
        return None
    obeying = Obeying(bots, Confirmations(lambda: secrets.token_urlsafe(12)), time.monotonic)
    line = told[0].line
    return Polling(line, Answering(line, [each.chat for each in told], obeying))
