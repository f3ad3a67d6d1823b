"""A download that is killed, interrupted or out of space goes on with the same command: no bar lost, none twice."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.bars_file import iter_bars, read_bars
from tests.process.venue_commands import STEPS
from tests.scripted_venue import bars_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
BARS = 8000
PATIENCE_SECONDS = 60.0


def started(out: Path, settings: Mapping[str, object]) -> "subprocess.Popen[str]":
    """Start the download of all bars into a file."""
    command = [sys.executable, "-m", "tests.process.venue_commands", "download", "scripted", "BTCUSDT", "1h"]
    return subprocess.Popen(
        [*command, "--from", "2024-01-01", "--to", "2025-01-01", "--out", str(out)],
        cwd=ROOT,
        env=os.environ | {"BARS": str(BARS)} | {name: str(value) for name, value in settings.items()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def download(out: Path, **settings: object) -> tuple[int, str, str]:
    """Run the download to its end, whatever that is; return exit status and what was printed."""
    process = started(out, settings)
    printed, told = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, printed, told


def assert_whole(out: Path) -> None:
    """The file has every bar once, and nothing lies beside it."""
    assert list(read_bars(out).bars) == bars_of(BARS, timedelta(hours=1))
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.parametrize("step", STEPS)
def test_a_download_killed_at_any_step_goes_on(step: str, tmp_path: Path) -> None:
    out = tmp_path / ("bars.parquet" if "Parquet" in step else "bars.csv")
    times = 1 if "the part" in step or "Parquet" in step else 5
    code, _, told = download(out, DIE_AT=step, DIE_AFTER=times)
    assert code == -signal.SIGKILL, told

    code, _, told = download(out)

    assert code == 0, told
    assert_whole(out)


def test_a_download_killed_again_and_again_comes_to_its_end(tmp_path: Path) -> None:
    out, chance = tmp_path / "bars.csv", random.Random(3)
    steps = ["while the venue answers", "after a page was written", "between two pieces of a page"]
    for _ in range(6):
        code, _, told = download(out, DIE_AT=chance.choice(steps), DIE_AFTER=chance.randint(1, 6))
        assert code in (0, -signal.SIGKILL), told

    code, _, told = download(out)

    assert code == 0, told
    assert_whole(out)


def test_ctrl_c_keeps_what_there_is_and_says_so(tmp_path: Path) -> None:
    out = tmp_path / "bars.csv"
    part = tmp_path / "bars.csv.part"
    process = started(out, {"SLOW": 0.2})
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (part.exists() and part.stat().st_size > 100_000):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)

    process.send_signal(signal.SIGINT)
    printed, told = process.communicate(timeout=PATIENCE_SECONDS)

    kept = sum(1 for _ in iter_bars(part))
    assert (process.returncode, printed) == (130, "")
    assert told.splitlines()[-1].startswith(f"stopped; {kept:,} bars up to 2024-")
    assert download(out)[0] == 0
    assert_whole(out)


@pytest.mark.parametrize("name", ["bars.csv", "bars.parquet"])
def test_a_full_disk_keeps_what_there_is_and_the_download_goes_on_when_there_is_room(name: str, tmp_path: Path) -> None:
    out = tmp_path / name
    code, printed, told = download(out, FULL_AT=250_000)
    assert (code, printed) == (1, "")
    (line,) = told.splitlines()
    assert line.startswith(f"{out}.part: cannot be written: File too large; ")
    assert sum(1 for _ in iter_bars(tmp_path / f"{name}.part")) % 1000 == 0, "whole pages stay"

    assert download(out)[0] == 0
    assert_whole(out)


def test_a_full_disk_while_parquet_is_made_keeps_the_bars(tmp_path: Path) -> None:
    out = tmp_path / "bars.parquet"
    assert download(out, DIE_AT="before the part becomes the file", DIE_AFTER=1)[0] == -signal.SIGKILL

    code, _, told = download(out, FULL_AT=10_000)

    assert code == 1
    assert told.startswith(f"{out}: cannot be written: ")
    assert [path.name for path in tmp_path.iterdir()] == ["bars.parquet.part"]
    assert download(out)[0] == 0
    assert_whole(out)
