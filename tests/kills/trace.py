"""What happened in a run: who did what when, for people; and how often each kind of thing was met."""

import time
from collections import Counter

_SHOWN = 90


class Trace:
    """The steps of one run; may be written to from any thread."""

    def __init__(self) -> None:
        self.met: Counter[str] = Counter()
        self._steps: list[tuple[float, str, str]] = []
        self._begun = time.monotonic()

    def note(self, who: str, what: str) -> None:
        """Add a step."""
        self._steps.append((time.monotonic() - self._begun, who, what))

    def last(self, count: int = _SHOWN) -> str:
        """Return the last steps, one line each."""
        return "\n".join(f"{at:9.3f}  {who:<7} {what}" for at, who, what in self._steps[-count:])
