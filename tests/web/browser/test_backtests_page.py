"""Backtests in a real browser: run, watched, looked at, compared."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bots.web.backtests.running import Backtests
from tests.web.browser.conftest import Visit
from tests.web.browser.visiting import PHONE, Visitor
from tests.web.staged_bots import StagedBots
from tests.web.staging import served_in_thread, stage

pytestmark = pytest.mark.slow


@pytest.fixture
def address(bots: StagedBots, tmp_path: Path) -> Iterator[str]:
    """A console with these bots, where backtests are real."""
    with served_in_thread(lambda: stage(bots, tmp_path, backtests=Backtests(tmp_path))) as found:
        yield found


def run(visitor: Visitor, bot: str, count: int) -> None:
    """Run a backtest, and watch it until it is done."""
    visitor.go("/backtests")
    visitor.page.fill("#run-bot", bot)
    visitor.page.fill("#run-count", str(count))
    visitor.page.get_by_role("button", name="Run", exact=True).click()
    visitor.sees("h1 .state", "done", seconds=120)


def test_two_are_run_watched_looked_at_and_compared(visiting: Visit) -> None:
    with visiting() as visitor:
        page = visitor.page
        visitor.go("/backtests")
        visitor.is_sound("backtests-none")
        run(visitor, "0001", 1000)
        expect(page.locator(".tile")).not_to_have_count(0)
        report = page.frame_locator("iframe.report")
        expect(report.locator("body")).to_contain_text("Trades", timeout=30_000)
        visitor.is_sound("backtest")
        run(visitor, "0002", 1000)

        visitor.go("/backtests")
        for pick in page.locator("input[name=id]").all():
            pick.check()
        visitor.is_sound("backtests")
        page.get_by_role("button", name="Compare those chosen").click()
        visitor.sees("h1", "2 backtests compared")
        page.locator(".curves canvas").first.wait_for()
        visitor.is_sound("backtests-compared")
    with visiting(viewport=PHONE, color_scheme="dark") as visitor:
        visitor.go("/backtests")
        visitor.is_sound("backtests-phone")
        visitor.page.locator(".list a").first.click()
        visitor.sees("h1 .state", "done")
        visitor.is_sound("backtest-phone")


def test_one_of_no_bot_is_refused_in_a_sentence(visiting: Visit) -> None:
    with visiting() as visitor:
        visitor.refusals = {409}
        visitor.go("/backtests")
        visitor.page.fill("#run-bot", "nobody")
        visitor.page.get_by_role("button", name="Run", exact=True).click()
        visitor.sees("#run-told", "there is no bot named nobody")


def test_a_viewer_looks_at_reports_and_runs_none(visiting: Visit) -> None:
    with visiting("vera") as visitor:
        visitor.go("/backtests")
        expect(visitor.page.locator("main").get_by_role("button", name="Run")).to_have_count(0)
