"""Backtests in memory, with the methods of a console's own that its routes use: they are done as soon as they begin."""

from collections.abc import AsyncIterable, Sequence
from pathlib import Path

from bots.config import document_from_bytes
from bots.web.backtests.backtest import Backtest, State
from bots.web.backtests.bars import Offered
from bots.web.backtests.comparing import Point, Result
from bots.web.bots import Who
from strategies.errors import BarsFileError, NameTakenError, NoSuchBacktestError, NotNowError
from tests.web.staged_sayings import NOW, document

_BEGUN = NOW.timestamp()


class StagedBacktests:
    """Backtests `done-1`, which is done, and `runs-1`, which runs for ever; more can be begun.

    Parameters
    ----------
    folder : Path
        Where the report lies.
    """

    def __init__(self, folder: Path) -> None:
        self._report = folder / "report.html"
        self._report.write_text("<!doctype html><title>report</title>", "utf-8")
        self._bars = {"bars/BTCUSDT-1h.csv": "BTCUSDT-1h.csv (12 kB)"}
        self._known = {
            "done-1": Backtest("done-1", "0001", "made", "olga", _BEGUN, State.DONE, seconds=1.5),
            "runs-1": Backtest("runs-1", "0002", "made", "vera", _BEGUN, State.RUNNING, "for 3 s", seconds=3.0),
        }

    def offered(self) -> Sequence[Offered]:
        return [Offered(key, label) for key, label in self._bars.items()]

    async def take_bars(self, name: str, chunks: AsyncIterable[bytes]) -> Offered:
        content = b"".join([chunk async for chunk in chunks])
        if f"bars/{name}" in self._bars:
            raise NameTakenError(f"there are bars of the name {name} already")
        if not content.startswith(b"timestamp"):
            raise BarsFileError(f"{name}: line 1: these are no bars")
        self._bars[f"bars/{name}"] = name
        return Offered(f"bars/{name}", name)

    async def start(self, text: str, bars: str, who: Who, *, bot: str = "draft", count: int = 5000) -> str:
        document_from_bytes(text.encode(), bot)
        if bars not in ("own", "made", *self._bars):
            raise BarsFileError("no such bars are offered here")
        made = f"done-{len(self._known)}"
        self._known[made] = Backtest(made, bot, bars, who.user, _BEGUN, State.DONE, f"{count} bars", seconds=0.5)
        return made

    def list(self) -> Sequence[Backtest]:
        return list(self._known.values())[::-1]

    def get(self, id: str) -> Backtest:
        if id not in self._known:
            raise NoSuchBacktestError("there is no such backtest")
        return self._known[id]

    def document(self, id: str) -> str:
        self.get(id)
        return document()

    def report(self, id: str) -> Path:
        if self.get(id).state is not State.DONE:
            raise NotNowError("this backtest has no results: it still runs")
        return self._report

    async def result(self, id: str) -> Result:
        self.report(id)
        figures = {"total_return_pct": 3.5, "closed_trades": 4, "cagr_pct": None}
        return Result(self.get(id), figures, (Point(1_767_225_600, 1000.0), Point(1_767_229_200, 1035.0)))

    async def cancel(self, id: str) -> None:
        self._known[id] = self.get(id).now(State.FAILED, "was cancelled")

    async def delete(self, id: str) -> None:
        self.get(id)
        del self._known[id]

    async def close(self) -> None:
        self._known.clear()
