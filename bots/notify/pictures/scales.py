"""Where a value lies on a picture, and which values and times are written at its edges. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import ceil, floor, log10

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TIME_STEPS = (
    *(_MINUTE * count for count in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * count for count in (1, 2, 3, 6, 12)),
    *(_DAY * count for count in (1, 2, 5, 10, 30, 91, 182, 365, 730, 1825, 3650)),
)


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from values to pixels."""

    low: float
    high: float
    at_low: float
    at_high: float

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        return self.at_low + (value - self.low) / (self.high - self.low) * (self.at_high - self.at_low)


def roomy(values: Sequence[float]) -> tuple[float, float]:
    """Return the least and greatest value with a little room around; there is room even where all are the same."""
    low, high = min(values), max(values)
    room = (high - low) * 0.06
    if room <= abs(high) * 1e-9:
        room = abs(high) * 0.001 or 1.0
    return low - room, high + room


def round_values(low: float, high: float, most: int) -> tuple[list[float], int]:
    """Return the round values between two, `most` at most, and how many decimal places they need."""
    rough = (high - low) / most
    power = floor(log10(rough))
    step = next(
        factor * 10.0**power for factor in (1, 2, 2.5, 5, 10, 20)
        if floor(high / (factor * 10.0**power)) - ceil(low / (factor * 10.0**power)) < most
    )  # fmt: skip
    count = range(ceil(low / step), floor(high / step) + 1)
    return [number * step for number in count], max(0, -floor(log10(step) + 1e-9) + (step / 10.0**power == 2.5))


def round_times(times: Sequence[datetime], most: int) -> tuple[list[int], str]:
    """Return the places of the times at which a new hour, day, ... begins, `most` at most, and the format for them."""
    if len(times) == 1:
        return [0], "%d %b %H:%M"
    seconds = [time.timestamp() for time in times]
    found: list[int] = []
    chosen = _TIME_STEPS[-1]
    for chosen in _TIME_STEPS:
        found = [place for place in range(1, len(seconds)) if seconds[place] // chosen != seconds[place - 1] // chosen]
        if len(found) <= most:
            break
    if chosen >= _DAY:
        return found[:most], "%Y-%m-%d" if chosen > 30 * _DAY else "%d %b"
    return found[:most], "%H:%M" if seconds[-1] - seconds[0] <= _DAY else "%d %b %H:%M"


def apart(pixels: Sequence[float], distance: float, lowest: float) -> list[float]:
    """Return pixels moved as little as it takes to lie so far from each other, and none below the lowest."""
    order = sorted(range(len(pixels)), key=lambda place: pixels[place])
    moved = list(pixels)
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + distance)
    for place in reversed(order):
        moved[place] = min(moved[place], lowest)
        lowest = moved[place] - distance
    return moved
