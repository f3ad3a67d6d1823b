"""The page of one bot, in a real browser."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bots.web.login.roles import Role
from bots.web.login.users import User
from strategies.errors import BotUnreachableError
from tests.web.browser.conftest import Visit
from tests.web.browser.visiting import DESK, PHONE
from tests.web.staged_bots import StagedBots
from tests.web.staging import kept, write_users

pytestmark = pytest.mark.slow
TABS = ("trades", "orders", "events", "log", "document")
HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"
# How many points of a canvas are of another colour than its corner.
_INK = """canvas => {
  const { width, height } = canvas, context = canvas.getContext("2d");
  if (!width || !height) return 0;
  const points = context.getImageData(0, 0, width, height).data;
  const isPaper = at => [0, 1, 2].every(colour => points[at + colour] === points[colour]);
  let ink = 0;
  for (let at = 0; at < points.length; at += 4) if (points[at + 3] && !isPaper(at)) ink++;
  return ink;
}"""


def is_drawn(page: Page, chart: str) -> None:
    """Wait until a chart shows more than its paper."""
    page.locator(f"{chart} canvas").first.wait_for()
    inks = [canvas.evaluate(_INK) for canvas in page.locator(f"{chart} canvas").all()]
    assert max(inks) > 200, f"{chart} is empty: {inks}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_it_is_sound_on_a_desk_and_on_a_phone_by_day_and_by_night(visiting: Visit, scheme: str, window: Any) -> None:
    screen = f"{'phone' if window is PHONE else 'desk'}-{scheme}"
    with visiting(color_scheme=scheme, viewport=window) as visitor:
        visitor.go("/bots/0005")
        visitor.sees(".bot-title", "LIVE")
        is_drawn(visitor.page, "#bars")
        is_drawn(visitor.page, "#account")
        visitor.is_sound(f"bot-{screen}")
        for tab in TABS:
            visitor.go(f"/bots/0005/{tab}")
            visitor.is_sound(f"bot-{tab}-{screen}")


def test_a_bot_that_changes_changes_on_the_page_by_itself(visiting: Visit, bots: StagedBots) -> None:
    with visiting() as visitor:
        visitor.go("/bots/0001")
        visitor.sees(".bot-title .state", "ready")
        expect(visitor.page.locator(".side")).not_to_contain_text("the feed is not connected")
        bots.change("0001", ready=False)
        visitor.sees(".bot-title .state", "unready")
        visitor.sees(".side", "the feed is not connected")


def test_a_button_keeps_the_focus_when_the_bot_changes_under_it(visiting: Visit, bots: StagedBots) -> None:
    with visiting() as visitor:
        visitor.go("/bots/0001")
        button = visitor.page.locator(".bot-do").get_by_role("button", name="Halt")
        button.focus()
        bots.change("0001", ready=False)
        visitor.sees(".bot-title .state", "unready")
        expect(button).to_be_focused()


def test_the_bars_are_a_table_for_whoever_cannot_see_the_chart(visiting: Visit) -> None:
    with visiting() as visitor:
        visitor.go("/bots/0005")
        table = visitor.page.locator("#bars-told table")
        expect(table).to_have_count(0)
        visitor.page.locator("#bars-told summary").press("Enter")
        expect(table.locator("tbody tr")).to_have_count(50)
        visitor.is_sound("bot-bars-told")


def test_a_bot_that_does_not_answer_is_shown_with_the_reason(visiting: Visit, bots: StagedBots) -> None:
    for what in ("status", "trades", "curve", "bars", "orders", "events", "log_tail"):
        bots.fail(what, BotUnreachableError("0001 does not answer: it may be starting"))
    with visiting() as visitor:
        for path in ("", *(f"/{tab}" for tab in TABS if tab != "document")):
            visitor.go(f"/bots/0001{path}")
            visitor.sees("main", "0001 does not answer")
        visitor.go("/bots/0001")
        visitor.is_sound("bot-unreachable")


def test_what_a_bot_says_is_text_and_nothing_else(visiting: Visit, bots: StagedBots) -> None:
    halt = {"limit": "manual_halt", "detail": HOSTILE, "since": "2026-11-23T11:00:00Z", "mode": "block-entries"}
    bots.change("0001", last_error=HOSTILE, halt=halt, log=[HOSTILE])
    with visiting() as visitor:
        for path in ("", "/log", "/events"):
            visitor.go(f"/bots/0001{path}")
            visitor.sees("#bot", "alert(1)")
            assert visitor.page.locator("main img, main script").count() == 0


def test_a_viewer_sees_all_and_has_no_buttons(visiting: Visit) -> None:
    with visiting("vera") as visitor:
        visitor.go("/bots/0001")
        visitor.sees(".bot-title", "0001")
        expect(visitor.page.locator(".bot-do")).to_have_count(0)
        visitor.go("/bots/0001/document")
        visitor.sees("main", "RSIBBEntryMixin")
        expect(visitor.page.get_by_role("link", name="Edit")).to_have_count(0)


def test_the_log_follows_its_end_unless_somebody_reads(visiting: Visit, bots: StagedBots) -> None:
    bots.change("0001", log=[f"line {number}" for number in range(400)])
    with visiting() as visitor:
        visitor.go("/bots/0001/log")
        visitor.sees("#log", "line 399")
        bots.change("0001", log=[f"line {number}" for number in range(401)])
        visitor.sees("#log", "line 400")
        visitor.page.locator("#follow").uncheck()
        visitor.page.fill("#log-words", "line 17")
        expect(visitor.page.locator("#log .line")).to_have_count(14)


def test_a_session_that_has_ended_leads_to_the_login_and_back(visiting: Visit, tmp_path: Path) -> None:
    with visiting() as visitor:
        visitor.refusals = {401}
        visitor.go("/bots/0001")
        visitor.sees(".bot-title .state", "ready")
        # Somebody has given olga another password.
        write_users(tmp_path / "users.json", olga=User("olga", Role.OPERATOR, kept("a password of another day")))
        expect(visitor.page).to_have_url(re.compile("/login"), timeout=30_000)
        visitor.page.fill("#user", "olga")
        visitor.page.fill("#password", "a password of another day")
        visitor.page.get_by_role("button", name="Log in").click()
        visitor.sees(".bot-title", "0001")


def test_an_address_of_no_bot_says_so_and_leads_back(visiting: Visit) -> None:
    with visiting() as visitor:
        visitor.refusals = {404}
        visitor.go("/bots/nobody")
        visitor.sees("main", "There is no such bot")
        visitor.is_sound("no-such-bot")
        visitor.page.locator("main").get_by_role("link").first.click()
        visitor.sees("#rows", "0001")
