"""A market out of dice: prices between bars, with jumps, flat stretches and gaps, and the bars that come of them."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

from strategies.bar import Bar
from tests.simulation.clock import START

INTERVAL = timedelta(minutes=1)
SECONDS = 60.0
TICKS_A_BAR = 3
PAST = 12
"""Bars that are there before the bot is."""


@dataclass(frozen=True, slots=True)
class Weather:
    """How prices move: shares of the price, and how likely what is at each tick."""

    sway: float
    jump: float
    highest_jump: float
    flat: float


CALM = Weather(sway=0.001, jump=0.0, highest_jump=0.0, flat=0.0)


class Market:
    """One symbol's price, and its bars so far; `tick` moves it on by a third of a bar."""

    def __init__(self, random: Random, weather: Weather, price_step: Decimal) -> None:
        self.weather = weather
        self.bars: list[Bar] = []
        self.drift = 0.0
        self._random, self._step = random, price_step
        self._price = 100.0
        self._flat_for = 0
        self._forming: list[float] = []
        for _ in range(PAST * TICKS_A_BAR):
            self.tick()

    @property
    def price(self) -> Decimal:
        """The price on the market's grid."""
        return Decimal(f"{self._price:.2f}")

    def tick(self) -> Bar | None:
        """Move the price; return the bar that this closes, if it does."""
        if self._flat_for:
            self._flat_for -= 1
        else:
            self._move()
        self._forming.append(float(self.price))
        return self._close() if len(self._forming) == TICKS_A_BAR else None

    def _move(self) -> None:
        weather, random = self.weather, self._random
        change = random.uniform(-weather.sway, weather.sway) + self.drift
        if random.random() < weather.jump:
            change += random.uniform(-weather.highest_jump, weather.highest_jump)
        # Pulled back a little, so that no run ends with a price of nought.
        self._price = max(5.0, self._price * (1 + change) + (100.0 - self._price) * 0.002)
        if random.random() < weather.flat:
            self._flat_for = random.randrange(1, 4 * TICKS_A_BAR)

    def _close(self) -> Bar:
        at, self._forming = self._forming, []
        opened = START + INTERVAL * (len(self.bars) - PAST)
        bar = Bar(opened, at[0], max(at), min(at), at[-1], 1.0)
        self.bars.append(bar)
        return bar
