"""The double of the Bot API is as strict as Telegram, asked by hand."""

import asyncio
import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.venues.telegram.double import TOKEN, TelegramDouble
from tests.venues.telegram.server import Fault

CHAT = 42


@pytest.fixture
def double() -> Iterator[TelegramDouble]:
    with TelegramDouble(CHAT) as double:
        yield double


def asked(double: TelegramDouble, method: str, token: str = TOKEN, **params: Any) -> tuple[int, Any]:
    """Ask, and return the status and what was told."""
    connection = HTTPConnection(double.url.removeprefix("http://"), timeout=10)
    try:
        sent = urlencode(
            {name: value if isinstance(value, str | int) else json.dumps(value) for name, value in params.items()}
        )
        connection.request("POST", f"/bot{token}/{method}", sent, {"Content-Type": "application/x-www-form-urlencoded"})
        response = connection.getresponse()
        told = json.loads(response.read())
        return response.status, told["result"] if told["ok"] else told["description"]
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("method", "params", "status", "words"),
    [
        ("getMe", {"token": "1:wrong"}, 401, "Unauthorized"),
        ("getEverything", {}, 404, "Not Found"),
        ("sendMessage", {"chat_id": 7, "text": "x"}, 400, "chat not found"),
        ("sendMessage", {"chat_id": "nobody", "text": "x"}, 400, "chat not found"),
        ("sendMessage", {"chat_id": CHAT, "text": " "}, 400, "message text is empty"),
        ("sendMessage", {"chat_id": CHAT, "text": "x" * 4097}, 400, "message is too long"),
        ("sendMessage", {"chat_id": CHAT, "text": "\U0001f4c8" * 2049}, 400, "message is too long"),
        ("sendMessage", {"chat_id": CHAT, "text": "1 < 2"}, 400, "can't parse entities"),
        ("sendMessage", {"chat_id": CHAT, "text": "<b>x"}, 400, "can't parse entities"),
        ("sendMessage", {"chat_id": CHAT, "text": "<b><i>x</b></i>"}, 400, "can't parse entities"),
        ("sendMessage", {"chat_id": CHAT, "text": "<time>x</time>"}, 400, "can't parse entities"),
        ("sendPhoto", {"chat_id": CHAT, "caption": "x" * 1025}, 400, "message caption is too long"),
        ("sendPhoto", {"chat_id": CHAT, "photo": "x"}, 400, "there is no photo in the request"),
        ("editMessageText", {"chat_id": CHAT, "message_id": 9, "text": "x"}, 400, "message to edit not found"),
        ("answerCallbackQuery", {"callback_query_id": "p"}, 400, "query is too old"),
        ("setMyCommands", {"commands": [{"command": "Halt", "description": "x"}]}, 400, "BOT_COMMAND_INVALID"),
        (
            "sendMessage",
            {
                "chat_id": CHAT,
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "Yes", "callback_data": "x" * 65}]]},
            },
            400,
            "BUTTON_DATA_INVALID",
        ),
    ],
)  # fmt: skip
def test_what_telegram_refuses_is_refused(
    method: str, params: dict[str, Any], status: int, words: str, double: TelegramDouble
) -> None:
    told = asked(double, method, **params)
    assert told[0] == status
    assert words in told[1]
    assert double.shown(CHAT) == []


def test_what_is_shown_is_what_the_html_says(double: TelegramDouble) -> None:
    asked(double, "sendMessage", chat_id=CHAT, text="<b>1 &lt; 2</b> &amp; &eacute;", parse_mode="HTML")
    assert double.texts(CHAT) == ["1 < 2 & &eacute;"]


def test_a_second_message_within_a_second_is_one_too_many(double: TelegramDouble) -> None:
    assert asked(double, "sendMessage", chat_id=CHAT, text="x")[0] == 200
    assert asked(double, "sendMessage", chat_id=CHAT, text="y") == (429, "Too Many Requests: retry after 1")
    assert double.texts(CHAT) == ["x"]


def test_who_blocked_the_bot_gets_nothing(double: TelegramDouble) -> None:
    double.block(CHAT)
    assert asked(double, "sendMessage", chat_id=CHAT, text="x") == (403, "Forbidden: bot was blocked by the user")


def test_updates_are_handed_over_until_a_later_offset_confirms_them(double: TelegramDouble) -> None:
    first = double.writes(CHAT, "one")
    double.writes(CHAT, "two")
    assert [each["message"]["text"] for each in asked(double, "getUpdates")[1]] == ["one", "two"]
    assert [each["message"]["text"] for each in asked(double, "getUpdates", offset=first + 1)[1]] == ["two"]
    assert [each["message"]["text"] for each in asked(double, "getUpdates")[1]] == ["two"]


async def test_who_waits_for_updates_gets_them_as_they_come(double: TelegramDouble) -> None:
    waiting = asyncio.create_task(asyncio.to_thread(asked, double, "getUpdates", timeout=20))
    while not double.pollers:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    double.writes(CHAT, "now")
    assert [each["message"]["text"] for each in (await waiting)[1]] == ["now"]


async def test_a_second_who_asks_for_updates_ends_the_first(double: TelegramDouble) -> None:
    first = asyncio.create_task(asyncio.to_thread(asked, double, "getUpdates", timeout=20))
    while not double.pollers:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert (await asyncio.to_thread(asked, double, "getUpdates"))[0] == 200
    status, told = await first
    assert status == 409
    assert "terminated by other getUpdates request" in told


def test_nothing_can_be_asked_for_while_a_webhook_is_set(double: TelegramDouble) -> None:
    double.sets_webhook()
    assert asked(double, "getUpdates")[0] == 409
    asked(double, "deleteWebhook")
    assert asked(double, "getUpdates")[0] == 200


def test_what_is_to_go_wrong_does_once(double: TelegramDouble) -> None:
    double.fails("getMe", Fault(500, {"ok": False, "description": "Internal Server Error"}), Fault(0))
    assert asked(double, "getMe")[0] == 500
    with pytest.raises(ConnectionError):
        asked(double, "getMe")
    assert asked(double, "getMe")[0] == 200


def test_a_parameter_that_no_method_has_is_complained_of(double: TelegramDouble) -> None:
    asked(double, "sendMessage", chat_id=CHAT, text="x", notify="no")
    assert double.complaints == ["sendMessage has no notify"]
