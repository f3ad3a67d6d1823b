"""What a person is asked before an action, and what becomes of the answer; in a real browser."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from bots.trading.halts import HaltMode
from bots.web.bots import Who
from strategies.errors import BotUnreachableError
from tests.web.browser.conftest import Visit
from tests.web.browser.visiting import visit
from tests.web.staged_bots import StagedBots, many
from tests.web.staging import served_in_thread, stage

pytestmark = pytest.mark.slow
# Of the staged bots: 0002 runs and holds, 0003 is stopped, 0004 is halted, 0005 is live and holds.
ASKED = {
    "start": "0003",
    "stop": "0002",
    "restart": "0002",
    "halt": "0002",
    "resume": "0004",
    "close position": "0002",
    "delete": "0002",
}


class SlowBots(StagedBots):
    """Bots that take a while to halt, as a real one at a venue may."""

    async def halt(self, name: str, mode: HaltMode, reason: str, who: Who) -> None:
        await asyncio.sleep(2)
        await super().halt(name, mode, reason, who)


@pytest.mark.parametrize("label", ASKED)
def test_each_action_says_what_it_will_do_before_it_is_done(visiting: Visit, bots: StagedBots, label: str) -> None:
    with visiting() as visitor:
        visitor.go(f"/bots/{ASKED[label]}")
        question = visitor.asks(label)
        assert question.locator(".said li").count() > 0
        visitor.is_sound(f"ask-{label.replace(' ', '-')}")
        question.get_by_role("button", name="Cancel").click()
        expect(visitor.page.locator("#dialog")).to_be_hidden()
    assert bots.told == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_real_money_asks_for_the_name_and_keeps_what_was_typed(visiting: Visit, bots: StagedBots, scheme: str) -> None:
    with visiting(color_scheme=scheme) as visitor:
        visitor.go("/bots/0005")
        question = visitor.asks("stop")
        question.locator("input[name=typed]").fill("0005")
        with visitor.page.expect_response("**/confirm/**"):
            question.locator("input[value=close]").check()
        visitor.sees("#dialog", "Sell everything")
        expect(question.locator("input[value=close]")).to_be_focused()
        expect(question.locator("input[name=typed]")).to_have_value("0005")
        visitor.is_sound(f"ask-live-stop-{scheme}")
        question.get_by_role("button", name="Sell everything").click()
        expect(visitor.page.locator("#dialog")).to_be_hidden()
    assert [(told.what, told.name) for told in bots.told] == [("stop", "0005")]


def test_a_name_that_is_not_the_bots_does_nothing(visiting: Visit, bots: StagedBots) -> None:
    with visiting() as visitor:
        visitor.go("/bots/0005")
        question = visitor.asks("delete")
        question.locator("input[name=typed]").fill("0004")
        question.locator(".buttons button:not([data-close])").click()
        expect(question).to_be_visible()
        expect(question.locator("input[name=typed]")).to_be_focused()
    assert bots.told == []


def test_what_was_refused_is_said_where_it_was_asked(visiting: Visit, bots: StagedBots) -> None:
    bots.fail("halt", BotUnreachableError("0002 does not answer: it may be starting"))
    with visiting() as visitor:
        visitor.refusals = {502, 503, 504, 409}
        visitor.go("/bots/0002")
        question = visitor.asks("halt")
        question.locator(".buttons button:not([data-close])").click()
        visitor.sees("#dialog .refused", "Not done: 0002 does not answer")
        visitor.is_sound("ask-refused")


def test_a_bot_that_is_gone_meanwhile_is_said_to_be_gone(visiting: Visit, bots: StagedBots) -> None:
    with visiting() as visitor:
        visitor.refusals = {404}
        # Nobody is told in time.
        visitor.is_offline = True
        visitor.page.route("**/fleet/news*", lambda route: route.abort())
        visitor.go("/?words=0002")
        visitor.sees("#rows", "0002")
        bots.gone("0002")
        visitor.page.locator("#rows button").first.click()
        visitor.sees("#dialog", "no bot")
        expect(visitor.page.locator("#dialog main, #dialog header")).to_have_count(0)
        visitor.picture("ask-gone")


def test_two_presses_act_once(browser: Browser, tmp_path: Path) -> None:
    bots = many(3)
    slow = SlowBots([bots.bot(entry.name) for entry in bots.fleet()])
    with served_in_thread(lambda: stage(slow, tmp_path)) as address, visit(browser, address) as visitor:
        visitor.go("/bots/0001")
        question = visitor.asks("halt")
        question.locator(".buttons button:not([data-close])").dblclick()
        question.press("Enter")
        visitor.picture("ask-working")
        expect(visitor.page.locator("#dialog")).to_be_hidden()
        visitor.sees("#told", "0001 is halted")
    assert len(slow.told) == 1


def test_by_keyboard_alone(visiting: Visit, bots: StagedBots) -> None:
    with visiting() as visitor:
        visitor.go("/?words=0001")
        halt = visitor.page.locator("#rows button").first
        halt.focus()
        visitor.page.keyboard.press("Enter")
        visitor.sees("#dialog", "Halt 0001?")
        visitor.page.keyboard.press("Escape")
        expect(visitor.page.locator("#dialog")).to_be_hidden()
        expect(halt).to_be_focused()
        visitor.page.keyboard.press("Enter")
        visitor.sees("#dialog", "Halt 0001?")
        visitor.page.locator("#dialog input[name=reason]").focus()
        visitor.page.keyboard.type("lunch")
        visitor.page.keyboard.press("Enter")
        visitor.sees("#told", "0001 is halted")
    assert [told.what for told in bots.told] == ["halt"]
    reason: Any = bots.told[0].more["reason"]
    assert reason == "lunch"
