"""A person at a real browser: what is looked at, clicked and typed, and what the browser itself had to say."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.web.staging import PASSWORDS

CHROMIUM = os.environ.get("TRADINGBOT_TEST_CHROMIUM") or shutil.which("chromium")
PICTURES = Path(__file__).parents[3] / "build" / "web"
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
_SLOWEST_ACTION_MS = 120_000
# Chromium's own line for each answer that is not 2xx or 3xx; what it was about is seen on the page.
_REFUSAL = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Open a browser; there must be one where CI says that everything is there."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no Chromium: python -m tests.web.browser.provide")
        pytest.skip("there is no Chromium")
    with sync_playwright() as playwright:
        # Root has no user namespaces of its own in a container, and pages here are ours.
        alone = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=alone)
        yield browser
        browser.close()


class Visitor:
    """A page of a console, in a window of its own.

    `refusals` are the statuses that a test brings about; any other trouble of the page fails it when it is closed.
    """

    def __init__(self, page: Page, address: str, pictures: Path = PICTURES) -> None:
        self.page, self.address = page, address
        self.refusals: set[int] = set()
        self.is_offline = False
        self._pictures = pictures
        self._troubles: list[str] = []
        page.on("console", lambda message: self._note(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self._note(f"page error: {error}"))
        page.on("request", lambda request: self._must_be_ours(request.url))

    def log_in(self, user: str) -> None:
        """Log in, and arrive at the fleet."""
        self.go("/login")
        self.page.fill("#user", user)
        self.page.fill("#password", PASSWORDS[user])
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url(f"{self.address}/")

    def go(self, path: str) -> None:
        """Open a page."""
        self.page.goto(self.address + path)

    def sees(self, place: str, words: str, *, seconds: float = 30) -> None:
        """Wait until something is shown somewhere, without loading the page anew."""
        shown = self.page.locator(place).first
        expect(shown).to_contain_text(words, timeout=seconds * 1000)
        # A question's words are there a moment before it is open and takes keys.
        expect(shown).to_be_visible()

    def picture(self, name: str) -> None:
        """Keep a picture of the whole page, or of the window where a dialog is open."""
        self._pictures.mkdir(parents=True, exist_ok=True)
        whole = not self.page.evaluate("document.querySelector('dialog[open]') !== null")
        self.page.screenshot(path=self._pictures / f"{name}.png", full_page=whole)

    def is_sound(self, name: str) -> None:
        """Fail if axe finds anything serious, or if the page has to be moved sideways; keep a picture."""
        self.picture(name)
        found = Axe().run(self.page).response["violations"]
        serious = [
            (each["id"], each["nodes"][0]["html"], each["nodes"][0].get("failureSummary", ""))
            for each in found
            if each["impact"] in ("serious", "critical")
        ]
        assert not serious, f"{name}: {serious}"
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} pixels wider than the window"

    def asks(self, label: str) -> Locator:
        """Press an action of the bot that is looked at, and return the question that is asked then."""
        self.page.locator(".bot-do button", has_text=re.compile(f"^{label}", re.IGNORECASE)).first.click()
        question = self.page.locator("#dialog form")
        expect(question).to_be_visible()
        return question

    def act(self, label: str, *, choose: str = "", typed: str = "", picture: str = "") -> None:
        """Do something to the bot that is looked at: press the button, read what it will do, and say yes."""
        question = self.asks(label)
        if choose:
            with self.page.expect_response("**/confirm/**"):
                question.locator(f"input[value={choose}]").check()
        if typed:
            question.locator("input[name=typed]").fill(typed)
        if picture:
            self.is_sound(picture)
        with self.page.expect_response(
            lambda response: response.request.method == "POST", timeout=_SLOWEST_ACTION_MS
        ) as answered:
            question.locator(".buttons button:not([data-close])").click()
        assert answered.value.ok, f"{label}: {answered.value.status} {answered.value.text()}"
        expect(self.page.locator("#dialog")).to_be_hidden()

    def troubles(self) -> list[str]:
        """Return what the browser found wrong, without what a test has brought about."""
        return [said for said in self._troubles if not self._is_meant(said)]

    def _note(self, said: str) -> None:
        self._troubles.append(said)

    def _is_meant(self, said: str) -> bool:
        if self.is_offline and "net::ERR_" in said:
            return True
        found = _REFUSAL.match(said)
        return found is not None and int(found[1]) in self.refusals

    def _must_be_ours(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self._note(f"asks elsewhere: {url}")


@contextmanager
def visit(
    browser: Browser, address: str, user: str | None = "olga", pictures: Path = PICTURES, **how: Any
) -> Iterator[Visitor]:
    """Visit a console; with a user, logged in."""
    context = browser.new_context(**{"viewport": DESK, "color_scheme": "light", **how})
    try:
        visitor = Visitor(context.new_page(), address, pictures)
        if user is not None:
            visitor.log_in(user)
        yield visitor
        assert not visitor.troubles(), visitor.troubles()
    finally:
        context.close()
