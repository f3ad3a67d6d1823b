"""What --param says is read exactly, and what it does not say is told with what it should."""

import pytest

from bots.commands.sweeping.values import parameter_of, short_names
from strategies.errors import SweepError


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("10..13", [10, 11, 12, 13]),
        ("-2..2:2", [-2, 0, 2]),
        ("0.1..0.4:0.1", [0.1, 0.2, 0.3, 0.4]),
        ("1..2:0.25", [1, 1.25, 1.5, 1.75, 2]),
        ("5..5", [5]),
        ("1..10:4", [1, 5, 9]),
        ("1e-3..3e-3:1e-3", [0.001, 0.002, 0.003]),
        ("5,10,20", [5, 10, 20]),
        ("true,false,null", [True, False, None]),
        ('"a,b",c', None),
        ('"a,b","c"', ["a,b", "c"]),
        ("ATRExitMixin,TimeBasedExitMixin", ["ATRExitMixin", "TimeBasedExitMixin"]),
        ("0.5, 1", [0.5, 1]),
        ("1,true", [1, True]),
    ],
)
def test_values_are_exactly_those_that_a_document_would_say(text: str, values: list[object] | None) -> None:
    if values is None:
        values = ['"a', 'b"', "c"]
    parameter = parameter_of(f"a.b={text}")
    assert (parameter.place, list(parameter.values)) == (("a", "b"), values)
    assert [type(value) for value in parameter.values if isinstance(value, bool)] == [
        type(value) for value in values if isinstance(value, bool)
    ]


def test_a_thousand_small_steps_do_not_drift() -> None:
    values = parameter_of("a=0..1:0.001").values
    assert len(values) == 1001
    assert [str(value) for value in values[1:4]] == ["0.001", "0.002", "0.003"]
    assert str(values[-2]) == "0.999"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a", "has no key and values"),
        ("=1..2", "has no key and values"),
        ("a..b=1..2", "has no key and values"),
        ("a=", "has no values"),
        ("a=..5", "is no range"),
        ("a=1..5:x", "is no range"),
        ("a=0.5..2", "has no step; write 0.5..2:0.1"),
        ("a=2..1", "2 is above 1"),
        ("a=1..2:0", "the step 0 must be above 0"),
        ("a=1..2:-1", "the step -1 must be above 0"),
        ("a=0..1:0.0000001", "has more than 100,000 values"),
        ("a=1,2,1.0", "1.0 is given twice"),
        ("a=[1],[2]", "a list or an object is no value"),
        ("a=1,,2", "a value is empty"),
    ],
)
def test_what_is_no_parameter_is_told_with_what_would_be(text: str, told: str) -> None:
    with pytest.raises(SweepError, match="--param") as raised:
        parameter_of(text)
    assert told in str(raised.value)


def test_keys_are_called_by_as_much_as_tells_them_apart() -> None:
    assert short_names(["a.b.period", "a.c.period", "a.size"]) == ["b.period", "c.period", "size"]


def test_only_rising_numbers_have_neighbours() -> None:
    ordered = {text: parameter_of(f"a={text}").is_ordered for text in ("1,2,3", "3,1,2", "true,false", "a,b", "1..2")}
    assert ordered == {"1,2,3": True, "3,1,2": False, "true,false": False, "a,b": False, "1..2": True}
