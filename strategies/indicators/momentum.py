"""How strongly price has been rising or falling."""

from math import nan

from strategies.bar import Bar

# TA-Lib's measure of "no movement at all", below which the index is 0 and not a quotient of rounding errors.
_NOTHING = 1e-14


class WilderRSI:
    """Relative Strength Index of the close, 0..100, as TA-Lib has it: plain mean first, Wilder's smoothing after.

    A market that has not moved at all has index 0.
    """

    __slots__ = ("_close", "_gain", "_loss", "_moves", "period", "previous", "ready", "value", "warm_up")

    def __init__(self, period: int) -> None:
        self.period = period
        self.warm_up = period
        self.value = nan
        self.previous = nan
        self.ready = False
        self._close = nan
        self._gain = 0.0
        self._loss = 0.0
        self._moves = -1  # the first bar is no move yet

    def update(self, bar: Bar) -> None:
        """Take in the next closed bar."""
        move = bar.close - self._close
        self._close = bar.close
        period = self.period
        if self.ready:
            kept = period - 1
            self._gain = (self._gain * kept + (move if move > 0 else 0.0)) / period
            self._loss = (self._loss * kept - (move if move < 0 else 0.0)) / period
        elif not self._seed(move):
            return
        self.previous = self.value
        total = self._gain + self._loss
        self.value = 100.0 * (self._gain / total) if total > _NOTHING else 0.0

    def _seed(self, move: float) -> bool:
        """Collect the first `period` moves; say whether they are complete."""
        self._moves += 1
        if move > 0:
            self._gain += move
        elif move < 0:
            self._loss -= move
        if self._moves < self.period:
            return False
        self._gain /= self.period
        self._loss /= self.period
        self.ready = True
        return True
