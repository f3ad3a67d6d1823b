"""Which channels a document asks for, as they can be had here. What is not asked for is not even imported."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext

from bots.config.outputs import Notifications
from bots.notify.commands.bots import Bots
from bots.notify.message import Notifier
from strategies.errors import StartError


def notifiers(asked: Notifications, environ: Mapping[str, str]) -> tuple[list[Notifier], list[str]]:
    """Return the channels, and what keeps the others away, a sentence each: no bot stands still for want of one."""
    made: list[Notifier] = []
    missing: list[str] = []
    if asked.enabled and asked.telegram.enabled:
        from bots.notify.telegram import telegram_notifiers

        try:
            made += telegram_notifiers(asked.telegram, environ)
        except StartError as error:
            missing.append(str(error))
    if asked.enabled and asked.email.enabled:
        from bots.notify.mail import mail_notifiers

        try:
            made += mail_notifiers(asked.email, environ)
        except StartError as error:
            missing.append(str(error))
    return made, missing


def obeying(channels: Sequence[Notifier], bots: Bots) -> AbstractAsyncContextManager[None]:
    """Answer meanwhile those who ask by one of the channels, where people can ask by it."""
    if any(channel.name.startswith("telegram/") for channel in channels):
        from bots.notify.telegram import telegram_commands

        if (polling := telegram_commands(channels, bots)) is not None:
            return polling.going()
    return nullcontext()
