"""The console in the browser on a real cluster: bots made, run, halted, closed, stopped, changed and deleted by it."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.bots import Bot, document
from tests.e2e.kube import Kube
from tests.e2e.operator_release import OperatorRelease
from tests.e2e.waiting import wait_for
from tests.e2e.web_console import Visitor, WebConsole

CHROMIUM = os.environ.get("TRADINGBOT_TEST_CHROMIUM") or shutil.which("chromium")


@pytest.fixture
def console(kube: Kube, operator: OperatorRelease, tmp_path: Path) -> Iterator[WebConsole]:
    """The console with pages, reached by a forwarded port; who comes next makes the release what it was."""
    made = WebConsole(kube, operator, tmp_path)
    made.install()
    with made.reached():
        yield made


@pytest.fixture
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def test_all_that_pages_do_can_be_done_by_the_api(
    console: WebConsole, new_bot: Callable[..., Bot], namespace: str
) -> None:
    bot, name = new_bot("btc"), f"{namespace}.btc"
    with console.api("olga") as api:

        def told() -> dict[str, Any]:
            answer: dict[str, Any] = api.get(f"/bots/{name}").raise_for_status().json()
            return answer

        def do(action: str, **more: str) -> None:
            answer = api.post(f"/bots/{name}/{action}", json=more)
            assert answer.status_code == 200, answer.text

        made = api.post("/bots", params={"name": name}, json=document())
        assert made.status_code == 201, made.text
        assert bot.get()["spec"]["suspend"] is True
        do("start")
        bot.wait_ready()
        wait_for("readiness in the console", told, lambda seen: seen["state"] == "ready")
        bot.wait_traded(1)
        assert api.get(f"/bots/{name}/trades").json()
        assert api.get(f"/bots/{name}/log").status_code == 200
        do("halt", reason="maintenance")
        assert bot.told()["halt"]["detail"] == "maintenance"
        do("resume")
        assert bot.told()["halt"] is None
        bot.wait_told("a position", lambda seen: seen["position"]["lots"])
        do("stop", position="close")
        status = bot.wait_phase("Suspended")
        assert status["position"] == "0"
        do("start")
        bot.wait_ready()
        bot.wait_told("that its halt is over", lambda seen: seen["halt"] is None)

        assert api.delete(f"/bots/{name}", params={"position": "close"}).status_code == 204
        bot.wait_gone()
    with console.api("vera") as api:
        assert api.get("/bots").status_code == 200
        assert api.post("/bots", params={"name": name}, json=document()).status_code == 403
    done = {(user, action) for user, action, outcome in console.audited() if outcome == f"{name}: done"}
    assert done >= {("olga", each) for each in ("create", "start", "halt", "resume", "stop", "delete")}


def test_a_person_makes_a_bot_and_looks_after_it_until_it_is_deleted(
    console: WebConsole, browser: Browser, new_bot: Callable[..., Bot], namespace: str
) -> None:
    bot, name = new_bot("btc"), f"{namespace}.btc"
    olga = Visitor(browser.new_page(viewport={"width": 1280, "height": 900}), console)
    page = olga.page
    olga.log_in("olga")
    olga.picture("fleet-empty")

    olga.go("/new")
    page.locator(".point-link", has_text="paper").first.click()
    page.fill("#editor-name", name)
    page.fill("#editor-text", json.dumps(document(), indent=2))
    page.locator("#editor-state", has_text="No faults").wait_for()
    olga.picture("new")
    page.click("#editor-save")
    page.locator("#editor-review [data-save]").click()
    page.wait_for_url(f"**/bots/{name}*")
    olga.picture("made")
    assert bot.get()["spec"]["suspend"] is True

    olga.act(name, "start", picture="start")
    bot.wait_ready()
    olga.sees(".bot-title .state", "ready")
    bot.wait_traded(2)
    olga.go("/")
    page.locator(f"tr[id='bot-{name}']").wait_for()
    olga.picture("fleet")
    for tab in ("", "/trades", "/orders", "/events", "/log", "/document"):
        olga.go(f"/bots/{name}{tab}")
        page.wait_for_load_state("load")
        olga.picture(f"bot{tab.replace('/', '-')}")

    olga.act(name, "halt", picture="halt")
    bot.wait_told("a halt", lambda seen: seen["halt"] is not None)
    olga.act(name, "resume")
    bot.wait_told("the end of the halt", lambda seen: seen["halt"] is None)
    bot.wait_told("a position", lambda seen: seen["position"]["lots"])
    olga.act(name, "stop", choose="close", picture="stop")
    assert bot.wait_phase("Suspended")["position"] == "0"

    olga.go(f"/bots/{name}/edit")
    page.fill("#editor-text", json.dumps(document(trading={"symbol": "BTCUSDT"}) | {"description": "seen"}, indent=2))
    page.locator("#editor-state", has_text="not saved yet").wait_for()
    page.click("#editor-save")
    page.locator("#editor-review [data-save]").wait_for()
    olga.picture("edit-review")
    page.locator("#editor-review [data-save]").click()
    wait_for("the document", lambda: bot.get()["spec"]["config"].get("description"), lambda seen: seen == "seen")

    vera = Visitor(browser.new_page(viewport={"width": 390, "height": 844}), console)
    vera.log_in("vera")
    vera.picture("fleet-viewer-phone")
    vera.go(f"/bots/{name}")
    vera.picture("bot-viewer-phone")
    assert vera.page.locator(".bot-do").count() == 0

    olga.act(name, "delete", picture="delete")
    bot.wait_gone()
    olga.go("/")
    assert page.locator(f"tr[id='bot-{name}']").count() == 0
    assert (olga.said, vera.said) == ([], [])
    done = {(user, action) for user, action, outcome in console.audited() if outcome == f"{name}: done"}
    assert done >= {("olga", each) for each in ("create", "start", "halt", "resume", "stop", "save", "delete")}
