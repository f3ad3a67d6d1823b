"""The runner of the benches: what it keeps, what it writes, and when it says that something has become worse."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.bench import __main__ as runner
from tests.bench import benches
from tests.bench.figures import Measured, Ratio, Table
from tests.bench.one import CANNOT_RUN_HERE
from tests.bench.outcomes import Outcome, read_all, write_all, write_one

MACHINE = {"Processor": "two cores", "Date": "2026-01-01"}


def outcome(title: str, value: float = 1.0, *, machine: Mapping[str, str] = MACHINE) -> Outcome:
    ratio = Ratio(f"{title}: ours over theirs", value, 1.5, 0.25)
    return Outcome(machine, Measured(title, "About it.", [Table("", ("", "time"), [("ours", "1 s")])], [ratio]))


class Place:
    """The files of a runner, and what its benches would measure: an outcome, or the status with which they end."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.baseline, self.page = folder / "baseline.json", folder / "page.md"
        self.would: dict[str, Outcome | int] = {}
        self.sizes: Mapping[str, str] = {}
        for name, path in (("ROOT", folder), ("BASELINE", self.baseline), ("PAGE", self.page), ("MEASURED", folder)):
            monkeypatch.setattr(runner, name, path)
        monkeypatch.setattr(runner, "_run", self.run)

    def run(self, name: str, out: Path, sizes: Mapping[str, str]) -> int:
        self.sizes, found = sizes, self.would[name]
        if isinstance(found, int):
            return found
        write_one(out, found)
        return 0

    def title(self, name: str) -> str:
        return read_all(self.baseline)[name].measured.title


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


def test_one_bench_alone_leaves_the_tables_of_the_others(place: Place) -> None:
    write_all(place.baseline, {"backtest": outcome("Old backtest"), "sweep": outcome("Old sweep")})
    place.would = {"sweep": outcome("New sweep")}
    assert runner.main(["sweep"]) == 0
    assert [place.title(name) for name in ("backtest", "sweep")] == ["Old backtest", "New sweep"]
    page = place.page.read_text(encoding="utf-8")
    assert page.index("## Old backtest") < page.index("## New sweep")
    assert "Old sweep" not in page


@pytest.mark.parametrize(("status", "expected"), [(CANNOT_RUN_HERE, 0), (1, 1), (-9, 1)])
def test_a_bench_that_cannot_run_or_fails_leaves_its_old_table(place: Place, status: int, expected: int) -> None:
    write_all(place.baseline, {"sweep": outcome("Old sweep")})
    place.would = {"backtest": outcome("New backtest"), "sweep": status}
    assert runner.main(["sweep", "backtest"]) == expected
    assert place.title("sweep") == "Old sweep"
    assert "## Old sweep" in place.page.read_text(encoding="utf-8")


def test_where_nothing_could_be_measured_nothing_is_written(place: Place) -> None:
    place.would = {"sweep": 1}
    assert runner.main(["sweep"]) == 1
    assert not place.baseline.exists()
    assert not place.page.exists()


def test_a_check_names_what_has_grown_and_writes_nothing(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    write_all(place.baseline, {"sweep": outcome("Sweep", 1.0)})
    before = place.baseline.read_bytes()
    place.would = {"sweep": outcome("Sweep", 1.26)}
    assert runner.main(["--check", "sweep"]) == 1
    assert "Sweep: ours over theirs: 1.26, was 1.00; more than 25% worse" in capsys.readouterr().err
    assert place.baseline.read_bytes() == before
    assert not place.page.exists()


def test_a_check_lets_pass_what_has_grown_within_its_margin(place: Place) -> None:
    write_all(place.baseline, {"sweep": outcome("Sweep", 1.0)})
    place.would = {"sweep": outcome("Sweep", 1.24)}
    assert runner.main(["--check", "sweep"]) == 0


def test_a_check_does_not_take_a_ratio_that_is_gone_for_a_good_one(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    write_all(place.baseline, {"sweep": outcome("Sweep")})
    place.would = {"sweep": outcome("Another")}
    assert runner.main(["--check", "sweep"]) == 1
    assert "is not measured any more" in capsys.readouterr().err


def test_a_small_run_is_small_and_writes_no_page(place: Place) -> None:
    place.would = {"sweep": outcome("Sweep")}
    assert runner.main(["--small", "sweep"]) == 0
    assert place.sizes == benches.SMALL
    assert not place.baseline.exists()
    assert not place.page.exists()


@pytest.mark.parametrize("arguments", [["nonsense"], ["--check", "--small"]])
def test_what_it_does_not_know_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        runner.main(arguments)
    assert refused.value.code == 2
    assert arguments[-1] in capsys.readouterr().err


def test_all_benches_together_take_less_than_thirty_five_minutes() -> None:
    assert set(benches.MINUTES) == set(benches.MODULES)
    assert sum(benches.MINUTES.values()) < 35
