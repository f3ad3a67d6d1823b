"""The command `tradingbot`, as a person or a script calls it."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bots.cli import main

ROOT = Path(__file__).parents[3]
COMMANDS = sorted(main.commands)
START = datetime(2024, 1, 1, tzinfo=UTC)


DIPS = {"name": "RSIBBEntryMixin", "params": {"rsi_period": 2, "bb_period": 2, "bb_dev": 0.1}}
SELLS = {"entry_logic": DIPS, "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 2}}}
HOLDS = {"entry_logic": DIPS, "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 999}}}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("TRADINGBOT_JOURNAL_URL", "TRADINGBOT_NAME"):
        monkeypatch.delenv(name, raising=False)


def call(*arguments: object) -> Result:
    """Run a command; what it raises beyond an exit status is the test's."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def document(path: Path = Path("0001.json"), **sections: dict[str, Any]) -> Path:
    """Write a document that buys every dip and sells two bars later."""
    made: dict[str, Any] = {"trading": {"symbol": "BTCUSDT"}, "strategy": SELLS}
    path.write_text(json.dumps(made | sections))
    return path


def bars(path: Path = Path("bars.csv"), spelt: str = "%Y-%m-%d %H:%M:%S") -> Path:
    """Write forty bars that fall, rise and fall again."""
    lines = ["timestamp,open,high,low,close,volume"]
    for index in range(40):
        close = 100 + abs(index % 10 - 5) * 2
        lines.append(f"{START + timedelta(hours=index):{spelt}},{close},{close + 1},{close - 1},{close},5")
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=lambda command: " ".join(command) or "-")
def test_every_command_explains_itself(command: list[str]) -> None:
    result = call(*command, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: main {' '.join(command)}".strip())


def test_the_version_is_told() -> None:
    assert call("--version").stdout.startswith("tradingbot, version ")


def test_a_good_document_is_good() -> None:
    result = call("validate", document())
    assert (result.exit_code, result.stdout) == (0, "0001.json: good\n")


def test_every_fault_of_every_document_is_told_at_once() -> None:
    good = document()
    bad = document(Path("bad.json"), trading={"symbol": "BTCUSDT", "max_positions": 0, "colour": "red"})
    result = call("validate", bad, good, "none.json")
    assert result.exit_code == 1
    places = [line.split(": ")[:2] for line in result.stdout.splitlines()]
    assert ["bad.json", "trading.max_positions"] in places
    assert ["bad.json", "trading.colour"] in places
    assert ["none.json", "document"] in places
    assert ["0001.json", "good"] in places


def test_validate_build_says_what_the_bot_would_do_with_sizes_and_limits_in_money() -> None:
    risk = {"stop_loss_pct": 5, "max_daily_loss": 30}
    trading = {"symbol": "BTCUSDT", "position_size": 0.2, "max_drawdown_pct": 10}
    result = call("validate", "--build", document(trading=trading, risk_management=risk))
    assert result.exit_code == 0
    assert "each entry  20 % of equity, 200.00 USDT at first; 1 at once" in result.stdout
    assert "stop loss   at -10.00 USDT" in result.stdout
    assert "no entry after a loss of 30 USDT" in result.stdout
    assert "drawdown    at 10 % (100.00 USDT at first)" in result.stdout


def test_validate_build_says_who_is_told_and_what_is_missing_for_that(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_IDS"):
        monkeypatch.delenv(name, raising=False)
    assert "tells       nobody" in call("validate", "--build", document()).stdout
    telling = document(notifications={"enabled": True, "telegram": {"enabled": True, "notify_on": ["error"]}})
    missing = call("validate", "--build", telling)
    assert (missing.exit_code, "tells not   nothing is sent to Telegram" in missing.stdout) == (0, True)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123456789:AAF-staged_0123456789abcdefghijklmno")
    monkeypatch.setenv("TELEGRAM_CHAT_IDS", "42")
    assert "tells       telegram/73475cb4 of error" in call("validate", "--build", telling).stdout


def test_validate_build_says_what_cannot_be_built_here() -> None:
    data = {"data_source": "replay", "file": "none.csv"}
    result = call("validate", "--build", document(data=data))
    assert result.exit_code == 1
    assert result.stdout.startswith("0001.json: cannot be built: none.csv: cannot be read")


def test_the_schema_is_the_one_that_the_configs_reference() -> None:
    shipped = next((ROOT / "configs").rglob("tradingbot.schema.json"))
    assert json.loads(call("schema").stdout) == json.loads(shipped.read_text())


def faulty(make: Callable[[], list[object]]) -> Any:
    return pytest.param(make, id=make.__name__)


def no_document() -> list[object]:
    return ["run", "none.json"]


def a_document_with_a_fault() -> list[object]:
    return ["run", document(trading={"symbol": "BTCUSDT", "max_positions": -1})]


def a_name_that_leads_elsewhere() -> list[object]:
    return ["run", document(), "--name", "../x"]


def a_broker_that_is_not_built_in() -> list[object]:
    return ["run", document(broker={"type": "binance"}, data={"data_source": "binance"})]


def forgetting_real_orders() -> list[object]:
    return ["run", "--fresh", document(broker={"type": "binance"}, data={"data_source": "binance"})]


def no_bars() -> list[object]:
    return ["backtest", document(), "--out", "out"]


def bars_that_are_missing() -> list[object]:
    return ["backtest", document(), "--bars", "none.csv", "--out", "out"]


def results_below_a_file() -> list[object]:
    Path("out").write_text("")
    return ["backtest", document(), "--bars", bars(), "--out", "out/results"]


def nobody_there() -> list[object]:
    return ["status", "http://127.0.0.1:9"]


def no_address() -> list[object]:
    return ["status", "http://no such host/"]


def a_status_of_nothing() -> list[object]:
    return ["status", "none.json"]


def a_journal_that_is_no_database() -> list[object]:
    return ["status", document(), "--journal", "nonsense"]


def a_journal_that_is_a_text() -> list[object]:
    Path("journal").mkdir()
    Path("journal/0001.paper.sqlite").write_text("Dear journal, " * 99)
    return ["resume", document()]


def a_feed_that_is_unknown() -> list[object]:
    return ["feed", "teletype", "BTCUSDT"]


def a_feed_that_is_a_file() -> list[object]:
    return ["feed", "replay", "BTCUSDT"]


def an_interval_that_is_unknown() -> list[object]:
    return ["feed", "mock", "BTCUSDT", "7m"]


@pytest.mark.parametrize(
    "make",
    [
        faulty(each)
        for each in (
            no_document, a_document_with_a_fault, a_name_that_leads_elsewhere, a_broker_that_is_not_built_in,
            forgetting_real_orders, no_bars, bars_that_are_missing, results_below_a_file, nobody_there, no_address,
            a_status_of_nothing, a_journal_that_is_no_database, a_journal_that_is_a_text, a_feed_that_is_unknown,
            a_feed_that_is_a_file, an_interval_that_is_unknown,
        )
    ],
)  # fmt: skip
def test_an_error_is_one_line_and_exit_status_1(make: Callable[[], list[object]]) -> None:
    result = call(*make())
    assert result.exit_code == 1
    told = [line for line in result.stderr.splitlines() if not line.startswith("warning: ")]
    assert len(told) == 1
    assert result.stdout == ""


def test_a_wrong_call_has_an_exit_status_of_its_own() -> None:
    assert call("run").exit_code == 2
    assert call("feed", "mock", "BTCUSDT", "--bars", "0").exit_code == 2


def backtested(spelt: str = "%Y-%m-%d %H:%M:%S") -> list[dict[str, Any]]:
    """Run a backtest on bars whose times are spelt so, and return its trades."""
    result = call("backtest", document(), "--bars", bars(spelt=spelt), "--out", "out")
    assert result.exit_code == 0, result.stderr
    trades: list[dict[str, Any]] = json.loads(Path("out/trades.json").read_text())
    return trades


def test_a_backtest_writes_four_files() -> None:
    backtested()
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "equity.csv", "report.html", "summary.json", "trades.json",
    ]  # fmt: skip


@pytest.mark.parametrize("spelt", ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y%m%dT%H%M%S+0000"])
def test_trades_spell_their_bars_as_the_file_does(spelt: str) -> None:
    trades = backtested(spelt)
    known = {f"{START + timedelta(hours=index):{spelt}}" for index in range(40)}
    assert {trade["entry_bar"] for trade in trades} < known
    assert {trade["exit_bar"] for trade in trades if trade["exit_bar"]} < known


def test_each_trade_has_all_that_was_promised() -> None:
    first = backtested()[0]
    assert first["exit_reason"] == "time_limit"
    gained = (first["exit_price"] - first["entry_price"]) * first["quantity"] - first["commission"]
    assert first["profit"] == pytest.approx(gained)


def test_a_trade_that_is_open_at_the_end_has_no_exit() -> None:
    call("backtest", document(strategy=HOLDS), "--bars", bars(), "--out", "out")
    (trade,) = json.loads(Path("out/trades.json").read_text())
    assert (trade["exit_bar"], trade["exit_reason"], trade["profit"]) == (None, None, None)


def test_the_equity_curve_has_a_row_for_each_bar() -> None:
    backtested()
    with Path("out/equity.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 40
    assert rows[0] == {"timestamp": "2024-01-01 00:00:00", "equity": "1000", "cash": "1000", "position": "0"}


def test_the_summary_names_what_was_run() -> None:
    trades = backtested()
    summary = json.loads(Path("out/summary.json").read_text())
    assert (summary["bot"], summary["symbol"], summary["bars"]) == ("0001", "BTCUSDT", 40)
    assert summary["closed_trades"] + summary["open_trades"] == len(trades)


def test_the_report_needs_no_network() -> None:
    backtested()
    page = Path("out/report.html").read_text()
    assert "<script src=" not in page
    assert "<link " not in page


def test_bars_of_another_length_than_the_documents_are_doubted() -> None:
    result = call("backtest", document(data={"interval": "4h"}), "--bars", bars(), "--out", "out")
    assert "warning: the bars are 3600 s apart, the document says 4h" in result.stdout


def test_a_feed_is_printed_with_its_delay_until_so_many_bars_came() -> None:
    result = call("feed", "mock", "BTCUSDT", "1m", "--bars", "3", "--speed", "0")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("2024-01-01T00:00:00Z  open ")
    assert lines[0].endswith("delay 0.0 ms")


def test_the_same_seed_prints_the_same_feed() -> None:
    one, same, other = (
        call("feed", "mock", "BTCUSDT", "--bars", "3", "--speed", "0", "--seed", seed).stdout for seed in (1, 1, 2)
    )
    assert one == same != other


def test_the_status_of_a_bot_that_never_ran_is_that_of_its_document() -> None:
    result = call("status", "--json", document())
    status = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (status["state"], status["alive"]) == ("stopped", False)
    assert status["data_feed_status"]["data_points"] == 0
    assert status["broker_status"]["cash"] == 1000.0
    assert list(Path().iterdir()) == [Path("0001.json")], "looking makes nothing"


def test_a_status_for_people_is_a_few_lines() -> None:
    lines = call("status", document()).stdout.splitlines()
    assert lines[0] == "0001  paper  stopped, not ready (not running)"
    assert "equity 1000.00 USDT" in lines[2]


def test_a_halt_that_reaches_no_bot_is_an_error() -> None:
    result = call("halt", document())
    assert result.exit_code == 1
    assert "nothing is halted: no paper bot 0001 has run here" in result.stderr


def test_a_bot_that_is_not_halted_need_not_be_resumed() -> None:
    assert call("resume", document()).stdout == "0001 is not halted\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(shell: str) -> None:
    result = call("completion", shell)
    assert result.exit_code == 0
    assert "_TRADINGBOT_COMPLETE" in result.stdout
