"""A person makes real bots in a folder, lets them trade, and looks after them until they are deleted, by browser."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, expect

from bots.web.at_home import AtHome
from bots.web.backtests.running import Backtests
from tests.process.running import write_document
from tests.web.at_home.places import Place
from tests.web.audited import audited
from tests.web.browser.visiting import visit
from tests.web.staging import served_in_thread, stage

pytestmark = pytest.mark.slow


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """An empty folder of documents, and a working directory."""
    made = Place(tmp_path / "configs", tmp_path / "work")
    made.configs.mkdir()
    yield made
    made.clear()


@pytest.fixture
def address(place: Place, tmp_path: Path) -> Iterator[str]:
    """A console over this folder, with real bots."""

    def make() -> FastAPI:
        home = AtHome(place.configs, place.workdir, interval=0.2)
        return stage(home, tmp_path, backtests=Backtests(place.workdir, place.configs))

    with served_in_thread(make) as found:
        yield found


def test_a_person_makes_a_bot_and_looks_after_it_until_it_is_deleted(
    browser: Browser, address: str, place: Place, tmp_path: Path
) -> None:
    # Two bars a second, and a position for half a minute: long enough for a person to sell it.
    rules = {
        "entry_logic": {"name": "RSIBBEntryMixin", "params": {"rsi_oversold": 60, "bb_dev": 0.2}},
        "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 60}},
    }
    text = write_document(tmp_path / "typed.json", data={"speed": 120}, strategy=rules).read_text()
    with visit(browser, address) as olga:
        page = olga.page
        page.get_by_role("link", name="Make the first bot").click()
        page.locator(".point-link", has_text="smallest").click()
        page.fill("#editor-name", "btc")
        page.fill("#editor-text", text)
        olga.sees("#editor-state", "No faults")
        page.click("#editor-save")
        olga.is_sound("home-made-review")
        page.get_by_role("button", name="Make it").click()
        page.wait_for_url("**/bots/btc*")
        assert json.loads((place.configs / "btc.json").read_text()) == json.loads(text)
        assert place.holders() == []

        olga.act("start", picture="home-start")
        olga.sees(".bot-title .state", "ready", seconds=60)
        olga.sees(".side", "connected, warmed up, with fresh bars")
        olga.sees(".side", "Open position", seconds=60)
        page.locator("#bars canvas").first.wait_for()
        olga.is_sound("home-bot")
        first = place.holders()
        assert len(first) == 1

        olga.act("halt", picture="home-halt")
        olga.sees(".bot-title .state", "halted")
        olga.act("resume", picture="home-resume")
        olga.sees(".bot-title .state", "ready")
        olga.sees(".side", "Open position", seconds=60)
        olga.act("close position", picture="home-close")
        olga.sees(".bot-title .state", "halted")
        expect(page.locator(".side")).not_to_contain_text("Open position", timeout=60_000)
        olga.act("resume")
        olga.act("restart", picture="home-restart")
        expect(page.locator(".bot-title .state")).to_have_text("ready", timeout=60_000)
        assert len(place.holders()) == 1
        assert place.holders() != first

        for tab in ("trades", "orders", "events", "log", "document"):
            olga.go(f"/bots/btc/{tab}")
            olga.is_sound(f"home-{tab}")
        olga.go("/bots/btc")
        olga.sees(".side", "Open position", seconds=60)
        olga.act("stop", choose="close", picture="home-stop")
        olga.sees(".bot-title .state", "stopped", seconds=60)
        olga.sees(".figures", "flat")
        assert place.holders() == []

        page.get_by_role("link", name="Edit").click()
        page.fill("#editor-text", json.dumps(json.loads(text) | {"description": "seen"}, indent=2))
        olga.sees("#editor-state", "not saved yet")
        page.click("#editor-save")
        page.locator("#editor-review [data-save]").click()
        page.wait_for_url("**/bots/btc*")
        assert json.loads((place.configs / "btc.json").read_text())["description"] == "seen"

        olga.act("delete", picture="home-delete")
        page.wait_for_url(f"{address}/")
        olga.sees("main", "No bots yet")
        assert not (place.configs / "btc.json").exists()
    done = [line["action"] for line in audited(tmp_path) if line["outcome"] == "done"]
    wanted = ["create", "start", "halt", "resume", "close", "resume", "restart", "stop", "save", "delete"]
    assert [action for action in done if action in wanted] == wanted


def test_a_bot_that_dies_is_seen_to_be_dead(browser: Browser, address: str, place: Place) -> None:
    place.document("0001")
    with visit(browser, address) as olga:
        olga.go("/")
        olga.sees("#rows", "0001")
        olga.go("/bots/0001")
        olga.act("start")
        olga.sees(".bot-title .state", "ready", seconds=60)
        (bot,) = place.holders()
        os.kill(bot, 9)
        # Nothing is started by itself: a person is told, and decides.
        expect(olga.page.locator(".bot-title .state")).not_to_have_text("ready", timeout=60_000)
        olga.sees(".alarms", "should run")
        olga.sees(".side", "does not run")
        olga.is_sound("home-died")
        olga.act("start")
        expect(olga.page.locator(".bot-title .state")).to_have_text("ready", timeout=60_000)
        assert place.holders() not in ([], [bot])
