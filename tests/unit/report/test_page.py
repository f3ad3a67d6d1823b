"""The page as a browser would read it."""

import json
import re
import time
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bots.results.figures import key_figures
from bots.results.report import write_report
from bots.trading.records import EquityPoint, Trade
from strategies.bar import Bar
from tests.unit.report.account import DAY, bars, closed, curve, still_open

HOSTILE = "</script><script>alert(1)</script><b>&amp; $title"


class Page(HTMLParser):
    """What a browser finds in the file: text, elements with their attributes, the chart's data."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.text: list[str] = []
        self.cells: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.chart = ""
        self._inside = ""
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = dict(attrs).get("id") or tag

    def handle_data(self, data: str) -> None:
        if self._inside == "chart-data":
            self.chart += data
        elif self._inside not in ("script", "style"):
            self.text.append(data)
        if self._inside == "td":
            self.cells.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def count(self, tag: str) -> int:
        return sum(1 for name, _ in self.elements if name == tag)

    def traces(self) -> dict[str, dict[str, list[object]]]:
        return {f"{trace['name']} {trace.get('mode', '')}".strip(): trace for trace in json.loads(self.chart)["data"]}


def page_of(
    folder: Path,
    *,
    title: str = "Run",
    summary: dict[str, str] | None = None,
    run: list[Bar] | None = None,
    equity: list[EquityPoint] | None = None,
    trades: list[Trade] | None = None,
) -> Page:
    run = bars([100, 102, 101]) if run is None else run
    equity = curve(["1000", "1020", "1010"]) if equity is None else equity
    write_report(
        folder / "report.html",
        title=title,
        document_summary=summary or {},
        bars=run,
        equity=equity,
        trades=trades or [],
        figures=key_figures(equity, trades or [], DAY, Decimal(1000)),
    )
    return Page(folder / "report.html")


def test_nothing_is_fetched_from_anywhere(tmp_path: Path) -> None:
    page = page_of(tmp_path, trades=[closed("5")])
    for tag, attributes in page.elements:
        assert not {"src", "href", "srcset", "data", "action"} & attributes.keys(), tag
        assert tag not in ("link", "img", "iframe", "object", "embed")
    policy = next(attributes["content"] for _, attributes in page.elements if "http-equiv" in attributes)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    css = re.findall(r"<style>(.*?)</style>", (tmp_path / "report.html").read_text("utf-8"), re.DOTALL)
    assert not any("url(" in sheet or "@import" in sheet for sheet in css)


def test_no_button_sends_the_chart_to_plotly(tmp_path: Path) -> None:
    page_of(tmp_path)
    own_script = (tmp_path / "report.html").read_text("utf-8").rpartition("<script>")[2]
    assert 'plotlyServerURL: ""' in own_script
    assert "modeBarButtons: [[" in own_script


def test_text_is_shown_as_it_is(tmp_path: Path) -> None:
    page = page_of(tmp_path, title=HOSTILE, summary={HOSTILE: HOSTILE}, trades=[closed("5", HOSTILE)])
    assert page.count("script") == 3
    assert page.count("b") == 0
    # Twice as the title, twice in the document's summary, once in the table, once in a figure's label.
    assert "".join(page.text).count(HOSTILE) == 6


def test_the_chart_survives_hostile_text(tmp_path: Path) -> None:
    page = page_of(tmp_path, trades=[closed("5", HOSTILE)])
    assert "<" not in page.chart
    assert "&lt;/script&gt;" in str(page.traces()["Won markers"]["text"])


def test_trades_are_on_the_price_with_entry_and_exit_joined(tmp_path: Path) -> None:
    page = page_of(tmp_path, trades=[closed("5", lot=1), closed("-5", lot=2), still_open(lot=3)])
    traces = page.traces()
    assert traces["Entry markers"]["x"] == ["2024-01-01 01:00", "2024-01-01 02:00", "2024-01-01 03:00"]
    assert traces["Won markers"]["x"] == ["2024-01-01 03:00"]
    assert traces["Lost markers"]["y"] == [101.25]
    assert traces["Won lines"]["x"] == ["2024-01-01 01:00", "2024-01-01 03:00", None]
    assert traces["Lost lines"]["y"] == [100.5, 101.25, None]
    # The open one leads to the last close.
    assert traces["Still open lines"]["x"] == ["2024-01-01 03:00", "2024-01-03 00:00", None]
    assert traces["Still open lines"]["y"] == [100.5, 101, None]


def test_the_table_has_a_row_for_each_trade(tmp_path: Path) -> None:
    page = page_of(tmp_path, trades=[closed("5.5", "take_profit"), still_open(lot=2)])
    assert page.count("tr") == 3
    first = [
        "1",
        "2024-01-01 01:00",
        "2024-01-01 03:00",
        "+5.50",
        "take_profit",
        "2 h",
        "2",
        "100.50",
        "101.25",
        "0.10",
    ]
    second = ["2", "2024-01-01 02:00", "open", "n/a", "n/a", "2", "100.50", "n/a", "0.05"]
    assert page.cells == first + second


def test_a_run_without_trades_says_so(tmp_path: Path) -> None:
    page = page_of(tmp_path)
    assert "No trades: no position was ever opened." in page.text
    assert page.count("table") == 0
    assert ("div", {"id": "chart"}) in page.elements


def test_a_run_without_bars_says_so(tmp_path: Path) -> None:
    page = page_of(tmp_path, run=[], equity=[])
    assert "No bars: the run saw none." in page.text
    assert ("div", {"id": "chart"}) not in page.elements


def test_drawdown_is_drawn_from_the_initial_balance(tmp_path: Path) -> None:
    page = page_of(tmp_path, equity=curve(["900", "1100", "1045"]))
    assert page.traces()["Drawdown lines"]["y"] == [-10, 0, -5]


@pytest.mark.parametrize("count", [2500, 45_000])
def test_a_thinned_drawing_says_so(tmp_path: Path, count: int) -> None:
    minute = timedelta(minutes=1)
    closes = [100 + index % 97 for index in range(count)]
    page = page_of(tmp_path, run=bars(closes, minute), equity=curve([str(close) for close in closes], minute))
    assert any("each candle drawn covers 18 bars" in text for text in page.text) == (count == 45_000)
    assert len(page.traces()["Price"]["x"]) == 2500
    assert len(page.traces()["Equity lines"]["x"]) <= 5002


def test_a_long_run_makes_a_small_file_soon(tmp_path: Path) -> None:
    minute = timedelta(minutes=1)
    closes = [100 + index % 97 for index in range(45_000)]
    run, equity = bars(closes, minute), curve([str(close) for close in closes], minute)
    trades = [closed("1", lot=lot) for lot in range(1000)]
    figures = key_figures(equity, trades, minute, Decimal(1000))
    path = tmp_path / "report.html"
    began = time.process_time()
    write_report(path, title="", document_summary={}, bars=run, equity=equity, trades=trades, figures=figures)
    assert time.process_time() - began < 1
    assert path.stat().st_size < 8_000_000
