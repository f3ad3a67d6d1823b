"""Messages to Telegram, at a double of its Bot API: what arrives, what waits, and what never leaves."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bots.config.outputs import Telegram
from bots.notify import courier as courier_module
from bots.notify.courier import Courier
from bots.notify.message import Message
from bots.notify.telegram import TelegramNotifier, line, telegram_notifiers
from bots.notify.telegram.formatting import LONGEST_TEXT, length
from bots.trading import events
from bots.trading.events import Event, EventKind
from bots.trading.halts import MANUAL_HALT, Halt, HaltMode
from bots.trading.records import Trade
from strategies.errors import MessageRefusedError, NotToldError
from tests.unit.notify.fakes import WHOSE, MemoryOutbox
from tests.venues.telegram.double import TOKEN, TelegramDouble
from tests.venues.telegram.pictures import png
from tests.venues.telegram.server import Fault

CHAT, GROUP = 42, -1001234567890
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOLD = Message("0001 (paper): sold BTCUSDT, +3.20 USDT (+0.32 %)", ("because of: <time_limit> & more", "lot 1"))
ALARM = Message("ERROR 0001 (paper): the broker is lost", alarming=True)
TRADE = Trade(
    1, NOON, Decimal(100), Decimal("0.5"), Decimal("0.1"), NOON + timedelta(hours=2), Decimal(106), Decimal("2.9"),
    "take_profit",
)  # fmt: skip
TELLING = Telegram(enabled=True, notify_on=("trade_entry", "trade_exit", "error", "status", "daily_summary"))


@pytest.fixture
def double() -> Iterator[TelegramDouble]:
    with TelegramDouble(CHAT, seconds_between=0.0) as double:
        yield double
        assert double.complaints == []


@pytest.fixture
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "_PACE_SECONDS", 0.0)
    monkeypatch.setattr(courier_module, "_FIRST_PAUSE_SECONDS", 0.01)


@pytest.fixture
async def notifier(double: TelegramDouble) -> AsyncIterator[TelegramNotifier]:
    (made,) = telegram_notifiers(TELLING, double.environment)
    yield made
    await made.close()


@asynccontextmanager
async def carrying(notifier: TelegramNotifier, outbox: MemoryOutbox) -> AsyncIterator[Courier]:
    courier = Courier(notifier, outbox, lambda: WHOSE)
    courier.begin()
    task = asyncio.create_task(courier.run())
    try:
        yield courier
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    """Return once a condition holds; fail where it never does."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it never came to that"
        await asyncio.sleep(0.01)


# --- What arrives -----------------------------------------------------------------------------------------------


async def test_a_message_arrives_with_its_title_in_bold_and_words_of_others_as_they_are(
    double: TelegramDouble, notifier: TelegramNotifier
) -> None:
    await notifier.send(SOLD)
    (shown,) = double.shown(CHAT)
    assert shown.text == SOLD.text
    assert shown.html.startswith(f"<b>{SOLD.title}</b>\n")


@pytest.mark.usefixtures("_without_pauses")
async def test_all_sounds_but_what_is_to_be_quiet(double: TelegramDouble, notifier: TelegramNotifier) -> None:
    await notifier.send(ALARM)
    await notifier.send(SOLD)
    await notifier.send(Message("0001 (paper): is resumed", quiet=True))
    assert [shown.silent for shown in double.shown(CHAT)] == [False, False, True]


async def test_a_picture_stands_above_its_text(double: TelegramDouble, notifier: TelegramNotifier) -> None:
    await notifier.send(Message(SOLD.title, SOLD.lines, picture=png()))
    (shown,) = double.shown(CHAT)
    assert (shown.text, shown.picture) == (SOLD.text, png())


@pytest.mark.usefixtures("_without_pauses")
async def test_a_text_that_is_too_long_for_a_caption_comes_whole_before_its_picture(
    double: TelegramDouble, notifier: TelegramNotifier
) -> None:
    long = Message(SOLD.title, tuple(f"line {number} " + "x" * 90 for number in range(20)), picture=png())
    await notifier.send(long)
    assert [(shown.text, shown.picture) for shown in double.shown(CHAT)] == [(long.text, None), ("", png())]


@pytest.mark.usefixtures("_without_pauses")
async def test_a_picture_that_telegram_does_not_take_keeps_no_text_back(
    double: TelegramDouble, notifier: TelegramNotifier
) -> None:
    await notifier.send(Message(SOLD.title, SOLD.lines, picture=png(3000, 3)))
    assert [(shown.text, shown.picture) for shown in double.shown(CHAT)] == [(SOLD.text, None)]


@pytest.mark.usefixtures("_without_pauses")
async def test_a_picture_that_gets_lost_after_its_long_text_is_sent_again_without_it(
    double: TelegramDouble, notifier: TelegramNotifier
) -> None:
    long = Message(SOLD.title, ("x" * 2000,), picture=png())
    double.fails("sendPhoto", Fault(0))
    with pytest.raises(NotToldError):
        await notifier.send(long)
    await notifier.send(long)
    assert [bool(shown.picture) for shown in double.shown(CHAT)] == [False, True]


async def test_a_message_of_any_length_arrives_cut(double: TelegramDouble, notifier: TelegramNotifier) -> None:
    await notifier.send(Message("0001 (paper): " + "<b>" * 500, ("\U0001f4c8 & " * 3000,)))
    (shown,) = double.shown(CHAT)
    assert length(shown.text) == LONGEST_TEXT
    assert shown.text.endswith("…")


@pytest.mark.usefixtures("_without_pauses")
@pytest.mark.parametrize("text", ["\ud800", "\x00\x1b[31m", "&lt;b>", "</b></b>", "<script>", "‮txet", "a\r\nb", "&#0;"])
async def test_no_words_of_others_keep_a_message_from_arriving(
    text: str, double: TelegramDouble, notifier: TelegramNotifier
) -> None:
    await notifier.send(Message(f"0001: {text}", (text,)))
    (shown,) = double.shown(CHAT)
    assert shown.text.startswith("0001: ")


EVENTS = {
    "entry": (
        Event(EventKind.TRADE_ENTRY, NOON, "", {"lot": 1, "price": "2000", "quantity": "0.5", "reason": "rsi_low"}),
        "0003 (LIVE): bought ETHUSDT at 2000\n0.5 ETH for 1000.00 USDT\nbecause of: rsi_low",
    ),
    "exit": (events.exited(TRADE, NOON + timedelta(hours=2), "ETH", "USDT"), "sold ETHUSDT, +2.90 USDT (+5.80 %)"),
    "error": (events.of_line("the broker is lost", NOON, trouble=True), "ERROR 0003 (LIVE): the broker is lost"),
    "recovered": (events.of_line("the broker is back", NOON, trouble=False), "0003 (LIVE): the broker is back"),
    "halted": (
        events.halted_by_person(Halt(MANUAL_HALT, "because", NOON, HaltMode.BLOCK_ENTRIES), NOON, by="telegram"),
        "halted by a person (telegram, block-entries): because",
    ),
    "resumed": (events.resumed(NOON, anew=False, by="telegram"), "0003 (LIVE): resumed by a person"),
    "started": (events.started(NOON, "begins in live mode"), "0003 (LIVE): begins in live mode"),
    "stopped": (events.stopped(NOON, "stopped, no position is open"), "0003 (LIVE): stopped"),
    "daily summary": (
        events.daily_summary(
            NOON,
            {
                "day": "2026-11-21", "trades": 2, "won": 1, "profit": "3.20", "fees": "0.4", "equity": "1003.2",
                "drawdown_pct": "0.5", "position": "0.5", "unrealised": "-1", "uptime_seconds": 90_000, "starts": 1,
                "rebuilt": 0,
            },
            "USDT",
        ),
        "0003 (LIVE): 2026-11-21, +3.20 USDT\n2 trades, 1 of them with a gain",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("event", "words"), EVENTS.values(), ids=list(EVENTS))
async def test_each_event_is_read_in_the_chat(
    event: Event, words: str, double: TelegramDouble, notifier: TelegramNotifier
) -> None:
    async with carrying(notifier, MemoryOutbox(event)):
        await until(lambda: double.shown(CHAT))
    (shown,) = double.shown(CHAT)
    assert words in shown.text


async def test_each_listed_chat_is_a_channel_whose_name_does_not_show_it(double: TelegramDouble) -> None:
    made = telegram_notifiers(TELLING, double.environment | {"TELEGRAM_CHAT_IDS": f"{CHAT}, {GROUP},{CHAT}"})
    assert [each.chat for each in made] == [CHAT, GROUP]
    assert len({each.name for each in made}) == 2
    assert all(str(abs(each.chat)) not in each.name for each in made)
    for each in made:
        await each.close()


# --- What waits -------------------------------------------------------------------------------------------------


@contextmanager
def blocked(double: TelegramDouble) -> Iterator[None]:
    double.block(CHAT)
    yield


TROUBLES: dict[str, Callable[[TelegramDouble], AbstractContextManager[None]]] = {
    "nobody answers": TelegramDouble.unreachable,
    "a gateway fails": lambda double: double.failing(502),
    "the answer is none": lambda double: double.failing(200, b"<html>"),
    "the answer is another's": lambda double: double.failing(200, {"ok": True, "result": {"message_id": "x"}}),
    "the person has blocked the bot": blocked,
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=list(TROUBLES))
async def test_what_cannot_be_told_now_may_be_told_later(
    trouble: Callable[[TelegramDouble], AbstractContextManager[None]],
    double: TelegramDouble,
    notifier: TelegramNotifier,
) -> None:
    with trouble(double), pytest.raises(NotToldError) as raised:
        await notifier.send(SOLD)
    assert not isinstance(raised.value, MessageRefusedError)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("TELEGRAM_CHAT_IDS", "777", "TELEGRAM_CHAT_IDS"),
        ("TELEGRAM_BOT_TOKEN", f"{TOKEN[:-1]}p", "compare TELEGRAM_BOT_TOKEN"),
    ],
)
async def test_what_a_person_has_to_put_right_is_said_and_waits(
    variable: str, value: str, sentence: str, double: TelegramDouble
) -> None:
    (made,) = telegram_notifiers(TELLING, double.environment | {variable: value})
    with pytest.raises(NotToldError, match=sentence) as raised:
        await made.send(SOLD)
    assert not isinstance(raised.value, MessageRefusedError)
    await made.close()


async def test_a_message_that_can_never_be_sent_is_told_from_one_that_waits(
    double: TelegramDouble, notifier: TelegramNotifier
) -> None:
    body = {"ok": False, "error_code": 400, "description": "Bad Request: can't parse entities: whatever"}
    double.fails("sendMessage", Fault(400, body))
    with pytest.raises(MessageRefusedError, match=r"(?i)can't parse entities"):
        await notifier.send(SOLD)


@pytest.mark.usefixtures("_without_pauses")
async def test_patience_that_telegram_asks_for_is_told_in_seconds(
    double: TelegramDouble, notifier: TelegramNotifier
) -> None:
    double.asks_for_patience(CHAT, 30)
    with pytest.raises(NotToldError) as raised:
        await notifier.send(SOLD)
    assert raised.value.retry_after == 30
    # And nobody asks again before that is over, whoever wants to write.
    with pytest.raises(NotToldError) as raised:
        await notifier.send(SOLD)
    assert 29 < (raised.value.retry_after or 0) <= 30
    assert [each.status for each in double.requests] == [429]


async def test_messages_go_out_no_faster_than_telegram_wants_them(double: TelegramDouble) -> None:
    with TelegramDouble(CHAT, seconds_between=1.0) as strict:
        (made,) = telegram_notifiers(TELLING, strict.environment)
        await asyncio.gather(*(made.send(SOLD) for _ in range(3)))
        assert [each.status for each in strict.requests] == [200, 200, 200]
        await made.close()


@pytest.mark.usefixtures("_without_pauses")
async def test_messages_wait_out_an_outage_and_are_told_once(
    double: TelegramDouble, notifier: TelegramNotifier
) -> None:
    outbox = MemoryOutbox(*(events.of_line(f"event {number}", NOON, trouble=False) for number in range(3)))
    with double.unreachable():
        async with carrying(notifier, outbox) as courier:
            await until(lambda: courier.delivery.errors >= 2)
            assert double.texts(CHAT) == []
    async with carrying(notifier, outbox):
        await until(lambda: len(double.texts(CHAT)) == 3)
    assert double.texts(CHAT) == [f"0003 (LIVE): event {number}" for number in range(3)]


@pytest.mark.usefixtures("_without_pauses")
async def test_a_message_whose_answer_got_lost_is_rather_told_twice_than_never(
    double: TelegramDouble, notifier: TelegramNotifier
) -> None:
    double.fails("sendMessage", Fault(0, executed=True))
    async with carrying(notifier, MemoryOutbox(events.of_line("the broker is lost", NOON, trouble=True))) as courier:
        await until(lambda: courier.delivery.sent)
    assert double.texts(CHAT) == ["ERROR 0003 (LIVE): the broker is lost"] * 2


@pytest.mark.usefixtures("_without_pauses")
async def test_the_courier_waits_as_long_as_telegram_asks(double: TelegramDouble, notifier: TelegramNotifier) -> None:
    double.floods("sendMessage", 1)
    begun = time.monotonic()
    async with carrying(notifier, MemoryOutbox(events.of_line("the broker is lost", NOON, trouble=True))):
        await until(lambda: double.texts(CHAT))
    assert time.monotonic() - begun >= 1.0
    assert [each.status for each in double.requests] == [429, 200]


@pytest.mark.usefixtures("_without_pauses")
async def test_a_burst_is_one_message(double: TelegramDouble, notifier: TelegramNotifier) -> None:
    outbox = MemoryOutbox(*(events.of_line(f"trouble {number}", NOON, trouble=True) for number in range(40)))
    async with carrying(notifier, outbox) as courier:
        await until(lambda: courier.delivery.sent)
    (shown,) = double.shown(CHAT)
    assert shown.text.startswith("0003 (LIVE): 40 messages: 40 errors\n")
    assert not shown.silent


# --- What never leaves ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_without_pauses")
async def test_the_token_is_in_no_log_and_no_error(
    double: TelegramDouble, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    file = logging.FileHandler(tmp_path / "log")
    logging.getLogger().addHandler(file)
    (made,) = telegram_notifiers(TELLING, double.environment)
    secret = TOKEN.partition(":")[2]
    page = f"<h1>404</h1> /bot{TOKEN}/sendMessage is not here; {secret}".encode()
    told = []
    double.fails("sendMessage", Fault(404, page), Fault(502, page), Fault(200, page), Fault(0), Fault(400, page))
    for _ in range(5):
        with pytest.raises(NotToldError) as raised:
            await made.send(SOLD)
        told += [str(raised.value), repr(raised.value.__cause__)]
    with double.unreachable():
        with pytest.raises(NotToldError) as raised:
            await made.send(Message(f"it is {TOKEN}"))
        told.append(str(raised.value))
    await made.send(Message(f"it is {TOKEN}"))
    await made.close()
    logging.getLogger().removeHandler(file)
    file.close()
    captured = capfd.readouterr()
    everything = [*told, caplog.text, (tmp_path / "log").read_text(), captured.out, captured.err, *double.texts(CHAT)]
    assert not [text for text in everything if secret in text]
    assert double.texts(CHAT) == ["it is 123456789:[token]"]
