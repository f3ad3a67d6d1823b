"""What a test wants to go wrong, told step by step before it happens; every method may be called from any thread."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock
from typing import Literal

from tests.venues.binance.orders import FillPlan

ORDER = "POST /api/v3/order"
CANCEL = "DELETE /api/v3/order"
ASK = "GET /api/v3/order"
SUBSCRIBE = "WS userDataStream.subscribe.signature"

type Act = Literal["answer", "hang", "reset"]


@dataclass(slots=True)
class Fault:
    """One way to misbehave at a request.

    Parameters
    ----------
    on : str
        Method and path, such as `POST /api/v3/order`; `GET /api/v3/*` for all that begin so, `*` for every request.
        A request on the web-socket API is `WS` and its method.
    act : str
        `answer` with `status`, `code` and `message`; `hang`, no answer at all; `reset`, the connection is cut. Without
        one the request is only delayed.
    executed : bool
        Whether the request is dealt with before that.
    delay : float
        Seconds before the request is dealt with; with `executed` those before it is answered.
    times : int or None
        How many requests it meets; None for all until it is taken away.
    where : callable
        Looks at the parameters.
    """

    on: str
    act: Act | None = None
    executed: bool = False
    delay: float = 0.0
    times: int | None = 1
    status: int = 500
    code: int | None = None
    message: str = ""
    retry_after: int | None = None
    where: Callable[[Mapping[str, str]], bool] = field(default=lambda _: True)

    def meets(self, name: str, params: Mapping[str, str]) -> bool:
        """Whether it is meant for this request."""
        named = name.startswith(self.on[:-1]) if self.on.endswith("*") else name == self.on
        return named and self.where(params)


@dataclass(slots=True)
class UserDataFaults:
    """What is wrong with the user data stream while it stands."""

    lose: bool = False
    """Events are lost, and nobody says so."""
    hold: bool = False
    """Events wait until `double.release_user_data()`."""
    reverse: bool = False
    """What belongs to one moment is told the wrong way round: the fill before the order."""
    copies: int = 1
    """How often each event is sent."""


@dataclass(slots=True)
class BarFaults:
    """What is wrong with the closing events of the next bars, each a count of bars."""

    withhold: int = 0
    """They are not sent."""
    repeat: int = 0
    """They are sent twice."""
    late: int = 0
    """They are sent after the closing of the bar that follows."""


class Misbehaviour:
    """All of it; nothing is wrong at the beginning."""

    def __init__(self, plan_fill: Callable[[FillPlan], None]) -> None:
        self.user_data = UserDataFaults()
        self.bars = BarFaults()
        self._plan_fill = plan_fill
        self._faults: deque[Fault] = deque()
        self._lock = Lock()

    def add(self, fault: Fault) -> Fault:
        """Let a fault wait for its requests; those that came first go first."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Let a fault meet no further request."""
        with self._lock:
            if fault in self._faults:
                self._faults.remove(fault)

    def clear(self) -> None:
        """Let nothing be wrong any more."""
        with self._lock:
            self._faults.clear()
        self.user_data, self.bars = UserDataFaults(), BarFaults()

    def take(self, name: str, params: Mapping[str, str]) -> Fault | None:
        """Return the fault that a request meets, one time less."""
        with self._lock:
            found = next((fault for fault in self._faults if fault.meets(name, params)), None)
            if found is not None and found.times is not None:
                found.times -= 1
                if not found.times:
                    self._faults.remove(found)
        return found

    def waiting(self) -> list[Fault]:
        """Return the faults that have not met all their requests."""
        with self._lock:
            return list(self._faults)

    # The usual ones, by name.

    def fail(self, on: str, status: int = 500, *, executed: bool = False, times: int | None = 1) -> Fault:
        """Answer with a bare HTTP status, as what stands before the exchange does: 500, 502, 503, 504."""
        return self.add(Fault(on, "answer", executed, times=times, status=status))

    def refuse(self, on: str, code: int, message: str, status: int = 400, *, times: int | None = 1) -> Fault:
        """Refuse with a code."""
        return self.add(Fault(on, "answer", times=times, status=status, code=code, message=message))

    def leave_unknown(
        self, on: str = ORDER, *, executed: bool, code: int = -1007, status: int | None = None, times: int | None = 1
    ) -> Fault:
        """Answer that nobody knows what became of the request: -1007, or -1000, -1001, -1006."""
        usual, message = _UNKNOWN[code]
        return self.add(Fault(on, "answer", executed, times=times, status=status or usual, code=code, message=message))

    def hang(self, on: str = ORDER, *, executed: bool, times: int | None = 1) -> Fault:
        """Never answer."""
        return self.add(Fault(on, "hang", executed, times=times))

    def reset(self, on: str = ORDER, *, executed: bool, times: int | None = 1) -> Fault:
        """Cut the connection instead of an answer."""
        return self.add(Fault(on, "reset", executed, times=times))

    def delay(self, on: str, seconds: float, *, executed: bool = True, times: int | None = 1) -> Fault:
        """Answer late; with `executed` False the request itself is dealt with late, and its time may have run out."""
        return self.add(Fault(on, executed=executed, delay=seconds, times=times))

    def slow_down(self, on: str, retry_after: int, status: int = 429, *, times: int | None = 1) -> Fault:
        """Answer that the address has asked too often (429), or is banned (418)."""
        message = (
            "Too much request weight used; please use WebSocket Streams for live updates to avoid polling the API."
        )
        return self.add(
            Fault(on, "answer", times=times, status=status, code=-1003, message=message, retry_after=retry_after)
        )

    def fill_in_parts(self, *shares: str | Decimal, seconds: float = 0.0) -> None:
        """Execute the next order in these shares of its quantity, with pauses between; the last takes what is left."""
        self._plan_fill(FillPlan(tuple(Decimal(share) for share in shares), seconds))

    def expire_after(self, *shares: str | Decimal, seconds: float = 0.0) -> None:
        """Execute these shares of the next order, or none, and let the rest expire."""
        self._plan_fill(FillPlan(tuple(Decimal(share) for share in shares), seconds, then_expires=True))


_UNKNOWN = {
    -1000: (500, "An unknown error occurred while processing the request."),
    -1001: (500, "Internal error; unable to process your request. Please try again."),
    -1006: (500, "An unexpected response was received from the message bus. Execution status unknown."),
    -1007: (
        408,
        "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
    ),
}
