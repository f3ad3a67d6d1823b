"""The methods of the Bot API that the double has, each as strict as Telegram about what it is given."""

import json
import re
import struct
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tests.venues.telegram.chats import Chats, readable
from tests.venues.telegram.records import Shown
from tests.venues.telegram.refusals import RefusedError, bad_request
from tests.venues.telegram.updates import Updates

type Params = Mapping[str, Any]

USERNAME = "staged_trading_bot"
_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST_PICTURE = 10_000_000
_KNOWN = {
    "getMe": set(),
    "deleteWebhook": {"drop_pending_updates"},
    "setMyCommands": {"commands", "scope", "language_code"},
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "sendMessage": {
        "chat_id", "text", "parse_mode", "disable_notification", "link_preview_options", "reply_markup",
    },
    "sendPhoto": {"chat_id", "photo", "caption", "parse_mode", "disable_notification", "reply_markup"},
    "answerCallbackQuery": {"callback_query_id", "text", "show_alert"},
    "editMessageText": {
        "chat_id", "message_id", "text", "parse_mode", "link_preview_options", "reply_markup",
    },
    "editMessageReplyMarkup": {"chat_id", "message_id", "reply_markup"},
}  # fmt: skip


class Api:
    """One bot's methods."""

    def __init__(self, bot_id: int, chats: Chats, updates: Updates) -> None:
        self.bot = {"id": bot_id, "is_bot": True, "first_name": "Staged", "username": USERNAME}
        self.chats, self.updates = chats, updates
        self.commands: list[dict[str, str]] = []
        self.presses: dict[str, str] = {}
        """Presses that wait to be answered, and what was answered, by their ids."""
        self.allowed: list[str] | None = None

    def method(self, name: str) -> Callable[[Params], Awaitable[Any]] | None:
        """Return a method of that name; they are written in any case."""
        found = next((each for each in _KNOWN if each.lower() == name.lower()), None)
        return getattr(self, f"_{re.sub('([A-Z])', r'_\1', found).lower()}") if found else None

    def strangers(self, name: str, params: Params) -> set[str]:
        """Return the parameters that the method has not."""
        return set(params) - _KNOWN.get(name, set())

    async def _get_me(self, _params: Params) -> Any:
        return {
            **self.bot,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    async def _delete_webhook(self, _params: Params) -> Any:
        self.updates.webhook = ""
        return True

    async def _set_my_commands(self, params: Params) -> Any:
        commands = _json(params.get("commands", ""))
        for each in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", each["command"]) or not 1 <= len(each["description"]) <= 256:
                raise bad_request("BOT_COMMAND_INVALID")
        self.commands = commands
        return True

    async def _get_updates(self, params: Params) -> Any:
        if "allowed_updates" in params:
            self.allowed = _json(params["allowed_updates"])
        offset = int(params["offset"]) if "offset" in params else None
        return await self.updates.ask(offset, int(params.get("limit", 100)), float(params.get("timeout", 0)))

    async def _send_message(self, params: Params) -> Any:
        chat, html = _chat(params), _html(params, "text")
        readable(html)
        buttons = _buttons(params)
        self.chats.check(chat)
        return self._told(self.chats.show(chat, html, silent=_silent(params), buttons=buttons))

    async def _send_photo(self, params: Params) -> Any:
        chat, html = _chat(params), _html(params, "caption")
        readable(html, caption=True)
        picture = params.get("photo")
        if not isinstance(picture, bytes) or len(picture) > _LARGEST_PICTURE:
            raise bad_request("there is no photo in the request")
        _check_picture(picture)
        self.chats.check(chat)
        shown = self.chats.show(chat, html, silent=_silent(params), buttons=_buttons(params), picture=picture)
        return self._told(shown)

    async def _answer_callback_query(self, params: Params) -> Any:
        press, text = params.get("callback_query_id", ""), params.get("text", "")
        if self.presses.get(press, "answered"):
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        if len(text) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        self.presses[press] = text or "answered"
        return True

    async def _edit_message_text(self, params: Params) -> Any:
        shown, html = self._to_edit(params), _html(params, "text")
        text, buttons = readable(html), _buttons(params)
        if (text, buttons) == (shown.text, shown.buttons):
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same as a "
                "current content and reply markup of the message"
            )
        shown.text, shown.html, shown.buttons, shown.edited = text, html, buttons, True
        return self._told(shown)

    async def _edit_message_reply_markup(self, params: Params) -> Any:
        shown = self._to_edit(params)
        shown.buttons, shown.edited = _buttons(params), True
        return self._told(shown)

    def _to_edit(self, params: Params) -> Shown:
        shown = self.chats.find(_chat(params), int(params.get("message_id", 0)))
        if shown is None:
            raise bad_request("message to edit not found")
        return shown

    def _told(self, shown: Shown) -> dict[str, Any]:
        told = {"message_id": shown.number, "from": self.bot, "chat": chat_of(shown.chat), "date": int(time.time())}
        if shown.picture is None:
            return told | {"text": shown.text}
        size = {"file_id": "p1", "file_unique_id": "u1", "width": 800, "height": 400}
        return told | {"photo": [size], "caption": shown.text}


def chat_of(chat: int) -> dict[str, Any]:
    """Return a chat as Telegram tells of it."""
    if chat < 0:
        return {"id": chat, "type": "supergroup", "title": "Traders"}
    return {"id": chat, "type": "private", "first_name": "Ada"}


def _chat(params: Params) -> int:
    try:
        return int(params.get("chat_id", ""))
    except ValueError:
        raise bad_request("chat not found") from None


def _html(params: Params, name: str) -> str:
    text = str(params.get(name, ""))
    if params.get("parse_mode", "HTML") != "HTML":
        raise bad_request("unsupported parse_mode")
    if "\x00" in text:
        raise bad_request("text must be encoded in UTF-8")
    return text


def _silent(params: Params) -> bool:
    return str(params.get("disable_notification", "")).lower() == "true"


def _buttons(params: Params) -> tuple[tuple[str, str], ...]:
    rows = _json(params["reply_markup"]).get("inline_keyboard", []) if "reply_markup" in params else []
    buttons = tuple((each["text"], each["callback_data"]) for row in rows for each in row)
    if any(not 1 <= len(data.encode()) <= 64 or not label for label, data in buttons):
        raise bad_request("BUTTON_DATA_INVALID")
    return buttons


def _check_picture(picture: bytes) -> None:
    if not picture.startswith(_PNG) or len(picture) < 24:
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = struct.unpack(">II", picture[16:24])
    if not width or not height or width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise RefusedError(400, "Bad Request: can't parse JSON object") from None
