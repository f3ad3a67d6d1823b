"""The console in the browser with a thousand documents: how long the page of all takes, and what the console weighs."""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx

from tests.bench.bytecode import keep_bytecode
from tests.bench.figures import Measured, Ratio, Table
from tests.bench.memory import MIB, memory_of, seconds_of
from tests.bench.turns import ROOT
from tests.process.running import write_document
from tests.web.staging import PASSWORDS, write_users

BOTS = 1000
_TIMES, _QUIET_SECONDS, _PATIENCE_SECONDS = 50, 10.0, 120.0


def measure() -> Measured:
    """Run it with many documents, ask for the page, and look at its memory; then a server of that page alone."""
    keep_bytecode()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configs, work = folder / "configs", folder / "work"
        configs.mkdir()
        for number in range(BOTS):
            write_document(configs / f"bot-{number:04}.json")
        write_users(work / "web" / "users.json")
        command = ["-m", "bots.cli", "web", "--configs", str(configs), "--workdir", str(work), "--port", "0"]
        with _server(command) as (console, address), httpx.Client(base_url=address) as olga:
            olga.post("/login", data={"user": "olga", "password": PASSWORDS["olga"]})
            page = _looked_at(olga)
            ours, memory = _answers(olga), memory_of(console.pid)
            quiet = _idle(console.pid)
        (folder / "page.html").write_text(page, encoding="utf-8")
        with _server(["-m", "tests.bench.bare_page", str(folder / "page.html")]) as (floor, address):
            with httpx.Client(base_url=address) as anybody:
                theirs = _answers(anybody)
            bare = memory_of(floor.pid)
    table = Table(
        f"{BOTS:,} documents, a page of 100 of them ({len(page.encode()) / 1024:.0f} KiB)",
        ("", "answer, median", "slowest", "private memory", "PSS"),
        [
            (who, f"{median(answers):.1f} ms", f"{max(answers):.1f} ms", _mib(of.private), _mib(of.proportional))
            for who, answers, of in (("console", ours, memory), ("the page alone", theirs, bare))
        ],
    )
    idle = Table("When nothing changes", ("", "processor"), [("console", f"{quiet:.1%} of a core")])
    return Measured(
        "Console in the browser",
        "`tradingbot web` as a process of its own; each answer sorts, filters and renders anew. Beside it a server of "
        "the same kind that answers with those bytes and nothing else.",
        [table, idle],
        [
            Ratio("console: the page of all, over the page alone", median(ours) / median(theirs), margin=0.5),
            Ratio("console: private memory, over the page alone", memory.private / bare.private),
        ],
        limits="A row of the page costs its template. The rest of the memory is the journal's and the document's "
        "libraries, without which no document could be checked before it is saved.",
    )


@contextmanager
def _server(command: list[str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        found = next((found for line in process.stdout if (found := re.search(r"http://\S+:\d+", line))), None)
        if found is None:
            raise RuntimeError(f"it does not begin: {command}")
        yield process, found[0]
    finally:
        process.terminate()
        process.communicate(timeout=_PATIENCE_SECONDS)


def _looked_at(client: httpx.Client) -> str:
    """Return the page when the console has looked at every bot."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        page = client.get("/").raise_for_status().text
        if f"{BOTS}</b> stopped" in page:
            return page
        if time.monotonic() > deadline:
            raise RuntimeError("the console has not looked at all bots")
        time.sleep(0.5)


def _answers(client: httpx.Client) -> list[float]:
    found = []
    for _ in range(_TIMES):
        begun = time.perf_counter()
        client.get("/").raise_for_status()
        found.append((time.perf_counter() - begun) * 1000)
    return found


def _idle(pid: int) -> float:
    begun, before = time.monotonic(), seconds_of(pid)
    time.sleep(_QUIET_SECONDS)
    return (seconds_of(pid) - before) / (time.monotonic() - begun)


def _mib(size: int) -> str:
    return f"{size / MIB:.0f} MiB"
