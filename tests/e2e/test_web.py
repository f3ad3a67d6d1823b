"""The console in the browser on a real cluster: bots made, run, halted, closed, stopped, changed and deleted by it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.bots import Bot, document
from tests.e2e.kube import Kube
from tests.e2e.operator_release import OperatorRelease
from tests.e2e.waiting import wait_for
from tests.e2e.web_console import PICTURES, WebConsole
from tests.web.browser.visiting import PHONE, chromium, visit

# A position is held long enough for a person to sell it.
KEPT = document(
    strategy={
        "entry_logic": {"name": "RSIBBEntryMixin", "params": {"rsi_oversold": 60, "bb_dev": 0.2}},
        "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 120}},
    }
)


@pytest.fixture
def console(kube: Kube, operator: OperatorRelease, tmp_path: Path) -> Iterator[WebConsole]:
    """The console with pages, reached by a forwarded port; who comes next makes the release what it was."""
    made = WebConsole(kube, operator, tmp_path)
    made.install()
    with made.reached():
        yield made


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A browser of this machine, outside the cluster as people's are."""
    with chromium() as found:
        yield found


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
        for refused in (
            api.post("/bots", params={"name": name}, json=document()),
            api.post(f"/bots/{name}/start", json={}),
            api.delete(f"/bots/{name}"),
        ):
            assert refused.status_code == 403
    done = {(user, action) for user, action, outcome in console.audited() if outcome == f"{name}: done"}
    assert done >= {("olga", each) for each in ("create", "start", "halt", "resume", "stop", "delete")}


def test_a_person_makes_a_bot_and_looks_after_it_until_it_is_deleted(
    console: WebConsole, browser: Browser, new_bot: Callable[..., Bot], namespace: str
) -> None:
    bot, name = new_bot("btc"), f"{namespace}.btc"
    with visit(browser, console.address, pictures=PICTURES) as olga:
        page = olga.page
        olga.is_sound("fleet-at-first")
        olga.go("/new")
        page.locator(".point-link", has_text="smallest").first.click()
        page.fill("#editor-name", name)
        page.fill("#editor-text", json.dumps(KEPT, indent=2))
        olga.sees("#editor-state", "No faults")
        olga.is_sound("new")
        page.get_by_role("button", name="Try on past bars").first.click()
        olga.sees("#trial-outcome caption", "bars", seconds=180)
        olga.picture("tried")
        page.click("#editor-save")
        olga.is_sound("review")
        page.get_by_role("button", name="Make it").click()
        page.wait_for_url(f"**/bots/{name}*")
        assert bot.get()["spec"]["suspend"] is True

        olga.act("start", picture="start")
        bot.wait_ready()
        expect(page.locator(".bot-title .state")).to_have_text("ready", timeout=60_000)
        olga.sees(".side", "Open position", seconds=60)
        olga.is_sound("bot")
        olga.go("/")
        olga.sees("#rows", name)
        olga.is_sound("fleet")

        olga.go(f"/bots/{name}")
        olga.act("halt", picture="halt")
        bot.wait_told("a halt", lambda seen: seen["halt"] is not None)
        olga.act("resume", picture="resume")
        bot.wait_told("the end of the halt", lambda seen: seen["halt"] is None)
        olga.act("close position", picture="close")
        bot.wait_told("nothing to hold", lambda seen: not seen["position"]["lots"])
        olga.act("resume")
        before = bot.pods()[0]["metadata"]["uid"]
        olga.act("restart", picture="restart")
        wait_for("another pod", lambda: [pod["metadata"]["uid"] for pod in bot.pods()], lambda seen: before not in seen)
        bot.wait_ready()
        for tab in ("trades", "orders", "events", "log", "document"):
            olga.go(f"/bots/{name}/{tab}")
            olga.is_sound(f"bot-{tab}")
        olga.go(f"/bots/{name}")
        olga.sees(".side", "Open position", seconds=90)
        olga.act("stop", choose="close", picture="stop")
        assert bot.wait_phase("Suspended")["position"] == "0"

        olga.go(f"/bots/{name}/edit")
        page.fill("#editor-text", json.dumps(KEPT | {"description": "seen"}, indent=2))
        olga.sees("#editor-state", "not saved yet")
        page.click("#editor-save")
        olga.is_sound("edit-review")
        page.locator("#editor-review [data-save]").click()
        page.wait_for_url(f"**/bots/{name}")
        wait_for("the document", lambda: bot.get()["spec"]["config"].get("description"), lambda seen: seen == "seen")

        with visit(browser, console.address, "vera", PICTURES, viewport=PHONE, color_scheme="dark") as vera:
            vera.is_sound("fleet-viewer-phone")
            vera.go(f"/bots/{name}")
            vera.is_sound("bot-viewer-phone")
            expect(vera.page.locator(".bot-do")).to_have_count(0)

        olga.go("/backtests")
        page.fill("#run-bot", name)
        page.fill("#run-count", "1000")
        page.get_by_role("button", name="Run", exact=True).click()
        olga.sees("h1 .state", "done", seconds=180)
        olga.is_sound("backtest")

        olga.go(f"/bots/{name}")
        olga.act("delete", picture="delete")
        bot.wait_gone()
        olga.go("/")
        expect(page.locator(f"[id='bot-{name}']")).to_have_count(0)
    done = {(user, action) for user, action, outcome in console.audited() if outcome == f"{name}: done"}
    actions = ("create", "start", "halt", "resume", "close", "restart", "stop", "save", "delete")
    assert done >= {("olga", each) for each in actions}
