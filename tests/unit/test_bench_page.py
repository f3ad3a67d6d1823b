"""The page of the benches: tables, aims, and what a section was measured with."""

from tests.bench.figures import Measured, Ratio, Table
from tests.bench.outcomes import Outcome
from tests.bench.page import page, text

MACHINE = {"Processor": "two cores", "Date": "2026-01-01"}
ROWS = Table("Twenty at once", ("", "memory"), [("ours", "1 MiB"), ("theirs", "2 MiB")])
RATIOS = [Ratio("memory", 0.5, 1.0, 0.1), Ratio("time", 1.61, 1.3), Ratio("start", 2.0)]
MEASURED = Measured("Footprint", "On one machine.", [ROWS], RATIOS, "Imports.", {"peer": "2.1"})


def told(*outcomes: Outcome) -> list[str]:
    return page({str(number): each for number, each in enumerate(outcomes)}).splitlines()


def test_a_section_has_its_tables_and_whether_each_aim_is_met() -> None:
    lines = told(Outcome(MACHINE, MEASURED))
    section = lines[lines.index("## Footprint") :]
    assert "**Twenty at once**" in section
    assert "| ours | 1 MiB |" in section
    assert "| memory | 0.50 | 1 | met | 10% |" in section
    assert "| time | 1.61 | 1.3 | missed | 25% |" in section
    assert "| start | 2.00 |  |  | 25% |" in section
    assert "Imports." in section


def test_a_section_says_what_was_other_than_at_the_top() -> None:
    later = Outcome(MACHINE | {"Date": "2026-02-01"}, Measured("Later", "", []))
    lines = told(Outcome(MACHINE, MEASURED), later)
    assert "| Date | 2026-01-01 |" in lines
    assert "Measured with peer 2.1." in lines
    assert lines[-1] == "Measured with Date 2026-02-01."


def test_an_outcome_comes_back_from_its_file_as_it_was() -> None:
    kept = Outcome(MACHINE, MEASURED)
    again = Outcome.from_json(kept.to_json())
    assert again == kept
    assert told(again) == told(kept)


def test_columns_stand_below_each_other_on_a_terminal() -> None:
    lines = [line for line in text(MEASURED).splitlines() if "MiB" in line]
    assert lines == ["  ours     1 MiB", "  theirs   2 MiB"]
