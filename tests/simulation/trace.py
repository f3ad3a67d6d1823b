"""What happened in a run: who did what when, for people and as a hash that two equal runs share."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field

_SHOWN = 40


@dataclass(slots=True)
class Trace:
    """The steps of one run, and how often each kind of fault and crash point was met."""

    steps: list[tuple[float, str, str]] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)

    def note(self, now: float, who: str, what: str) -> None:
        """Add a step."""
        self.steps.append((now, who, what))

    def digest(self) -> str:
        """Return a hash of all steps."""
        return hashlib.sha256(repr(self.steps).encode()).hexdigest()

    def last(self, count: int = _SHOWN) -> str:
        """Return the last steps, one line each."""
        return "\n".join(f"{now:10.3f}  {who:<9} {what}" for now, who, what in self.steps[-count:])
