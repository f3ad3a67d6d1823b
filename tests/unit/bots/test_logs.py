"""The log files that people and scripts have always read."""

import fcntl
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bots.seen.logs import LOGGER, TradeLog, configure
from bots.trading.keeping import Change, OrderUpdate
from bots.trading.order_machine import OrderStatus
from strategies.errors import StartError
from tests.unit.bots.scripted import START, Desk, Script, dashes

MAIN = "logs/live/trading_bot_0001.log"


@pytest.fixture(autouse=True)
def _handlers_are_closed() -> Iterator[None]:
    yield
    for handler in list(LOGGER.handlers):
        LOGGER.removeHandler(handler)
        handler.close()


def configured(folder: Path, *, json_console: bool = False, level: str = "INFO") -> None:
    configure("0001", folder, MAIN, level, json_console=json_console, before_line=lambda: None)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_words_go_to_the_bots_own_file_and_errors_to_that_of_all_bots(tmp_path: Path) -> None:
    configured(tmp_path)
    LOGGER.info("all is well")
    LOGGER.error("the broker is gone")
    own = (tmp_path / MAIN).read_text()
    assert "INFO    0001  all is well" in own
    assert "ERROR   0001  the broker is gone" in own
    (error,) = (tmp_path / "logs/errors.log").read_text().splitlines()
    assert error.endswith("ERROR   0001  the broker is gone")


def test_what_is_below_the_level_is_not_written(tmp_path: Path) -> None:
    configured(tmp_path, level="WARNING")
    LOGGER.info("all is well")
    assert (tmp_path / MAIN).read_text() == ""


def test_configuring_again_writes_each_line_once(tmp_path: Path) -> None:
    configured(tmp_path)
    configured(tmp_path)
    LOGGER.info("once")
    assert (tmp_path / MAIN).read_text().count("once") == 1


def test_the_console_can_speak_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured(tmp_path, json_console=True)
    try:
        raise ValueError("inside")
    except ValueError:
        LOGGER.exception("a line\nand another")
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert (told["bot"], told["level"], told["message"]) == ("0001", "ERROR", "a line\nand another")
    assert "ValueError: inside" in told["exception"]


def test_the_terminal_is_cleared_before_each_line(tmp_path: Path) -> None:
    cleared: list[int] = []
    configure("0001", tmp_path, MAIN, "INFO", json_console=False, before_line=lambda: cleared.append(1))
    LOGGER.info("x")
    assert cleared == [1]


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file in the folder's place")
    with pytest.raises(StartError, match=r"cannot write the log file .*logs"):
        configured(tmp_path)
    with pytest.raises(StartError, match=r"cannot write the log file .*logs"):
        TradeLog("0001", tmp_path)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The folder of a bot that bought and sold, and had an order refused."""
    desk = Desk(Script(enter=[0, 2], leave={1: "script"}), commission="0.01").play(dashes(100, 110))
    desk.filling = False
    desk.play(dashes(100, 110, 120)[2:])
    desk.trader.on_rejected(desk.sent[-1].client_order_id, "no money", START)
    log = TradeLog("0001", tmp_path)
    for change, _ in desk.heard.changes:
        log.write(change)
    log.close()
    return tmp_path / "logs" / "json"


def test_trades_json_has_one_object_for_each_entry_and_exit(written: Path) -> None:
    entry, exit_ = lines(written / "trades.json")
    assert (entry["event"], entry["price"], entry["quantity"]) == ("trade_entry", "100.00", "5")
    assert (exit_["event"], exit_["reason"], exit_["bar_time"]) == ("trade_exit", "script", "2024-01-01T01:00:00.000Z")


def test_orders_json_has_one_object_for_each_step_of_an_order(written: Path) -> None:
    steps = [(line["event"], line["client_order_id"][-4:]) for line in lines(written / "orders.json")]
    assert steps == [
        ("intent", "B1-1"), ("fill", "B1-1"), ("filled", "B1-1"),
        ("intent", "S1-1"), ("fill", "S1-1"), ("filled", "S1-1"),
        ("intent", "B2-1"), ("rejected", "B2-1"),
    ]  # fmt: skip


def test_a_refusal_is_written_with_the_venues_words(written: Path) -> None:
    assert lines(written / "orders.json")[-1]["detail"] == "no money"


@pytest.mark.parametrize("name", ["trades.json", "orders.json"])
def test_every_line_names_its_bot_and_its_time(written: Path, name: str) -> None:
    assert {line["bot"] for line in lines(written / name)} == {"0001"}
    assert all(line["time"].endswith("Z") for line in lines(written / name))


def test_an_order_does_not_wait_for_another_bots_lock_on_the_file(tmp_path: Path) -> None:
    log = TradeLog("0001", tmp_path)
    with (tmp_path / "logs" / "json" / ".__orders.json.lock").open("a+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for number in range(3):
            log.write(Change(updates=[OrderUpdate(f"{number}", OrderStatus.ACCEPTED)]))
        assert lines(tmp_path / "logs" / "json" / "orders.json") == []
    log.close()
    assert len(lines(tmp_path / "logs" / "json" / "orders.json")) == 3


WRITER = """
import sys
from pathlib import Path
from bots.seen import logs
from bots.trading.order_machine import OrderStatus
from bots.trading.keeping import Change, OrderUpdate

logs._MEGABYTES_EACH, logs._KEPT = 0.02, 99
log = logs.TradeLog(sys.argv[1], Path(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(500):
    log.write(Change(updates=[OrderUpdate(f"{number}", OrderStatus.ACCEPTED)]))
log.close()
"""


def test_two_bots_that_rotate_the_same_file_lose_no_line(tmp_path: Path) -> None:
    bots = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, name, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("0001", "0002")
    ]
    for bot in bots:
        assert bot.stdout is not None
        assert bot.stdout.readline() == "ready\n"
    for bot in bots:
        bot.communicate("go\n", timeout=60)
    files = list((tmp_path / "logs" / "json").glob("orders.json*"))
    assert len(files) > 3
    told = {(line["bot"], line["client_order_id"]) for file in files for line in lines(file)}
    assert told == {(bot, str(number)) for bot in ("0001", "0002") for number in range(500)}


def test_logging_does_not_reach_the_root_logger(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    configured(tmp_path)
    with caplog.at_level(logging.INFO):
        LOGGER.info("mine")
    assert "mine" not in caplog.text
