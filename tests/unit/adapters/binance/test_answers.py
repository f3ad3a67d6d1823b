"""Which answers of Binance are final."""

import pytest

from adapters.binance.answers import Refusal, of_order, of_request
from strategies.errors import (
    OrderNotSentError,
    OrderRefusedError,
    OutcomeUnknownError,
    VenueLostError,
    VenueRefusedError,
)


@pytest.mark.parametrize(
    ("status", "code"),
    [(500, 0), (502, 0), (503, 0), (504, 0), (400, -1000), (400, -1001), (400, -1006), (400, -1007), (503, -1008),
     (400, 0), (302, 0)],
)  # fmt: skip
def test_an_order_whose_answer_is_not_definite_may_be_there(status: int, code: int) -> None:
    assert isinstance(of_order(Refusal(status, code, "word")), OutcomeUnknownError)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, -2010), (400, -1013), (400, -1021), (400, -1022), (401, -2015), (400, -1102), (400, -2014)],
)  # fmt: skip
def test_an_order_that_is_refused_by_name_is_not_there(status: int, code: int) -> None:
    error = of_order(Refusal(status, code, "word"))
    assert isinstance(error, OrderRefusedError)
    assert error.code == str(code)


@pytest.mark.parametrize(("status", "code"), [(429, -1003), (418, -1003), (429, -1015), (429, 0), (400, -1008)])
def test_an_order_to_a_busy_venue_was_not_dealt_with_and_may_be_sent_later(status: int, code: int) -> None:
    error = of_order(Refusal(status, code, "word", 30.0))
    assert isinstance(error, OrderNotSentError)
    assert error.retry_after == 30.0


@pytest.mark.parametrize(("status", "code"), [(429, -1003), (418, -1003), (503, 0), (400, -1007), (400, -1021)])
def test_a_question_to_a_busy_venue_is_worth_another_try(status: int, code: int) -> None:
    error = of_request(Refusal(status, code, "word", 30.0))
    assert isinstance(error, VenueLostError)
    assert error.retry_after == 30.0


@pytest.mark.parametrize(("status", "code"), [(401, -2015), (400, -2014), (400, -1022), (403, 0)])
def test_refused_keys_say_what_to_look_at(status: int, code: int) -> None:
    error = of_request(Refusal(status, code, "Invalid API-key"))
    assert isinstance(error, VenueRefusedError)
    assert "BINANCE_API_KEY" in str(error)


def test_an_unknown_symbol_is_not_asked_for_again() -> None:
    assert isinstance(of_request(Refusal(400, -1121, "Invalid symbol.")), VenueRefusedError)
