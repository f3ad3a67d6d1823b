"""`tradingbot top` over two real bots: one table, and the screen that follows them on a terminal of 80 x 24."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from tests.process.running import PATIENCE_SECONDS, ROOT, RunningBot, write_document

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "bots.cli", "top"]
INTO_A_SCREEN, OUT_OF_IT = "\x1b[?1049h", "\x1b[?1049l"


class Terminal:
    """`tradingbot top` on a terminal of 80 x 24 of its own."""

    def __init__(self, *options: str) -> None:
        self._ours, theirs = pty.openpty()
        self._theirs = theirs
        self._settings = termios.tcgetattr(theirs)
        self.resize(24, 80)
        # Left over from another terminal: what is there counts.
        environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "132", "LINES": "50"}
        self.process = subprocess.Popen([*COMMAND, *options], cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs,
                                        env=environment, start_new_session=True)  # fmt: skip
        self.shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def resize(self, lines: int, columns: int) -> None:
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def wait_for(self, what: str, condition: Callable[[list[str]], object]) -> list[str]:
        """Return the first screen that satisfies a condition, line by line."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            self._read()
            if (lines := self.screen()) and condition(lines):
                return lines
        raise AssertionError(f"no {what} within {PATIENCE_SECONDS} s; last seen:\n" + "\n".join(self.screen()))

    def screen(self) -> list[str]:
        """Return the last whole screen: each begins at the upper left corner."""
        frames = self.shown.split("\x1b[H")
        if len(frames) < 3:
            return []
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", frames[-2])
        return [line.rstrip() for line in plain.replace("\r", "").split("\n")]

    def ends(self) -> int:
        """Wait for the end and return its exit status."""
        code = self.process.wait(PATIENCE_SECONDS)
        while self._read():
            pass
        return code

    def is_as_before(self) -> bool:
        """Say whether the terminal was given back as it was: its lines, its letters, its cursor."""
        return (
            termios.tcgetattr(self._theirs) == self._settings
            and self.shown.count(INTO_A_SCREEN) == self.shown.count(OUT_OF_IT) == 1
            and self.shown.rindex("\x1b[?25h") > self.shown.rindex("\x1b[?25l")
        )

    def _read(self) -> bool:
        if not select.select([self._ours], [], [], 0.1)[0]:
            return False
        self.shown += os.read(self._ours, 65536).decode(errors="replace")
        return True


@pytest.fixture
def bots(tmp_path: Path) -> Iterator[tuple[RunningBot, RunningBot]]:
    """Two bots that trade, in one working directory."""
    documents = [
        write_document(tmp_path / "0001.json"),
        write_document(tmp_path / "0002.json", trading={"symbol": "ETHUSDT"}, data={"seed": 7}),
    ]
    with ExitStack() as stack:
        first, second = (stack.enter_context(RunningBot(document, tmp_path)) for document in documents)
        for bot in (first, second):
            bot.wait_for("readiness", lambda status: status["ready"])
        yield first, second


def once(workdir: Path, *options: str) -> str:
    command = [*COMMAND, "--once", "--workdir", str(workdir), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout


def test_one_table_shows_a_bot_that_runs_and_one_that_was_killed(
    bots: tuple[RunningBot, RunningBot], tmp_path: Path
) -> None:
    for bot in bots:
        bot.wait_for("a trade", lambda status: status["trades"])
    bots[1].kill()

    rows: dict[str, dict[str, Any]] = {
        row["bot"]: row for row in map(json.loads, once(tmp_path, "--json").splitlines())
    }
    table = once(tmp_path)

    assert (rows["0001"]["state"], rows["0001"]["interval"], rows["0001"]["feed_up"]) == ("ready", "1m", True)
    assert rows["0001"]["trades"] >= 1
    assert rows["0001"]["bar_age_seconds"] < 10
    assert (rows["0002"]["state"], rows["0002"]["symbol"]) == ("stopped", "ETHUSDT")
    assert rows["0002"]["equity"] is not None
    assert re.search(r"^0001 +ready +paper +BTCUSDT +1m ", table, re.MULTILINE)
    assert re.search(r"^0002 +stopped +paper +ETHUSDT ", table, re.MULTILINE)
    assert re.search(r"^paper  USDT  2 bots  equity [12],\d{3}\.\d\d ", table, re.MULTILINE)
    assert "\x1b" not in table


def test_a_bot_whose_loop_stands_still_is_seen_as_trouble_and_not_as_stopped(
    bots: tuple[RunningBot, RunningBot], tmp_path: Path
) -> None:
    _, still = bots
    still.process.send_signal(signal.SIGSTOP)
    try:
        first = json.loads(once(tmp_path, "--json").splitlines()[0])
    finally:
        still.process.send_signal(signal.SIGCONT)
    assert (first["bot"], first["state"]) == ("0002", "no answer")
    assert first["detail"] == f"process {still.process.pid} holds its journal and does not answer"


def test_the_screen_follows_bots_takes_keys_and_gives_the_terminal_back(
    bots: tuple[RunningBot, RunningBot], tmp_path: Path
) -> None:
    with Terminal("--workdir", str(tmp_path), "--interval", "0.2") as terminal:
        screen = terminal.wait_for("two bots that are well", lambda lines: ": 2 ready" in lines[0])
        assert [line.split()[0] for line in screen[2:4]] == ["0001", "0002"]
        assert len(screen) == 24
        assert max(map(len, screen)) <= 80
        assert screen[-1].startswith("q quit")

        bots[1].stop()
        screen = terminal.wait_for("the stop of one", lambda lines: "1 ready, 1 stopped" in lines[0])
        assert screen[3].startswith("0002 stopped")

        terminal.resize(12, 60)
        screen = terminal.wait_for("a smaller screen", lambda lines: len(lines) == 12)
        assert max(map(len, screen)) <= 60
        terminal.press("s")
        terminal.wait_for("another order", lambda lines: "2 bots by name: " in lines[0])
        terminal.press("/eth")
        screen = terminal.wait_for("a filter", lambda lines: "filter: eth_  1 of 2 bots" in lines[0])
        assert screen[2].startswith("0002")
        terminal.press("\rq")
        assert terminal.ends() == 0
        assert terminal.is_as_before()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_terminal_is_given_back_when_a_signal_ends_the_screen(number: signal.Signals, tmp_path: Path) -> None:
    with Terminal("--workdir", str(tmp_path)) as terminal:
        terminal.wait_for("a hint", lambda lines: any("no bot has a journal here" in line for line in lines))
        terminal.process.send_signal(number)
        assert terminal.ends() == 0
        assert terminal.is_as_before()
