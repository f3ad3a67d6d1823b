"""Pictures show what happened, whatever the prices are."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bots.notify.pictures import RoundTrip, equity_picture, round_trip, trade_chart
from bots.notify.pictures.scales import apart, round_times, round_values
from bots.notify.pictures.sheet import ACCENT, GAIN, HEIGHT, LEFT, LOSS, LOSS_FAINT, SOFT, WIDTH
from bots.trading.events import Event, EventKind
from bots.trading.records import EquityPoint
from strategies.bar import Bar

BEGIN = datetime(2026, 11, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
COUNT = 20
# Prices from 100 to 200 are drawn with room around them; 150 lies in the middle of the plot.
BARS = [Bar(BEGIN + HOUR * place, 140.0, 200.0, 100.0, 160.0, 1.0) for place in range(COUNT)]
PIXEL_OF = {"110": 347, "130": 299, "150": 250, "180": 177}


def trip(begin: int, bought: str, end: int, sold: str) -> RoundTrip:
    profit = Decimal(sold) - Decimal(bought)
    return RoundTrip(
        BEGIN + HOUR * begin, Decimal(bought), BEGIN + HOUR * end, Decimal(sold), profit, Decimal("1.00"), "target"
    )


def points(*equity: str, step: timedelta = HOUR) -> list[EquityPoint]:
    return [
        EquityPoint(BEGIN + step * place, Decimal(value), Decimal(value), Decimal(0))
        for place, value in enumerate(equity)
    ]


def opened(png: bytes) -> Image.Image:
    image = Image.open(BytesIO(png))
    assert (image.format, image.size, image.mode) == ("PNG", (WIDTH, HEIGHT), "RGB")
    return image


def colour(image: Image.Image, x: float, y: float) -> str:
    red, green, blue = image.getpixel((round(x), round(y)))  # type: ignore[misc]
    return f"#{red:02x}{green:02x}{blue:02x}"


def plot_end(image: Image.Image, y: int, tag: str) -> float:
    """Return where the plot ends: three pixels before the tags begin; below the numbers of a tag it is all colour."""
    row = [place for place in range(WIDTH // 2, WIDTH) if colour(image, place, y + 12) == tag]
    return row[0] - 3


def chart(made: RoundTrip, bars: Sequence[Bar] = BARS, stop: str | None = None) -> Image.Image:
    level = None if stop is None else Decimal(stop)
    return opened(trade_chart(bars, made, title="0003 (paper) ETHUSDT", quote="USDT", stop=level))


@pytest.mark.parametrize(("begin", "end"), [(3, 15), (8, 14), (0, 19)])
def test_entry_and_exit_are_marked_at_their_bars_and_prices(begin: int, end: int) -> None:
    image = chart(trip(begin, "130", end, "180"))
    right = plot_end(image, PIXEL_OF["130"], ACCENT)
    entry, leave = (LEFT + (place + 0.5) * (right - LEFT) / COUNT for place in (begin, end))

    assert colour(image, entry, PIXEL_OF["130"]) == ACCENT
    assert colour(image, leave, PIXEL_OF["180"]) == GAIN
    # Tags at the axis, at the same heights.
    assert colour(image, right + 5, PIXEL_OF["130"]) == ACCENT
    assert colour(image, right + 5, PIXEL_OF["180"]) == GAIN


def test_a_loss_has_its_own_colour() -> None:
    image = chart(trip(3, "150", 15, "110"))
    right = plot_end(image, PIXEL_OF["110"], LOSS)

    assert colour(image, LEFT + 15.5 * (right - LEFT) / COUNT, PIXEL_OF["110"]) == LOSS
    assert colour(image, right + 5, PIXEL_OF["110"]) == LOSS


def test_the_stop_is_marked_at_its_level() -> None:
    image = chart(trip(3, "150", 15, "180"), stop="110")
    assert colour(image, WIDTH - 6, PIXEL_OF["110"]) == SOFT


def test_of_many_bars_those_around_the_trade_are_shown() -> None:
    far = [Bar(BEGIN - HOUR * place, 1e6, 1e6, 1e6, 1e6, 1.0) for place in range(300, 50, -1)]
    near = [Bar(BEGIN - HOUR * place, 140.0, 200.0, 100.0, 160.0, 1.0) for place in range(50, 0, -1)]
    image = chart(trip(3, "130", 15, "180"), [*far, *near, *BARS])

    assert colour(image, WIDTH - 6, PIXEL_OF["130"]) == ACCENT, "the far bars' prices must not squeeze the trade"


def test_a_trade_of_thousands_of_bars_is_drawn_with_all_of_its_prices() -> None:
    bars = [Bar(BEGIN + HOUR * place, 150.0, 151.0, 149.0, 150.0, 1.0) for place in range(5000)]
    bars[2000] = bars[2000]._replace(high=200.0)
    bars[3001] = bars[3001]._replace(low=100.0)
    image = chart(trip(100, "130", 4900, "180"), bars)
    row = [colour(image, x, PIXEL_OF["150"] + 1) for x in range(100, 300)]

    assert colour(image, WIDTH - 6, PIXEL_OF["130"]) == ACCENT, "the one high and the one low price make the axis"
    assert sum(left != right for left, right in pairwise(row)) > 40, "there must be room between candles"


def test_a_trade_before_the_first_bar_at_hand_begins_at_the_edge() -> None:
    image = chart(trip(-500, "130", 15, "180"))
    right = plot_end(image, PIXEL_OF["130"], ACCENT)
    assert colour(image, LEFT + 0.5 * (right - LEFT) / COUNT, PIXEL_OF["130"]) == ACCENT


PRICES = st.floats(min_value=1e-12, max_value=1e12)


@settings(max_examples=20, deadline=None)
@given(prices=st.lists(PRICES, min_size=1, max_size=6), bought=PRICES, sold=PRICES, stop=st.none() | PRICES)
def test_any_prices_can_be_drawn(prices: list[float], bought: float, sold: float, stop: float | None) -> None:
    bars = [Bar(BEGIN + HOUR * place, each, each * 1.01, each, each, 0.0) for place, each in enumerate(prices)]
    made = trip(0, str(Decimal(bought)), len(prices) - 1, str(Decimal(sold)))
    chart(made, bars, None if stop is None else str(Decimal(stop)))


def test_a_single_bar_and_a_flat_market_can_be_drawn() -> None:
    chart(trip(0, "150", 0, "150"), BARS[:1])
    chart(trip(2, "150", 5, "150"), [bar._replace(open=150.0, high=150.0, low=150.0, close=150.0) for bar in BARS])


def test_a_falling_account_is_shaded_and_a_rising_one_is_not() -> None:
    rising = opened(equity_picture(points("100", "110", "120"), title="0003", quote="USDT"))
    falling = opened(equity_picture(points("100", "120", "105", "110"), title="0003", quote="USDT"))

    assert LOSS_FAINT not in shades(rising)
    assert shades(falling)[LOSS_FAINT] > 5000


def shades(image: Image.Image) -> dict[str, int]:
    found = image.getcolors(WIDTH * HEIGHT)
    assert found is not None
    return {"#{:02x}{:02x}{:02x}".format(*shade): count for count, shade in found if isinstance(shade, tuple)}


def test_an_account_is_shown_for_thirty_days() -> None:
    month = points(*(["100"] * 29 + ["110"]), step=timedelta(days=1))
    before = [EquityPoint(BEGIN - timedelta(days=40), Decimal("1e9"), Decimal(0), Decimal(0))]
    pictures = [equity_picture(each, title="0003", quote="USDT") for each in (month, [*before, *month])]
    assert pictures[0] == pictures[1]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.decimals(-(10**12), 10**12, places=6), min_size=1, max_size=8))
def test_any_account_can_be_drawn(equity: list[Decimal]) -> None:
    opened(equity_picture(points(*map(str, equity)), title="0003", quote="USDT"))


@pytest.mark.parametrize("title", ["", "a" * 400, "0003 \u202e\n\x00 ünïcödé 比特币"])
def test_any_title_can_be_drawn(title: str) -> None:
    opened(equity_picture(points("100", "101"), title=title, quote="USDT"))


def test_the_trade_is_read_off_the_event_that_tells_its_end() -> None:
    data = {
        "price": "180", "entry_price": "130", "profit": "49.5", "percent": "38.08", "reason": "target",
        "held_seconds": 43_200,
    }  # fmt: skip
    found = round_trip(Event(EventKind.TRADE_EXIT, BEGIN + HOUR * 15, "sold", data))

    assert found is not None
    assert (found.entry_time, found.entry_price, found.exit_price) == (BEGIN + HOUR * 3, Decimal(130), Decimal(180))
    assert round_trip(Event(EventKind.TRADE_ENTRY, BEGIN, "bought", data)) is None
    assert round_trip(Event(EventKind.TRADE_EXIT, BEGIN, "sold by an older version", {"profit": "1"})) is None


@pytest.mark.parametrize(
    ("low", "high", "values", "places"),
    [
        (0.0, 10.0, [0, 2, 4, 6, 8, 10], 0),
        (97.0, 104.0, [98, 100, 102, 104], 0),
        (0.0000105, 0.0000155, [0.000011, 0.000012, 0.000013, 0.000014, 0.000015], 6),
        (100.01, 100.09, [100.02, 100.04, 100.06, 100.08], 2),
        (-1e9, 1e9, [-1e9, -5e8, 0, 5e8, 1e9], 0),
    ],
)
def test_values_at_the_axis_are_round(low: float, high: float, values: list[float], places: int) -> None:
    found, decimals = round_values(low, high, 6)
    assert found == pytest.approx(values)
    assert decimals == places


def test_times_at_the_axis_are_round() -> None:
    times = [BEGIN + timedelta(minutes=5 * place) for place in range(70)]
    places, form = round_times(times, 6)
    assert [times[place].strftime(form) for place in places] == ["01:00", "02:00", "03:00", "04:00", "05:00"]


def test_tags_that_lie_on_each_other_are_moved_apart_and_stay_on_the_sheet() -> None:
    assert apart([100, 100, 300], 30, 400) == [100, 130, 300]
    assert apart([395, 390], 30, 400) == [400, 370]
