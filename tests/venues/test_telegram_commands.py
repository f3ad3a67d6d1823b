"""Commands by Telegram, from a person at the double to the bot and back."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bots.bot import LiveTradingBot
from bots.config.outputs import Telegram
from bots.notify.commands.alone import Alone
from bots.notify.commands.bots import Bots
from bots.notify.commands.confirming import LASTS_SECONDS
from bots.notify.commands.reading import MENU
from bots.notify.telegram import Polling, answering, line, polling, telegram_commands, telegram_notifiers
from bots.running.options import RunOptions
from bots.trading.halts import HaltMode
from bots.version import VERSION
from tests.unit.notify.staged_bots import StagedBots
from tests.venues.telegram.api import USERNAME
from tests.venues.telegram.double import TOKEN, TelegramDouble
from tests.venues.telegram.records import Shown
from tests.venues.telegram.server import Fault

CHAT, FRIEND, STRANGER, GROUP = 42, 43, 666, -1001234567890
DOCUMENT = Path(__file__).parents[2] / "configs" / "0001.json"


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "_PACE_SECONDS", 0.0)
    monkeypatch.setattr(answering, "_PAUSE_SECONDS", 0.02)
    for name in ("_FIRST_PAUSE_SECONDS", "_FIRST_RETREAT_SECONDS"):
        monkeypatch.setattr(polling, name, 0.02)


@pytest.fixture
def double() -> Iterator[TelegramDouble]:
    with TelegramDouble(CHAT, FRIEND, STRANGER, GROUP, seconds_between=0.0) as double:
        yield double
        assert double.complaints == []


class Talk:
    """People at the double, and what listens to them."""

    def __init__(self, double: TelegramDouble, listening: Polling) -> None:
        self.double, self.listening = double, listening

    async def asks(self, text: str, chat: int = CHAT, **also: Any) -> Shown:
        """Write, and return the answer."""
        before = len(self.double.shown(chat))
        self.double.writes(chat, text, **also)
        await until(lambda: len(self.double.shown(chat)) > before)
        return self.double.shown(chat)[-1]

    async def presses(self, shown: Shown, label: str, **also: Any) -> Shown:
        """Press a button, and return the message when that was dealt with."""
        before = sum(1 for each in self.double.answers() if each)
        self.double.presses(shown, label, **also)
        await until(lambda: sum(1 for each in self.double.answers() if each) > before)
        await until(lambda: self.find(shown).edited)
        return self.find(shown)

    async def nothing_more(self, chat: int = CHAT) -> None:
        """Wait until everything was heard: what is written last is answered last."""
        await self.asks("/version", FRIEND if chat != FRIEND else CHAT)

    def find(self, shown: Shown) -> Shown:
        return next(each for each in self.double.shown(shown.chat) if each.number == shown.number)


async def until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    """Return once a condition holds; fail where it never does."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it never came to that"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def made(double: TelegramDouble, bots: Bots) -> AsyncIterator[Polling]:
    """What listens, without listening yet."""
    environment = double.environment | {"TELEGRAM_CHAT_IDS": f"{CHAT},{FRIEND},{GROUP}"}
    notifiers = telegram_notifiers(Telegram(enabled=True), environment)
    listening = telegram_commands(notifiers, bots)
    assert listening is not None
    yield listening
    for notifier in notifiers:
        await notifier.close()


@asynccontextmanager
async def talking(double: TelegramDouble, bots: Bots) -> AsyncIterator[Talk]:
    async with made(double, bots) as listening, listening.going():
        yield Talk(double, listening)


@pytest.fixture
def bots() -> StagedBots:
    return StagedBots("0001")


@pytest.fixture
async def talk(double: TelegramDouble, bots: StagedBots) -> AsyncIterator[Talk]:
    async with talking(double, bots) as talk:
        yield talk


# --- What is asked ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/status", "0001 (paper): running, ready\nBTCUSDT 1m: 93.4"),
        ("/status 0001", "lot 4: 1.0854 at 92.1, +1.41 USDT, 3 bars, stop 87.5"),
        ("/profit", "0001 (paper): +3.51 USDT (+0.32 %)\nrealised +2.10, open +1.41, fees 0.40 USDT\n2 closed"),
        ("/balance", "0001 (paper): 1003.20 USDT (+0.32 %)\ncash 900.00 USDT"),
        ("/daily", "0001 (paper): +2.10 USDT on 2 days with closed trades\n2026-11-22: +3.20 USDT, 1 trade"),
        ("/daily 1", "+3.20 USDT on 1 day with"),
        ("/trades", "lot 3, 11-22 15:00: 0.5 at 100.5, open\nlot 2, 11-22 14:00: 0.5 at 100.5, 11-22 16:00 at 107: +"),
        ("/trades 0001 1", "0001 (paper): the last 1 of 3 trades"),
        ("/config", '"broker": {\n  "type": "mock"\n }'),
        ("/logs", "bought 1.0854 BTC <&>"),
        ("/version", f"tradingbot {VERSION}\n0001: 1.2.3"),
        ("/help", "/halt: no entries until resumed; asks first"),
        ("/start", "/halt: no entries until resumed; asks first"),
        (f"/STATUS@{USERNAME.upper()}", "running, ready"),
        ("/stats", 'there is no /stats; did you mean "/status"?'),
        ("/status 0002", 'no bot is called "0002"; did you mean "0001"?; there is 0001'),
        ("hello", "I only know commands, see /help"),
    ],
)  # fmt: skip
async def test_each_command_is_answered(command: str, words: str, talk: Talk) -> None:
    assert words in (await talk.asks(command)).text


async def test_the_menu_has_every_command(talk: Talk) -> None:
    await talk.asks("/version")
    assert talk.double.commands == list(MENU)


async def test_a_bot_that_does_not_answer_is_said_to(talk: Talk, bots: StagedBots) -> None:
    bots.away.add("0001")
    assert (await talk.asks("/status")).text == "0001 does not answer"


async def test_many_bots_are_a_line_each_those_first_that_are_not_well(double: TelegramDouble) -> None:
    bots = StagedBots("0001", "0002", "0003")
    bots.away.add("0003")
    bots.statuses["0002"] |= {"ready": False}
    async with talking(double, bots) as talk:
        lines = (await talk.asks("/status")).text.splitlines()
        assert lines[0] == "3 bots, 1 of them well"
        assert [line[:4] for line in lines[1:]] == ["0002", "0003", "0001"]
        assert "which bot?" in (await talk.asks("/close")).text
        question = await talk.asks("/halt all")
        await talk.presses(question, "Yes, halt")
        assert "done, but not for 1" in talk.find(question).text
    assert [each[:2] for each in bots.done] == [("halt", "0001"), ("halt", "0002")]


async def test_the_end_of_a_long_log_is_shown_without_the_token(talk: Talk, bots: StagedBots) -> None:
    bots.lines = [f"line {number} of {TOKEN} " + "<" * 200 for number in range(100)]
    shown = await talk.asks("/logs 50")
    assert "line 99 of 123456789:[token]" in shown.text
    assert TOKEN.partition(":")[2] not in shown.html


# --- What is changed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "label", "done"),
    [
        ("/halt", "Yes, halt", ("halt", "0001", "block-entries", "asked for in Telegram by Ada", "telegram")),
        (
            "/halt 0001 cancel-orders",
            "Yes, halt",
            ("halt", "0001", "cancel-orders", "asked for in Telegram by Ada", "telegram"),
        ),
        ("/close", "Yes, close", ("halt", "0001", "close-positions", "asked for in Telegram by Ada", "telegram")),
        ("/resume all", "Yes, resume", ("resume", "0001", "Ada, telegram")),
    ],
)
async def test_what_stops_trading_or_moves_money_is_done_when_confirmed(
    command: str, label: str, done: tuple[str, ...], talk: Talk, bots: StagedBots
) -> None:
    question = await talk.asks(command)
    assert bots.done == []
    assert "holds 1.0854, worth 101.38 USDT" in question.text
    answered = await talk.presses(question, label)
    assert bots.done == [done]
    assert "0001: done" in answered.text
    assert answered.buttons == ()


async def test_what_is_not_meant_is_not_done(talk: Talk, bots: StagedBots) -> None:
    answered = await talk.presses(await talk.asks("/close"), "No")
    assert answered.text == "/close 0001: nothing was changed"
    assert bots.done == []


async def test_a_button_counts_once_and_the_second_press_hides_no_answer(talk: Talk, bots: StagedBots) -> None:
    question = await talk.asks("/halt")
    await talk.presses(question, "Yes, halt")
    await talk.presses(question, "Yes, halt")
    assert len(bots.done) == 1
    assert "0001: done" in talk.find(question).text
    assert "no longer open" in talk.double.answers()[-1]


async def test_a_button_that_was_left_for_a_minute_does_nothing(
    talk: Talk, bots: StagedBots, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = await talk.asks("/close")
    begun = time.monotonic()
    monkeypatch.setattr(talk.listening._answering._obeying, "_clock", lambda: begun + LASTS_SECONDS + 1)
    answered = await talk.presses(question, "Yes, close")
    assert bots.done == []
    assert answered.buttons == ()
    assert "no longer open" in talk.double.answers()[-1]


async def test_a_press_from_another_chat_does_nothing_and_takes_nothing_away(talk: Talk, bots: StagedBots) -> None:
    question = await talk.asks("/halt")
    talk.double.presses(question, "Yes, halt", chat=FRIEND)
    await until(lambda: any(talk.double.answers()))
    assert talk.double.answers() == ["only the chat that asked can answer"]
    assert bots.done == []
    await talk.presses(question, "Yes, halt")
    assert len(bots.done) == 1


async def test_a_change_that_fails_says_so(talk: Talk, bots: StagedBots) -> None:
    question = await talk.asks("/halt")
    bots.away.add("0001")
    answered = await talk.presses(question, "Yes, halt")
    assert answered.text == "/halt 0001: NOT DONE\n0001: NOT DONE: 0001 does not answer"


async def test_a_change_is_made_though_its_answer_gets_lost(talk: Talk, bots: StagedBots) -> None:
    question = await talk.asks("/halt")
    talk.double.fails("answerCallbackQuery", Fault(502))
    talk.double.fails("editMessageText", Fault(0))
    talk.double.presses(question, "Yes, halt")
    await until(lambda: len(talk.double.shown(CHAT)) == 2)
    assert "0001: done" in talk.double.texts(CHAT)[-1]
    assert len(bots.done) == 1


# --- Who is heard -----------------------------------------------------------------------------------------------


async def test_a_stranger_gets_nothing_and_one_line_in_the_log(
    talk: Talk, bots: StagedBots, caplog: pytest.LogCaptureFixture
) -> None:
    question = await talk.asks("/halt")
    for text in ("/status", "/halt", "hello", "/start"):
        talk.double.writes(STRANGER, text)
    talk.double.presses(question, "Yes, halt", chat=STRANGER)
    await talk.nothing_more()
    assert talk.double.texts(STRANGER) == []
    assert [each.params.get("chat_id") for each in talk.double.requests if each.params.get("chat_id") == "666"] == []
    assert talk.double.answers() == [""]
    assert bots.done == []
    assert [record.getMessage()[:8] for record in caplog.records if record.levelno >= logging.WARNING] == ["chat 666"]


async def test_a_listed_person_in_an_unlisted_group_gets_nothing(talk: Talk) -> None:
    talk.double.writes(-55, "/status", user=CHAT)
    await talk.nothing_more()
    assert not [each for each in talk.double.requests if each.params.get("chat_id") == "-55"]


async def test_what_is_for_another_bot_of_the_group_is_not_answered(talk: Talk) -> None:
    for text in ("/status@another_bot", "/weather", "good morning", "/", "//"):
        talk.double.writes(GROUP, text)
    assert "running" in (await talk.asks(f"/status@{USERNAME}", GROUP)).text
    assert len(talk.double.texts(GROUP)) == 1


NONSENSE: tuple[Any, ...] = (
    None, 7, "x", [], {}, {"update_id": "x"}, {"message": None}, {"message": {"chat": {"id": True}}},
    {"message": {"chat": {"id": CHAT}, "date": 1, "photo": []}},
    {"message": {"chat": {"id": CHAT}, "date": 10**30, "text": "/status"}},
    {"message": {"chat": {"id": CHAT}, "date": 253402300800, "text": "/status@other"}},
    {"edited_message": {"chat": {"id": CHAT}, "date": 1, "text": "/halt"}},
    {"channel_post": {"chat": {"id": CHAT}, "date": 1, "text": "/halt"}},
    {"callback_query": {"id": "1", "data": "x", "from": None}},
    {"callback_query": {"id": 5, "data": None, "message": {"chat": {"id": CHAT}}}},
    {"my_chat_member": {"chat": {"id": CHAT}}},
)  # fmt: skip


async def test_updates_that_make_no_sense_crash_nothing(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    for nonsense in NONSENSE:
        number = {"update_id": talk.double.next_update_id()} if isinstance(nonsense, dict) else {}
        talk.double.sends(nonsense | number if isinstance(nonsense, dict) else nonsense)
    for text in (
        "/status " + "x" * 4000,
        "/статус",
        "/halt 0001\x00",
        "/trades ٣",
        "‮/halt",
        "/trades -1",
        "/daily 999999",
    ):
        talk.double.writes(CHAT, text)
    assert "running" in (await talk.asks("/status", FRIEND)).text
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_command_from_when_nobody_listened_is_not_obeyed_and_said_to_be_so(
    double: TelegramDouble, bots: StagedBots
) -> None:
    double.writes(CHAT, "/halt", age=3600)
    double.writes(CHAT, "/status", age=61)
    double.writes(CHAT, "/balance", age=20)
    async with talking(double, bots):
        await until(lambda: len(double.shown(CHAT)) == 2)
    late, fresh = double.texts(CHAT)
    assert late.startswith("Not done: nobody listened")
    assert "/halt" in late
    assert "/status" in late
    assert fresh.startswith("0001 (paper): 1003.20")


# --- What goes wrong --------------------------------------------------------------------------------------------


async def test_commands_are_heard_again_after_an_outage_that_is_told_once(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await talk.asks("/version")
    with talk.double.unreachable():
        await until(lambda: talk.listening._failures >= 3)
    assert "running" in (await talk.asks("/status")).text
    told = [record.getMessage() for record in caplog.records if record.name == "tradingbot.notify"]
    assert [sentence[:40] for sentence in told] == [
        "Telegram's commands are not heard until "[:40],
        "Telegram's commands are heard again"[:40],
    ]


async def test_another_process_that_asks_is_told_once_and_given_room(
    double: TelegramDouble, bots: StagedBots, caplog: pytest.LogCaptureFixture
) -> None:
    pauses = []
    async with made(double, bots) as listening:
        for _ in range(4):
            asking = asyncio.create_task(listening.listen_once())
            await until(lambda: double.pollers)
            await asyncio.to_thread(double.another_polls)
            pauses.append(await asking)
        async with listening.going():
            pass
    assert [round(pause / 0.02) for pause in pauses] == pytest.approx([1, 2, 4, 8], rel=0.35)
    assert len([record for record in caplog.records if "another process" in record.getMessage()]) == 1


async def test_an_address_that_another_program_left_keeps_no_command_away(
    double: TelegramDouble, bots: StagedBots
) -> None:
    double.sets_webhook()
    async with talking(double, bots) as talk:
        assert "running" in (await talk.asks("/status")).text


async def test_an_answer_waits_as_long_as_telegram_asks(talk: Talk) -> None:
    talk.double.asks_for_patience(CHAT, 1)
    begun = time.monotonic()
    await talk.asks("/status")
    assert time.monotonic() - begun >= 1.0
    assert [each.status for each in talk.double.requests if each.method == "sendMessage"] == [429, 200]


async def test_a_press_does_not_wait_for_an_answer_that_telegram_does_not_take_yet(
    talk: Talk, bots: StagedBots
) -> None:
    question = await talk.asks("/halt")
    talk.double.asks_for_patience(CHAT, 30)
    talk.double.writes(CHAT, "/status")
    await until(lambda: 429 in [each.status for each in talk.double.requests])
    await talk.presses(question, "Yes, halt")
    assert len(bots.done) == 1


async def test_a_chat_that_takes_nothing_keeps_no_other_waiting(talk: Talk) -> None:
    talk.double.block(CHAT)
    talk.double.asks_for_patience(GROUP, 30)
    talk.double.writes(CHAT, "/status")
    talk.double.writes(GROUP, "/status")
    assert "running" in (await talk.asks("/status", FRIEND)).text


async def test_a_bot_that_takes_too_long_to_answer_is_said_to(
    talk: Talk, bots: StagedBots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "_LONGEST_ANSWER_SECONDS", 0.05)
    bots.slow = asyncio.Event()
    assert (await talk.asks("/status")).text == "there is no answer within 0.05 seconds, try again later"


async def test_strangers_do_not_fill_the_log(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(60):
        talk.double.writes(10_000 + number, "/start")
    await talk.nothing_more()
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(told) == 50
    assert told[-1].endswith("further strangers are not named")


async def test_a_fault_of_ours_ends_no_listening(
    talk: Talk, bots: StagedBots, caplog: pytest.LogCaptureFixture
) -> None:
    bots.statuses["0001"] = {"bot": "0001"}
    talk.double.writes(CHAT, "/status")
    await until(lambda: any("could not be answered" in text for text in talk.double.texts(CHAT)))
    assert "could not be answered" in caplog.text
    assert "/halt" in (await talk.asks("/help")).text


async def test_the_token_is_in_no_log(
    talk: Talk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    await talk.asks("/status")
    with talk.double.unreachable():
        await until(lambda: talk.listening._failures >= 2)
    talk.double.fails("getUpdates", Fault(404, f"/bot{TOKEN}/getUpdates".encode()), Fault(200, TOKEN.encode()))
    await talk.asks("/status")
    captured = capfd.readouterr()
    secret = TOKEN.partition(":")[2]
    assert not [text for text in (caplog.text, captured.out, captured.err) if secret in text]


# --- One bot alone ----------------------------------------------------------------------------------------------


class Stopped:
    """A real bot that is not running: it takes no halts yet says everything."""

    def __init__(self, workdir: Path) -> None:
        self._bot = LiveTradingBot(DOCUMENT, RunOptions(workdir=workdir))
        self.name, self.document = self._bot.name, self._bot.document
        self.get_status, self.trades = self._bot.get_status, self._bot.trades
        self.done: list[tuple[str, ...]] = []

    def halt(self, mode: HaltMode, reason: str, *, by: str) -> dict[str, Any]:
        self.done.append((str(mode), by))
        return {"halt": {"mode": str(mode), "detail": reason}, "position": 0.0, "open_orders": []}

    def resume(self, *, by: str) -> dict[str, Any]:
        self.done.append(("resume", by))
        return {"halt": None, "position": 0.0, "open_orders": []}


async def test_a_real_bot_answers_every_command(double: TelegramDouble, tmp_path: Path) -> None:
    bot = Stopped(tmp_path)
    log = tmp_path / bot.document.logging.path_for(bot.name)
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"2026-11-22 12:00:00 INFO    0001  line {number}\n" for number in range(30_000)))
    async with talking(double, Alone(bot, tmp_path)) as talk:
        for command in MENU:
            shown = await talk.asks(f"/{command}")
            assert "0001" in shown.text or "Commands" in shown.text, shown.text
            if command == "logs":
                assert shown.text.splitlines()[-1].endswith("line 29999")
            if command == "config":
                assert '"symbol": "BTCUSDT"' in shown.text
            if shown.buttons:
                await talk.presses(shown, f"Yes, {command}")
    assert bot.done == [("block-entries", "telegram"), ("resume", "Ada, telegram"), ("close-positions", "telegram")]
