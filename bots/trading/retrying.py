"""When to try again what the venue has refused. Pure."""

from dataclasses import dataclass

_LONGEST_DISTANCE = 64


@dataclass(frozen=True, slots=True)
class Retry:
    """How often something failed in a row, and how old its lot must be, in bars, before it is tried again."""

    failures: int = 0
    not_before: int = 0

    @property
    def distance(self) -> int:
        """Bars between the last failure and the next try: 1, 2, 4 and so on."""
        return min(1 << min(self.failures - 1, _LONGEST_DISTANCE), _LONGEST_DISTANCE)

    def is_due(self, bars_held: int) -> bool:
        """Say whether it may be tried now."""
        return bars_held >= self.not_before

    def failed(self, bars_held: int) -> "Retry":
        """Return what counts after another failure."""
        again = Retry(self.failures + 1)
        return Retry(again.failures, bars_held + again.distance)


NEVER_FAILED = Retry()
