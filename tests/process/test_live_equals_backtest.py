"""One file, replayed through the live node and through the backtest: identical trades, to the last digit."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.made_bars import write_made_bars

pytestmark = pytest.mark.slow

ENTRY = {"name": "RSIBBEntryMixin", "params": {"rsi_oversold": 42, "bb_dev": 1.2}}
LIMITS = {
    "stop_loss_pct": 0.4,
    "take_profit_pct": 0.9,
    "trailing_stop": {"enabled": True, "activation_pct": 0.3, "trailing_pct": 0.2},
    "max_daily_trades": 20,
    "max_daily_loss": 15,
}

DOCUMENTS: dict[str, dict[str, Any]] = {
    "rules alone": {"exit": {"name": "ATRExitMixin", "params": {}}, "risk": {}, "trading": {}},
    "every limit of a position and a day": {
        "exit": {"name": "RSIBBExitMixin", "params": {"rsi_overbought": 60, "bb_dev": 1.5}},
        "risk": LIMITS,
        "trading": {},
    },
    "three positions at once": {
        "exit": {"name": "TrailingStopExitMixin", "params": {"trail_pct": 0.004}},
        "risk": {"stop_loss_pct": 0.6},
        "trading": {"max_positions": 3, "max_exposure": 0.25, "position_size": 0.1},
    },
    "halted by its drawdown": {
        "exit": {"name": "TimeBasedExitMixin", "params": {"max_bars": 12}},
        "risk": {},
        "trading": {"max_drawdown_pct": 1.0, "position_size": 0.5},
    },
}


def run_command(command: list[str], cwd: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bots.cli", *command], cwd=cwd, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_live_and_backtest_make_the_same_trades(name: str, tmp_path: Path) -> None:
    parts = DOCUMENTS[name]
    write_made_bars(tmp_path / "bars.csv", count=4000)
    document = {
        "trading": {"symbol": "BTCUSDT", **parts["trading"]},
        "data": {"data_source": "replay", "file": "bars.csv", "interval": "1m", "lookback_bars": 100, "speed": 0},
        "strategy": {"entry_logic": ENTRY, "exit_logic": parts["exit"]},
        "risk_management": parts["risk"],
    }
    (tmp_path / "bot.json").write_text(json.dumps(document))
    run_command(["backtest", "bot.json", "--bars", "bars.csv", "--out", "backtest"], tmp_path)
    run_command(["run", "bot.json", "--port", "0"], tmp_path)
    backtest = json.loads((tmp_path / "backtest" / "trades.json").read_text())
    live = json.loads((tmp_path / "reports" / "bot" / "trades.json").read_text())
    assert len(backtest) > 5
    assert live == backtest
    assert (tmp_path / "reports" / "bot" / "equity.csv").read_text() == (
        tmp_path / "backtest" / "equity.csv"
    ).read_text()
