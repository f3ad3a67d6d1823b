"""The command as the first process of a container, for which the kernel drops signals that nobody has asked for."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.process.running import ROOT, write_document

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a namespace in which it is the first process"),
]

PATIENCE_SECONDS = 30.0
# As in the Dockerfile.
BEFORE = ("env", "--block-signal=TERM")
COMMAND = "from bots.entry import main; main()"


def the_first_process(outside: subprocess.Popen[bytes]) -> int:
    """Return its number as it is known outside, once it is Python."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        children = Path(f"/proc/{outside.pid}/task/{outside.pid}/children").read_text().split()
        if children and Path(f"/proc/{children[0]}/exe").resolve() == Path(sys.executable).resolve():
            return int(children[0])
    raise AssertionError("no process was started")


def test_the_image_starts_it_with_the_signal_blocked() -> None:
    entry = next(line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("ENTRYPOINT"))
    assert entry == f'ENTRYPOINT ["{BEFORE[0]}", "{BEFORE[1]}", "tradingbot"]'


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6])
def test_it_ends_when_it_is_told_to_however_early_that_is(seconds: float, tmp_path: Path) -> None:
    document = write_document(tmp_path / "0001.json")
    run = (sys.executable, "-c", COMMAND, "run", str(document), "--workdir", str(tmp_path), "--port", "0")
    outside = subprocess.Popen(
        ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", *BEFORE, *run],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        first = the_first_process(outside)
        time.sleep(seconds)
        os.kill(first, signal.SIGTERM)
        assert outside.wait(PATIENCE_SECONDS) == 0
    finally:
        outside.kill()
        outside.wait()
