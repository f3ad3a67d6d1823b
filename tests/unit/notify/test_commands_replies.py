"""What people read who ask."""

from pathlib import Path
from typing import Any

import pytest

from bots.bot import LiveTradingBot
from bots.notify.commands import words
from bots.notify.commands.reading import Command
from bots.notify.commands.replies import (
    balance_reply,
    daily_reply,
    overview_reply,
    profit_reply,
    state,
    status_reply,
    trades_reply,
)
from bots.running.options import RunOptions
from bots.seen.last_lines import tail
from bots.trading.halts import HaltMode
from tests.unit.notify.staged_bots import status_of, trade

HALT = {
    "limit": "max_drawdown_pct",
    "detail": "0.55 % below",
    "since": "2026-11-22T12:00:00Z",
    "mode": "close-positions",
}
DOCUMENT = Path(__file__).parents[3] / "configs" / "0001.json"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "running, ready"),
        ({"ready": False}, "running, NOT READY"),
        ({"halt": HALT}, "HALTED (close-positions)"),
        ({"state": "stopped", "ready": False}, "stopped"),
    ],
)
def test_a_bots_state_is_told_in_a_few_words(changed: dict[str, Any], told: str) -> None:
    assert state(status_of("0001", **changed)) == told


def test_real_money_stands_out() -> None:
    assert status_reply(status_of("0003", mode="live")).title == "0003 (LIVE): running, ready"


def test_everything_that_is_wrong_is_in_the_status() -> None:
    lines = status_reply(
        status_of(
            "0001",
            ready=False,
            reasons=["the feed is lost"],
            halt=HALT,
            hold_until="12:30",
            fallback={"active": True},
            last_error="KeyError: 'x'",
        )
    ).lines
    assert "not ready: the feed is lost" in lines
    assert "halted by max_drawdown_pct since 2026-11-22T12:00:00Z: 0.55 % below" in lines
    assert "entries are held until 12:30" in lines
    assert "the broker is away: new entries are made ON PAPER" in lines
    assert "last error: KeyError: 'x'" in lines


def test_a_bot_that_never_traded_answers_all_the_same(tmp_path: Path) -> None:
    status = LiveTradingBot(DOCUMENT, RunOptions(workdir=tmp_path)).get_status()
    assert status_reply(status).title == "0001 (paper): stopped"
    assert "no closed trades yet" in profit_reply(status, []).lines
    assert balance_reply(status).title == "0001 (paper): 1000.00 USDT (+0.00 %)"
    assert daily_reply(status, [], None).title == "0001 (paper): +0.00 USDT on 0 days with closed trades"
    assert trades_reply(status, [], None).title == "0001 (paper): no trades yet"
    assert overview_reply({"0001": status}).title == "1 bots, 0 of them well"


def test_the_days_are_those_with_closed_trades_the_newest_first() -> None:
    trades = [trade(1, "-1.1", day=-2), trade(2, "2", day=-2), trade(3, "3"), trade(4, None)]
    reply = daily_reply(status_of("0001"), trades, None)
    assert reply.lines == ("2026-11-22: +3.00 USDT, 1 trade", "2026-11-20: +0.90 USDT, 2 trades")
    assert daily_reply(status_of("0001"), trades, 1).lines == ("2026-11-22: +3.00 USDT, 1 trade",)


def test_of_a_long_log_the_end_is_shown() -> None:
    reply = words.logs_reply("0001", [f"line {number} {'x' * 400}" for number in range(50)])
    assert reply.block.splitlines()[-1].startswith("line 49 ")
    assert len(reply.block) < 4000
    assert reply.block.splitlines()[0].startswith("line ")


def test_the_end_of_a_huge_file_is_read_alone(tmp_path: Path) -> None:
    file = tmp_path / "log"
    assert tail(file, 5) == []
    file.write_bytes(b"caf\xe9\n" * 100_000 + b"the last\n")
    assert tail(file, 2) == ["caf\ufffd", "the last"]
    file.write_text("only one")
    assert tail(file, 5) == ["only one"]


@pytest.mark.parametrize(
    ("command", "title", "means"),
    [
        (Command("halt", ("0001",)), "Halt (block-entries) 0001?", "positions are kept"),
        (Command("halt", ("0001",), HaltMode.CLOSE_POSITIONS), "Halt (close-positions) 0001?", "Everything is sold"),
        (Command("close", ("0001",)), "Close and halt 0001?", "Everything is sold"),
        (Command("resume", ("0001", "0002")), "Resume all 2 bots?", "entries again"),
    ],
)
def test_a_question_says_what_would_happen_to_whom(command: Command, title: str, means: str) -> None:
    reply = words.question_reply(command, {"0001": status_of("0001"), "0002": "does not answer"}, {"Yes": "k:yes"})
    assert reply.title == title
    assert means in reply.lines[0]
    assert "holds 1.0854, worth 101.38 USDT" in reply.lines[1]
    assert reply.lines[2] == "0002: does not answer"


def test_what_was_done_is_told_for_each_bot() -> None:
    standing: dict[str, Any] = {"halt": None, "position": 0.0, "open_orders": []}
    reply = words.done_reply(Command("resume", ("0001", "0002")), {"0001": standing, "0002": "does not answer"})
    assert reply.title == "/resume 2 bots: done, but not for 1"
    assert reply.lines == ("0002: NOT DONE: does not answer", "0001: may make entries; flat")


def test_a_line_of_any_length_leaves_room_for_others() -> None:
    assert len(status_reply(status_of("0001", last_error="x" * 5000)).lines[-1]) < 400


def test_of_very_many_bots_those_are_shown_that_are_not_well() -> None:
    statuses: dict[str, Any] = {f"{number:04}": status_of(f"{number:04}") for number in range(60)}
    reply = overview_reply(statuses | {"0059": "does not answer"})
    assert reply.title == "60 bots, 59 of them well"
    assert reply.lines[0] == "0059: does not answer"
    assert reply.lines[-1] == "and 20 more"
