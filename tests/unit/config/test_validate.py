"""Several files are checked in one go."""

import json
from pathlib import Path

from bots.commands.validate import check_files
from tests.unit.config.documents import full, minimal, put


def write(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path


def test_every_file_is_checked_also_after_a_bad_one(tmp_path: Path) -> None:
    bad = write(tmp_path / "bad.json", put(full(), "broker.commission", -1))
    good = write(tmp_path / "good.json", minimal())
    missing = tmp_path / "missing.json"
    checked = check_files([bad, good, missing])
    assert checked.exit_code == 1
    assert checked.faults == (
        f"{bad}: broker.commission: -1 is out of range, must be a number at least 0 and below 1",
        f"{missing}: document: there is no such file, check the path",
    )
    assert [path for path, _ in checked.documents] == [good]


def test_warnings_are_told_and_refuse_nothing(tmp_path: Path) -> None:
    file = write(tmp_path / "0001.json", put(minimal(), "data.lookback_bars", 5))
    checked = check_files([str(file)])
    assert checked.exit_code == 0
    assert checked.warnings[0].startswith(f"{file}: data.lookback_bars: 5 is less than the 21 bars")
