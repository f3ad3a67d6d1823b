"""Thirty days of one-minute bars through a live bot, as fast as it can: is it at the end as it was at the start?

`tradingbot run` on the simulated market at speed 0, with journal, HTTP, metrics and log files. What is compared is the
first days beside the last: memory, processor time for a bar, how long it takes to answer and to start again, and what
its files have grown by.
"""

import os
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.bytecode import keep_bytecode
from tests.bench.figures import Measured, Ratio, Table
from tests.bench.memory import MIB, memory_of, seconds_of
from tests.bench.workload import DOCUMENT, write_document
from tests.venues.bots import VenueBot

DAYS = int(os.environ.get("BENCH_DAYS", "30"))
_DAY = 24 * 60
_YEAR = 365 * _DAY
_PATIENCE_SECONDS = 900.0
_ASKED = 20


@dataclass(frozen=True, slots=True)
class _Sample:
    """The bot after so many bars."""

    bars: int
    clock: float
    processor: float
    written: int
    journal: int
    logs: int


def measure() -> Measured:
    """Run it."""
    keep_bytecode()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        document = folder / "soak.json"
        write_document(document, DOCUMENT | {"data": DOCUMENT["data"] | {"speed": 0}})
        # Not counted: it writes the bytecode.
        _started(document, folder / "unused")
        first_start = _started(document, folder / "fresh")
        work = folder / "work"
        work.mkdir()
        with VenueBot(document, work) as bot:
            samples, early, late = _soak(bot, work)
            bot.stop()
        rows = _rows(bot.journal)
        return _told(samples, (early, late), (first_start, _started(document, work)), rows)


def _soak(bot: VenueBot, work: Path) -> tuple[list[_Sample], float, float]:
    """Return a sample of each day, and how long a status took on the second day and on the last."""
    samples: list[_Sample] = []
    early = 0.0
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not samples or samples[-1].bars < DAYS * _DAY:
        if time.monotonic() > deadline or bot.process.poll() is not None:
            raise RuntimeError(f"{DAYS} days do not come to an end: {bot.printed()[-2000:]}")
        bars = _bars(bot)
        if bars >= _DAY * (len(samples) + 1):
            samples.append(_sample(bot, bars, work))
            early = early or _answer_seconds(bot)
            if len(samples) % 10 == 0:
                print(f"  {bars:,} bars", flush=True)
        time.sleep(0.1)
    return samples, early, _answer_seconds(bot)


def _bars(bot: VenueBot) -> int:
    told = bot.get("/metrics")[1]
    counts = [line.rpartition(" ")[2] for line in told.splitlines() if line.startswith("tradingbot_bars_total")]
    return int(float(counts[0])) if counts else 0


def _sample(bot: VenueBot, bars: int, work: Path) -> _Sample:
    pid = bot.process.pid
    return _Sample(
        bars,
        time.monotonic(),
        seconds_of(pid),
        memory_of(pid).written,
        _size_of(bot.journal.parent),
        _size_of(work / "logs"),
    )


def _size_of(folder: Path) -> int:
    # A log may be rotated, and the database's log be taken in, between the listing and the look.
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _answer_seconds(bot: VenueBot) -> float:
    found = []
    for _ in range(_ASKED):
        begun = time.perf_counter()
        bot.get("/status")
        found.append(time.perf_counter() - begun)
    return median(found)


def _started(document: Path, work: Path) -> float:
    """Return the seconds from start to the first bar dealt with by a bot in that folder."""
    work.mkdir(exist_ok=True)
    begun = time.perf_counter()
    with VenueBot(document, work) as bot:
        bot.wait_for("a bar", lambda status: status["ready"])
        seconds = time.perf_counter() - begun
        bot.stop()
    return seconds


def _rows(journal: Path) -> dict[str, int]:
    with closing(sqlite3.connect(journal)) as database:
        return {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("equity", "events", "orders", "fills", "trades")
        }


def _told(
    samples: Sequence[_Sample], answers: tuple[float, float], starts: tuple[float, float], rows: dict[str, int]
) -> Measured:
    third = max(1, len(samples) // 3)
    early, late = (samples[0], samples[third]), (samples[-1 - third], samples[-1])
    (cost, pace), (end_cost, end_pace) = _a_bar(*early), _a_bar(*late)
    growth = (samples[-1].journal - samples[0].journal) / (samples[-1].bars - samples[0].bars)
    logs = (samples[-1].logs - samples[0].logs) / (samples[-1].bars - samples[0].bars)
    found = [
        ("memory written, after a day and at the end", samples[0].written / MIB, samples[-1].written / MIB, "MiB", 1.1),
        ("processor time for a bar, first and last third", cost * 1e3, end_cost * 1e3, "ms", 1.1),
        ("time for a bar, first and last third", pace * 1e3, end_pace * 1e3, "ms", None),
        ("answer to /status after a day, and at the end", answers[0] * 1e3, answers[1] * 1e3, "ms", None),
        ("start to ready, new and with this past", *starts, "s", 1.5),
    ]
    ratios = [Ratio(f"soak: {name}", end / start, aim) for name, start, end, _, aim in found]
    table = Table(
        f"{samples[-1].bars:,} bars in {samples[-1].clock - samples[0].clock:.1f} s",
        ("", "start", "end", "end over start"),
        [
            (name, f"{start:.2f} {unit}", f"{end:.2f} {unit}", f"{end / start:.2f}")
            for name, start, end, unit, _ in found
        ],
    )
    files = Table(
        "What is written",
        ("", f"after {DAYS} days", "for a bar", "in a year of such days, were nothing forgotten"),
        [
            (name, f"{size / MIB:.1f} MiB", f"{each:.0f} bytes", f"{each * _YEAR / MIB:.0f} MiB")
            for name, size, each in (
                ("journal", samples[-1].journal, growth),
                ("log files", samples[-1].logs, logs),
            )
        ]
        + [
            (f"rows of {name}", f"{count:,}", f"{count / rows['equity']:.3f}", f"{count * _YEAR // rows['equity']:,}")
            for name, count in rows.items()
        ],
    )
    return Measured(
        "Soak",
        f"{DAYS} days of one-minute bars of a simulated market through `tradingbot run`, as fast as the bot follows, "
        "with journal, HTTP, metrics and log files.",
        [table, files],
        [ratio for ratio in ratios if ratio.aim is not None],
        limits="The equity of every bar is most of the journal. Of bars before the newest 50,000 only a day's last, "
        "lowest and highest are kept, so that from there on it grows by its trades alone. Log files are bounded: 10 MB "
        "each, and five old ones.",
    )


def _a_bar(one: _Sample, other: _Sample) -> tuple[float, float]:
    """Return processor time and time for a bar between two samples."""
    bars = other.bars - one.bars
    return (other.processor - one.processor) / bars, (other.clock - one.clock) / bars
