"""What the gateway's error codes are taken for."""

import pytest

from adapters.ibkr.codes import Trouble, as_error
from strategies.errors import VenueLostError, VenueRefusedError

HMDS = "Historical Market Data Service error message:"


@pytest.mark.parametrize(
    ("code", "text", "retry_after"),
    [
        (162, f"{HMDS}Historical data request pacing violation", 60.0),
        (162, f"{HMDS}HMDS server connection was not successful.", None),
        (162, f"{HMDS}Trading TWS session is connected from a different IP address", 60.0),
        (420, "Invalid Real-time Query:Historical data request pacing violation", 60.0),
        (10197, "No market data during competing live session", 60.0),
        (366, "No historical data query found for ticker id:5", None),
        (10182, "Failed to request live updates (disconnected).", None),
        (10225, "Bust event occurred", None),
        (502, "Couldn't connect to TWS.", None),
        (504, "Not connected", None),
        (1300, "TWS socket port has been reset", None),
        (9999, "something nobody has heard of", None),
    ],
)
def test_some_troubles_are_worth_another_try(code: int, text: str, retry_after: float | None) -> None:
    error = as_error(Trouble(code, text), "bars of AAPL")

    assert isinstance(error, VenueLostError)
    assert error.retry_after == retry_after
    assert "bars of AAPL" in str(error)
    assert f"[{code}]" in str(error)


@pytest.mark.parametrize(
    ("code", "text", "remedy"),
    [
        (200, "No security definition has been found for the request", "look up the symbol"),
        (
            321,
            "Error validating request.-'cO' : cause - The API interface is currently in Read-Only mode.",
            "Read-Only API",
        ),
        (354, "Requested market data is not subscribed.", "subscribe this user to the market data"),
        (10089, "Requested market data requires additional subscription for API.", "with API use"),
        (162, f"{HMDS}No market data permissions for ISLAND STK", "subscribe this user"),
        (420, "Invalid Real-time Query:No market data permissions for ISLAND STK", "subscribe this user"),
        (321, "Error validating request", "validating"),
        (10314, "End Date/Time: The date, time, or time-zone entered is invalid.", "time-zone"),
        (503, "The TWS is out of date and must be upgraded.", "update TWS"),
    ],
)
def test_some_troubles_are_a_matter_for_a_person(code: int, text: str, remedy: str) -> None:
    error = as_error(Trouble(code, text), "bars of AAPL")

    assert isinstance(error, VenueRefusedError)
    assert error.code == str(code)
    assert remedy in str(error)


@pytest.mark.parametrize("code", [103, 110, 200, 201, 203, 321, 434, 460, 10243, 10052])
def test_an_order_is_refused_by(code: int) -> None:
    assert Trouble(code, "").refuses_order


@pytest.mark.parametrize("code", [202, 399, 404, 504, 1100, 2104, 2109, 10147, 10148, 10167, 161])
def test_an_order_is_not_refused_by(code: int) -> None:
    assert not Trouble(code, "").refuses_order


def test_notes_are_told_from_errors() -> None:
    assert Trouble(2174, "").is_note
    assert not Trouble(162, "").is_note


def test_no_bars_are_no_error() -> None:
    assert Trouble(162, f"{HMDS}HMDS query returned no data: AAPL@SMART Trades").is_no_data
    assert not Trouble(162, f"{HMDS}Historical data request pacing violation").is_no_data
