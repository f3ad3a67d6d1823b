"""The page of all bots, in a real browser."""

import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.web.browser.conftest import Visit
from tests.web.browser.visiting import DESK, PHONE, visit
from tests.web.staged_bots import StagedBots, many
from tests.web.staging import served_in_thread, stage

pytestmark = pytest.mark.slow
HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_it_is_sound_on_a_desk_and_on_a_phone_by_day_and_by_night(visiting: Visit, scheme: str, window: Any) -> None:
    with visiting(color_scheme=scheme, viewport=window) as visitor:
        visitor.sees("#rows", "0001")
        visitor.is_sound(f"fleet-{'phone' if window is PHONE else 'desk'}-{scheme}")


def test_real_money_stands_out_and_is_never_added_to_paper(visiting: Visit) -> None:
    with visiting() as visitor:
        sums = visitor.page.locator(".sum")
        expect(sums).to_have_count(2)
        expect(sums.first).to_contain_text("LIVE")
        expect(sums.last).to_contain_text("paper")


def test_words_filter_as_they_are_typed_and_the_address_follows(visiting: Visit) -> None:
    with visiting() as visitor:
        page = visitor.page
        page.keyboard.press("/")
        expect(page.locator("#words")).to_be_focused()
        page.keyboard.type("halted")
        expect(page.locator("#rows tr")).to_have_count(2)
        expect(page).to_have_url(re.compile("words=halted"))
        page.go_back()
        expect(page.locator("#rows tr")).to_have_count(20)


def test_a_column_sorts_both_ways_and_says_which(visiting: Visit) -> None:
    with visiting() as visitor:
        page = visitor.page
        page.locator("thead").get_by_role("link", name="In all").click()
        expect(page.locator("th[aria-sort=ascending]")).to_contain_text("In all")
        first = page.locator("#rows tr th").first.inner_text()
        page.locator("thead").get_by_role("link", name="In all").click()
        expect(page.locator("th[aria-sort=descending]")).to_contain_text("In all")
        assert page.locator("#rows tr th").first.inner_text() != first


def test_a_bot_that_changes_changes_on_the_page_by_itself(visiting: Visit, bots: StagedBots) -> None:
    with visiting() as visitor:
        visitor.sees("#bot-0001", "ready")
        bots.change("0001", ready=False)
        visitor.sees("#bot-0001", "unready")


def test_a_list_in_which_others_belong_is_shown_anew(visiting: Visit, bots: StagedBots) -> None:
    with visiting() as visitor:
        visitor.go("/?state=halted")
        expect(visitor.page.locator("#rows tr")).to_have_count(2)
        bots.change("0004", halt=None)
        expect(visitor.page.locator("#rows tr")).to_have_count(1, timeout=20_000)


def test_what_bots_say_is_text_and_nothing_else(visiting: Visit, bots: StagedBots) -> None:
    bots.change("0009", last_error=HOSTILE)
    with visiting() as visitor:
        visitor.sees("#bot-0009", "alert(1)")
        assert visitor.page.locator("#rows img, #rows script").count() == 0


def test_a_viewer_sees_all_and_has_no_buttons(visiting: Visit) -> None:
    with visiting("vera") as visitor:
        visitor.sees("#rows", "0001")
        expect(visitor.page.locator("#rows button")).to_have_count(0)
        expect(visitor.page.get_by_role("link", name="New bot")).to_have_count(0)


def test_nobody_is_led_into_an_empty_room(browser: Browser, tmp_path: Path) -> None:
    with served_in_thread(lambda: stage(StagedBots(), tmp_path)) as address, visit(browser, address) as visitor:
        visitor.is_sound("fleet-empty")
        visitor.page.get_by_role("link", name="Make the first bot").click()
        visitor.sees("h1", "New bot")


def test_a_page_that_has_lost_its_console_says_so_and_since_when(browser: Browser, tmp_path: Path) -> None:
    with ExitStack() as console:
        address = console.enter_context(served_in_thread(lambda: stage(many(3), tmp_path)))
        with visit(browser, address) as visitor:
            visitor.sees("#rows", "0001")
            expect(visitor.page.locator("#lost")).to_be_hidden()
            visitor.is_offline = True
            console.close()
            visitor.sees("#lost", "UTC")
            expect(visitor.page.locator("#lost")).to_be_visible()
            visitor.is_sound("fleet-connection-lost")
