"""What a bot says over HTTP, read by the operator: the real bot's own words."""

from copy import deepcopy
from decimal import Decimal

import pytest

from answers import plain, read_answer
from bots.running.health import Health
from bots.seen.status import Surroundings, describe
from bots.trading.halts import HaltMode
from tests.unit.bots.scripted import DOCUMENT, START, Desk, Script, dashes
from tests.unit.operator.things import Json

WELL = Health(True, True, ())
AROUND = Surroundings("running", "0.1.0")


def told(desk: Desk, health: Health = WELL) -> Json:
    return describe(DOCUMENT, desk.trader, health, AROUND)


def in_a_position() -> Desk:
    """Return a bot that bought 5 at 100 and saw 110 after it."""
    return Desk(Script(enter=[0]), None, commission="0.01").play(dashes(100, 110))


def test_a_bot_in_a_position() -> None:
    answer = read_answer(told(in_a_position()))
    assert (answer.position, answer.equity, answer.profit, answer.currency) == ("5", "1045.00", "45.00", "USDT")
    assert (answer.trades, answer.halt, answer.open_orders, answer.ready) == (0, None, (), True)
    assert not answer.flat


def test_a_bot_that_has_seen_nothing() -> None:
    answer = read_answer(told(Desk(Script()), Health(True, False, ("warming up",))))
    assert answer.flat
    assert (answer.last_bar, answer.ready, answer.reasons) == (None, False, ("warming up",))


def test_an_order_on_its_way_is_not_flat() -> None:
    """It may be filled the moment after."""
    status = told(Desk(Script()))
    status["broker_status"]["open_orders"] = ["btc-1"]
    assert not read_answer(status).flat


@pytest.mark.parametrize(("mode", "closes"), [("close-positions", True), ("block-entries", False)])
def test_a_halt_says_whether_it_closes_what_is_held(mode: str, closes: bool) -> None:
    desk = in_a_position()
    desk.trader.halt(HaltMode(mode), "enough", START, by="HTTP")
    answer = read_answer(told(desk))
    assert answer.halt_closes is closes
    assert answer.halt is not None
    assert "enough" in answer.halt


@pytest.mark.parametrize("missing", ["position", "broker_status", "data_feed_status", "trades", "ready", "halt"])
def test_what_is_no_bot_is_an_error(missing: str) -> None:
    status = deepcopy(told(in_a_position()))
    del status[missing]
    with pytest.raises((KeyError, TypeError, ValueError)):
        read_answer(status)


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (0.0, "0"),
        (5.0, "5"),
        (0.1, "0.1"),
        (100.0, "100"),
        (0.00001, "0.00001"),
        (1e-9, "0.000000001"),
        (1e22, "10000000000000000000000"),
        (12345.678, "12345.678"),
        (-2.5, "-2.5"),
    ],
)
def test_a_quantity_is_written_as_a_person_reads_it(quantity: float, text: str) -> None:
    assert plain(quantity) == text
    assert Decimal(text) == Decimal(str(quantity))
