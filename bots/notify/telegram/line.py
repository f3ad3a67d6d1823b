"""The line to Telegram: one token, one pace for all that goes to its chats, and no log of the library's."""

import asyncio
import logging
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from telegram import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from bots.notify.telegram.settings import TelegramSettings
from bots.notify.telegram.troubles import LONGEST_SENTENCE, plainly
from strategies.errors import NotToldError

_CONNECT_SECONDS, _ANSWER_SECONDS, _UPLOAD_SECONDS = 10.0, 20.0, 30.0
# Telegram wants no more than one message a second in a chat; the library's limiter only knows groups and the whole.
_PACE_SECONDS = 1.0
# Who has to wait longer is told so, instead of waiting here.
_LONGEST_TURN_SECONDS = 10.0
_HEARD = ("message", "callback_query")


class _Bot(ExtBot[int]):
    """The library's bot, and updates as they are: one that the library cannot read must not hide all others."""

    async def raw_updates(self, offset: int | None, seconds: int) -> Any:
        asked = {"offset": offset, "timeout": seconds, "allowed_updates": _HEARD}
        return await self._post("getUpdates", asked, read_timeout=seconds + _ANSWER_SECONDS)


class TelegramLine:
    """One token's way to Telegram, which all its chats and its commands share.

    Parameters
    ----------
    settings : TelegramSettings
        Token and address.
    """

    def __init__(self, settings: TelegramSettings) -> None:
        _silence()
        # The library warns of a change to come wherever Telegram asks for patience, unless one has agreed to it.
        os.environ.setdefault("PTB_TIMEDELTA", "true")
        self._secret = settings.token.partition(":")[2]
        self._asking, self._sending = _request(1), _request(8)
        self._bot = _Bot(
            settings.token,
            base_url=f"{settings.url}/bot",
            request=self._sending,
            get_updates_request=self._asking,
            rate_limiter=AIORateLimiter(),
        )
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._free_at: dict[int, float] = {}
        self._holders = 0

    def hold(self) -> None:
        """Keep it open for one more."""
        self._holders += 1

    async def let_go(self) -> None:
        """Close it, once nobody holds it any more."""
        self._holders -= 1
        if self._holders <= 0:
            # Not the library's own way, which closes nothing that was not begun with a question to Telegram.
            await asyncio.gather(self._asking.shutdown(), self._sending.shutdown(), return_exceptions=True)

    async def write(self, chat: int, html: str, *, silent: bool, buttons: Mapping[str, str] | None = None) -> None:
        """Write to a chat; `buttons` has their labels and what a press on them says.

        Raises
        ------
        NotToldError
            If it was not sent; MessageRefusedError if it never can be.
        """
        async with self._turn(chat):
            with plainly(self.redacted):
                await self._bot.send_message(
                    chat,
                    self.redacted(html),
                    parse_mode=ParseMode.HTML,
                    disable_notification=silent,
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                    reply_markup=_keyboard(buttons) if buttons else None,
                )

    async def show(self, chat: int, picture: bytes, html: str, *, silent: bool) -> None:
        """Send a picture, with a text below it or none; raises what `write` raises."""
        async with self._turn(chat):
            with plainly(self.redacted):
                await self._bot.send_photo(
                    chat,
                    picture,
                    caption=self.redacted(html) or None,
                    parse_mode=ParseMode.HTML,
                    disable_notification=silent,
                )

    async def rewrite(self, chat: int, message: int, html: str) -> None:
        """Put another text in the place of one that was written, without buttons; raises what `write` raises."""
        with plainly(self.redacted):
            await self._bot.edit_message_text(self.redacted(html), chat, message, parse_mode=ParseMode.HTML)

    async def unbutton(self, chat: int, message: int) -> None:
        """Take the buttons from below a message; raises what `write` raises."""
        with plainly(self.redacted):
            await self._bot.edit_message_reply_markup(chat, message)

    async def acknowledge(self, press: str, sentence: str) -> None:
        """Tell somebody who pressed a button that it was felt; raises what `write` raises."""
        with plainly(self.redacted):
            await self._bot.answer_callback_query(press, self.redacted(sentence)[:LONGEST_SENTENCE])

    async def introduce(self, commands: Mapping[str, str]) -> str:
        """Say which commands there are, have what people write kept for asking, and return the bot's user name.

        Raises
        ------
        NotToldError
            If Telegram does not take it.
        """
        with plainly(self.redacted):
            me = await self._bot.get_me()
            # Nothing can be asked for while Telegram delivers to an address that an earlier program has left.
            await self._bot.delete_webhook()
            await self._bot.set_my_commands([BotCommand(name, about) for name, about in commands.items()])
            return me.username or ""

    async def updates(self, offset: int | None, seconds: int) -> Sequence[object]:
        """Return what people wrote and pressed, as it came; wait for it so long.

        Raises
        ------
        AnotherPollerError
            If another process asks, too; NotToldError for all other trouble.
        """
        with plainly(self.redacted):
            updates = await self._bot.raw_updates(offset, seconds)
        return updates if isinstance(updates, list) else ()

    def redacted(self, text: str) -> str:
        """Return a text without the token, wherever it came from."""
        return text.replace(self._secret, "[token]")

    @asynccontextmanager
    async def _turn(self, chat: int) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        async with self._turns[chat]:
            wait = self._free_at.get(chat, 0.0) - loop.time()
            if wait > _LONGEST_TURN_SECONDS:
                raise NotToldError("Telegram asked for patience", wait)
            await asyncio.sleep(wait)
            free_in = _PACE_SECONDS
            try:
                yield
            except NotToldError as error:
                free_in = error.retry_after or _PACE_SECONDS
                raise
            finally:
                # From the answer on: by then Telegram has surely counted the message.
                self._free_at[chat] = loop.time() + free_in


def _request(connections: int) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_ANSWER_SECONDS,
        write_timeout=_ANSWER_SECONDS,
        pool_timeout=_ANSWER_SECONDS,
        media_write_timeout=_UPLOAD_SECONDS,
    )


def _keyboard(buttons: Mapping[str, str]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=said) for label, said in buttons.items()]])


def _silence() -> None:
    """Keep the libraries from logging: they name every address, and Telegram's addresses have the token in them."""
    for name in ("telegram", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
