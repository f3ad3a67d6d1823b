"""The three kinds of process that are compared, and how one sees that they are ready."""

import sys
from abc import abstractmethod
from contextlib import ExitStack
from pathlib import Path
from subprocess import STDOUT, Popen
from typing import Protocol

from tests.bench.footprint import freqtrade
from tests.bench.footprint.freqtrade import ROOT
from tests.venues.binance import BinanceDouble
from tests.venues.bots import VenueBot, shipped
from tests.venues.test_binance_bots import at

# Whoever installs Nautilus alone has none, and it would be loaded here.
_WITHOUT_PLOTLY = """
import runpy, sys
sys.modules["plotly"] = None
runpy.run_module("tests.bench.footprint.bare_node", run_name="__main__")
"""


class Kind(Protocol):
    """Starts a process of its kind."""

    name: str

    @abstractmethod
    def start(self, folder: Path, double: BinanceDouble, running: ExitStack) -> "Started":
        """Start one that works in a folder, on a double."""


class Started(Protocol):
    """A process that was started."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    def is_ready(self) -> bool:
        """Say whether it does its work."""
        ...


class Bot:
    """`tradingbot run` on paper, with Binance's bars: configs/0002.json."""

    name = "tradingbot"

    def start(self, folder: Path, double: BinanceDouble, running: ExitStack) -> "Started":
        """See Kind."""
        path = shipped("0002", folder, data=at(double), notifications={"enabled": False}).rename(
            folder / f"{folder.name}.json"
        )
        return _StartedBot(running.enter_context(VenueBot(path, folder)))


class _StartedBot:
    def __init__(self, bot: VenueBot) -> None:
        self._bot = bot

    @property
    def pid(self) -> int:
        """See Started."""
        return self._bot.process.pid

    def is_ready(self) -> bool:
        """See Started."""
        return bool(self._bot.status().get("ready"))


class Printing:
    """A process of which a word in its output says that it is ready."""

    def __init__(self, name: str, word: str) -> None:
        self.name, self._word = name, word

    def start(self, folder: Path, double: BinanceDouble, running: ExitStack) -> "Started":
        """See Kind."""
        told = (folder / "told").open("wb")
        running.enter_context(told)
        process = Popen(self.command(folder, double), cwd=ROOT, stdout=told, stderr=STDOUT)

        def end() -> None:
            process.kill()
            process.wait()

        running.callback(end)
        return _StartedPrinting(process, folder / "told", self._word)

    @abstractmethod
    def command(self, folder: Path, double: BinanceDouble) -> list[str]:
        """Return the command."""


class BareNode(Printing):
    """Nautilus alone, with its own client of Binance."""

    def __init__(self) -> None:
        super().__init__("bare Nautilus node", "ready")

    def command(self, folder: Path, double: BinanceDouble) -> list[str]:
        """See Printing."""
        return [sys.executable, "-c", _WITHOUT_PLOTLY, double.http_url, double.ws_url]


class Freqtrade(Printing):
    """freqtrade's dry run."""

    def __init__(self) -> None:
        super().__init__("freqtrade, dry run", "Searching for USDT pairs")

    def command(self, folder: Path, double: BinanceDouble) -> list[str]:
        """See Printing."""
        return freqtrade.command(folder, double.http_url)


class _StartedPrinting:
    def __init__(self, process: Popen[bytes], told: Path, word: str) -> None:
        self._process, self._told, self._word = process, told, word

    @property
    def pid(self) -> int:
        """See Started."""
        return self._process.pid

    def is_ready(self) -> bool:
        """See Started."""
        if self._process.poll() is not None:
            raise RuntimeError(f"it ended: {self._told.read_text(errors='replace')[-2000:]}")
        return self._word in self._told.read_text(errors="replace")
