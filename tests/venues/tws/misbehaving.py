"""How a double may misbehave; each thing is off until a test turns it on."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Misbehaving:
    """Switches that are read at every message.

    Parameters
    ----------
    withhold_statuses, withhold_executions : bool
        Whether fills are told by executions alone, or by statuses alone; lists have them all the same.
    commission_delay : float or None
        After how many seconds a fee is told; None: never.
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
    """

    withhold_statuses: bool = False
    withhold_executions: bool = False
    commission_delay: float | None = 0.0
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
