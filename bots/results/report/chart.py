"""The report's chart as Plotly's own JSON: equity, drawdown, and trades on the price, above one time axis.

Colours are named as the page's CSS variables; the page puts their values in, for light and for dark. Plotly's Python
classes are not used: importing them takes longer than all the rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from typing import Any

import numpy as np

from bots.results.figures import drawdowns
from bots.results.thinning import extremes, merged
from bots.trading.records import EquityPoint, Trade
from strategies.bar import Bar

LINE_POINTS = 5000
CANDLES = 2500

type Trace = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """Traces and layout for Plotly.newPlot; `thinned` says what was left out of the drawing, or is empty."""

    traces: list[Trace]
    layout: dict[str, Any]
    thinned: str


def draw(bars: Sequence[Bar], equity: Sequence[EquityPoint], trades: Sequence[Trade], start_equity: Decimal) -> Chart:
    """Draw everything that a run did."""
    candles, bars_each = merged(bars, CANDLES)
    return Chart(
        traces=[
            *_equity_lines(equity, start_equity),
            _price(candles),
            *_holdings(trades, bars[-1] if bars else None),
            _entries(trades),
            *_exits(trades),
        ],
        layout=_layout(),
        thinned=_thinned(len(equity), bars_each),
    )


def clock(time: datetime) -> str:
    """Give a time as Plotly reads it and a table shows it: UTC, without a zone, to the minute if nothing is lost."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "seconds").removesuffix(":00")


def _equity_lines(equity: Sequence[EquityPoint], start_equity: Decimal) -> list[Trace]:
    values = np.fromiter((point.equity for point in equity), np.float64, len(equity))
    falls = drawdowns(values, float(start_equity)) * 100
    kept, kept_falls = extremes(values, LINE_POINTS), extremes(falls, LINE_POINTS)
    return [
        _line(
            "Equity",
            "y",
            x=[clock(equity[index].time) for index in kept],
            y=[values[index] for index in kept],
            line={"color": "var(--accent)", "width": 1.5},
            hovertemplate="%{x|%-d %b %Y %H:%M}<br>%{y:,.8~f}<extra>Equity</extra>",
        ),
        _line(
            "Drawdown",
            "y2",
            x=[clock(equity[index].time) for index in kept_falls],
            y=[round(falls[index], 4) for index in kept_falls],
            line={"color": "var(--loss)", "width": 1},
            fill="tozeroy",
            fillcolor="var(--loss-faint)",
            hovertemplate="%{x|%-d %b %Y %H:%M}<br>%{y:.2f} %<extra>Drawdown</extra>",
        ),
    ]


def _price(candles: Sequence[Bar]) -> Trace:
    return {
        "type": "candlestick",
        "name": "Price",
        "yaxis": "y3",
        "x": [clock(bar.time) for bar in candles],
        "open": [bar.open for bar in candles],
        "high": [bar.high for bar in candles],
        "low": [bar.low for bar in candles],
        "close": [bar.close for bar in candles],
        "increasing": {"line": {"color": "var(--rise)", "width": 1}, "fillcolor": "var(--panel)"},
        "decreasing": {"line": {"color": "var(--fall)", "width": 1}, "fillcolor": "var(--fall)"},
        "showlegend": False,
    }


def _holdings(trades: Sequence[Trade], last: Bar | None) -> Iterable[Trace]:
    """Join each entry to its exit, an open one to the last close."""
    for name, color, dash, chosen in (
        ("Won", "var(--gain)", "solid", [trade for trade in trades if _won(trade)]),
        ("Lost", "var(--loss)", "solid", [trade for trade in trades if _lost(trade)]),
        ("Still open", "var(--accent)", "dot", [trade for trade in trades if trade.exit_bar is None]),
    ):
        x: list[str | None] = []
        y: list[float | None] = []
        for trade in chosen:
            end = trade.exit_bar or (last.time if last else trade.entry_bar)
            price = trade.exit_price if trade.exit_price is not None else (last.close if last else trade.entry_price)
            x += [clock(trade.entry_bar), clock(end), None]
            y += [float(trade.entry_price), float(price), None]
        if chosen:
            yield _line(name, "y3", x=x, y=y, line={"color": color, "width": 2, "dash": dash}, hoverinfo="skip")


def _entries(trades: Sequence[Trade]) -> Trace:
    return _markers(
        "Entry",
        "triangle-up",
        "var(--accent)",
        x=[clock(trade.entry_bar) for trade in trades],
        y=[float(trade.entry_price) for trade in trades],
        text=[f"Entry {trade.lot}: {trade.quantity:,f} at {trade.entry_price:,f}" for trade in trades],
    )


def _exits(trades: Sequence[Trade]) -> Iterable[Trace]:
    for name, color, chosen in (
        ("Won", "var(--gain)", [trade for trade in trades if _won(trade)]),
        ("Lost", "var(--loss)", [trade for trade in trades if _lost(trade)]),
    ):
        yield _markers(
            name,
            "triangle-down",
            color,
            x=[clock(trade.exit_bar) for trade in chosen if trade.exit_bar],
            y=[float(trade.exit_price) for trade in chosen if trade.exit_price is not None],
            text=[
                f"Exit {trade.lot} at {trade.exit_price:,f}: {trade.profit:+,f}<br>{escape(trade.exit_reason or '')}"
                for trade in chosen
            ],
        )


def _won(trade: Trade) -> bool:
    return trade.profit is not None and trade.profit > 0


def _lost(trade: Trade) -> bool:
    return trade.profit is not None and trade.profit <= 0


def _line(name: str, yaxis: str, **more: Any) -> Trace:
    return {"type": "scatter", "mode": "lines", "name": name, "yaxis": yaxis, "showlegend": False, **more}


def _markers(name: str, symbol: str, color: str, **more: Any) -> Trace:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "yaxis": "y3",
        "marker": {"symbol": symbol, "size": 9, "color": color, "line": {"width": 1, "color": "var(--panel)"}},
        "hovertemplate": "%{x|%-d %b %Y %H:%M}<br>%{text}<extra></extra>",
        "showlegend": bool(more["x"]),
        **more,
    }


def _thinned(points: int, bars_each: int) -> str:
    said = []
    if bars_each > 1:
        said.append(f"each candle drawn covers {bars_each} bars")
    if points > LINE_POINTS:
        said.append(f"the lines show the extremes of {points:,} points")
    if not said:
        return ""
    text = " and ".join(said)
    return f"Thinned for drawing: {text}. Trades are at their exact bars, and the figures use every point."


def _layout() -> dict[str, Any]:
    equity, drawdown, price = (0.78, 1.0), (0.58, 0.72), (0.0, 0.52)

    def axis(domain: tuple[float, float], **more: Any) -> dict[str, Any]:
        return {
            "domain": domain,
            "gridcolor": "var(--grid)",
            "zeroline": False,
            "automargin": True,
            "nticks": 7,
            "exponentformat": "none",
            "separatethousands": True,
            **more,
        }

    def heading(text: str, y: float) -> dict[str, Any]:
        place = {"xref": "paper", "yref": "paper", "x": 0, "y": y, "xanchor": "left", "yanchor": "bottom"}
        return {"text": f"<b>{text}</b>", "showarrow": False, **place}

    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": "var(--soft)"},
        "margin": {"l": 8, "r": 8, "t": 34, "b": 44},
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": "var(--panel)", "bordercolor": "var(--grid)", "font": {"color": "var(--ink)"}},
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": "var(--soft)", "activecolor": "var(--accent)"},
        "legend": {
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": price[1],
            "yanchor": "bottom",
            "bgcolor": "rgba(0,0,0,0)",
        },
        "xaxis": {
            "type": "date",
            "anchor": "y3",
            "gridcolor": "var(--grid)",
            "zeroline": False,
            "rangeslider": {"visible": False},
            "showspikes": True,
            "spikemode": "across",
            "spikethickness": 1,
            "spikecolor": "var(--soft)",
            "spikedash": "dot",
        },
        "yaxis": axis(equity),
        "yaxis2": axis(drawdown, ticksuffix=" %", nticks=4, autorangeoptions={"maxallowed": 0}),
        "yaxis3": axis(price),
        # Beside the axes, titles would run into the figures on a phone.
        "annotations": [
            heading("Equity", equity[1]),
            heading("Drawdown", drawdown[1]),
            heading("Price", price[1]),
        ],
    }
