"""One combination traded: by the same code and with the same figures as `tradingbot backtest`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.bars_file import BarsFile
from adapters.simulated import file_instrument
from bots.commands.sweeping.combining import Grid
from bots.commands.sweeping.places import with_values
from bots.config import Document, parse_document
from bots.results.summary import Run
from bots.trading.backtest import run_backtest
from bots.trading.terms import feed_settings, terms_of
from strategies.bar import Bar
from strategies.errors import DocumentError


@dataclass(frozen=True, slots=True)
class Task:
    """What a sweep trades: a document's values as JSON gives them, its combinations, and the bot's name.

    `split` is the share of the bars that are in the sample; the rest is traded apart. None trades all bars at once.
    """

    bot: str
    document: Mapping[str, Any]
    grid: Grid
    split: float | None = None


def trade(task: Task, number: int, file: BarsFile) -> dict[str, Any]:
    """Trade one combination and return its line of results.

    It has `figures`, as summary.json has them, or `refused` with the sentence of the document's models; with a split
    `out_of_sample` has the figures of the later bars.
    """
    values = task.grid.values(number)
    line: dict[str, Any] = {"number": number, "values": list(values)}
    places = [parameter.place for parameter in task.grid.parameters]
    try:
        document = parse_document(with_values(task.document, places, values))
    except DocumentError as error:
        faults = "; ".join(f"{fault.place}: {fault.message}" for fault in error.faults)
        return line | {"refused": faults}
    if task.split is None:
        return line | _traded(task.bot, document, file, file.bars)
    first, later = parts(file.bars, task.split, document.strategy.rules().warm_up)
    line |= _traded(task.bot, document, file, first)
    beyond = _traded(task.bot, document, file, later, unseen=len(later) - (len(file.bars) - len(first)))
    return line | {"out_of_sample": beyond["figures"]}


def parts(bars: Sequence[Bar], split: float, warm_up: int) -> tuple[Sequence[Bar], Sequence[Bar]]:
    """Cut bars in two; the later part begins so much earlier that its rules are warm when it does."""
    cut = round(len(bars) * split)
    return bars[:cut], bars[max(0, cut - warm_up) :]


def _traded(bot: str, document: Document, file: BarsFile, bars: Sequence[Bar], unseen: int = 0) -> dict[str, Any]:
    """Trade bars; the first `unseen` ones only warm the rules up and are in no figure."""
    spec = file_instrument(feed_settings(document), file)
    result = run_backtest(terms_of(document, bot, spec), document.strategy.rules(), bars)
    run = Run(bot, document, bars[unseen:], result.equity[unseen:], result.trades)
    return {"figures": run.figures.to_json(), "halted": result.halt and result.halt.limit}
