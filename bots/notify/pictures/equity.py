"""The account's last weeks as a line, its drawdowns shaded. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate

from bots.notify.pictures.scales import Scale, roomy
from bots.notify.pictures.sheet import (
    ACCENT,
    ACCENT_FAINT,
    BOTTOM,
    GAIN,
    INK,
    LEFT,
    LOSS,
    LOSS_FAINT,
    SOFT,
    Point,
    Sheet,
    Tag,
)
from bots.notify.wording import signed
from bots.trading.records import EquityPoint

_SHOWN = timedelta(days=30)
_DENSE = 800


def equity_picture(points: Sequence[EquityPoint], *, title: str, quote: str) -> bytes:
    """Draw the account's last thirty days.

    Parameters
    ----------
    points : sequence of EquityPoint
        At least one, oldest first.
    title : str
        Whose account it is.
    quote : str
        What it is counted in.

    Returns
    -------
    bytes
        A PNG.
    """
    shown = [point for point in points if point.time > points[-1].time - _SHOWN]
    equity = [float(point.equity) for point in shown]
    peaks = list(accumulate(equity, max))
    change = shown[-1].equity - shown[0].equity
    percent = f" ({change / shown[0].equity * 100:+.2f} %)" if shown[0].equity > 0 else ""
    tone = INK if change == 0 else GAIN if change > 0 else LOSS
    falls = [(peak - value) / peak * 100 if peak > 0 else 0.0 for peak, value in zip(peaks, equity, strict=True)]
    sheet = Sheet(
        title,
        f"{signed(change)} {quote}{percent}",
        tone,
        f"{_period(shown[-1].time - shown[0].time)}, deepest drawdown {max(falls):.2f} %, now {falls[-1]:.2f} %",
        roomy(equity),
        [Tag(equity[-1], f"{shown[-1].equity:.2f}", ACCENT)],
    )
    times = [point.time for point in shown]
    begin, end = times[0].timestamp(), times[-1].timestamp()
    x = Scale(min(begin, end - 1), end, LEFT, sheet.right - 8)
    at = [x.at(time.timestamp()) for time in times]
    line, top = (_thinned(list(zip(at, map(sheet.y.at, each), strict=True))) for each in (equity, peaks))

    sheet.area([(line[0][0], BOTTOM), *line, (line[-1][0], BOTTOM)], ACCENT_FAINT)
    sheet.area([*line, *reversed(top)], LOSS_FAINT)
    sheet.grid()
    sheet.times(times, at)
    sheet.line(top, SOFT, 1)
    # Where it goes up and down in every pixel, a thick one would be a band.
    sheet.line(line, ACCENT, 1.5 if len(line) > _DENSE else 3)
    sheet.dot(line[-1], ACCENT)
    sheet.tags()
    return sheet.png()


def _period(length: timedelta) -> str:
    return f"last {max(1, round(length / timedelta(days=1)))} days" if length >= timedelta(days=1) else "last hours"


def _thinned(points: list[Point]) -> list[Point]:
    """Return the line with its first, highest, lowest and last point of each pixel: the others would not be seen."""
    columns: dict[int, list[int]] = {}
    for place, (x, _) in enumerate(points):
        columns.setdefault(int(x), []).append(place)
    kept: list[Point] = []
    for places in columns.values():
        heights = [points[place][1] for place in places]
        extremes = {places[0], places[heights.index(min(heights))], places[heights.index(max(heights))], places[-1]}
        kept += [points[place] for place in sorted(extremes)]
    # Two points at least, so that there is a line.
    return kept if len(kept) > 1 else [*kept, (kept[0][0] + 1, kept[0][1])]
