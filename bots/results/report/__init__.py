"""The report of a run: one HTML page that opens anywhere, without a network."""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from bots.results.figures import Figures, duration, money_places, worded
from bots.results.report.chart import clock, draw
from bots.trading.records import EquityPoint, Trade
from strategies.bar import Bar


def write_report(
    path: Path,
    *,
    title: str,
    document_summary: Mapping[str, str],
    bars: Sequence[Bar],
    equity: Sequence[EquityPoint],
    trades: Sequence[Trade],
    figures: Figures,
) -> None:
    """Write the page to `path`; the text of all arguments is shown as it is, never taken for HTML."""
    chart = draw(bars, equity, trades, figures.start_equity)
    page = _template("page.html").substitute(
        title=escape(title),
        period=_period(figures),
        document=_definitions(document_summary.items()),
        figures="".join(_figure(*line) for line in worded(figures)),
        chart='<div id="chart"></div>' if equity or bars else _nothing("No bars: the run saw none."),
        chart_data=_in_script({"data": chart.traces, "layout": chart.layout}),
        thinned=escape(chart.thinned),
        trades=_trades(trades, money_places(figures)),
        plotly=files("plotly").joinpath("package_data", "plotly.min.js").read_text("utf-8"),
    )
    path.write_text(page, "utf-8")


def _template(name: str) -> Template:
    return Template(files("bots.results.report").joinpath(name).read_text("utf-8"))


def _in_script(value: object) -> str:
    """Give JSON that may stand in a script element: nothing in it closes the element or opens a comment."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def _period(figures: Figures) -> str:
    if figures.start is None or figures.end is None:
        return "No bars"
    return f"{clock(figures.start)} to {clock(figures.end)} UTC, {figures.bars:,} bars"


def _definitions(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<div><dt>{escape(term)}</dt><dd>{escape(meaning)}</dd></div>" for term, meaning in pairs)


def _figure(label: str, value: str, note: str) -> str:
    return f"<div><dt>{escape(label)}</dt><dd>{escape(value)}<small>{escape(note)}</small></dd></div>"


def _trades(trades: Sequence[Trade], places: int) -> str:
    if not trades:
        return _nothing("No trades: no position was ever opened.")
    return _template("trades.html").substitute(rows="".join(_trade(trade, places) for trade in trades))


def _nothing(text: str) -> str:
    return f'<p class="none">{text}</p>'


def _trade(trade: Trade, places: int) -> str:
    result = "" if trade.profit is None else " class=gain" if trade.profit > 0 else " class=loss"
    held = trade.exit_bar - trade.entry_bar if trade.exit_bar else None
    cells = (
        ("", str(trade.lot)),
        ("", clock(trade.entry_bar)),
        ("", clock(trade.exit_bar) if trade.exit_bar else "open"),
        (result, "n/a" if trade.profit is None else f"{trade.profit:+,.{places}f}"),
        ("", trade.exit_reason or ""),
        (f" data-sort={held.total_seconds() if held else 0}", duration(held)),
        ("", f"{trade.quantity:,f}"),
        ("", f"{trade.entry_price:,f}"),
        ("", "n/a" if trade.exit_price is None else f"{trade.exit_price:,f}"),
        ("", f"{trade.commission:,.{places}f}"),
    )
    return "<tr>" + "".join(f"<td{attributes}>{escape(text)}</td>" for attributes, text in cells) + "</tr>"
