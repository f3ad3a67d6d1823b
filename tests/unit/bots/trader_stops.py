"""A desk whose first lot has a stop that rests at the venue."""

from datetime import timedelta

from bots.trading.events import EventKind
from bots.trading.orders import OrderIntent, Side
from bots.trading.risk import Limits, Trailing
from bots.trading.terms import StopOnExchange
from tests.unit.bots.scripted import Desk, Script, bar

HOW = StopOnExchange(limit_offset_pct=1.0, move_pct=0.5)
STOP = Limits(stop_loss_pct=5.0)
STOP_AND_TARGET = Limits(stop_loss_pct=5.0, take_profit_pct=10.0)
TRAIL = Limits(stop_loss_pct=5.0, trailing=Trailing(activation_pct=3.0, trailing_pct=2.0))
SECOND = timedelta(seconds=1)
FIRST_STOP = "0001-2401010000-T1-1"


def protected(rules: Script | None = None, limits: Limits = STOP) -> Desk:
    """Return a desk that bought 5 at 100 on bar 0, and whose stop rests since."""
    desk = Desk(rules or Script(enter=[0]), limits, stops=HOW).play([bar(0, 100)])
    desk.trader.on_accepted(desk.sent[-1].client_order_id)
    return desk


def the_stop(desk: Desk) -> OrderIntent:
    """Return the stop that rests."""
    (order,) = desk.trader.resting()
    return order


def sells(desk: Desk) -> list[str]:
    return [order.client_order_id for order in desk.sent if order.side is Side.SELL]


def errors(desk: Desk) -> list[str]:
    return [event.text for event in desk.heard.events if event.kind is EventKind.ERROR]
