"""What the double of Yahoo can be told to do wrong."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Failure:
    """An answer other than the chart that was asked for: a status, or no answer at all."""

    kind: str
    status: int = 500
    retry_after: int | None = None


@dataclass
class Faults:
    """Failures to come, one for each question about a chart, and what is wrong with the charts."""

    failures: deque[Failure] = field(default_factory=deque)
    hidden: dict[datetime, int] = field(default_factory=dict)
    frozen_at: datetime | None = None
    frozen_for: int = 0
    doubles_rows: bool = False
    leaks_extended_hours: bool = False
    lies_about_granularity: bool = False
    scale: float = 1.0
    hangs_pages: bool = False

    def rate_limit(self, times: int, retry_after: int | None = None) -> None:
        """Answer 429 so many times."""
        self.failures.extend([Failure("status", 429, retry_after)] * times)

    def fail(self, times: int, status: int = 500) -> None:
        """Answer with a failure so many times."""
        self.failures.extend([Failure("status", status)] * times)

    def answer_nothing(self, times: int) -> None:
        """Answer with neither a result nor an error so many times."""
        self.failures.extend([Failure("nothing")] * times)

    def answer_a_page(self, times: int) -> None:
        """Answer with a web page instead of JSON so many times."""
        self.failures.extend([Failure("page")] * times)

    def not_found(self, times: int) -> None:
        """Deny a symbol that there is so many times."""
        self.failures.extend([Failure("missing")] * times)

    def hang(self, times: int) -> None:
        """Take so many questions and never answer them."""
        self.failures.extend([Failure("hang")] * times)

    def reset(self, times: int) -> None:
        """Break so many connections off."""
        self.failures.extend([Failure("reset")] * times)

    def hide(self, bar: datetime, times: int) -> None:
        """Leave a row out of so many answers that would have it, and all after it."""
        self.hidden[bar] = times

    def freeze(self, at: datetime, times: int) -> None:
        """Give so many answers as they were at a moment: the bar that was forming then stays half formed."""
        self.frozen_at, self.frozen_for = at, times

    def data_time(self, now: datetime) -> datetime:
        """Return the moment of which the next answer is to tell."""
        if self.frozen_for and self.frozen_at is not None:
            self.frozen_for -= 1
            return self.frozen_at
        return now

    def spoil(self, rows: list[Any]) -> list[Any]:
        """Return rows with what is wrong with them."""
        for bar, times in list(self.hidden.items()):
            stamp = int(bar.timestamp())
            if times and any(row[0] == stamp for row in rows):
                self.hidden[bar] -= 1
                rows = [row for row in rows if row[0] < stamp]
        if self.scale != 1.0:
            rows = [(stamp, row and (*(price * self.scale for price in row[:4]), row[4])) for stamp, row in rows]
        return [row for row in rows for _ in range(2)] if self.doubles_rows else rows
