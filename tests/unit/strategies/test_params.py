"""Parameters: every spelling, no near miss, and faults told under the name that was written."""

from math import inf, nan
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from strategies.entries.rsi_bb import RSIBBEntryParams
from strategies.entries.rsi_bb_volume import RSIBBVolumeEntryParams
from strategies.exits.rsi_bb import RSIBBExitParams
from strategies.exits.time_based import TimeBasedExitParams
from strategies.exits.trailing_stop import TrailingStopExitParams
from strategies.params import Params
from strategies.registry import entry_class, entry_names, exit_class, exit_names

MODELS = [entry_class(name).params_model for name in entry_names()] + [
    exit_class(name).params_model for name in exit_names()
]


def faults(model: type[BaseModel], given: dict[str, Any]) -> dict[str, str]:
    """Return what is wrong, by the dotted place at which it is."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(given)
    return {".".join(map(str, line["loc"])): line["msg"] for line in caught.value.errors()}


def test_a_parameter_may_be_written_with_and_without_its_prefix() -> None:
    assert RSIBBEntryParams.model_validate({"e_rsi_period": 7, "bb_period": 9}) == RSIBBEntryParams(
        rsi_period=7, bb_period=9
    )
    assert RSIBBExitParams.model_validate({"x_rsi_overbought": 60}).rsi_overbought == 60


def test_0_is_a_value_like_any_other() -> None:
    assert RSIBBVolumeEntryParams.model_validate({"e_min_volume_ratio": 0}).min_volume_ratio == 0
    assert TimeBasedExitParams.model_validate({"x_max_bars": 0}).max_bars == 0


@pytest.mark.parametrize("first", ["rsi_oversold", "e_rsi_oversold", "oversold", "e_oversold"])
@pytest.mark.parametrize("second", ["rsi_oversold", "e_rsi_oversold", "oversold", "e_oversold"])
def test_one_parameter_written_twice_is_an_error(first: str, second: str) -> None:
    if first == second:
        assert RSIBBVolumeEntryParams.model_validate({first: 20}).rsi_oversold == 20
    else:
        told = faults(RSIBBVolumeEntryParams, {first: 20, second: 20})
        assert told == {second: f"means the same as '{first}', which is written too; keep one of them"}


def test_only_the_volume_entry_knows_oversold() -> None:
    assert faults(RSIBBEntryParams, {"oversold": 30}) == {"oversold": "no such parameter; did you mean 'rsi_oversold'?"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("rsi_perid", "rsi_period"),
        ("e_rsi_perid", "e_rsi_period"),
        ("RSI_PERIOD", "rsi_period"),
        ("cooldown", "cooldown_bars"),
    ],
)
def test_an_unknown_parameter_is_told_with_the_nearest(written: str, meant: str) -> None:
    assert faults(RSIBBEntryParams, {written: 5}) == {written: f"no such parameter; did you mean '{meant}'?"}


def test_an_unknown_parameter_near_nothing_is_told_with_all_there_are() -> None:
    assert faults(TimeBasedExitParams, {"qqq": 5}) == {
        "qqq": "no such parameter; there are max_bars, use_time, max_minutes"
    }


def test_an_entrys_prefix_is_no_exits() -> None:
    assert "e_max_bars" in faults(TimeBasedExitParams, {"e_max_bars": 5})


def test_all_faults_are_told_at_once_under_the_names_that_were_written() -> None:
    class Document(BaseModel):
        params: RSIBBEntryParams

    told = faults(Document, {"params": {"e_rsi_period": 0, "bb_perod": 20, "bb_dev": -1, "cooldown_bars": 2}})
    assert told.keys() == {"params.e_rsi_period", "params.bb_perod", "params.bb_dev"}
    assert told["params.e_rsi_period"] == "Input should be greater than or equal to 1"


@pytest.mark.parametrize("value", ["14", True, None, 14.5, nan, inf, 10_001, [14]])
def test_what_is_no_whole_number_of_bars_is_refused(value: object) -> None:
    assert faults(RSIBBEntryParams, {"rsi_period": value}).keys() == {"rsi_period"}


@pytest.mark.parametrize("value", ["2.0", True, None, nan, inf, -inf, -0.1, {}])
def test_what_is_no_number_is_refused(value: object) -> None:
    assert faults(RSIBBEntryParams, {"bb_dev": value}).keys() == {"bb_dev"}


@pytest.mark.parametrize("value", [1, 0, "true", None])
def test_what_is_no_truth_is_refused(value: object) -> None:
    assert faults(RSIBBEntryParams, {"use_bb_touch": value}).keys() == {"use_bb_touch"}


def test_json_knows_one_kind_of_number() -> None:
    params = RSIBBEntryParams.model_validate_json('{"rsi_period": 14.0, "bb_dev": 2}')
    assert (params.rsi_period, params.bb_dev) == (14, 2.0)
    assert type(params.rsi_period) is int


def test_levels_and_shares_keep_to_their_scales() -> None:
    assert faults(RSIBBEntryParams, {"rsi_oversold": 100.1}).keys() == {"rsi_oversold"}
    assert faults(TrailingStopExitParams, {"trail_pct": 2}).keys() == {"trail_pct"}


def test_a_cross_that_can_never_happen_is_refused() -> None:
    assert "rsi_cross" in faults(RSIBBEntryParams, {"rsi_cross": True, "rsi_oversold": 100})[""]


def test_parameters_never_change() -> None:
    params = RSIBBEntryParams()
    with pytest.raises(ValidationError):
        params.rsi_period = 15  # type: ignore[misc]


@pytest.mark.parametrize("model", MODELS)
def test_every_parameter_has_a_default_and_is_described_and_every_number_is_bounded(model: type[Params]) -> None:
    model()
    schema = model.model_json_schema()
    assert schema["additionalProperties"] is False
    for name, field in schema["properties"].items():
        assert field["description"].endswith("."), name
        assert field["type"] == "boolean" or {"maximum"} & field.keys(), name


def test_the_defaults_are_those_of_the_rules() -> None:
    rsi_bb = {"rsi_period": 14, "rsi_oversold": 30, "bb_period": 20, "bb_dev": 2, "use_bb_touch": True}
    assert {model.__name__: model().model_dump() for model in MODELS} == {
        "RSIBBEntryParams": rsi_bb | {"rsi_cross": False, "bb_reentry": False, "cooldown_bars": 0},
        "RSIBBVolumeEntryParams": rsi_bb | {"vol_ma_period": 20, "min_volume_ratio": 1.1},
        "RSIIchimokuEntryParams": {
            "rsi_period": 14,
            "rsi_oversold": 30,
            "tenkan_period": 9,
            "kijun_period": 26,
            "senkou_period": 52,
        },
        "RSIVolumeSupertrendEntryParams": {
            "rsi_period": 14,
            "rsi_oversold": 30,
            "vol_ma_period": 20,
            "min_volume_ratio": 1.5,
            "st_period": 10,
            "st_multiplier": 3,
        },
        "ATRExitParams": {"atr_period": 14, "sl_multiplier": 2},
        "FixedRatioExitParams": {"take_profit": 0.1, "stop_loss": 0.05},
        "RSIBBExitParams": {"rsi_period": 14, "rsi_overbought": 70, "bb_period": 20, "bb_dev": 2},
        "TimeBasedExitParams": {"max_bars": 20, "use_time": False, "max_minutes": 60},
        "TrailingStopExitParams": {
            "trail_pct": 0.02,
            "activation_pct": 0,
            "use_atr": False,
            "atr_multiplier": 2,
            "atr_period": 14,
        },
    }
