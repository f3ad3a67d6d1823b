"""What the double has seen and done, for tests to look at; everything in it is a value that does not change."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

SIGNED_ONLY = ("signature",)


@dataclass(frozen=True, slots=True)
class Request:
    """A request that the double has received, over REST or on the web-socket API (method `WS`, path the method's name).

    `time` is the wall clock's, `received_ns` that of `time.perf_counter_ns()`. `status` is 0 where there was no answer;
    `code` is the exchange's own, 0 for good answers. `outcome` says it in words.
    """

    time: float
    received_ns: int
    method: str
    path: str
    params: Mapping[str, str]
    weight: int
    status: int
    code: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A closing kline that was put on the wire: the bar's opening in milliseconds, `time.perf_counter_ns()` then."""

    open_time: int
    sent_ns: int


@dataclass(slots=True)
class Records:
    """Everything, in the order in which it happened."""

    requests: list[Request] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """What the exchange lets pass, though it can only be a mistake, such as a stream of a symbol that is not listed."""
    in_process: int = 0
    last_activity: float = field(default_factory=time.monotonic)

    def came(self) -> None:
        """Note that a request has arrived."""
        self.in_process += 1
        self.last_activity = time.monotonic()

    def went(self, request: Request) -> None:
        """Note that a request was dealt with, as far as it will be."""
        self.in_process -= 1
        self.last_activity = time.monotonic()
        self.requests.append(request)

    def idle_for(self) -> float:
        """Return for how many seconds there was no request; nothing while one is being dealt with."""
        return 0.0 if self.in_process else time.monotonic() - self.last_activity


def shown(params: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of a request without its signature."""
    return {name: value for name, value in params.items() if name not in SIGNED_ONLY}
