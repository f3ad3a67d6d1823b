"""A picture where there is one to draw, and no message that waits for one that cannot be drawn."""

from decimal import Decimal

import pytest

from bots.running.illustrating import Illustrating
from bots.trading.events import Event, EventKind, exited
from bots.trading.records import EquityPoint, Trade
from tests.unit.bots.scripted import HOUR, START, dashes
from tests.unit.notify.fakes import WHOSE, status

PNG = b"\x89PNG"
TRADE = Trade(1, START + 2 * HOUR, Decimal(102), Decimal(1), Decimal("0.2"), START + 5 * HOUR, Decimal(105),
              Decimal("2.8"), "script")  # fmt: skip
SOLD = exited(TRADE, START + 5 * HOUR, "ETH", "USDT")
SUMMARY = Event(EventKind.DAILY_SUMMARY, START, "the day", {"day": "2024-01-01"})


def illustrating(points: int = 0) -> Illustrating:
    known = [EquityPoint(START + HOUR * hour, Decimal(1000 + hour), Decimal(900), Decimal(1)) for hour in range(points)]
    made = Illustrating(lambda: known)
    for bar in dashes(*range(100, 110)):
        made.saw(bar)
    return made


async def test_an_exit_has_its_trade_drawn_and_a_summary_the_account() -> None:
    assert (await illustrating().picture_of(SOLD, WHOSE) or b"").startswith(PNG)
    assert (await illustrating(points=48).picture_of(SUMMARY, WHOSE) or b"").startswith(PNG)


async def test_nothing_is_drawn_of_what_shows_nothing() -> None:
    assert await illustrating().picture_of(status("a change"), WHOSE) is None
    assert await illustrating(points=0).picture_of(SUMMARY, WHOSE) is None
    assert await Illustrating(list).picture_of(SOLD, WHOSE) is None


async def test_what_cannot_be_drawn_is_left_out_and_told(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> list[EquityPoint]:
        raise OSError("no such disk")

    assert await Illustrating(broken).picture_of(SUMMARY, WHOSE) is None
    assert "goes without its picture" in caplog.text


def test_bars_that_are_told_again_are_remembered_once() -> None:
    pictures = illustrating()
    for bar in dashes(*range(100, 110)):
        pictures.saw(bar)
    assert len(pictures._bars) == 10
