"""A bot's equity of late as a line so small that it fits into a row. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 100, 24
_EDGE = 2
# Nobody has so much: it is no amount, as what is no number at all.
_LARGEST = 1e15


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A line in a box of 100 by 24: its points as SVG has them, and in which direction it went."""

    points: str
    gained: bool
    said: str


def sparkline(equity: Sequence[float]) -> Sparkline | None:
    """Return the line of a curve, oldest first; None of fewer than two points. What is no amount is left out."""
    equity = [value for value in equity if abs(value) < _LARGEST]
    if len(equity) < 2:
        return None
    lowest, highest = min(equity), max(equity)
    spread = highest - lowest
    step = WIDTH / (len(equity) - 1)

    def height(value: float) -> float:
        # A flat curve lies in the middle, not on the ground.
        part = (value - lowest) / spread if spread else 0.5
        return HEIGHT - _EDGE - part * (HEIGHT - 2 * _EDGE)

    points = " ".join(f"{number * step:.1f},{height(value):.1f}" for number, value in enumerate(equity))
    change = equity[-1] - equity[0]
    percent = f" ({change / equity[0]:+.1%})" if equity[0] > 0 else ""
    return Sparkline(points, change >= 0, f"equity of late {equity[0]:,.2f} to {equity[-1]:,.2f}{percent}")
