"""Whatever comes where Telegram should be: an answer to those who may ask, a change only where one was confirmed."""

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import strategies as st
from telegram.ext import AIORateLimiter

from bots.config.outputs import Telegram
from bots.notify.commands.confirming import Confirmations
from bots.notify.commands.obeying import Obeying
from bots.notify.commands.reading import MENU, Command
from bots.notify.message import Message
from bots.notify.telegram import Polling, TelegramNotifier, answering, line, polling, telegram_notifiers
from bots.notify.telegram.answering import Answering
from bots.notify.telegram.formatting import LONGEST_TEXT, formatted, length
from strategies.errors import NotToldError
from tests.fuzz.budget import fuzz
from tests.fuzz.spoiling import garbage, odd, spoilt_json
from tests.unit.notify.staged_bots import StagedBots
from tests.venues.telegram.api import USERNAME
from tests.venues.telegram.double import TOKEN, TelegramDouble
from tests.venues.telegram.entities import plain_text
from tests.venues.telegram.server import Fault

_CHAT, _GROUP, _STRANGER = 42, -1001234567890, 666
_KEY = "key"
_LISTED = (_CHAT, _GROUP)


@dataclass
class Staged:
    """A bot that listens to the double; what it had to say of its own faults."""

    double: TelegramDouble
    bots: StagedBots
    confirmations: Confirmations
    listening: Polling
    notifier: TelegramNotifier
    complaints: list[str]


class _Listening(logging.Handler):
    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR or TOKEN.partition(":")[2] in record.getMessage():
            self._heard.append(f"{record.getMessage()}: {record.exc_info and record.exc_info[1]!r}")


@pytest.fixture(scope="module")
def staged(loop: asyncio.Runner) -> Iterator[Staged]:
    complaints: list[str] = []
    handler = _Listening(complaints)
    with pytest.MonkeyPatch.context() as patch, TelegramDouble(*_LISTED, _STRANGER, seconds_between=0.0) as double:
        patch.setattr(line, "_PACE_SECONDS", 0.0)
        # A group may be written to every three seconds, which is too seldom for this.
        patch.setattr(line, "AIORateLimiter", lambda: AIORateLimiter(overall_max_rate=0, group_max_rate=0))
        patch.setattr(answering, "_PAUSE_SECONDS", 0.0)
        patch.setattr(polling, "_FIRST_PAUSE_SECONDS", 0.0)
        logging.getLogger().addHandler(handler)
        bots = StagedBots("0001", "0002")
        confirmations = Confirmations(lambda: _KEY)
        environment = double.environment | {"TELEGRAM_CHAT_IDS": f"{_CHAT},{_GROUP}"}
        first, second = telegram_notifiers(Telegram(enabled=True), environment)
        obeying = Obeying(bots, confirmations, time.monotonic)
        listening = Polling(first.line, Answering(first.line, _LISTED, obeying))
        yield Staged(double, bots, confirmations, listening, first, complaints)
        for each in (first, second, listening._line):
            loop.run(each.let_go() if isinstance(each, line.TelegramLine) else each.close())
        logging.getLogger().removeHandler(handler)


_words = st.sampled_from(
    ("0001", "0002", "all", "cancel-orders", "close-positions", "7", "٣", "\x00", "x" * 500, "<b>")
)
_texts = st.builds(
    lambda name, addressed, words: f"/{name}{addressed} {' '.join(words)}",
    st.sampled_from((*MENU, "start", "Halt", "stats")),
    st.sampled_from(("", "", f"@{USERNAME}", "@other", "@")),
    st.lists(_words, max_size=3),
) | st.text(max_size=20)
_chats = st.sampled_from((_CHAT, _CHAT, _GROUP, _STRANGER))


@st.composite
def updates(draw: st.DrawFn) -> list[Any]:
    """Return what Telegram could hand over: people who write and press, listed or not, now or long ago."""
    given = []
    for number in range(draw(st.integers(1, 4))):
        chat, person = {"id": draw(_chats), "type": "private"}, {"id": 1, "is_bot": False, "first_name": "Ada"}
        date = int(time.time()) - draw(st.sampled_from((0, 0, 3600)))
        message = {"message_id": 5, "from": person, "chat": chat, "date": date, "text": draw(_texts)}
        said = draw(st.sampled_from((f"{_KEY}:yes", f"{_KEY}:no", f"{_KEY}:", "other:yes", ":yes")))
        press = {"id": "p", "from": person, "chat_instance": "1", "data": said, "message": message}
        kind, what = draw(
            st.sampled_from((("message", message), ("callback_query", press), ("edited_message", message)))
        )
        given.append({"update_id": 7_000_000 + number, kind: what})
    # Parts that are one object in two places would be spoilt in both.
    return list(json.loads(json.dumps(given)))


@fuzz(
    content=updates().flatmap(lambda told: spoilt_json({"ok": True, "result": told})) | garbage,
    status=st.sampled_from((200,) * 9 + (404,)),
    asked=st.booleans(),
)
def test_no_updates_crash_what_listens_or_change_a_bot_that_nobody_confirmed_or_answer_a_stranger(
    content: bytes, status: int, asked: bool, staged: Staged, loop: asyncio.Runner
) -> None:
    staged.bots.done.clear()
    staged.complaints.clear()
    staged.confirmations._waiting.clear()
    before = len(staged.double.requests)
    if asked:
        staged.confirmations.ask(Command("close", ("0001",)), _CHAT, time.monotonic())
    staged.double.fails("getUpdates", Fault(status, content))

    async def heard() -> float:
        pause = await staged.listening.listen_once()
        await staged.listening._answering.finish()
        return pause

    assert 0 <= loop.run(heard()) <= 100
    assert not staged.complaints
    written = {each.params["chat_id"] for each in staged.double.requests[before:] if "chat_id" in each.params}
    assert written <= {str(chat) for chat in _LISTED}
    assert not staged.bots.done or f"{_KEY}:yes".encode() in content or b"\\u" in content
    assert staged.double.complaints == []


@fuzz(content=spoilt_json({"ok": True, "result": {"message_id": 5, "date": 1, "chat": {"id": 42, "type": "private"}}}),
      status=st.sampled_from((200, 200, 400, 401, 403, 404, 409, 429, 500, 502)), patience=odd)  # fmt: skip
def test_no_answer_to_a_message_ends_in_another_error_than_that_it_was_not_told(
    content: bytes, status: int, patience: Any, staged: Staged, loop: asyncio.Runner
) -> None:
    staged.complaints.clear()
    staged.notifier.line._free_at.clear()
    if status == 429 and not isinstance(patience, str):
        staged.double.fails("sendMessage", Fault(429, {"ok": False, "parameters": {"retry_after": patience}}))
    else:
        staged.double.fails("sendMessage", Fault(status, content))

    async def told() -> NotToldError | None:
        try:
            await staged.notifier.send(Message("0001 (paper): still there"))
        except NotToldError as error:
            return error
        return None

    error = loop.run(told())
    assert error is None or str(error).isprintable()
    assert error is None or error.retry_after is None or 0 <= error.retry_after < float("inf")
    assert not staged.complaints


@fuzz(
    title=st.text(), lines=st.lists(st.text() | odd.map(str), max_size=3), block=st.text(), times=st.integers(1, 2000)
)
def test_no_text_becomes_html_that_telegram_does_not_take(title: str, lines: list[str], block: str, times: int) -> None:
    shown = plain_text(formatted(f"x{title}", [each * times for each in lines], block))
    assert length(shown) <= LONGEST_TEXT
