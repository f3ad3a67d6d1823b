"""Bots of the shipped documents, in processes of their own, on the doubles; and the backtest of the same bars."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from strategies.bar import Bar
from tests.process.running import ROOT, RunningBot
from tests.venues.binance import API_KEY, API_SECRET, BinanceDouble

# Keys of no account; a test looks for them in everything that a bot writes.
KEYS = {"BINANCE_API_KEY": API_KEY, "BINANCE_API_SECRET": API_SECRET, "TRADINGBOT_ALLOW_LIVE": "yes"}


def shipped(name: str, folder: Path, **sections: Mapping[str, Any]) -> Path:
    """Write a document of configs/ into a folder, with some keys of its sections replaced."""
    document = json.loads((ROOT / "configs" / f"{name}.json").read_text(encoding="utf-8"))
    document.pop("$schema")
    for section, keys in sections.items():
        document[section] = {**document.get(section, {}), **keys}
    path = folder / f"{name}.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


class Answering(Protocol):
    """A bot that can be asked for its status, wherever it runs."""

    def wait_for(self, what: str, condition: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Return the first status that satisfies a condition."""
        ...


class VenueBot(RunningBot):
    """A bot with the environment of a double's keys; what it prints goes to a file and not into a pipe that fills."""

    def __init__(
        self,
        document: Path,
        workdir: Path,
        *options: str,
        live: bool = False,
        program: Sequence[str] = ("-m", "bots.cli"),
    ) -> None:
        super().__init__(
            document,
            workdir,
            *options,
            program=program,
            mode="live" if live else "paper",
            environment=KEYS if live else {},
            output=workdir / "output.log",
        )

    @property
    def journal(self) -> Path:
        """Where its journal is."""
        return self._journal

    def command(self, name: str, *options: str) -> str:
        """Say a command about the bot beside it, and return what that prints."""
        done = subprocess.run(
            [sys.executable, "-m", "bots.cli", name, str(self.document), "--workdir", str(self.workdir), *options],
            cwd=ROOT, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        if done.returncode:
            raise AssertionError(f"{name}: {done.stderr}")
        return done.stdout

    def printed(self) -> str:
        """Return what the bot has printed so far."""
        return (self.workdir / "output.log").read_text(encoding="utf-8")

    def trades(self) -> list[dict[str, Any]]:
        """Return the trades as the bot tells them."""
        code, body = self.get("/trades")
        if code != 200:
            raise AssertionError(f"/trades answers {code}: {body[:200]}")
        found: list[dict[str, Any]] = json.loads(body)
        return found


def backtest_trades(document: Path, bars: Sequence[Bar], folder: Path) -> list[dict[str, Any]]:
    """Return the trades of `tradingbot backtest` on these bars, in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["timestamp,open,high,low,close,volume"]
    lines += [f"{b.time:%Y-%m-%dT%H:%M:%SZ},{b.open!r},{b.high!r},{b.low!r},{b.close!r},{b.volume!r}" for b in bars]
    (folder / "bars.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "bots.cli", "backtest", str(document), "--bars", str(folder / "bars.csv"), "--out",
         str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if done.returncode:
        raise AssertionError(done.stdout[-2000:] + done.stderr[-2000:])
    found: list[dict[str, Any]] = json.loads((folder / "trades.json").read_text(encoding="utf-8"))
    return found


def next_bar(double: BinanceDouble) -> Bar:
    """Let the next bar close, and return it."""
    bar = double.bars[-double.left]
    double.push()
    return bar


def drive(double: BinanceDouble, bot: VenueBot, count: int) -> None:
    """Let so many bars close, each once the bot has dealt with the one before and no market order is on its way."""
    bot.wait_for("the first bar to wait for", lambda status: status["ready"] or status["data_feed_status"]["warm"])
    double.wait_until(lambda: double.followers, 30, "a follower of the klines")
    for _ in range(count):
        settled_at(bot, next_bar(double))


def settled_at(bot: VenueBot, bar: Bar) -> None:
    """Wait until the bot has dealt with a bar and no market order of its is on the way."""
    opened = f"{bar.time:%Y-%m-%dT%H:%M:%SZ}"
    bot.wait_for(f"bar {opened}", partial(dealt_with, opened=opened))


def dealt_with(status: dict[str, Any], opened: str) -> bool:
    """Say whether a bot has dealt with a bar that opened then, and no market order of its is on the way."""
    orders = status["broker_status"]["open_orders"]
    # A stop has a T in its id, and rests; of a lot that is leaving it is being taken back.
    at_rest = all("-T" in order_id for order_id in orders)
    leaving = any(lot["exit_reason"] and lot["stop_order"] for lot in status["position"]["lots"])
    return at_rest and not leaving and (status["data_feed_status"]["last_bar"] or "") >= opened


def wait_until_settled(bot: Answering) -> dict[str, Any]:
    """Return the status once nothing is on its way."""
    return bot.wait_for("the end of all orders", lambda status: dealt_with(status, ""))
