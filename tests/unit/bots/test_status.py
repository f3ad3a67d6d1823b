"""What a bot says of itself."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bots.running.health import Health
from bots.seen.status import Surroundings, describe, one_line
from bots.trading.risk import Limits, Trailing
from tests.unit.bots.scripted import DOCUMENT, Desk, Script, bar, dashes

WELL = Health(True, True, ())
AROUND = Surroundings(
    "running", "0.1.0", pid=7, address="http://127.0.0.1:8080", started=datetime(2024, 5, 1, tzinfo=UTC)
)


def told(desk: Desk, health: Health = WELL) -> dict[str, Any]:
    return describe(DOCUMENT, desk.trader, health, AROUND)


def in_a_position(limits: Limits | None = None) -> Desk:
    """Return a desk that bought 5 at 100 and saw 110 after it."""
    return Desk(Script(enter=[0]), limits, commission="0.01").play(dashes(100, 110))


def test_the_keys_that_scripts_have_always_read_are_there() -> None:
    status = told(in_a_position())
    assert status["data_feed_status"]["data_points"] == 2
    assert status["broker_status"]["cash"] == 495.0


def test_money_is_told_with_its_currency() -> None:
    status = told(in_a_position())
    assert status["broker_status"]["equity"] == 1045.0
    assert status["broker_status"]["currency"] == "USDT"
    assert status["profit"] == {"realised": 0.0, "unrealised": 50.0, "fees": 5.0}
    assert status["position"]["value"] == 550.0


def test_an_open_lot_is_told_with_its_levels_and_marks() -> None:
    limits = Limits(stop_loss_pct=5, take_profit_pct=20, trailing=Trailing(1, 2))
    (lot,) = told(in_a_position(limits))["position"]["lots"]
    assert lot == {
        "lot": 1,
        "quantity": 5.0,
        "entry_price": 100.0,
        "entry_bar": "2024-01-01T00:00:00Z",
        "bars_held": 1,
        "unrealised": 50.0,
        "stop_loss": 95.0,
        "take_profit": 120.0,
        "trailing_stop": 107.8,
        "marks": {"opened": 0, "times": 1},
        "exit_reason": None,
        "exit_order": None,
        "stop_order": None,
        "stop_at_venue": None,
    }


def test_times_are_utc() -> None:
    status = told(in_a_position())
    assert status["started"] == "2024-05-01T00:00:00Z"
    assert status["data_feed_status"]["last_bar"] == "2024-01-01T01:00:00Z"


def test_todays_entries_and_profit_are_told() -> None:
    assert told(in_a_position())["today"] == {"day": "2024-01-01", "entries": 1, "profit": 45.0}


def test_a_bot_before_its_first_bar_has_a_status() -> None:
    status = told(Desk(Script()))
    assert status["today"] is None
    assert status["data_feed_status"]["last_bar"] is None
    assert status["broker_status"]["cash"] == 1000.0


def test_the_reasons_of_ill_health_are_told() -> None:
    status = told(Desk(Script()), Health(True, False, ("warming up",)))
    assert (status["alive"], status["ready"], status["reasons"]) == (True, False, ["warming up"])


def test_a_halt_is_told_with_its_figures() -> None:
    desk = Desk(Script(enter=[0]), Limits(max_drawdown_pct=Decimal(10))).play(dashes(100, 80))
    status = told(desk)
    assert status["halt"]["limit"] == "max_drawdown_pct"
    assert status["halt"]["since"] == "2024-01-01T01:00:00Z"
    assert status["drawdown_pct"] == 10.0


def test_orders_on_their_way_are_told() -> None:
    desk = Desk(Script(enter=[0]))
    desk.filling = False
    desk.play([bar(0, 100)])
    assert told(desk)["broker_status"]["open_orders"] == ["0001-2401010000-B1-1"]


def test_one_line_says_it_to_people() -> None:
    assert one_line(told(in_a_position())) == (
        "2024-01-01T01:00:00Z  BTCUSDT 110  equity 1045.00 USDT (+4.50 %)  holds 5  trades 0"
    )


def test_one_line_of_a_bot_without_bars() -> None:
    assert one_line(told(Desk(Script()))).startswith("no bar yet  BTCUSDT")


def test_one_line_shows_every_digit_of_a_price() -> None:
    assert "BTCUSDT 63211.37 " in one_line(told(Desk(Script()).play(dashes(63211.37))))
