"""The login in a real browser: by keyboard alone, without scripts, and without anything that axe finds."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, async_playwright

from bots.web.login.first_time import FirstTime
from tests.web.browser.visiting import CHROMIUM
from tests.web.staged_bots import many
from tests.web.staging import PASSWORDS, served, stage

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")]
NEW = "chosen at the first login"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def faults(page: Page) -> list[Any]:
    """Return what axe finds."""
    return [(each["id"], each["nodes"][0]["html"]) for each in (await Axe().run(page)).response["violations"]]


def site(address: str) -> str:
    return address.replace("127.0.0.1", "localhost")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_a_person_comes_in_by_keyboard_changes_the_password_and_goes(
    browser: Browser, tmp_path: Path, scheme: Any, width: int
) -> None:
    said: list[str] = []
    async with served(stage(many(3), tmp_path)) as address:
        context = await browser.new_context(viewport={"width": width, "height": 700}, color_scheme=scheme)
        page = await context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))

        await page.goto(f"{site(address)}/account")
        assert await faults(page) == []
        await page.keyboard.type("olga")
        await page.keyboard.press("Tab")
        await page.keyboard.type(PASSWORDS["olga"])
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{site(address)}/account")
        assert await faults(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.evaluate("document.cookie") == ""

        await page.fill("#old", PASSWORDS["olga"])
        await page.fill("#new", NEW)
        await page.fill("#again", NEW)
        await page.keyboard.press("Enter")
        await page.wait_for_selector("[role=status]")
        assert await faults(page) == []
        await page.get_by_role("button", name="Log out").press("Enter")
        await page.wait_for_url("**/login")
        await page.go_back()
        assert "/login?next=/account" in page.url
        await context.close()

    assert said == []


async def test_the_very_first_login_works_without_scripts(browser: Browser, tmp_path: Path) -> None:
    app = stage(many(3), tmp_path)
    (tmp_path / "users.json").unlink()
    password, app.state.console.doors._first_time = FirstTime.make()
    async with served(app) as address:
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(f"{site(address)}/bots/0001")
        await page.fill("#user", "Admin")
        await page.fill("#password", password)
        await page.click("button")
        await page.wait_for_selector("h1:has-text('Choose a password')")
        await page.fill("#new", NEW)
        await page.fill("#again", f"{NEW} and more")
        await page.click("button:has-text('Choose this password')")
        assert await page.inner_text("[role=alert]") == "The two new passwords are not the same"
        await page.fill("#new", NEW)
        await page.fill("#again", NEW)
        await page.click("button:has-text('Choose this password')")
        await page.wait_for_url(f"{site(address)}/")
        await context.close()

    assert set(app.state.console.doors.users.all()) == {"admin"}


async def test_a_page_of_another_site_cannot_use_the_session(browser: Browser, tmp_path: Path) -> None:
    app = stage(many(3), tmp_path)
    # The same machine under its other name is another site.
    async with served(app) as address:
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(f"{site(address)}/login")
        await page.fill("#user", "olga")
        await page.fill("#password", PASSWORDS["olga"])
        await page.click("button")
        await page.wait_for_url(f"{site(address)}/")
        other = await context.new_page()
        await other.route("**/evil", lambda route: route.fulfill(content_type="text/html", body=_evil(site(address))))
        await other.goto(f"{address}/evil")
        async with other.expect_response("**/logout") as answered:
            await other.click("button")
        answer = await answered.value
        assert answer.status == 403
        await page.goto(f"{site(address)}/account")
        assert page.url.endswith("/account")
        await context.close()

    assert app.state.console.bots.told == []


def _evil(site: str) -> str:
    return f'<form method="post" action="{site}/logout"><button>win a telephone</button></form>'
