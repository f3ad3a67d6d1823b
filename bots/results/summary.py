"""What a run brought: figures for the terminal, and the files of a backtest or the report of a simulated run."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from bots.config import Document
from bots.results.figures import Figures, key_figures
from bots.results.plain_json import json_ready
from bots.results.report import write_report
from bots.trading.records import EquityPoint, Trade
from strategies.bar import Bar
from strategies.errors import StartError


@dataclass(frozen=True)
class Run:
    """A finished run: what was traded, on which bars, and what came of it."""

    bot: str
    document: Document
    bars: Sequence[Bar]
    equity: Sequence[EquityPoint]
    trades: Sequence[Trade]

    @cached_property
    def figures(self) -> Figures:
        """The key figures, from the equity curve."""
        document = self.document
        return key_figures(self.equity, self.trades, document.data.interval_delta, document.broker.initial_balance)


def document_summary(document: Document) -> dict[str, str]:
    """Return what a report says about the document."""
    strategy = document.strategy
    lines = {
        "symbol": f"{document.symbol} {document.data.interval}",
        "data": document.data.data_source,
        "broker": f"{document.broker.type}, commission {document.broker.commission:%}",
        "position size": f"{document.position_size:%} of equity, {document.trading.max_positions} at once",
        "strategy": strategy.type,
    }
    for logic in (strategy.entry_logic, strategy.exit_logic):
        if logic is not None:
            params = ", ".join(f"{name} {value}" for name, value in logic.params.items())
            lines["entry" if logic is strategy.entry_logic else "exit"] = f"{logic.name}({params})"
    if document.description:
        lines["description"] = document.description
    return lines


def write_run(folder: Path, run: Run, labels: Mapping[datetime, str]) -> None:
    """Write trades.json, equity.csv, summary.json and report.html; `labels` are the bars' times as a file spells them.

    Raises
    ------
    StartError
        If the folder cannot be written.
    """
    summary = {"bot": run.bot, "symbol": run.document.symbol, "interval": run.document.data.interval}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        rows = [_trade_row(trade, labels) for trade in run.trades]
        _write_json(folder / "trades.json", rows)
        _write_json(folder / "summary.json", summary | run.figures.to_json())
        with (folder / "equity.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["timestamp", "equity", "cash", "position"])
            writer.writerows(
                (_label(p.time, labels), f"{p.equity:f}", f"{p.cash:f}", f"{p.position:f}") for p in run.equity
            )
        write_html(folder / "report.html", run)
    except OSError as error:
        raise StartError(f"cannot write into {folder}: {error.strerror}; choose another folder") from error


def write_html(path: Path, run: Run) -> None:
    """Write the HTML report of a run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_report(
        path,
        title=f"{run.bot}: {run.document.symbol} {run.document.data.interval}",
        document_summary=document_summary(run.document),
        bars=run.bars,
        equity=run.equity,
        trades=run.trades,
        figures=run.figures,
    )


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def _trade_row(trade: Trade, labels: Mapping[datetime, str]) -> dict[str, object]:
    row = json_ready(asdict(trade))
    row["entry_bar"] = _label(trade.entry_bar, labels)
    row["exit_bar"] = None if trade.exit_bar is None else _label(trade.exit_bar, labels)
    return row


def _label(time: datetime, labels: Mapping[datetime, str]) -> str:
    return labels.get(time) or time.isoformat().replace("+00:00", "Z")
