"""What a good document means: defaults, precedence, exact numbers."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from bots.config import Document, parse_document
from tests.unit.config.documents import accepted, full, minimal, put


def test_the_shortest_document_is_a_paper_bot_on_a_simulated_market() -> None:
    document = accepted()
    assert (document.broker.type, document.data.data_source, document.mode) == ("mock", "mock", "paper")
    assert document.broker.initial_balance == 1000
    assert document.broker.commission == Decimal("0.001")
    assert document.position_size == Decimal("0.1")
    assert document.trading.max_positions == 1
    assert document.data.interval == "1h"
    assert document.data.lookback_bars == 1000
    assert document.data.speed == 1
    assert (document.logging.level, document.logging.save_trades) == ("INFO", True)
    assert document.notifications.enabled is False


@pytest.mark.parametrize("key", ["stop_loss_pct", "take_profit_pct", "max_daily_trades", "max_daily_loss"])
def test_a_limit_that_is_absent_or_null_is_off(key: str) -> None:
    assert getattr(accepted().risk_management, key) is None
    assert getattr(accepted(**{f"risk_management__{key}": None}).risk_management, key) is None


def test_a_trailing_stop_that_is_null_is_off() -> None:
    assert accepted(risk_management__trailing_stop=None).risk_management.trailing_stop.enabled is False


@pytest.mark.parametrize(("broker", "mode"), [("binance", "live"), ("ibkr", "live"), ("binance_paper", "paper")])
def test_real_money_is_told_from_paper(broker: str, mode: str) -> None:
    source = "ibkr" if broker == "ibkr" else "binance"
    assert accepted(broker__type=broker, data__data_source=source).mode == mode


def test_the_strategys_position_size_wins() -> None:
    assert accepted(trading__position_size=0.2).position_size == Decimal("0.2")
    assert accepted(trading__position_size=0.2, strategy__position_size=0.3).position_size == Decimal("0.3")


def test_numbers_have_exactly_the_digits_written() -> None:
    document = accepted(broker__commission=0.1, trading__price_step=0.00001, broker__initial_balance=100)
    assert str(document.broker.commission) == "0.1"
    assert document.trading.price_step == Decimal("0.00001")
    assert document.broker.initial_balance == Decimal(100)


@pytest.mark.parametrize(("interval", "seconds"), [("1m", 60), ("30m", 1800), ("4h", 14_400), ("1d", 86_400)])
def test_an_interval_is_a_length_of_time(interval: str, seconds: int) -> None:
    document = accepted(data__interval=interval)
    assert document.interval_delta == timedelta(seconds=seconds)
    assert document.interval_seconds == seconds


def test_the_main_log_is_named_after_the_bot_unless_the_document_names_it() -> None:
    assert accepted().logging.path_for("0007") == "logs/live/trading_bot_0007.log"
    assert accepted(logging__log_file="logs/mine.log").logging.path_for("0007") == "logs/mine.log"


def test_a_document_never_changes() -> None:
    with pytest.raises(ValidationError):
        accepted().trading.symbol = "ETHUSDT"  # type: ignore[misc]  # the point


def test_the_canonical_spelling_does_not_depend_on_how_the_author_wrote() -> None:
    other = json.loads(json.dumps(full(), sort_keys=True))
    put(put(other, "broker.initial_balance", 1000), "$schema", "elsewhere.json")
    assert parse_document(other).canonical_json() == parse_document(full()).canonical_json()


def test_the_canonical_spelling_is_the_same_document() -> None:
    document = parse_document(full())
    again = parse_document(json.loads(document.canonical_json()))
    assert again == document.model_copy(update={"schema_reference": None})


def test_the_canonical_spelling_leaves_defaults_out_so_that_a_new_one_changes_no_digest() -> None:
    assert json.loads(accepted().canonical_json()) == minimal()


def test_the_strategy_is_built_from_the_document() -> None:
    rules = parse_document(full()).strategy.rules()
    assert rules.warm_up == 20


def test_whoever_builds_a_document_past_the_parser_is_checked_all_the_same() -> None:
    with pytest.raises(ValidationError, match="does not go with the broker"):
        Document.model_validate(put(full(), "data.data_source", "ibkr"))
