"""What is read of an answer makes sense, or the answer cannot be read."""

from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.live.reading import (
    MOST_SKEW_SECONDS,
    above_zero,
    finite,
    in_order,
    moment,
    named,
    not_below_zero,
    readable,
    seconds_in,
)
from strategies.errors import OutcomeUnknownError, VenueLostError
from tests.unit.adapters.live.scripted import BEGIN, bar


@pytest.mark.parametrize(
    "error",
    [KeyError("k"), IndexError(), TypeError(), ValueError("no\nnumber"), AttributeError(), OverflowError(),
     OSError(75, "x"), RecursionError(), ZeroDivisionError()],
)  # fmt: skip
def test_whatever_reading_raises_is_told_as_one_error_in_one_line(error: Exception) -> None:
    with pytest.raises(VenueLostError, match=r"the answer cannot be read") as told, readable("the answer"):
        raise error
    assert str(told.value).isprintable()


def test_what_cannot_be_read_after_an_order_leaves_its_fate_unknown() -> None:
    with pytest.raises(OutcomeUnknownError), readable("the answer", OutcomeUnknownError):
        raise KeyError("orderId")


def test_an_error_of_the_venues_stays_what_it_is() -> None:
    with pytest.raises(VenueLostError, match=r"^wait$") as told, readable("the answer"):
        raise VenueLostError("wait", 7.0)
    assert told.value.retry_after == 7.0


@pytest.mark.parametrize(
    "number", ["NaN", "sNaN", "Infinity", "-Infinity", "1e999", "1E-400", True, float("inf"), "x", None]
)
def test_what_cannot_be_counted_with_is_no_amount(number: object) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        finite(number)


def test_amounts_keep_the_digits_that_are_written() -> None:
    assert (finite("0.10"), finite(0.1), above_zero("5"), not_below_zero("0")) == (
        Decimal("0.10"), Decimal("0.1"), Decimal(5), Decimal(0),
    )  # fmt: skip


@pytest.mark.parametrize("number", ["0", "-0.01", -1])
def test_no_price_is_zero_or_below(number: object) -> None:
    with pytest.raises(ValueError, match="not above zero"):
        above_zero(number)


def test_nobody_has_less_than_nothing() -> None:
    with pytest.raises(ValueError, match="below zero"):
        not_below_zero("-1")


@pytest.mark.parametrize("text", ["", None, 7, "\x1b[2J", "a\nb"])
def test_what_cannot_be_written_on_a_line_is_no_name(text: object) -> None:
    with pytest.raises(ValueError, match="is no name"):
        named(text)


@pytest.mark.parametrize("seconds", [-1.0, 1e18, float("nan"), float("inf"), 9_300_000_000.0])
def test_a_time_outside_of_what_nautilus_counts_is_none(seconds: float) -> None:
    with pytest.raises((ValueError, OverflowError, OSError)):
        moment(seconds)


@pytest.mark.parametrize("numbers", [(0, 2, 1), (0, 0), (1, 0)])
def test_bars_whose_time_does_not_go_forward_are_no_answer(numbers: tuple[int, ...]) -> None:
    with pytest.raises(VenueLostError, match="tells of a bar at"):
        in_order([bar(number) for number in numbers], "The venue", BEGIN + timedelta(hours=1))


def test_a_bar_of_a_time_that_never_comes_is_no_answer() -> None:
    far = bar(0)._replace(time=BEGIN + timedelta(days=50 * 366))
    with pytest.raises(VenueLostError, match="tells of a bar at"):
        in_order([far], "The venue", BEGIN)


def test_a_bar_that_leaps_ahead_of_the_clock_and_of_the_one_before_it_is_no_answer() -> None:
    bars = [bar(0), bar(0)._replace(time=BEGIN + timedelta(days=11))]
    assert in_order(bars, "The venue", BEGIN + timedelta(days=2)) == bars
    with pytest.raises(VenueLostError, match="tells of a bar at"):
        in_order(bars, "The venue", BEGIN + timedelta(hours=1))


def test_a_quickened_market_may_be_months_ahead_of_the_clock() -> None:
    bars = [bar(number) for number in range(3)]
    assert in_order(bars, "The venue", BEGIN - timedelta(days=300)) == bars


@pytest.mark.parametrize("header", [None, "", "²", "-1", "9" * 400, "inf", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_header_that_tells_no_seconds_tells_nothing(header: str | None) -> None:
    assert seconds_in(header) is None


def test_seconds_are_told_by_digits() -> None:
    assert (seconds_in("77"), MOST_SKEW_SECONDS) == (77.0, 31_622_400)
