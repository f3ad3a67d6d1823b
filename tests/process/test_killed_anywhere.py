"""kill -9 at any moment, start again: the same trades, the same cash, no order twice."""

import json
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.made_bars import write_made_bars
from tests.process.killed_bot import STEPS

pytestmark = pytest.mark.slow

KILLS_A_RUN = 10
RUNS = 5
BARS = 3000

DOCUMENT: dict[str, Any] = {
    "broker": {"type": "mock", "initial_balance": 1000, "commission": 0.001},
    "trading": {"symbol": "BTCUSDT", "position_size": 0.2, "max_positions": 2, "max_exposure": 0.5},
    "data": {"data_source": "replay", "interval": "1m", "lookback_bars": 0, "speed": 0},
    "strategy": {
        "entry_logic": {
            "name": "RSIBBEntryMixin",
            "params": {"rsi_oversold": 45, "bb_dev": 1.0, "cooldown_bars": 3},
        },
        "exit_logic": {"name": "ATRExitMixin", "params": {"sl_multiplier": 1.5}},
    },
    "risk_management": {
        "stop_loss_pct": 0.4,
        "take_profit_pct": 0.8,
        "trailing_stop": {"enabled": True, "activation_pct": 0.3, "trailing_pct": 0.15},
        "max_daily_trades": 60,
        "max_daily_loss": 40,
    },
}


def run(document: Path, workdir: Path, *step: str) -> int:
    """Run the bot in a process of its own and return how it ended, negative when a signal ended it."""
    command = [sys.executable, "-m", "tests.process.killed_bot", str(document), str(workdir), *step]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, -signal.SIGKILL), done.stdout[-2000:] + done.stderr[-2000:]
    return done.returncode


def kept(workdir: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return what the journal says came of the run."""
    with closing(sqlite3.connect(workdir / "journal" / "bot.paper.sqlite")) as database:
        return {
            "trades": database.execute("SELECT * FROM trades ORDER BY lot").fetchall(),
            "open lots": database.execute("SELECT * FROM lots ORDER BY number").fetchall(),
            "state": database.execute("SELECT * FROM state").fetchall(),
            "equity": database.execute("SELECT * FROM equity ORDER BY time").fetchall(),
        }


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("document")
    bars = folder / "bars.csv"
    write_made_bars(bars, count=BARS)
    path = folder / "bot.json"
    path.write_text(json.dumps(DOCUMENT | {"data": DOCUMENT["data"] | {"file": str(bars)}}))
    return path


@pytest.fixture(scope="module")
def undisturbed(document: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    workdir = tmp_path_factory.mktemp("undisturbed")
    assert run(document, workdir) == 0
    result = kept(workdir)
    assert len(result["trades"]) > 100, "too few trades to be torn apart"
    return result


@pytest.mark.parametrize("seed", range(RUNS))
def test_a_bot_killed_again_and_again_ends_as_if_it_had_never_been(
    seed: int, document: Path, undisturbed: dict[str, list[tuple[Any, ...]]], tmp_path: Path
) -> None:
    rng = random.Random(seed)
    steps = list(STEPS)
    killed = 0
    for number in range(KILLS_A_RUN):
        step = steps[(seed * KILLS_A_RUN + number) % len(steps)]
        # A bar comes far more often than an order.
        count = rng.randint(20, 300) if "bar" in step else rng.randint(2, 18)
        if run(document, tmp_path, step, str(count)) == -signal.SIGKILL:
            killed += 1
    assert killed == KILLS_A_RUN, f"only {killed} of {KILLS_A_RUN} kills happened before the bars ended"
    assert run(document, tmp_path) == 0
    after = kept(tmp_path)
    for name, rows in undisturbed.items():
        assert after[name] == rows, name
    with closing(sqlite3.connect(tmp_path / "journal" / "bot.paper.sqlite")) as database:
        twice = database.execute(
            "SELECT lot, side, COUNT(*) FROM orders WHERE status = 'filled' GROUP BY lot, side HAVING COUNT(*) > 1"
        ).fetchall()
    assert twice == [], "an order was filled twice"


def test_every_step_at_which_a_bot_may_be_killed_is_staged() -> None:
    staged = {list(STEPS)[n % len(STEPS)] for n in range(RUNS * KILLS_A_RUN)}
    assert staged == set(STEPS)
    assert {"between intent and order", "between order and fill"} <= staged
