"""What a process of each kind costs: memory among twenty of its kind, time from start to ready, and idling."""

import os
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

from tests.bench.bytecode import keep_bytecode
from tests.bench.figures import Measured, Ratio, Table
from tests.bench.footprint import freqtrade
from tests.bench.footprint.kinds import BareNode, Bot, Freqtrade, Kind, Started
from tests.bench.memory import MIB, memory_of, seconds_of
from tests.venues.binance import BinanceDouble
from tests.venues.test_binance_bots import coming

CROWD = int(os.environ.get("BENCH_CROWD", "20"))
_STARTS = int(os.environ.get("BENCH_STARTS", "5"))
_PAST = 200
_IDLE_SECONDS = float(os.environ.get("BENCH_IDLE_SECONDS", "60"))
_SETTLE_SECONDS = min(15.0, _IDLE_SECONDS)
_PATIENCE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class _Cost:
    private: float
    proportional: float
    resident: float
    idle: float


def obstacle() -> str | None:
    """Say why it cannot run here, or None."""
    return freqtrade.obstacle()


def measure() -> Measured:
    """Measure, in some minutes."""
    keep_bytecode()
    kinds: list[Kind] = [Bot(), BareNode(), Freqtrade()]
    starts = _starts(kinds)
    print("  the starts are measured", flush=True)
    costs = {kind.name: _cost(kind) for kind in kinds}
    bot, bare, peer = (costs[kind.name] for kind in kinds)
    first, second, third = (median(starts[kind.name]) for kind in kinds)
    table = Table(
        f"{CROWD} processes of a kind at once, medians; start to ready alone, median of {_STARTS}",
        ("", "private", "PSS", "resident", "start to ready", "idle, of a core"),
        [
            (
                kind.name,
                *(f"{amount / MIB:.0f} MiB" for amount in (cost.private, cost.proportional, cost.resident)),
                f"{median(starts[kind.name]):.2f} s",
                f"{100 * cost.idle:.2f} %",
            )
            for kind in kinds
            for cost in (costs[kind.name],)
        ],
    )
    return Measured(
        "A bot's footprint",
        "All on one double of Binance on loopback, hourly bars. The bot trades on paper with journal, HTTP, metrics "
        "and log; the bare node has Nautilus' own Binance client and a strategy that subscribes to bars; freqtrade has "
        "a strategy with one indicator.",
        [table],
        [
            Ratio("bot's private memory, over a bare Nautilus node's", bot.private / bare.private, 1.15, 0.1),
            Ratio("bot's PSS, over a bare Nautilus node's", bot.proportional / bare.proportional, 1.15, 0.1),
            Ratio("bot's private memory, over freqtrade's", bot.private / peer.private, 1.0, 0.1),
            Ratio("bot's start to ready, over 3 s", first / 3.0, 1.0),
            Ratio("bot's start to ready, over a bare Nautilus node's", first / second),
            Ratio("bot's start to ready, over freqtrade's", first / third),
        ],
        versions={"freqtrade": freqtrade.VERSION},
    )


def _starts(kinds: list[Kind]) -> dict[str, list[float]]:
    """Return how long each kind takes from its start until it is ready; they take turns."""
    found: dict[str, list[float]] = {kind.name: [] for kind in kinds}
    # The first start of each also writes bytecode and warms the disk's cache.
    for number in range(_STARTS + 1):
        for kind in kinds:
            with tempfile.TemporaryDirectory() as folder, _double() as double, ExitStack() as running:
                begun = time.perf_counter()
                _await_ready([_start(kind, Path(folder), 0, double, running)])
                if number:
                    found[kind.name].append(time.perf_counter() - begun)
    return found


def _cost(kind: Kind) -> _Cost:
    with tempfile.TemporaryDirectory() as folder, _double() as double, ExitStack() as running:
        crowd = [_start(kind, Path(folder), number, double, running) for number in range(CROWD)]
        _await_ready(crowd)
        time.sleep(_SETTLE_SECONDS)
        before, begun = [seconds_of(each.pid) for each in crowd], time.monotonic()
        time.sleep(_IDLE_SECONDS)
        passed = time.monotonic() - begun
        idle = [(seconds_of(each.pid) - had) / passed for each, had in zip(crowd, before, strict=True)]
        memory = [memory_of(each.pid) for each in crowd]
        print(f"  {CROWD} of {kind.name} are measured", flush=True)
        return _Cost(
            median(each.private for each in memory),
            median(each.proportional for each in memory),
            median(each.resident for each in memory),
            median(idle),
        )


def _double() -> BinanceDouble:
    return BinanceDouble(coming(_PAST + 20, timedelta(hours=1)), past=_PAST, interval="1h")


def _start(kind: Kind, folder: Path, number: int, double: BinanceDouble, running: ExitStack) -> Started:
    own = folder / f"process{number}"
    own.mkdir()
    return kind.start(own, double, running)


def _await_ready(crowd: list[Started]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    waiting = list(crowd)
    while waiting:
        waiting = [each for each in waiting if not each.is_ready()]
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(waiting)} of {len(crowd)} are not ready")
        time.sleep(0.01)
