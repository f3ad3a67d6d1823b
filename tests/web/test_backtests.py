"""Backtests run in processes of their own: bounded, kept, and gone with the console."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bots.web.backtests import running
from bots.web.backtests.backtest import Backtest, State
from bots.web.backtests.comparing import Point, compared, same_bars, thinned
from bots.web.backtests.documents import differing
from bots.web.backtests.process import environment_of, run_bounded
from bots.web.backtests.running import Backtests
from bots.web.bots import Who
from strategies.errors import (
    BarsFileError,
    DocumentError,
    ManagingError,
    NameTakenError,
    NoSuchBacktestError,
    NotNowError,
)

OLGA = Who("olga")
DOCUMENT = json.dumps(
    {
        "trading": {"symbol": "BTCUSDT"},
        "data": {"interval": "1m"},
        "strategy": {"entry_logic": {"name": "RSIBBEntryMixin"}, "exit_logic": {"name": "ATRExitMixin"}},
    }
)
HEADER = "timestamp,open,high,low,close,volume\n"
BARS = HEADER + "".join(f"2026-01-01T00:{minute:02}:00Z,1.0,1.2,0.9,1.1,5\n" for minute in range(30))


async def until(look: Callable[[], object], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        if look():
            return
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds} s for {what}")
        await asyncio.sleep(0.02)


async def ended(backtests: Backtests, id: str) -> Backtest:
    await until(lambda: backtests.get(id).state.is_over, "the end of a backtest")
    return backtests.get(id)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def chunks(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


def hanging(pids: list[int]) -> Callable[[Path, Path, Path], Awaitable[object]]:
    """Stand in for the command: a process that never ends, and notes its number."""

    async def run(_document: Path, _bars: Path, out: Path) -> object:
        told = out / "pid"
        script = f"import os, time; open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
        waiting = asyncio.create_task(run_bounded([sys.executable, "-c", script], dict(os.environ)))
        try:
            await until(lambda: told.exists() and told.read_text(), "the process to say its number")
            pids.append(int(told.read_text()))
            return await waiting
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    return run


def lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


async def test_a_backtest_on_made_bars_brings_figures_and_a_report(tmp_path: Path) -> None:
    backtests = Backtests(tmp_path)
    id = await backtests.start(DOCUMENT, "made", OLGA, bot="btc", count=400)
    assert (await ended(backtests, id)).state is State.DONE, backtests.get(id)
    result = await backtests.result(id)
    assert result.figures["bars"] == 400
    assert result.figures["bot"] == "btc"
    assert "btc" in backtests.report(id).read_text("utf-8")[-20_000_000:]
    assert result.curve[0].time < result.curve[-1].time
    assert backtests.document(id) == DOCUMENT
    assert backtests.get(id).brought
    await backtests.close()


async def test_the_next_console_knows_what_the_last_one_ran(tmp_path: Path) -> None:
    first = Backtests(tmp_path)
    id = await first.start(DOCUMENT, "made", OLGA, count=50)
    await ended(first, id)
    await first.close()
    assert Backtests(tmp_path).get(id) == first.get(id)


async def test_a_backtest_that_a_killed_console_has_left_is_told_as_such(tmp_path: Path) -> None:
    backtests = Backtests(tmp_path)
    id = await backtests.start(DOCUMENT, "made", OLGA, count=50)
    await ended(backtests, id)
    file = tmp_path / "web/backtests" / id / "backtest.json"
    file.write_text(backtests.get(id).now(State.RUNNING).to_json())
    again = Backtests(tmp_path).get(id)
    assert again.state is State.FAILED
    assert "the console ended" in again.line


@pytest.mark.parametrize("text", ["", "{}", '{"id": 1}', "[]", '{"state": "odd"}'])
def test_a_folder_that_holds_no_backtest_is_cleared_away(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "web/backtests/20260101T000000-abcdef"
    folder.mkdir(parents=True)
    (folder / "backtest.json").write_text(text)
    assert not Backtests(tmp_path).list()
    assert not folder.exists()


async def test_a_document_with_faults_is_not_begun(tmp_path: Path) -> None:
    with pytest.raises(DocumentError):
        await Backtests(tmp_path).start("{}", "made", OLGA)


@pytest.mark.parametrize("bars", ["own", "bars/none.csv", "documents/x.csv", "../../etc/passwd", "bars/../x", "", "/x"])
async def test_bars_that_are_not_offered_are_refused(tmp_path: Path, bars: str) -> None:
    (tmp_path / "x").write_text(BARS)
    backtests = Backtests(tmp_path)
    with pytest.raises(BarsFileError):
        await backtests.start(DOCUMENT, bars, OLGA)
    assert not backtests.list()
    assert not list((tmp_path / "web/backtests").iterdir())


async def test_a_backtest_that_fails_says_why_without_paths(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "odd.csv").write_text(HEADER + "yesterday,1,1,1,1,1\n")
    backtests = Backtests(tmp_path, documents)
    id = await backtests.start(DOCUMENT, "documents/odd.csv", OLGA)
    over = await ended(backtests, id)
    assert over.state is State.FAILED
    assert "line 2" in over.line
    with pytest.raises(NotNowError, match="failed"):
        backtests.report(id)
    await backtests.close()


async def test_a_backtest_that_takes_too_long_is_given_up_and_its_process_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids: list[int] = []
    monkeypatch.setattr(running, "run_backtest", hanging(pids))
    backtests = Backtests(tmp_path, patience=1.0)
    id = await backtests.start(DOCUMENT, "made", OLGA, count=10)
    over = await ended(backtests, id)
    assert "took longer than 1 s" in over.line
    assert pids
    assert not lives(pids[0])
    await backtests.close()


async def test_one_runs_at_a_time_the_others_wait_and_too_many_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids: list[int] = []
    monkeypatch.setattr(running, "run_backtest", hanging(pids))
    backtests = Backtests(tmp_path)
    ids = [await backtests.start(DOCUMENT, "made", OLGA, count=10) for _ in range(11)]
    await until(lambda: pids, "a process")
    states = [backtests.get(id).state for id in ids]
    assert states.count(State.RUNNING) == 1
    assert states.count(State.WAITING) == 10
    with pytest.raises(NotNowError, match="wait already"):
        await backtests.start(DOCUMENT, "made", OLGA, count=10)
    await backtests.cancel(ids[0])
    assert backtests.get(ids[0]).line == "was cancelled"
    await backtests.cancel(ids[-1])
    assert backtests.get(ids[-1]).state is State.FAILED
    await backtests.close()
    assert not any(lives(pid) for pid in pids)
    assert all(each.state is State.FAILED for each in backtests.list())


async def test_a_deleted_backtest_is_gone_with_its_process_and_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids: list[int] = []
    monkeypatch.setattr(running, "run_backtest", hanging(pids))
    backtests = Backtests(tmp_path)
    id = await backtests.start(DOCUMENT, "made", OLGA, count=10)
    await until(lambda: pids, "a process")
    await backtests.delete(id)
    assert not lives(pids[0])
    assert not (tmp_path / "web/backtests" / id).exists()
    with pytest.raises(NoSuchBacktestError):
        backtests.get(id)
    await backtests.close()


async def test_only_the_last_ones_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_MOST_KEPT", 2)

    async def refused(_document: Path, _bars: Path, _out: Path) -> object:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(running, "run_backtest", refused)
    backtests = Backtests(tmp_path)
    ids = []
    for _ in range(4):
        ids.append(await backtests.start(DOCUMENT, "made", OLGA, count=10))
        await ended(backtests, ids[-1])
    await backtests.close()
    await until(lambda: len(backtests.list()) <= 2, "the oldest to go")
    assert [each.id for each in backtests.list()] == ids[:1:-1]
    assert len(list((tmp_path / "web/backtests").iterdir())) == 2


async def test_what_a_process_says_without_end_is_not_kept_without_end(tmp_path: Path) -> None:
    script = "import sys\nfor n in range(200000): print('word', n, '\\x1b[2J' * 3)\nsys.exit(4)"
    over = await run_bounded([sys.executable, "-c", script], dict(os.environ))
    assert over.code == 4
    assert len(over.said) == 100
    assert over.said[-1].startswith("word 199999")
    assert "\x1b" not in "".join(over.said)


def test_a_killed_console_leaves_no_process(tmp_path: Path) -> None:
    script = f"""
import asyncio, sys
from pathlib import Path
from bots.web.backtests.process import run_backtest
async def main():
    fifo = Path({str(tmp_path / "bars.csv")!r})
    print("begun", flush=True)
    await run_backtest(Path({str(tmp_path / "bot.json")!r}), fifo, Path({str(tmp_path / "out")!r}))
asyncio.run(main())
"""
    (tmp_path / "bot.json").write_text(DOCUMENT)
    # Nobody ever writes into it: the backtest waits for its bars.
    os.mkfifo(tmp_path / "bars.csv")
    console = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    try:
        child = _wait_for(lambda: _child_of(console.pid), "a process of the backtest")
    finally:
        console.send_signal(signal.SIGKILL)
        console.wait()
        if console.stdout:
            console.stdout.close()
    _wait_for(lambda: not lives(child), "the end of the backtest's process")


def _child_of(pid: int) -> int:
    file = Path(f"/proc/{pid}/task/{pid}/children")
    found = file.read_text().split() if file.exists() else []
    return int(found[0]) if found else 0


def _wait_for[T](look: Callable[[], T], what: str) -> T:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if seen := look():
            return seen
        time.sleep(0.02)
    pytest.fail(f"waited 30 s for {what}")


async def test_bars_that_are_sent_are_offered(tmp_path: Path) -> None:
    backtests = Backtests(tmp_path)
    offered = await backtests.take_bars("mine.csv", chunks(BARS))
    assert offered.key == "bars/mine.csv"
    assert [each.key for each in backtests.offered()] == ["bars/mine.csv"]
    id = await backtests.start(DOCUMENT, offered.key, OLGA)
    assert (await ended(backtests, id)).state is State.DONE
    with pytest.raises(NameTakenError):
        await backtests.take_bars("mine.csv", chunks(BARS))
    await backtests.close()


@pytest.mark.parametrize("name", ["", "../x.csv", "a/b.csv", "x.json", ".hidden.csv", "x" * 200 + ".csv", "a\n.csv"])
async def test_bars_of_an_odd_name_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ManagingError, match="is called like"):
        await Backtests(tmp_path).take_bars(name, chunks(BARS))
    assert not files(tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1"),
        (HEADER, "no bars"),
        (HEADER + "2026-01-01T00:00:00Z,1,0.5,0.9,1.1,5\n", "mine.csv: line 2"),
        ("PK\x03\x04", "mine.csv"),
    ],
)
async def test_what_are_no_bars_is_told_with_its_line_and_not_kept(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BarsFileError, match=says) as caught:
        await Backtests(tmp_path).take_bars("mine.csv", chunks(text))
    assert str(tmp_path) not in str(caught.value)
    assert not files(tmp_path)


async def test_bars_without_end_are_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.web.backtests.bars.LARGEST_UPLOAD", 1000)
    with pytest.raises(BarsFileError, match="is larger"):
        await Backtests(tmp_path).take_bars("mine.csv", chunks("x" * 2000))
    assert not files(tmp_path)


async def test_of_several_the_best_is_marked_by_what_is_better(tmp_path: Path) -> None:
    backtests = Backtests(tmp_path)
    other = DOCUMENT.replace('"symbol": "BTCUSDT"', '"symbol": "BTCUSDT", "position_size": 0.5')
    ids = [await backtests.start(text, "made", OLGA, count=3000) for text in (DOCUMENT, other)]
    for id in ids:
        await ended(backtests, id)
    results = await backtests.compare(ids)
    rows = {row.label: row for row in compared(results)}
    drawdown = [result.figures["max_drawdown_pct"] for result in results]
    assert [cell.best for cell in rows["Max drawdown"].cells] == [value == min(drawdown) for value in drawdown]
    assert not any(cell.best for cell in rows["Bars"].cells)
    assert same_bars(results)
    assert [row.place for row in differing([DOCUMENT, other])] == ["trading.position_size"]
    await backtests.close()


def test_a_thinned_curve_keeps_its_extremes_and_its_ends() -> None:
    points = [Point(n, float(n % 101)) for n in range(10_000)]
    points[5000] = Point(5000, 999.0)
    kept = list(thinned(points, 200))
    assert len(kept) <= 210
    assert kept[0] == points[0]
    assert kept[-1] == points[-1]
    assert points[5000] in kept
    assert [point.time for point in kept] == sorted({point.time for point in kept})


def test_a_backtest_is_given_no_keys() -> None:
    own = {
        "PATH": "/bin",
        "PYTHONPATH": "here",
        "BINANCE_API_SECRET": "x",
        "TRADINGBOT_JOURNAL_URL": "y",
        "SMTP_PASSWORD": "z",
    }
    assert environment_of(own) == {"PATH": "/bin", "PYTHONPATH": "here"}
