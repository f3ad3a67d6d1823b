"""The fleet of a folder: what is seen of bots that do not run, and what it costs to look."""

import asyncio
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bots.journal.opening import JournalKey, journal_url, open_journal
from bots.seen.rows import State
from bots.trading.halts import HaltMode
from bots.web.at_home import AtHome, documents, journals
from bots.web.at_home.processes import find
from bots.web.bots import Action, Entry, OnLeaving
from strategies.errors import AlreadyRunningError, DocumentError, NotNowError, StartError
from tests.web.at_home.places import OLGA, Place, at_home, until, until_true


def looked_at(entry: Entry) -> bool:
    return entry.row.state is not State.ASKING


async def all_looked_at(home: AtHome) -> None:
    await until_true("look at each bot", lambda: all(looked_at(entry) for entry in home.fleet()))


async def test_a_document_with_faults_is_in_the_fleet_and_says_its_first_fault(place: Place) -> None:
    (place.configs / "0001.json").write_text('{"trading": {"symbol": "BTCUSDT", "position_size": 7}, "broke": {}}')
    (place.configs / "0002.json").write_text("not json")
    async with at_home(place) as home:
        await all_looked_at(home)
        first, second = home.fleet()
        assert (first.faults, first.row.state, second.faults) == (3, State.UNREADABLE, 1)
        assert first.row.detail.startswith("its document has faults: ")
        assert second.row.detail == "its document has faults: line 1, column 1: is not JSON: Expecting value"
        assert first.actions == second.actions == {Action.DELETE}
        assert first.alarms == (f"unreadable: {first.row.detail}",)
        for name in ("0001", "0002"):
            with pytest.raises(DocumentError):
                await home.start(name, OLGA)
            assert (await home.document(name)).text
        # Mended by hand, it is a bot like others.
        place.document("0002")
        entry = await until(home, "0002", "mended document", lambda entry: not entry.faults)
        await until(home, "0002", "rest", lambda entry: entry.row.state is State.STOPPED)
        assert entry.alarms == ()


async def test_only_documents_are_bots(place: Place) -> None:
    place.document("0001")
    for odd in ("a b", ".hidden", "x" * 41):
        place.document("0001").with_name(f"{odd}.json").write_text("{}")
    (place.configs / "folder.json").mkdir()
    (place.configs / "dangling.json").symlink_to(place.configs / "nowhere")
    (place.configs / "notes.txt").touch()
    # Of a bot that was deleted once.
    place.journal("0009")
    async with at_home(place) as home:
        await all_looked_at(home)
        assert [entry.name for entry in home.fleet()] == ["0001"]
        assert (home.kind, home.place) == ("folder", str(place.configs))


async def test_a_bot_at_rest_is_shown_as_it_left_itself(place: Place) -> None:
    place.document("0001")
    place.journal("0001")
    async with at_home(place) as home:
        entry = await until(home, "0001", "look", looked_at)
        assert (entry.row.state, entry.row.detail) == (State.STOPPED, "has seen no bar yet")
        assert entry.actions == {Action.START, Action.DELETE}
        assert (await home.status("0001"))["state"] == "stopped"
        assert await home.trades("0001") == []
        assert await home.bars("0001", 10) == {"interval": "1m", "bars": []}
        assert await home.log_tail("0001", 10) == []

        await home.halt("0001", HaltMode.BLOCK_ENTRIES, "wait for me", OLGA)
        entry = home.entry("0001")
        assert entry.row.detail == "halted: manual_halt: wait for me (by olga (web)); has seen no bar yet"
        assert Action.RESUME in entry.actions
        await home.resume("0001", OLGA)
        assert Action.RESUME not in home.entry("0001").actions
        # As `tradingbot halt` does.
        with closing(sqlite3.connect(place.workdir / "journal" / "0001.paper.sqlite")) as database, database:
            database.execute(
                'INSERT INTO halts ("limit", detail, time, lifted, mode) VALUES '
                "('manual_halt', 'by hand', '2026-01-01 00:00:00', 0, 'block-entries')"
            )
        await until(home, "0001", "halt", lambda entry: "by hand" in entry.row.detail)


async def test_a_bot_that_never_ran_cannot_be_halted(place: Place) -> None:
    place.document("0001")
    async with at_home(place) as home:
        for refused in (home.halt("0001", HaltMode.BLOCK_ENTRIES, "", OLGA), home.resume("0001", OLGA)):
            with pytest.raises(NotNowError, match="0001 has never run"):
                await refused
        assert (await home.status("0001"))["broker_status"]["equity"] == 1000


async def test_a_journal_that_cannot_be_read_is_told_of_its_bot(place: Place) -> None:
    place.document("0001")
    (place.workdir / "journal").mkdir(parents=True)
    (place.workdir / "journal" / "0001.paper.sqlite").write_bytes(b"no database" * 1000)
    async with at_home(place) as home:
        entry = await until(home, "0001", "look", looked_at)
        assert entry.row.state is State.UNREADABLE
        assert entry.alarms[0].startswith("unreadable: cannot read the journal of 0001")


async def test_a_folder_that_vanishes_takes_no_bot_out_of_sight(place: Place) -> None:
    place.document("0001")
    async with at_home(place) as home:
        await until(home, "0001", "look", looked_at)
        away = place.configs.rename(place.configs.with_name("away"))
        told = f"the folder {place.configs} cannot be read: No such file or directory"
        entry = await until(home, "0001", "alarm", lambda entry: entry.alarms)
        assert entry.alarms == (told,)
        away.rename(place.configs)
        await until(home, "0001", "folder", lambda entry: not entry.alarms)
        (place.configs / "0001.json").unlink()
        await until_true("fleet without it", lambda: home.fleet() == ())


async def test_a_folder_that_is_not_there_is_refused_with_the_remedy(place: Place) -> None:
    with pytest.raises(StartError, match=r"there is no folder .*nowhere: make it"):
        await AtHome(place.configs / "nowhere", place.workdir).begin()


async def test_one_console_manages_a_working_directory(place: Place) -> None:
    async with at_home(place):
        with pytest.raises(AlreadyRunningError, match=f"process {os.getpid()}"):
            await AtHome(place.configs, place.workdir).begin()
    async with at_home(place):
        pass


async def test_its_token_is_nobody_elses_to_read_and_stays_the_same(place: Place) -> None:
    tokens = set()
    for _ in range(2):
        async with at_home(place):
            file = place.workdir / "web" / "token"
            assert file.stat().st_mode & 0o777 == 0o600
            tokens.add(file.read_text())
    (token,) = tokens
    assert len(token) >= 32


# --- After a reboot ---------------------------------------------------------------------------------------------


def wanted(place: Place, **names: dict[str, Any]) -> Path:
    file = place.workdir / "web" / "wanted.json"
    file.parent.mkdir(parents=True)
    of_another_boot = {"pid": os.getpid(), "begun": 1, "boot": "another"}
    wish = {"by": "olga (web)", "at": "2026-01-01T00:00:00+00:00", "process": of_another_boot, "end": ""}
    wishes = {name: wish | more for name, more in names.items()}
    file.write_text(json.dumps(wishes))
    return file


async def test_what_ran_before_a_reboot_is_an_alarm_and_is_not_started_unasked(place: Place) -> None:
    place.document("0001")
    place.document("0002")
    wanted(place, **{"0001": {}, "0003": {}})
    async with at_home(place) as home:
        first = await until(home, "0001", "alarm", lambda entry: entry.alarms)
        assert (first.alarms, first.wanted) == (("should run and does not: its process is gone",), True)
        assert first.actions == {Action.START, Action.STOP, Action.DELETE}
        gone = await until(home, "0003", "alarm", lambda entry: entry.alarms)
        assert gone.actions == {Action.STOP}
        assert home.entry("0002").alarms == ()
        assert place.holders() == []
        await home.stop("0003", OnLeaving.KEEP, OLGA)
        assert [entry.name for entry in home.fleet()] == ["0001", "0002"]
    assert place.wanted().keys() == {"0001"}


@pytest.mark.parametrize("content", ["", "[]", '{"0001": {}}', '{"0001": {"process": 7}}', "\xff"])
async def test_what_shall_run_is_never_guessed(place: Place, content: str) -> None:
    file = wanted(place)
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(StartError, match=r"wanted.json cannot be read .*: mend it, or move it away"):
        await AtHome(place.configs, place.workdir).begin()
    # It let go of what it had.
    file.unlink()
    async with at_home(place):
        pass


# --- Bots that answer -------------------------------------------------------------------------------------------


async def test_what_answers_at_a_bots_old_address_is_not_taken_for_it(place: Place) -> None:
    place.document("0001")
    told = {"bot": "0002", "mode": "paper", "pid": os.getpid(), "symbol": "BTCUSDT", "state": "running"}

    async def status(_: web.Request) -> web.Response:
        return web.json_response(told)

    app = web.Application()
    app.add_routes([web.get("/status", status)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    key = JournalKey("0001", "paper", "BTCUSDT")
    # This process holds the journal, as a bot would.
    journal = open_journal(key, journal_url(key, place.workdir))
    journal.note_address(f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        async with at_home(place) as home:
            entry = await until(home, "0001", "look", looked_at)
            assert entry.row.state in (State.NO_ANSWER, State.STARTING)
            told |= {"bot": "0001", "alive": True, "ready": True}
            entry = await until(home, "0001", "answer", lambda entry: entry.row.state is State.READY)
            version = home.version
            answered = entry.row.answered
            assert answered is not None
            # That it was asked again is nothing that anybody could see.
            await until_true("another answer", lambda: home.entry("0001").row.answered not in (None, answered))
            assert home.version == version
            told["pid"] = 1
            await until(home, "0001", "silence", lambda entry: entry.row.state is State.NO_ANSWER)
            assert home.version == version + 1
    finally:
        journal.close()
        await runner.cleanup()


async def test_everybody_who_waits_hears_of_a_change(place: Place) -> None:
    place.document("0001")
    async with at_home(place) as home:
        await until(home, "0001", "look", looked_at)
        version = home.version
        waiting = [asyncio.create_task(home.changed(version)) for _ in range(3)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        place.document("0002")
        assert len(set(await asyncio.wait_for(asyncio.gather(*waiting), 10))) == 1
        assert await home.changed(version) > version


# --- What it costs ----------------------------------------------------------------------------------------------


def counted(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[Any]:
    calls: list[Any] = []
    original: Callable[..., Any] = getattr(module, name)

    def counting(*arguments: Any) -> Any:
        calls.append(arguments)
        return original(*arguments)

    monkeypatch.setattr(module, name, counting)
    return calls


async def test_what_did_not_change_is_not_read_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("0001", "0002", "0003"):
        place.document(name)
        place.journal(name)
    parsed = counted(monkeypatch, documents, "document_from_bytes")
    read = counted(monkeypatch, journals, "look")
    scans = counted(monkeypatch, documents, "_stamps")
    async with at_home(place, interval=0.05) as home:
        await all_looked_at(home)
        assert (len(parsed), len(read)) == (3, 3)
        first = home.fleet()
        seen = len(scans)
        await until_true("more rounds", lambda: len(scans) > seen + 5)
        assert (len(parsed), len(read)) == (3, 3)
        assert home.fleet() == first
        os.utime(place.configs / "0002.json", ns=(1, 1))
        await until_true("another look", lambda: len(parsed) == 4)
        with closing(sqlite3.connect(place.workdir / "journal" / "0003.paper.sqlite")) as database, database:
            database.execute("INSERT INTO meta VALUES ('a', 'b')")
        await until_true("another reading", lambda: len(read) >= 4)
        assert {found.bot for (found,) in read[3:]} == {"0003"}


@pytest.mark.slow
async def test_a_thousand_bots_at_rest_cost_little(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    text = place.document("b0000").read_text()
    place.journal("b0000")
    journal = place.workdir / "journal" / "b0000.paper.sqlite"
    for number in range(1, 1000):
        (place.configs / f"b{number:04}.json").write_text(text)
        shutil.copy(journal, journal.with_name(f"b{number:04}.paper.sqlite"))
    scans = counted(monkeypatch, documents, "_stamps")
    async with at_home(place) as home:
        assert len(home.fleet()) == 1000
        await all_looked_at(home)
        seen, used = len(scans), time.process_time()
        await until_true("ten rounds", lambda: len(scans) >= seen + 10)
        each = (time.process_time() - used) / (len(scans) - seen)
        print(f"one round of 1,000 bots at rest: {each * 1000:.0f} ms of a processor")
        assert each < 0.2


def test_a_process_is_known_by_more_than_its_number() -> None:
    mine = find(os.getpid())
    assert mine is not None
    assert mine.lives
    assert mine.age >= 0
    assert not mine.frozen
    assert find(2**30) is None
