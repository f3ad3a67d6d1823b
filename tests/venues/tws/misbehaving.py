"""How a double may misbehave; each thing is off until a test turns it on."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.venues.tws.wire import Message

if TYPE_CHECKING:
    from tests.venues.tws.arrived import Arrived


@dataclass(slots=True, eq=False)
class OrderFault:
    """What is played, in the place of what TWS would do, with the next messages that `picks` likes."""

    picks: Callable[[Message], bool]
    play: "Callable[[Arrived], Coroutine[Any, Any, None]]"
    times: int = 1


@dataclass(slots=True)
class Misbehaving:
    """Switches that are read at every message.

    Parameters
    ----------
    withhold_statuses, withhold_executions : bool
        Whether fills are told by executions alone, or by statuses alone; lists have them all the same.
    commission_delay : float or None
        After how many seconds a fee is told; None: never.
    charges_when_asked : bool
        Whether lists of executions have the fees though they are never told by themselves.
    copies : int
        How often everything about an execution is told.
    tell_backwards : bool
        Whether that is told from the last to the first: the fee before its execution, that before the order.
    market_fills : bool
        Whether market orders are filled at once.
    partial_fills : int
        In how many executions a market order is filled.
    reject : list
        Code and text with which the next orders are refused.
    hang_up_on_order : str
        `before` or `after` the next order was taken the connection breaks.
    swallow_orders, swallow_cancels : bool
        Whether nothing is ever said of them.
    history_troubles : list
        Code and text with which the next requests for bars of the past are answered.
    read_only : bool
        Whether the API may only look.
    repeat_updates : int
        How often each update of a bar is sent.
    lag_history : bool
        Whether the past does not have the bar yet that is forming.
    order_faults : list
        What is played with the next orders and cancellations that each of them waits for.
    """

    withhold_statuses: bool = False
    withhold_executions: bool = False
    commission_delay: float | None = 0.0
    charges_when_asked: bool = False
    copies: int = 1
    tell_backwards: bool = False
    market_fills: bool = True
    partial_fills: int = 1
    reject: list[tuple[int, str]] = field(default_factory=list)
    hang_up_on_order: str = ""
    swallow_orders: bool = False
    swallow_cancels: bool = False
    history_troubles: list[tuple[int, str]] = field(default_factory=list)
    read_only: bool = False
    repeat_updates: int = 1
    lag_history: bool = False
    order_faults: list[OrderFault] = field(default_factory=list)
