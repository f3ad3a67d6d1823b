"""What a double is told to do wrong, step by step."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock


@dataclass(slots=True)
class Fault:
    """One way to misbehave, `times` over, at requests of a method and path.

    `before` or `after` the request is dealt with: `hang` (no answer at all), `reset` (the connection is cut), or an
    answer `(status, code, message)`. `delay` is in seconds. `when` looks at the parameters.
    """

    method: str
    path: str
    before: str | tuple[int, int, str] | None = None
    after: str | tuple[int, int, str] | None = None
    delay: float = 0.0
    times: int = 1
    retry_after: int | None = None
    when: Callable[[dict[str, str]], bool] = field(default=lambda _: True)


class Faults:
    """Those that are still to come; may be added to from any thread."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = Lock()

    def add(self, fault: Fault) -> Fault:
        """Let a fault happen from now on."""
        with self._lock:
            self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        """Behave well again."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str, params: dict[str, str]) -> Fault | None:
        """Return the next fault for a request, and count it."""
        with self._lock:
            for fault in self._waiting:
                if (fault.method, fault.path) == (method, path) and fault.when(params):
                    fault.times -= 1
                    if fault.times == 0:
                        self._waiting.remove(fault)
                    return fault
        return None
