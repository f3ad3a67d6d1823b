"""What a download goes on with: nothing that is there may be lost at either end."""

from datetime import UTC, datetime, timedelta

import pytest

from bots.commands.downloading.continuing import Plan, Span, is_same, plan, span_of
from tests.scripted_venue import bars_of

HOUR = timedelta(hours=1)
BARS = bars_of(100)
END = BARS[60].time


def span(first: int, last: int) -> Span:
    return Span(BARS[first], BARS[last], last - first + 1)


def planned(earliest: int | None, file: Span | None, part: Span | None) -> Plan:
    return plan(END, HOUR, None if earliest is None else BARS[earliest].time, file, part)


NOTHING = Plan(None, False, END)


@pytest.mark.parametrize(
    ("earliest", "file", "part", "expected"),
    [
        pytest.param(0, None, None, NOTHING, id="nothing is there"),
        pytest.param(10, span(10, 30), None, Plan(BARS[30].time, True, END), id="a file that begins in time"),
        pytest.param(10, span(5, 30), None, Plan(BARS[30].time, True, END), id="a file that begins earlier"),
        pytest.param(None, span(5, 30), None, Plan(BARS[30].time, True, END), id="a venue that has forgotten"),
        pytest.param(10, span(11, 30), None, NOTHING, id="a file that begins too late"),
        pytest.param(10, span(11, 80), None, Plan(None, False, BARS[81].time), id="and that goes on beyond the end"),
        pytest.param(10, None, span(10, 30), Plan(BARS[30].time, False, END), id="a part that begins in time"),
        pytest.param(10, None, span(11, 30), NOTHING, id="a part that begins too late"),
        pytest.param(
            10, span(10, 30), span(10, 40), Plan(BARS[40].time, False, END), id="a part that extends the file"
        ),
        pytest.param(10, span(10, 30), span(10, 30), Plan(BARS[30].time, False, END), id="a part as long as the file"),
        pytest.param(10, span(10, 30), span(10, 20), Plan(BARS[30].time, True, END), id="a part that is behind"),
        pytest.param(10, span(5, 30), span(10, 40), Plan(BARS[30].time, True, END), id="a part without the beginning"),
        pytest.param(
            10, span(20, 80), span(10, 15), Plan(BARS[15].time, False, BARS[81].time), id="a part that begins earlier"
        ),
        pytest.param(10, span(20, 50), span(15, 55), NOTHING, id="both begin too late"),
    ],
)
def test_it_goes_on_with_what_loses_nothing(
    earliest: int | None, file: Span | None, part: Span | None, expected: Plan
) -> None:
    assert planned(earliest, file, part) == expected


def test_bars_span_from_the_first_to_the_last() -> None:
    assert span_of(BARS[3:9]) == span(3, 8)
    assert span_of(BARS[3:4]) == span(3, 3)
    assert span_of([]) is None


def test_a_corrected_volume_makes_no_other_market_and_every_price_does() -> None:
    bar = BARS[0]
    assert is_same(bar, bar._replace(volume=bar.volume + 1))
    for other in (bar._replace(open=1.0), bar._replace(high=1.0), bar._replace(low=1.0), bar._replace(close=1.0)):
        assert not is_same(bar, other)
    assert not is_same(bar, bar._replace(time=datetime(2020, 1, 1, tzinfo=UTC)))
