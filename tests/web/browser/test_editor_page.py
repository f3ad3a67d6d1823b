"""Making and changing a document in a real browser: form and JSON in step, faults at fields, a look before saving."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from bots.web.backtests.running import Backtests
from tests.web.browser.conftest import Visit
from tests.web.browser.visiting import DESK, PHONE
from tests.web.staged_bots import StagedBots
from tests.web.staging import served_in_thread, stage

pytestmark = pytest.mark.slow


@pytest.fixture
def address(bots: StagedBots, tmp_path: Path) -> Iterator[str]:
    """A console with these bots, where backtests are real."""
    with served_in_thread(lambda: stage(bots, tmp_path, backtests=Backtests(tmp_path))) as found:
        yield found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_it_is_sound_on_a_desk_and_on_a_phone_by_day_and_by_night(visiting: Visit, scheme: str, window: Any) -> None:
    screen = f"{'phone' if window is PHONE else 'desk'}-{scheme}"
    with visiting(color_scheme=scheme, viewport=window) as visitor:
        visitor.go("/new")
        visitor.is_sound(f"new-{screen}")
        visitor.page.locator(".point-link").first.click()
        visitor.sees("h1", "New bot")
        visitor.is_sound(f"editor-{screen}")


def test_a_fault_is_told_at_its_field_as_it_is_typed(visiting: Visit) -> None:
    with visiting() as visitor:
        page = visitor.page
        visitor.go("/bots/0001/edit")
        drawdown = page.locator("[name='trading.max_drawdown_pct']")
        drawdown.fill("150")
        visitor.sees("#editor-state", "1 fault")
        expect(drawdown).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#editor-faults")).to_contain_text("trading.max_drawdown_pct")
        expect(drawdown).to_be_focused()
        visitor.is_sound("editor-fault")
        drawdown.fill("15")
        visitor.sees("#editor-state", "No faults, not saved yet")
        assert json.loads(page.locator("#editor-text").input_value())["trading"]["max_drawdown_pct"] == 15


def test_the_form_follows_the_document(visiting: Visit) -> None:
    with visiting() as visitor:
        visitor.go("/bots/0001/edit")
        text = visitor.page.locator("#editor-text")
        changed = json.loads(text.input_value())
        changed["risk_management"]["stop_loss_pct"] = 7.5
        text.fill(json.dumps(changed, indent=2))
        expect(visitor.page.locator("[name='risk_management.stop_loss_pct']")).to_have_value("7.5")
        text.fill("{ not json")
        visitor.sees("#editor-state", "1 fault")
        visitor.is_sound("editor-not-json")


def test_another_rule_brings_its_own_fields(visiting: Visit) -> None:
    with visiting() as visitor:
        visitor.go("/bots/0001/edit")
        visitor.page.locator("[name='strategy.exit_logic.name']").select_option("TrailingStopExitMixin")
        expect(visitor.page.locator("#editor-text")).to_have_value(re.compile("TrailingStopExitMixin"))
        expect(visitor.page.locator("[name^='strategy.exit_logic.params.trail']")).not_to_have_count(0)


def test_changes_are_tried_on_past_bars_looked_at_and_saved(visiting: Visit, bots: StagedBots) -> None:
    with visiting() as visitor:
        page = visitor.page
        visitor.go("/bots/0003/edit")
        page.locator("[name='risk_management.stop_loss_pct']").fill("2.5")
        visitor.sees("#editor-state", "No faults, not saved yet")
        page.get_by_role("button", name="Try on past bars").first.click()
        visitor.sees("#trial-outcome caption", "bars", seconds=120)
        expect(page.locator("#trial-outcome thead")).to_contain_text("Draft")
        expect(page.locator("#trial-outcome thead")).to_contain_text("Saved")
        visitor.is_sound("editor-tried")
        page.click("#editor-save")
        visitor.sees("#editor-review .diff-added", "2.5")
        visitor.sees("#editor-review .diff-removed", "5.0")
        visitor.is_sound("editor-review")
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url("**/bots/0003*")
    (told,) = bots.told
    assert json.loads(told.more["text"])["risk_management"]["stop_loss_pct"] == 2.5


def test_what_somebody_else_saved_meanwhile_is_not_lost(visiting: Visit, bots: StagedBots) -> None:
    with visiting() as visitor:
        page = visitor.page
        visitor.go("/bots/0003/edit")
        page.locator("[name='risk_management.stop_loss_pct']").fill("2.5")
        visitor.sees("#editor-state", "No faults, not saved yet")
        theirs = bots.bot("0003").text.replace("10.0", "12.0")
        bots.change("0003", text=theirs)
        page.click("#editor-save")
        visitor.sees("#editor-review", "Somebody else has saved meanwhile")
        visitor.is_sound("editor-conflict")
        page.get_by_role("button", name="Back").click()
        expect(page.locator("[name='risk_management.stop_loss_pct']")).to_have_value("2.5")
        visitor.page.on("dialog", lambda dialog: dialog.accept())
    assert bots.told == []


def test_a_live_bot_is_saved_by_whoever_types_its_name(visiting: Visit, bots: StagedBots) -> None:
    with visiting() as visitor:
        page = visitor.page
        visitor.refusals = {409, 422}
        visitor.go("/bots/0005/edit")
        page.locator("[name='risk_management.stop_loss_pct']").fill("2.5")
        visitor.sees("#editor-state", "No faults, not saved yet")
        page.click("#editor-save")
        visitor.sees("#editor-review", "It trades live")
        visitor.is_sound("editor-review-live")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("#review-refused")).to_be_visible()
        assert bots.told == []
        page.fill("#review-typed", "0005")
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url("**/bots/0005*")
    assert [told.what for told in bots.told] == ["save"]
