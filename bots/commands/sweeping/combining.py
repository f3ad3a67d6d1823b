"""All combinations of the values of some parameters, numbered from 0. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import prod

from bots.commands.sweeping.values import Parameter, Scalar


@dataclass(frozen=True, slots=True)
class Grid:
    """The combinations of parameters; the last one's value changes from each number to the next."""

    parameters: tuple[Parameter, ...]

    def __len__(self) -> int:
        """Count the combinations."""
        return prod(self.shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values each parameter has."""
        return tuple(len(parameter.values) for parameter in self.parameters)

    def steps(self, number: int) -> tuple[int, ...]:
        """Give the index of each parameter's value in a combination."""
        steps = []
        for size in reversed(self.shape):
            number, step = divmod(number, size)
            steps.append(step)
        return tuple(reversed(steps))

    def number(self, steps: Sequence[int]) -> int:
        """Give the number of the combination with these indexes."""
        number = 0
        for size, step in zip(self.shape, steps, strict=True):
            number = number * size + step
        return number

    def values(self, number: int) -> tuple[Scalar, ...]:
        """Give the values of a combination."""
        return tuple(p.values[step] for p, step in zip(self.parameters, self.steps(number), strict=True))

    def neighbours(self, number: int) -> Iterator[int]:
        """Yield the combinations that lie one step away in one parameter, or in two; what has no order stays."""
        own = self.steps(number)
        ordered = [index for index, parameter in enumerate(self.parameters) if parameter.is_ordered]
        for moved in (*combinations(ordered, 1), *combinations(ordered, 2)):
            for ways in product((-1, 1), repeat=len(moved)):
                steps = list(own)
                for index, way in zip(moved, ways, strict=True):
                    steps[index] += way
                if all(0 <= step < size for step, size in zip(steps, self.shape, strict=True)):
                    yield self.number(steps)
