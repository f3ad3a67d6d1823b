"""A parameter's key is one of the document's, and its value stands there alone."""

import pytest

from bots.commands.sweeping.places import check_places, with_values
from bots.commands.sweeping.values import parameter_of
from strategies.errors import SweepError
from tests.unit.bots.sweeping.staged import DOCUMENT, HELD, RSI


def checked(*texts: str) -> None:
    check_places(DOCUMENT, [parameter_of(text) for text in texts])


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("tradin.symbol", '--param tradin: is an unknown key; did you mean "trading"?'),
        ("strategy.entry_logic.params.rsi_perod", 'is an unknown key; did you mean "rsi_period"?'),
        ("risk_management.take_profit", 'did you mean "take_profit_pct"?'),
        ("risk_management", "is a section; name one of its keys: "),
        ("trading.symbol.x", "trading.symbol is a value and has no keys"),
        ("notifications.telegram.notify_on", "only a single value can be swept"),
        ("data.file", "bars are read once"),
    ],
)
def test_a_key_that_cannot_be_swept_is_told_with_the_nearest(key: str, told: str) -> None:
    with pytest.raises(SweepError) as raised:
        checked(f"{key}=1,2")
    assert told in str(raised.value)


def test_keys_of_rules_and_of_sections_are_found() -> None:
    checked(f"{RSI}=1,2", f"{HELD}=1,2", "risk_management.stop_loss_pct=1,2", "trading.position_size=0.1,0.2")


def test_one_parameter_in_two_spellings_is_refused() -> None:
    with pytest.raises(SweepError, match=f"means the same as {RSI}"):
        checked(f"{RSI}=1,2", "strategy.entry_logic.params.e_rsi_period=3,4")


def test_the_parameters_of_every_rule_that_is_tried_are_known() -> None:
    checked("strategy.exit_logic.name=ATRExitMixin,TimeBasedExitMixin", "strategy.exit_logic.params.atr_period=5,10")


def test_a_value_takes_the_place_of_another_spelling_and_leaves_the_document_alone() -> None:
    made = with_values(DOCUMENT, [("strategy", "entry_logic", "params", "rsi_period")], [9])
    params = made["strategy"]["entry_logic"]["params"]
    assert (params["rsi_period"], "e_rsi_period" in params) == (9, False)
    assert DOCUMENT["strategy"]["entry_logic"]["params"]["e_rsi_period"] == 7


def test_a_section_that_the_document_leaves_out_is_made() -> None:
    made = with_values(DOCUMENT, [("risk_management", "trailing_stop", "enabled")], [True])
    assert made["risk_management"] == {"trailing_stop": {"enabled": True}}
