"""A real Chromium, and consoles for it to visit."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.web.browser.visiting import Visitor, chromium, visit
from tests.web.staged_bots import StagedBots, many
from tests.web.staging import served_in_thread, stage

type Visit = Callable[..., AbstractContextManager[Visitor]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser; gone before tests of other modules begin, whose loops cannot run beside Playwright's."""
    with chromium() as found:
        yield found


@pytest.fixture
def bots() -> StagedBots:
    """Twenty bots in memory, two of every kind."""
    return many(20)


@pytest.fixture
def address(bots: StagedBots, tmp_path: Path) -> Iterator[str]:
    """A console with these bots."""
    with served_in_thread(lambda: stage(bots, tmp_path)) as found:
        yield found


@pytest.fixture
def visiting(browser: Browser, address: str) -> Visit:
    """Visit the console: `with visiting() as visitor`, as olga, or `visiting("vera")`."""
    return partial(visit, browser, address)
