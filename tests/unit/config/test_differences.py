"""What a person changed in a document is told key by key."""

import json

from bots.config.differences import differences


def told(before: dict[str, object], after: dict[str, object]) -> list[str]:
    return differences(json.dumps(before), json.dumps(after))


def test_each_changed_key_is_told_with_both_values() -> None:
    before = {"risk": {"stop_loss_pct": 3, "same": 1}, "trading": {"symbol": "BTCUSDT"}}
    after = {"risk": {"stop_loss_pct": 5, "same": 1}, "trading": {"symbol": "BTCUSDT", "max_positions": 2}}
    assert told(before, after) == ["risk.stop_loss_pct: 3 -> 5", "trading.max_positions: default -> 2"]


def test_a_key_taken_away_goes_back_to_its_default() -> None:
    assert told({"a": {"b": "x"}}, {"a": {}}) == ['a.b: "x" -> default']


def test_of_many_changes_the_first_are_told_and_the_rest_counted() -> None:
    lines = told({}, {f"k{number}": number for number in range(20)})
    assert (len(lines), lines[-1]) == (9, "and 12 more")


def test_the_same_document_differs_in_nothing() -> None:
    assert told({"a": {"b": [1, 2]}}, {"a": {"b": [1, 2]}}) == []
