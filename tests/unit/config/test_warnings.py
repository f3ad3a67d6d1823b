"""What is allowed and yet probably not meant."""

import pytest

from tests.unit.config.documents import accepted

LIVE = {"broker__type": "binance", "data__data_source": "binance"}
ON = {"notifications__enabled": True}


@pytest.mark.parametrize(
    ("values", "place"),
    [
        (LIVE, "risk_management.stop_loss_pct"),
        ({"trading__position_size": 0.2, "strategy__position_size": 0.3}, "strategy.position_size"),
        ({"trading__max_exposure": 0.05}, "trading.max_exposure"),
        ({"trading__max_positions": 11}, "trading.max_positions"),
        ({"data__lookback_bars": 5}, "data.lookback_bars"),
        (ON, "notifications.enabled"),
        ({"notifications__email": {"enabled": True}}, "notifications.email.enabled"),
        (ON | {"notifications__email": {"enabled": True, "notify_on": []}}, "notifications.email.notify_on"),
    ],
)
def test_a_warning_names_its_place_and_does_not_refuse(values: dict[str, object], place: str) -> None:
    assert [warning.place for warning in accepted(**values).warnings()] == [place]


@pytest.mark.parametrize(
    "values",
    [
        {},
        LIVE | {"risk_management__stop_loss_pct": 5},
        LIVE | {"risk_management__trailing_stop": {"enabled": True}},
        {"trading__max_positions": 10, "strategy__position_size": 0.1},
        {"data__lookback_bars": 21},
        ON | {"notifications__telegram": {"enabled": True}},
    ],
)
def test_a_sound_document_draws_no_warning(values: dict[str, object]) -> None:
    assert accepted(**values).warnings() == ()
