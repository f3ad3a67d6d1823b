"""Fewer points to draw, none of the extremes lost."""

from collections.abc import Sequence
from math import ceil

import numpy as np
import numpy.typing as npt

from strategies.bar import Bar


def extremes(values: npt.NDArray[np.float64], limit: int) -> list[int]:
    """Choose about `limit` points or fewer: the lowest and the highest of each run of points, the first, the last."""
    count = len(values)
    if count <= limit:
        return list(range(count))
    size = ceil(2 * count / limit)
    runs = ceil(count / size)
    # The last run is filled up with the last value, which changes no extreme.
    table = np.pad(values, (0, runs * size - count), mode="edge").reshape(runs, size)
    starts = np.arange(runs) * size
    chosen = np.concatenate(([0, count - 1], starts + table.argmin(axis=1), starts + table.argmax(axis=1)))
    return [int(index) for index in np.unique(np.minimum(chosen, count - 1))]


def merged(bars: Sequence[Bar], limit: int) -> tuple[Sequence[Bar], int]:
    """Merge neighbours until `limit` bars or fewer are left; give them with the number of bars in each."""
    size = max(ceil(len(bars) / limit), 1)
    if size == 1:
        return bars, size
    return [_one(bars[start : start + size]) for start in range(0, len(bars), size)], size


def _one(bars: Sequence[Bar]) -> Bar:
    return Bar(
        time=bars[0].time,
        open=bars[0].open,
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        close=bars[-1].close,
        volume=sum(bar.volume for bar in bars),
    )
