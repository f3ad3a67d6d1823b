"""Real bots under a console: started once, ended with care, and alive whatever becomes of the console."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from bots.seen.rows import State
from bots.trading.halts import HaltMode
from bots.web.at_home import AtHome
from bots.web.bots import Action, OnLeaving
from strategies.errors import (
    AlreadyRunningError,
    BotUnreachableError,
    DocumentError,
    NotNowError,
    StartError,
    TradingBotError,
)
from tests.process.running import ROOT, RunningBot
from tests.web.at_home.places import OLGA, Place, at_home, until, until_true

pytestmark = pytest.mark.slow

PATIENT = "tests.process.stubborn_bot"
# Starts 0001 and then waits for its end, which is not a clean one.
CONSOLE = """
import asyncio, sys
from pathlib import Path
from bots.web.at_home import AtHome
from bots.web.bots import Who
async def main():
    home = AtHome(Path(sys.argv[1]), Path(sys.argv[2]), interval=0.2)
    await home.begin()
    await home.start("0001", Who("olga"))
    print("started", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def trades(home: AtHome, name: str = "0001") -> int:
    """Wait until a bot trades and return its process' number."""
    entry = await until(home, name, "trade", lambda entry: entry.row.state is State.READY and entry.row.trades)
    assert entry.row.pid is not None
    return entry.row.pid


async def holds(home: AtHome, name: str = "0001") -> None:
    await until(home, name, "position", lambda entry: entry.row.state is State.READY and entry.row.position)


def said(place: Place, name: str = "0001", mode: str = "paper") -> list[str]:
    """Return what a bot has noted, oldest first."""
    with closing(sqlite3.connect(place.workdir / "journal" / f"{name}.{mode}.sqlite")) as database:
        return [text for (text,) in database.execute("SELECT text FROM events ORDER BY id")]


def log_of(place: Place, name: str = "0001") -> str:
    return (place.workdir / "logs" / "live" / f"trading_bot_{name}.log").read_text()


async def test_a_bot_is_started_seen_stopped_and_goes_on_where_it_was(place: Place) -> None:
    place.document("0001")
    async with at_home(place) as home:
        first = await until(home, "0001", "look", lambda entry: entry.row.state is not State.ASKING)
        assert (first.row.state, first.row.detail, first.wanted) == (State.STOPPED, "has never run", False)
        assert first.actions == {Action.START, Action.DELETE}

        await home.start("0001", OLGA)
        await trades(home)
        entry = home.entry("0001")
        assert entry.wanted
        assert {Action.STOP, Action.RESTART, Action.HALT, Action.DELETE} <= entry.actions
        assert not {Action.START, Action.RESUME} & entry.actions
        assert entry.alarms == ()
        drawn = await until(home, "0001", "equity", lambda entry: len(entry.equity) > 1)
        assert all(900 < value < 1100 for value in drawn.equity)
        assert (await home.status("0001"))["state"] == "running"
        assert (await home.log_tail("0001", 1000))[0].endswith("/metrics")
        assert await home.trades("0001")
        orders = await home.orders("0001", 3)
        assert len(orders) == 3
        assert [order["bar_time"] for order in orders] == sorted((o["bar_time"] for o in orders), reverse=True)
        assert {type(orders[-1]["quantity"]), type(orders[-1]["fills"][0]["price"])} == {float}
        events = await home.events("0001", 500)
        assert (events[-1]["number"], events[-1]["data"]) == (1, {"state": "started"})
        curve = await home.curve("0001", 50)
        assert 2 < len(curve) <= 52
        assert curve[0].keys() == {"time", "equity", "drawdown_pct"}
        assert curve[0]["time"] < curve[-1]["time"]
        assert curve[0]["time"].endswith("Z")

        await home.stop("0001", OnLeaving.KEEP, OLGA)
        entry = home.entry("0001")
        assert (entry.row.state, entry.wanted, entry.alarms) == (State.STOPPED, False, ())
        assert 2 < len(entry.equity) <= 40
        assert entry.row.equity is not None
        assert entry.equity[-1] == pytest.approx(float(entry.row.equity))
        assert (entry.row.interval, entry.row.feed, entry.row.broker) == ("1m", "mock", "mock")
        assert (await home.status("0001"))["state"] == "stopped"
        count = (await home.status("0001"))["trades"]
        with pytest.raises(NotNowError, match="0001 does not run"):
            await home.stop("0001", OnLeaving.KEEP, OLGA)

        await home.start("0001", OLGA)
        await until(home, "0001", "more trades", lambda entry: (entry.row.trades or 0) > count)
    assert place.wanted()["0001"]["by"] == "olga (web)"


async def test_of_two_browsers_that_start_a_bot_one_is_refused(place: Place) -> None:
    place.document("0001")
    async with at_home(place) as home:
        ends = await asyncio.gather(
            home.start("0001", OLGA), home.start("0001", OLGA), home.restart("0001", OLGA), return_exceptions=True
        )
        assert [type(end) for end in ends] == [type(None), NotNowError, NotNowError]
        with pytest.raises(AlreadyRunningError, match="0001 runs already"):
            await home.start("0001", OLGA)
        pid = await trades(home)
    assert place.holders() == [pid]
    assert "already runs" not in log_of(place)


async def test_a_bot_whose_console_was_killed_runs_on_and_the_next_one_adopts_it(place: Place) -> None:
    place.document("0001")
    command = [sys.executable, "-c", CONSOLE, str(place.configs), str(place.workdir)]
    with subprocess.Popen(  # noqa: ASYNC220
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as console:
        assert console.stdout is not None
        assert console.stdout.readline() == "started\n"
        (pid,) = place.holders()
        with pytest.raises(AlreadyRunningError, match=f"process {console.pid}"):
            await AtHome(place.configs, place.workdir).begin()
        # Its whole group, as when a terminal's window is closed, and as nothing can be that wants to be tidy.
        os.killpg(console.pid, signal.SIGKILL)
    async with at_home(place) as home:
        assert await trades(home) == pid
        entry = home.entry("0001")
        assert (entry.wanted, entry.alarms) == (True, ())
        with pytest.raises(AlreadyRunningError, match=str(pid)):
            await home.start("0001", OLGA)
        before = entry.row.trades or 0
        await until(home, "0001", "another trade", lambda entry: (entry.row.trades or 0) > before)
        await home.stop("0001", OnLeaving.KEEP, OLGA)
        assert place.holders() == []
        assert place.wanted() == {}


async def test_a_console_that_ends_ends_no_bot(place: Place) -> None:
    place.document("0001")
    async with at_home(place) as home:
        await home.start("0001", OLGA)
        pid = await trades(home)
    assert place.holders() == [pid]


async def test_a_killed_bot_is_an_alarm_until_it_is_started_again(place: Place) -> None:
    place.document("0001")
    async with at_home(place) as home:
        await home.start("0001", OLGA)
        pid = await trades(home)
        os.kill(pid, signal.SIGKILL)
        alarm = "should run and does not: was ended by SIGKILL"
        entry = await until(home, "0001", "alarm", lambda entry: entry.alarms)
        assert (entry.alarms, entry.row.state, entry.wanted) == ((alarm,), State.STOPPED, True)
    # As after a reboot.
    async with at_home(place) as home:
        entry = await until(home, "0001", "alarm", lambda entry: entry.alarms)
        assert entry.alarms == (alarm,)
        assert {Action.START, Action.STOP} <= entry.actions
        assert await home.start_wanted(OLGA) == {}
        assert await trades(home) != pid
        assert home.entry("0001").alarms == ()


async def test_an_end_while_no_console_looked_on_is_an_alarm_that_stopping_takes_away(place: Place) -> None:
    place.document("0001")
    async with at_home(place) as home:
        await home.start("0001", OLGA)
        pid = await trades(home)
    os.kill(pid, signal.SIGTERM)
    await until_true("end of the bot", lambda: not place.holders())
    async with at_home(place) as home:
        entry = await until(home, "0001", "alarm", lambda entry: entry.alarms)
        assert entry.alarms == ("should run and does not: was told to end, and not from here",)
        await home.stop("0001", OnLeaving.KEEP, OLGA)
        assert (home.entry("0001").alarms, home.entry("0001").wanted) == ((), False)


async def test_a_bot_that_should_run_and_is_started_by_hand_is_watched_over_again(place: Place) -> None:
    file = place.document("0001")
    async with at_home(place) as home:
        await home.start("0001", OLGA)
        os.kill(await trades(home), signal.SIGKILL)
        await until(home, "0001", "alarm", lambda entry: entry.alarms)
        with RunningBot(file, place.workdir, output=place.configs / "output.txt") as bot:
            await until(home, "0001", "no alarm", lambda entry: entry.row.answered and not entry.alarms)
            await until_true("adoption", lambda: place.wanted()["0001"]["process"]["pid"] == bot.process.pid)
            bot.kill()
        # For a moment it is one that does not answer.
        gone = "should run and does not: its process is gone"
        await until(home, "0001", "another alarm", lambda entry: entry.alarms and entry.alarms[0].startswith(gone))


async def test_a_bot_that_cannot_start_says_why_at_once_and_goes_on_saying_it(place: Place) -> None:
    place.document("0001")
    place.journal("0001", symbol="ETHUSDT")
    async with at_home(place) as home:
        with pytest.raises(StartError, match=r"0001 ended with exit code 1: .*belongs to symbol ETHUSDT"):
            await home.start("0001", OLGA)
        (alarm,) = home.entry("0001").alarms
        assert alarm.startswith("should run and does not: ended with exit code 1: this journal belongs to symbol")
        assert home.entry("0001").row.state is State.STOPPED
        assert (await home.start_wanted(OLGA)).keys() == {"0001"}


async def test_a_bot_whose_bars_have_come_to_their_end_needs_not_run(place: Place) -> None:
    bars = place.configs / "bars.csv"
    lines = [f"2026-01-01T{n // 60:02}:{n % 60:02}:00Z,100,110,99,{100 + n % 7},1" for n in range(200)]
    bars.write_text("\n".join(["timestamp,open,high,low,close,volume", *lines]) + "\n")
    replay = {"data_source": "replay", "file": str(bars), "symbol": "BTCUSDT", "speed": 720000}
    place.document("0001", data=replay)
    async with at_home(place) as home:
        await home.start("0001", OLGA)
        entry = await until(home, "0001", "end", lambda entry: not entry.wanted)
        assert (entry.row.state, entry.alarms) == (State.STOPPED, ())
        assert entry.row.price is not None
    assert place.wanted() == {}


async def test_a_frozen_bot_is_told_as_such_and_never_killed(place: Place) -> None:
    place.document("0001")
    async with at_home(place, end_seconds=0.5) as home:
        await home.start("0001", OLGA)
        pid = await trades(home)
        os.kill(pid, signal.SIGSTOP)
        entry = await until(home, "0001", "silence", lambda entry: entry.row.state is State.NO_ANSWER)
        assert entry.row.detail == f"process {pid} holds its journal and does not answer: it is frozen, as by SIGSTOP"
        assert entry.alarms == (f"no answer: {entry.row.detail}",)
        assert entry.row.equity is not None
        with pytest.raises(BotUnreachableError, match="does not answer"):
            await home.status("0001")
        with pytest.raises(BotUnreachableError, match="its position cannot be closed"):
            await home.stop("0001", OnLeaving.CLOSE, OLGA)
        # The second word is none: a bot that is told twice leaves without waiting for its orders.
        for _ in range(2):
            with pytest.raises(NotNowError, match=rf"process {pid} of 0001 was told to end .* it is frozen"):
                await home.stop("0001", OnLeaving.KEEP, OLGA)
        assert home.entry("0001").row.state is State.STOPPING
        with pytest.raises(AlreadyRunningError):
            await home.start("0001", OLGA)
        os.kill(pid, signal.SIGCONT)
        entry = await until(home, "0001", "end", lambda entry: entry.row.state is State.STOPPED)
        assert (entry.wanted, entry.alarms) == (False, ())
        # Not even as a zombie.
        await until_true("end of the process", lambda: not Path("/proc", str(pid)).exists())
    assert said(place)[-1].startswith("stopped; ")
    assert "told to stop twice" not in log_of(place)


async def test_a_bot_that_takes_its_time_to_end_is_told_once(place: Place) -> None:
    place.document("0001")
    async with at_home(place, end_seconds=0.0) as home:
        await home.start("0001", OLGA)
        pid = await trades(home)
        for _ in range(2):
            with pytest.raises(NotNowError, match=f"process {pid} of 0001 .* within 0 s: it may still end"):
                await home.stop("0001", OnLeaving.KEEP, OLGA)
        await until(home, "0001", "end", lambda entry: entry.row.state is State.STOPPED)
        await until_true("end of the process", lambda: not Path("/proc", str(pid)).exists())
    assert said(place)[-1].startswith("stopped; ")
    assert "told to stop twice" not in log_of(place)


async def test_a_bot_that_closes_before_it_stops_is_flat_and_not_halted_afterwards(place: Place) -> None:
    place.document("0001", strategy={"exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 100000}}})
    async with at_home(place) as home:
        await home.start("0001", OLGA)
        await holds(home)
        await home.stop("0001", OnLeaving.CLOSE, OLGA)
        entry = home.entry("0001")
        assert (entry.row.state, entry.row.position, entry.row.trades, entry.row.detail) == (
            State.STOPPED, Decimal(0), 1, "",
        )  # fmt: skip
        assert (await home.status("0001"))["halt"] is None
    told = "\n".join(said(place))
    assert "closed before it was stopped" in told
    assert "olga (web)" in told


async def test_a_persons_halt_outlives_a_stop_that_closes(place: Place) -> None:
    place.document("0001", strategy={"exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 100000}}})
    async with at_home(place) as home:
        await home.start("0001", OLGA)
        await holds(home)
        await home.halt("0001", HaltMode.BLOCK_ENTRIES, "news at noon", OLGA)
        await home.stop("0001", OnLeaving.CLOSE, OLGA)
        entry = home.entry("0001")
        assert (entry.row.position, entry.row.detail) == (Decimal(0), "halted: manual_halt: news at noon")
        assert Action.RESUME in entry.actions
        await home.resume("0001", OLGA)
        assert home.entry("0001").row.detail == ""


async def test_a_bot_whose_position_cannot_be_closed_is_not_stopped(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.document("0001", strategy={"exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 100000}}})
    monkeypatch.setenv("SELLS_REFUSED", "1000000")
    async with at_home(place, close_seconds=1.0, program=("-m", PATIENT)) as home:
        await home.start("0001", OLGA)
        await holds(home)
        with pytest.raises(NotNowError, match=r"0001 still holds [0-9.]+ after 1 s.*: it was not stopped, is halted"):
            await home.stop("0001", OnLeaving.CLOSE, OLGA)
        entry = home.entry("0001")
        assert (entry.row.state, entry.wanted) == (State.HALTED, True)
        assert len(place.holders()) == 1
        with pytest.raises(NotNowError):
            await home.delete("0001", OnLeaving.CLOSE, OLGA)
        assert (place.configs / "0001.json").exists()
        await home.stop("0001", OnLeaving.KEEP, OLGA)
        with pytest.raises(NotNowError, match="0001 does not run and holds"):
            await home.delete("0001", OnLeaving.CLOSE, OLGA)


async def test_a_halt_names_who_asked_whether_the_bot_takes_a_token_from_here_or_not(place: Place) -> None:
    place.document("0001")
    by_hand = place.document("0002", data={"seed": 7})
    with RunningBot(by_hand, place.workdir, output=place.configs / "output.txt") as bot:
        bot.wait_for("readiness", lambda status: status["ready"])
        async with at_home(place) as home:
            await home.start("0001", OLGA)
            for name in ("0001", "0002"):
                await trades(home, name)
                await home.halt(name, HaltMode.BLOCK_ENTRIES, "news\nat noon", OLGA)
                assert home.entry(name).row.state is State.HALTED
                assert {Action.RESUME, Action.STOP} <= home.entry(name).actions
                assert any("news at noon" in text and "olga (web)" in text for text in said(place, name))
                with pytest.raises(NotNowError, match=f"{name} is halted already, .*news at noon"):
                    await home.halt(name, HaltMode.BLOCK_ENTRIES, "another reason", OLGA)
                await home.halt(name, HaltMode.CLOSE_POSITIONS, "all out", OLGA)
                await until(home, name, "nothing held", lambda entry: entry.row.position == 0)
                await home.resume(name, OLGA)
                assert home.entry(name).row.state is State.READY
                with pytest.raises(NotNowError, match=f"{name} is not halted"):
                    await home.resume(name, OLGA)


async def test_a_document_that_was_changed_under_a_running_bot_is_told_until_it_is_restarted(place: Place) -> None:
    file = place.document("0001")
    async with at_home(place) as home:
        await home.start("0001", OLGA)
        pid = await trades(home)
        file.write_text(file.read_text().replace('"position_size": 0.1', '"position_size": 0.2'))
        told = ("its document was changed since it was started: restart it",)
        await until(home, "0001", "change", lambda entry: entry.alarms == told)
        file.write_text(file.read_text().replace('"position_size": 0.2', '"position_size":    0.10'))
        await until(home, "0001", "the same document", lambda entry: entry.alarms == ())
        read = await home.document("0001")
        await home.save("0001", read.text.replace("0.10", "0.3"), read.version, OLGA)
        assert home.entry("0001").alarms == told
        await home.restart("0001", OLGA)
        again = await trades(home)
        assert again != pid
        assert (home.entry("0001").alarms, home.entry("0001").wanted) == ((), True)
        assert any("position_size" in text for text in said(place))

        file.write_text("{}")
        entry = await until(home, "0001", "faults", lambda entry: entry.faults)
        assert entry.alarms[0].startswith("its document has faults and could not be started again: ")
        with pytest.raises(DocumentError):
            await home.restart("0001", OLGA)
        assert place.holders() == [again]


async def test_a_bot_without_a_document_here_is_seen_and_can_be_stopped(place: Place) -> None:
    file = place.document("0001")
    elsewhere = file.rename(place.workdir.parent / "0001.json")
    async with at_home(place) as home:
        with RunningBot(elsewhere, place.workdir, output=place.configs / "output.txt") as bot:
            await until_true("bot", lambda: home.fleet())
            await trades(home)
            entry = home.entry("0001")
            assert entry.alarms == ("runs without a document here",)
            assert entry.actions >= {Action.STOP, Action.HALT}
            assert not entry.actions & {Action.RESTART, Action.DELETE, Action.START}
            with pytest.raises(TradingBotError):
                await home.document("0001")
            with pytest.raises(TradingBotError):
                await home.delete("0001", OnLeaving.KEEP, OLGA)
            assert bot.process.poll() is None
            await home.stop("0001", OnLeaving.KEEP, OLGA)
            assert bot.process.wait(30) == 0
        await until_true("empty fleet", lambda: not home.fleet())


async def test_a_deleted_bot_is_stopped_first_and_its_journal_stays(place: Place, tmp_path: Path) -> None:
    place.document("0001")
    async with at_home(place) as home:
        await home.start("0001", OLGA)
        await trades(home)
        await home.delete("0001", OnLeaving.KEEP, OLGA)
        assert home.fleet() == ()
    assert place.holders() == []
    assert place.wanted() == {}
    assert said(place)[-1].startswith("stopped; ")


async def test_bots_get_neither_the_consoles_name_nor_its_journal(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADINGBOT_NAME", "console")
    monkeypatch.setenv("TRADINGBOT_JOURNAL_URL", f"sqlite:///{place.configs}/elsewhere.sqlite")
    place.document("0001")
    async with at_home(place) as home:
        await home.start("0001", OLGA)
        await trades(home)
    assert not (place.configs / "elsewhere.sqlite").exists()
