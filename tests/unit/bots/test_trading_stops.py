"""Answers to figures: what is done about a stop at the venue, when to try again, what can be sold."""

from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.instrument import simulated_instrument
from bots.trading.retrying import NEVER_FAILED
from bots.trading.risk import Limits, Trailing
from bots.trading.selling import obstacle, sellable
from bots.trading.stops import Step, StopPrices, below_since, has_jumped, is_there_already, next_step, wanted_stop
from bots.trading.terms import StopOnExchange
from tests.unit.bots.scripted import SPEC, START

HOW = StopOnExchange(limit_offset_pct=1.0, move_pct=0.5)
SECONDS = timedelta(seconds=1)


def at(stop: str) -> StopPrices:
    return StopPrices("risk_stop_loss", Decimal(stop), Decimal(stop) * Decimal("0.99"))


def step(resting: str | None, wanted: str | None, price: str, *, jumped: bool = False) -> Step:
    return next_step(
        HOW, None if resting is None else Decimal(resting), None if wanted is None else at(wanted), Decimal(price),
        jumped=jumped,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("resting", "wanted", "price", "answer"),
    [
        pytest.param(None, None, "100", Step.WAIT, id="no level"),
        pytest.param(None, "95", "100", Step.PLACE, id="a level without a stop"),
        pytest.param(None, "95", "95", Step.LEAVE, id="the price is there already"),
        pytest.param("95", "95", "100", Step.WAIT, id="the stop rests where it belongs"),
        pytest.param("95", "95.47", "100", Step.WAIT, id="not worth moving"),
        pytest.param("95", "95.48", "100", Step.REPLACE, id="worth moving"),
        pytest.param("95", "95.48", "95.48", Step.LEAVE, id="worth moving, but the price is there"),
        pytest.param("95", "95", "94", Step.WAIT, id="the venue sells"),
        pytest.param("95", "94", "100", Step.WAIT, id="a stop never falls"),
        pytest.param("95", None, "100", Step.WAIT, id="no level any more"),
    ],
)
def test_what_is_done_about_a_stop(resting: str | None, wanted: str | None, price: str, answer: Step) -> None:
    assert step(resting, wanted, price) is answer


def test_a_price_that_jumped_over_the_stop_comes_before_moving_it() -> None:
    assert step("95", "99", "94", jumped=True) is Step.CATCH_UP
    assert step(None, "99", "100", jumped=True) is Step.PLACE, "nothing rests that could be jumped over"


def test_a_stop_and_its_limit_lie_on_the_grid_and_the_limit_never_above() -> None:
    wanted = wanted_stop(Limits(stop_loss_pct=3.0), HOW, SPEC, Decimal("97.31"), None)
    assert wanted == StopPrices("risk_stop_loss", Decimal("94.39"), Decimal("93.44"))


def test_a_limit_lies_on_the_grid_of_a_price_step_that_is_no_power_of_ten() -> None:
    spec = simulated_instrument("X", price_step=Decimal("0.25"), size_step=None, min_notional=None)
    wanted = wanted_stop(Limits(stop_loss_pct=5.0), HOW, spec, Decimal(100), None)
    assert wanted == StopPrices("risk_stop_loss", Decimal("95.00"), Decimal("94.00"))


def test_the_higher_of_two_levels_is_wanted() -> None:
    limits = Limits(stop_loss_pct=5.0, trailing=Trailing(3.0, 2.0))
    low, high = (wanted_stop(limits, HOW, SPEC, Decimal(100), each) for each in (102.9, 110.0))
    assert low is not None
    assert high is not None
    assert (low.reason, low.stop) == ("risk_stop_loss", Decimal(95))
    assert (high.reason, high.stop) == ("risk_trailing_stop", Decimal("107.8"))


def test_without_a_level_no_stop_is_wanted() -> None:
    assert wanted_stop(Limits(take_profit_pct=5.0), HOW, SPEC, Decimal(100), 120.0) is None


def test_a_price_has_jumped_once_it_was_below_the_limit_for_long_enough() -> None:
    limit = Decimal(94)
    since = below_since(None, limit, Decimal("93.99"), START)
    assert since == START
    since = below_since(since, limit, Decimal(93), START + 4 * SECONDS)
    assert not has_jumped(since, START + 4 * SECONDS, HOW.jump_patience)
    assert has_jumped(since, START + 5 * SECONDS, HOW.jump_patience)
    assert below_since(since, limit, limit, START + 5 * SECONDS) is None
    assert not has_jumped(None, START, HOW.jump_patience)


@pytest.mark.parametrize(
    ("detail", "price", "answer"),
    [
        ("-2010: Stop price would trigger immediately.", "100", True),
        ("filter failure: PERCENT_PRICE", "95", True),
        ("filter failure: PERCENT_PRICE", "95.01", False),
    ],
)
def test_a_stop_that_came_too_late_is_known_by_the_venues_words_or_by_the_price(
    detail: str, price: str, answer: bool
) -> None:
    assert is_there_already(detail, Decimal(95), Decimal(price)) is answer


def test_tries_grow_rarer_up_to_sixty_four_bars() -> None:
    retry, distances, age = NEVER_FAILED, [], 10
    for _ in range(9):
        retry = retry.failed(age)
        distances.append(retry.not_before - age)
        assert not retry.is_due(retry.not_before - 1)
        assert retry.is_due(retry.not_before)
        age = retry.not_before
    assert distances == [1, 2, 4, 8, 16, 32, 64, 64, 64]
    for _ in range(10_000):
        retry = retry.failed(age)
    assert retry.distance == 64


def test_whole_steps_are_sold_and_what_is_on_the_step_stays_as_it_is_written() -> None:
    assert sellable(SPEC, Decimal("0.9995")) == Decimal("0.999")
    assert str(sellable(SPEC, Decimal("5"))) == "5"


def test_what_stands_against_a_sale_is_said_with_its_figures() -> None:
    spec = simulated_instrument(
        "BTCUSDT", price_step=None, size_step=Decimal("0.01"), min_notional=Decimal(5), size_decimals=2
    )
    assert obstacle(spec, Decimal("0.05"), Decimal(100)) is None
    assert obstacle(spec, Decimal("0.00"), Decimal(100)) == "0.00 BTC can be sold of it, and the least size is 0.01 BTC"
    assert obstacle(spec, Decimal("0.05"), Decimal("99.9")) == (
        "0.05 BTC are worth 4.995 USDT at 99.9, and the least value of an order is 5 USDT"
    )
