"""Each module is a target: its tests share its seconds, and what they have tried is told at the end."""

import asyncio
from collections.abc import Generator, Iterator

import pytest

from tests.fuzz.budget import SECONDS, TALLY


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    together = [other for other in item.session.items if other.path == item.path and _is_fuzz(other)]
    TALLY.begin(SECONDS / max(1, len(together)))
    try:
        return (yield)
    finally:
        item.user_properties.append(("examples", TALLY.examples))


def _is_fuzz(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and bool(getattr(item.obj, "is_hypothesis_test", False))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not SECONDS:
        return
    terminalreporter.section("examples")
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, count in report.user_properties:
                if name == "examples" and count:
                    terminalreporter.line(f"{count:9,d} in {report.duration:4.0f} s  {report.nodeid}")


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """A loop of the module's own, in which its servers live from example to example."""
    with asyncio.Runner() as runner:
        yield runner
