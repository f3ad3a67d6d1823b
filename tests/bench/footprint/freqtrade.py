"""freqtrade's dry run on the Binance double: from PyPI, in an environment of its own under build/.

It is licensed GPL-3: it is run beside the project and never part of it.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

VERSION = "2026.9"
ROOT = Path(__file__).parents[3]
_HOME = ROOT / "build" / "bench" / "freqtrade"
PROGRAM = _HOME / "bin" / "freqtrade"
_STRATEGY = '''"""Looks at the RSI, and never enters."""
import talib.abstract as ta
from freqtrade.strategy import IStrategy


class Idle(IStrategy):
    timeframe = "1h"
    stoploss = -0.5
    minimal_roi = {"0": 10}
    startup_candle_count = 30

    def populate_indicators(self, dataframe, metadata):
        dataframe["rsi"] = ta.RSI(dataframe)
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        dataframe["enter_long"] = 0
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        dataframe["exit_long"] = 0
        return dataframe
'''


def provide() -> None:
    """Install it, unless it is; nothing of it is loaded here."""
    if PROGRAM.exists() and (_HOME / VERSION).exists():
        return
    uv = [sys.executable, "-m", "uv"]
    _run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(_HOME)])
    # One small dependency of its has no wheel.
    packages = ["--only-binary", ":all:", "--no-binary", "sdnotify", f"freqtrade=={VERSION}"]
    python = str(_HOME / "bin" / "python")
    _run([*uv, "pip", "install", "--system-certs", "--quiet", "--python", python, *packages])
    (_HOME / VERSION).touch()


def obstacle() -> str | None:
    """Say why it cannot be had here, or None; installs it, unless it is."""
    try:
        provide()
    except subprocess.CalledProcessError as error:
        told = [line for line in (error.stderr or "").splitlines() if line.strip()]
        return f"freqtrade {VERSION} cannot be installed: {told[0].strip() if told else error}"
    return None


def exchange(http_url: str) -> dict[str, Any]:
    """Return the settings of an exchange that is a double."""
    return {
        "name": "binance",
        "pair_whitelist": ["BTC/USDT"],
        "enable_ws": False,
        "ccxt_config": {
            "urls": {"api": {"public": f"{http_url}/api/v3", "private": f"{http_url}/api/v3"}},
            "options": {"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False},
        },
    }


def command(folder: Path, http_url: str) -> list[str]:
    """Return the command of a dry run on a double, whose files lie in a folder."""
    strategies = folder / "strategies"
    strategies.mkdir(parents=True)
    (strategies / "idle.py").write_text(_STRATEGY, encoding="utf-8")
    prices = {"price_side": "same", "use_order_book": False}
    settings = {
        "dry_run": True,
        "dry_run_wallet": 1000,
        "stake_currency": "USDT",
        "stake_amount": 100,
        "max_open_trades": 1,
        "trading_mode": "spot",
        "entry_pricing": prices,
        "exit_pricing": prices,
        "pairlists": [{"method": "StaticPairList"}],
        "exchange": exchange(http_url),
        "initial_state": "running",
        "user_data_dir": str(folder / "user"),
    }
    (folder / "user").mkdir()
    (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    return [
        str(PROGRAM), "trade", "--config", str(folder / "config.json"), "--strategy", "Idle",
        "--strategy-path", str(strategies), "--db-url", f"sqlite:///{folder / 'trades.sqlite'}",
    ]  # fmt: skip


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stderr=subprocess.PIPE, text=True)
