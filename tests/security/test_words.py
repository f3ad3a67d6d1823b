"""Words of strangers (a venue's, a person's, whoever answers at an address): shown, and never taken for more."""

import csv
import logging
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from adapters.bars_file import read_bars
from bots.commands.asking import lines
from bots.config import parse_document
from bots.results.summary import Run, write_run
from bots.running.health import Health
from bots.seen.logs import TextFormatter
from bots.seen.metrics import BotMetrics
from bots.seen.status import Surroundings, describe
from strategies.errors import BarsFileError
from tests.unit.bots.scripted import DOCUMENT, Desk, Script
from tests.unit.config.documents import minimal
from tests.unit.report.account import bars, closed, curve

FORGED = 'no\n2026-11-22 15:09:42 INFO    0001  stopped\r\x1b[2J\x9b2J\u2028"} 1\nforged_metric 1\n'


def test_a_venues_words_are_one_line_of_the_log() -> None:
    record = logging.LogRecord("tradingbot", logging.ERROR, "", 0, "refused: %s", (FORGED,), None)
    line = TextFormatter("0001").format(record)
    assert line.isprintable()
    assert "no\\n2026-11-22" in line


def test_whoever_answers_at_an_address_steers_no_terminal() -> None:
    desk = Desk(Script())
    status = describe(DOCUMENT, desk.trader, Health(True, False, (FORGED,)), Surroundings("running", "0.1.0"))
    status |= {"bot": FORGED, "address": FORGED}
    status["halt"] = {"limit": FORGED, "detail": FORGED, "since": FORGED, "mode": FORGED}
    told = lines(status)
    assert all(line.isprintable() for line in told)
    assert len(told) == 6


def test_words_in_labels_make_no_metric_of_their_own() -> None:
    metrics = BotMetrics("0001", (FORGED,))
    text = generate_latest(metrics.registry).decode()
    families = list(text_string_to_metric_families(text))
    assert {family.name for family in families if not family.name.startswith("tradingbot_")} == set()
    assert FORGED in {sample.labels.get("reason") for family in families for sample in family.samples}


@pytest.mark.parametrize("word", ["=1+1", "+1", "@SUM(A1)", "-2+3", "\t=1", "=HYPERLINK(0)"])
def test_a_spreadsheet_finds_times_and_numbers_in_the_equity_and_no_formula(word: str, tmp_path: Path) -> None:
    document = parse_document(minimal() | {"description": word, "version": word})
    run = Run(word, document, bars([100, 102]), curve(["1000", "-5"]), [closed("5", word)])
    write_run(tmp_path, run, {})
    with (tmp_path / "equity.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["timestamp", "equity", "cash", "position"]
    for time, *amounts in rows:
        datetime.fromisoformat(time)
        assert all(Decimal(amount).is_finite() for amount in amounts)


@pytest.mark.parametrize("time", ["=1+1", "+2024-01-01", "@2024-01-01", "-2024-01-01", "=HYPERLINK(0)", "\t2024-01-01"])
def test_a_time_in_a_file_of_bars_is_no_formula(time: str, tmp_path: Path) -> None:
    """Reports spell times as the file of bars does."""
    file = tmp_path / "bars.csv"
    file.write_text(f"timestamp,open,high,low,close,volume\n{time},1,1,1,1,1\n")
    with pytest.raises(BarsFileError, match="is no time"):
        read_bars(file)
