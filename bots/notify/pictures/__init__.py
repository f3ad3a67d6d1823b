"""Pictures for messages: values in, PNG out. Pure; Pillow is loaded when the first one is drawn."""

from bots.notify.pictures.equity import equity_picture
from bots.notify.pictures.trade import RoundTrip, round_trip, trade_chart

__all__ = ["RoundTrip", "equity_picture", "round_trip", "trade_chart"]
