"""A finished trade as candles with its entry and its exit. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bots.notify.pictures.scales import Scale, roomy
from bots.notify.pictures.sheet import ACCENT, GAIN, GAIN_FAINT, INK, LEFT, LOSS, LOSS_FAINT, PAGE, SOFT, Sheet, Tag
from bots.notify.wording import signed, told_duration
from bots.results.thinning import merged
from bots.trading.events import Event, EventKind, plain
from strategies.bar import Bar

_MOST_CANDLES = 90
_BEFORE, _AFTER = 14, 5
_RISE, _FALL = "#7fbfaa", "#e3a09b"


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A position from its entry to its exit; the times are those of the bars on whose close it was decided."""

    entry_time: datetime
    entry_price: Decimal
    exit_time: datetime
    exit_price: Decimal
    profit: Decimal
    percent: Decimal
    reason: str


def round_trip(event: Event) -> RoundTrip | None:
    """Return the trade that an event tells the end of; None where it tells of something else."""
    data = event.data
    if event.kind is not EventKind.TRADE_EXIT or "held_seconds" not in data:
        return None
    return RoundTrip(
        event.time - timedelta(seconds=data["held_seconds"]),
        Decimal(data["entry_price"]),
        event.time,
        Decimal(data["price"]),
        Decimal(data["profit"]),
        Decimal(data["percent"]),
        data["reason"],
    )


def trade_chart(
    bars: Sequence[Bar], trip: RoundTrip, *, title: str, quote: str, stop: Decimal | None = None
) -> bytes:  # fmt: skip
    """Draw a trade.

    Parameters
    ----------
    bars : sequence of Bar
        At least one; those around the trade are shown, as many as it takes to see how it came about.
    trip : RoundTrip
        The trade.
    title : str
        Whose trade it is, and on what.
    quote : str
        What the profit is in.
    stop : Decimal, optional
        Where the stop was at the end.

    Returns
    -------
    bytes
        A PNG.
    """
    shown = _candles(bars, trip)
    bought, sold = float(trip.entry_price), float(trip.exit_price)
    levels = [bought, sold, *([float(stop)] if stop is not None else [])]
    low, high = roomy([*(bar.low for bar in shown), *(bar.high for bar in shown), *levels])
    room = (high - low) * 0.08
    tone, faint = (GAIN, GAIN_FAINT) if trip.profit >= 0 else (LOSS, LOSS_FAINT)
    tags = [Tag(bought, plain(trip.entry_price), ACCENT), Tag(sold, plain(trip.exit_price), tone)]
    if stop is not None:
        tags.append(Tag(float(stop), plain(stop), SOFT))
    length = trip.exit_time - trip.entry_time
    held = f"held {told_duration(length)}" if length else "held for less than a bar"
    sheet = Sheet(
        title,
        f"{signed(trip.profit)} {quote} ({trip.percent:+} %)",
        tone if trip.profit else INK,
        f"{held}, {trip.reason}",
        (low - room, high + room),
        tags,
    )
    x = Scale(-0.5, len(shown) - 0.5, LEFT, sheet.right)
    times = [bar.time for bar in shown]
    at = [x.at(place) for place in range(len(shown))]
    begin, end = _place(times, trip.entry_time), _place(times, trip.exit_time)
    entry, leave = (at[begin], sheet.y.at(bought)), (at[end], sheet.y.at(sold))

    sheet.box((at[begin], min(entry[1], leave[1])), (at[end], max(entry[1], leave[1])), faint)
    sheet.grid()
    sheet.times(times, at)
    _draw_candles(sheet, shown, at)
    sheet.dashes(entry, (sheet.right, entry[1]), ACCENT)
    sheet.dashes(leave, (sheet.right, leave[1]), tone)
    if stop is not None:
        height = sheet.y.at(float(stop))
        sheet.dashes((at[begin], height), (sheet.right, height), SOFT)
        sheet.text((sheet.right - 4, height + 14), "stop", SOFT, 18, "rm")
    sheet.line([entry, leave], tone, 2.5)
    _mark(sheet, at[begin], sheet.y.at(min(shown[begin].low, bought)), "buy", ACCENT, below=True)
    _mark(sheet, at[end], sheet.y.at(max(shown[end].high, sold)), "sell", tone, below=False)
    sheet.dot(entry, ACCENT)
    sheet.dot(leave, tone)
    sheet.tags()
    return sheet.png()


def _candles(bars: Sequence[Bar], trip: RoundTrip) -> list[Bar]:
    """Return the bars around a trade, neighbours merged where they are too many to be seen."""
    times = [bar.time for bar in bars]
    begin, end = _place(times, trip.entry_time), _place(times, trip.exit_time)
    before = max(_BEFORE, (end - begin) // 3)
    chosen = bars[max(0, begin - before) : end + max(_AFTER, (end - begin) // 8) + 1]
    return list(merged(chosen, _MOST_CANDLES)[0])


def _place(times: Sequence[datetime], time: datetime) -> int:
    """Return the place of the bar in which a time lies; the nearest where there is none."""
    return max(0, bisect_right(times, time) - 1)


def _draw_candles(sheet: Sheet, bars: Sequence[Bar], at: Sequence[float]) -> None:
    slot = at[1] - at[0] if len(at) > 1 else 24.0
    half = min(slot * 0.34, 9.0)
    for bar, x in zip(bars, at, strict=True):
        colour = _RISE if bar.close >= bar.open else _FALL
        sheet.line([(x, sheet.y.at(bar.high)), (x, sheet.y.at(bar.low))], colour, 1.5)
        top, bottom = sheet.y.at(max(bar.open, bar.close)), sheet.y.at(min(bar.open, bar.close))
        sheet.box((x - half, top), (x + half, bottom), colour)


def _mark(sheet: Sheet, x: float, y: float, word: str, colour: str, *, below: bool) -> None:
    """Draw a triangle that points at a candle, and say what was done there."""
    away = 1 if below else -1
    tip, base = y + 5 * away, y + 19 * away
    sheet.area([(x, tip - 2 * away), (x - 10, base + away), (x + 10, base + away)], PAGE)
    sheet.area([(x, tip), (x - 8, base), (x + 8, base)], colour)
    sheet.text((x, base + 12 * away), word, colour, 18, "mm")
