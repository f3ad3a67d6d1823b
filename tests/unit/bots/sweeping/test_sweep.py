"""The command: every combination once, with the figures of a backtest, whatever happens to some of them."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.bars_file import read_bars
from bots.commands.backtesting import backtest_document
from bots.commands.sweeping.shared_bars import read_shared, shared
from tests.unit.bots.sweeping.staged import DOCUMENT, HELD, RSI, doomed_strategy, lines_of, swept, write_document

DOOMED = {"type": "doomed"}


def test_a_row_has_the_figures_of_a_backtest_to_the_last_digit(tmp_path: Path) -> None:
    assert swept(tmp_path, "--param", f"{RSI}=6..8", "--param", f"{HELD}=3,5").exit_code == 0
    backtest_document(tmp_path / "bot.json", tmp_path / "bars.csv", tmp_path / "one")

    summary = json.loads((tmp_path / "one" / "summary.json").read_text())
    line = next(line for line in lines_of(tmp_path).values() if line["values"] == [7, 5])
    assert line["figures"] == {key: summary[key] for key in line["figures"]}
    assert line["figures"]["closed_trades"] > 5
    assert len({json.dumps(line["figures"]) for line in lines_of(tmp_path).values()}) > 1


def test_the_table_the_csv_and_the_page_have_the_best_and_all(tmp_path: Path) -> None:
    result = swept(tmp_path, "--param", f"{RSI}=5..8", "--param", f"{HELD}=3..5", "--sort", "profit")

    assert result.stdout.startswith(f"12 combinations (4 of {RSI} x 3 of {HELD}); 2 at a time\n")
    best = max(lines_of(tmp_path).values(), key=lambda line: line["figures"]["final_equity"])
    head, first = result.stdout.splitlines()[1:3]
    assert head.split()[:3] == ["rsi_period", "max_bars", "profit"]
    assert first.split()[:2] == [str(value) for value in best["values"]]
    with (tmp_path / "out" / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["number"]) for row in rows] == list(range(12))
    assert {row["state"] for row in rows} == {"traded"}
    page = (tmp_path / "out" / "sweep.html").read_text()
    assert "12 of 12 combinations traded" in page
    plain = page[: page.index("<script>")] + page[page.rindex('id="data"') :]
    assert re.findall(r"(?:src|href)=|https?:", plain) == []


def test_with_a_split_the_sample_is_a_backtest_of_its_bars_alone(tmp_path: Path) -> None:
    result = swept(tmp_path, "--param", f"{RSI}=6..8", "--split", "0.7", "--sort", "profit")

    assert "Out of sample the best has Profit " in result.stdout
    text = (tmp_path / "bars.csv").read_text().splitlines(keepends=True)
    (tmp_path / "first.csv").write_text("".join(text[: 1 + 420]))
    backtest_document(tmp_path / "bot.json", tmp_path / "first.csv", tmp_path / "one")
    summary = json.loads((tmp_path / "one" / "summary.json").read_text())
    line = lines_of(tmp_path)[1]
    assert line["figures"] == {key: summary[key] for key in line["figures"]}
    later = line["out_of_sample"]
    assert (later["bars"], later["start"]) == (180, text[1 + 420].split(",")[0])
    assert later["closed_trades"] > 0


def test_a_combination_that_the_models_refuse_is_listed_and_never_traded(tmp_path: Path) -> None:
    result = swept(tmp_path, "--param", f"{RSI}=-1..1")

    assert result.exit_code == 0
    refused = [line["refused"] for line in lines_of(tmp_path).values() if "refused" in line]
    assert refused == [
        "strategy.entry_logic.params.rsi_period: -1 is out of range, must be a whole number from 1 to 10000",
        "strategy.entry_logic.params.rsi_period: 0 is out of range, must be a whole number from 1 to 10000",
    ]
    assert "2 combinations were refused" in result.stderr
    assert "1 of 3 combinations traded, 2 refused" in (tmp_path / "out" / "sweep.html").read_text()


def test_a_sweep_of_which_nothing_can_be_traded_fails(tmp_path: Path) -> None:
    assert swept(tmp_path, "--param", f"{RSI}=-1,0").exit_code == 1


def test_strategies_that_raise_or_kill_their_process_fail_alone(tmp_path: Path) -> None:
    with doomed_strategy(tmp_path):
        document = write_document(tmp_path, strategy=DOOMED)
        ends = ["", "raise", "kill", "print", "exit", "good"]
        result = swept(tmp_path, "--param", f"strategy.params.end={json.dumps(ends)[1:-1]}", document=document)

    assert result.exit_code == 1, result.output
    told = {line["values"][0]: line.get("failed") for line in lines_of(tmp_path).values()}
    killed = "its process was killed, probably for want of memory; fewer --jobs need less"
    assert told == {
        "": None,
        "raise": "ValueError: no such market",
        "kill": killed,
        "print": None,
        "exit": "its process ended with 3",
        "good": None,
    }
    assert "3 combinations failed; the same command tries them again" in result.stderr


def test_what_is_done_is_not_traded_again_and_what_failed_is(tmp_path: Path) -> None:
    swept(tmp_path, "--param", f"{RSI}=5..8")
    path = tmp_path / "out" / "results.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    one = json.loads(lines[1])
    failed = {"number": one["number"], "values": one["values"], "failed": "it did"}
    path.write_text("".join([lines[0], json.dumps(failed) + "\n", *lines[2:-1], lines[-1][:50]]))

    result = swept(tmp_path, "--param", f"{RSI}=5..8")

    assert result.exit_code == 0
    assert "2 of them done by an earlier run; 2 at a time" in result.stdout
    assert len(path.read_text().splitlines()) == 6
    assert lines_of(tmp_path)[one["number"]] == one
    assert swept(tmp_path, "--param", f"{RSI}=5..8").stdout.splitlines()[0].endswith("nothing is left to do")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("document", "another document"),
        ("bars", "other bars"),
        ("params", "other parameters"),
        ("split", "another split"),
    ],
)
def test_results_of_another_sweep_are_refused_until_they_are_to_be_forgotten(
    change: str, told: str, tmp_path: Path
) -> None:
    swept(tmp_path, "--param", f"{RSI}=5,6")
    before = (tmp_path / "out" / "results.jsonl").read_bytes()
    values = f"{RSI}=5,7" if change == "params" else f"{RSI}=5,6"
    if change == "bars":
        (tmp_path / "bars.csv").write_text("".join((tmp_path / "bars.csv").read_text().splitlines(keepends=True)[:-1]))
    document = write_document(tmp_path, **({"broker": {"initial_balance": 5}} if change == "document" else {}))
    more = ["--split", "0.5"] if change == "split" else []

    result = swept(tmp_path, "--param", values, *more, document=document)
    assert result.exit_code == 1
    assert f"has the results of a sweep with {told}; name another folder with --out" in result.stderr
    assert (tmp_path / "out" / "results.jsonl").read_bytes() == before

    assert swept(tmp_path, "--param", values, *more, "--fresh", document=document).exit_code == 0
    assert len(lines_of(tmp_path)) == 2


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "results.jsonl").write_text('{"mine": 1}\n')
    result = swept(tmp_path, "--param", f"{RSI}=5,6")
    assert (result.exit_code, "was not written by a sweep" in result.stderr) == (1, True)


def test_too_many_combinations_are_told_before_anything_begins(tmp_path: Path) -> None:
    result = swept(tmp_path, "--param", f"{RSI}=1..1000", "--param", f"{HELD}=1..101")
    assert result.exit_code == 1
    assert result.stderr == "101,000 combinations are many; take wider steps, or say --yes to trade them all\n"
    assert not (tmp_path / "out").exists()


def test_bars_that_are_shared_are_the_same_bars(tmp_path: Path) -> None:
    write_document(tmp_path)
    file = read_bars(tmp_path / "bars.csv")
    with shared(file.bars) as handed:
        read = read_shared(handed.fileno(), file.price_decimals, file.volume_decimals)
    assert read == replace(file, labels=())


def test_the_words_of_documents_are_never_taken_for_html(tmp_path: Path) -> None:
    strange = "<script>alert(1)</script>"
    swept(tmp_path, "--param", f"strategy.exit_logic.name=TimeBasedExitMixin,{strange}")
    page = (tmp_path / "out" / "sweep.html").read_text()
    assert strange not in page
    assert DOCUMENT["trading"]["symbol"] in page
