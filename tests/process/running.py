"""A bot in a process of its own, and waiting for what it does: always for a condition, never for luck."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0


class RunningBot:
    """`tradingbot run DOCUMENT` in a working directory; killed, if it still runs, when the test is over."""

    def __init__(
        self,
        document: Path,
        workdir: Path,
        *options: str,
        program: Sequence[str] = ("-m", "bots.cli"),
        mode: str = "paper",
        environment: Mapping[str, str] | None = None,
        output: Path | None = None,
    ) -> None:
        self.document, self.workdir, self._output = document, workdir, output
        command = [sys.executable, *program, "run", str(document), "--workdir", str(workdir), "--port", "0", *options]
        self._journal = workdir / "journal" / f"{document.stem}.{mode}.sqlite"
        with nullcontext(subprocess.PIPE) if output is None else output.open("a") as told:
            # A pipe that nobody reads holds 64 KB, and then the bot.
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdout=told,
                stderr=subprocess.STDOUT,
                text=True,
                env={**os.environ, **(environment or {})},
            )

    def __enter__(self) -> Self:
        """Return the bot; it may not answer yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave no process behind."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def status(self) -> dict[str, Any]:
        """Return the bot's status, or nothing while it does not answer."""
        code, body = self.get("/status")
        return json.loads(body) if code == 200 else {}

    def get(self, path: str, timeout: float = 5.0) -> tuple[int, str]:
        """Return status code and body of an address of the bot's; 0 while it does not answer."""
        return self._ask(path, None, {}, timeout)

    def post(self, path: str, body: dict[str, Any], token: str | None = None) -> tuple[int, dict[str, Any]]:
        """Ask the bot for a change; return status code and answer."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        code, told = self._ask(path, json.dumps(body).encode(), headers, 5.0)
        return code, json.loads(told) if told else {}

    def kill(self) -> None:
        """Kill the process as nothing can be that wants to be tidy."""
        self.process.kill()
        self.process.wait()

    def _last_words(self) -> str:
        printed: str | None = self.process.communicate()[0]
        told = printed if self._output is None else self._output.read_text(encoding="utf-8")
        return (told or "")[-2000:]

    def _ask(self, path: str, body: bytes | None, headers: dict[str, str], timeout: float) -> tuple[int, str]:
        address = self._address()
        if address is None:
            return 0, ""
        request = urllib.request.Request(address + path, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()
        except OSError:
            return 0, ""

    def _address(self) -> str | None:
        """Return where the bot says that it serves HTTP."""
        if not self._journal.exists():
            return None
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(self._journal)) as database:
            row = database.execute("SELECT value FROM meta WHERE key = 'address'").fetchone()
            return row[0] if row else None
        return None

    def wait_for(self, what: str, condition: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Return the first status that satisfies a condition."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        last: dict[str, Any] = {}
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the bot ended before {what}: {self._last_words()}")
            last = self.status() or last
            if last and condition(last):
                return last
            time.sleep(0.02)
        raise AssertionError(f"no {what} within {PATIENCE_SECONDS} s; last seen: {last}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, float]:
        """Send a signal and return the exit status, what was printed, and the seconds that it took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        output, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, output, time.monotonic() - begun

    def finish(self) -> tuple[int, str]:
        """Wait until the bot ends by itself and return its exit status and what it printed."""
        output, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, output


def write_document(path: Path, **sections: dict[str, Any]) -> Path:
    """Write a document that trades often on a mock market, with some sections' keys replaced."""
    document: dict[str, Any] = {
        "broker": {"type": "mock", "initial_balance": 1000},
        "trading": {"symbol": "BTCUSDT", "position_size": 0.1},
        "data": {"data_source": "mock", "interval": "1m", "lookback_bars": 50, "speed": 1200},
        "strategy": {
            "entry_logic": {"name": "RSIBBEntryMixin", "params": {"rsi_oversold": 60, "bb_dev": 0.2}},
            "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 10}},
        },
    }
    for name, keys in sections.items():
        document[name] = document.get(name, {}) | keys
    path.write_text(json.dumps(document))
    return path
