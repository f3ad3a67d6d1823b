"""One bot, one process: the document, the trader, the journal, the node, and what is seen from outside."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bots.bot import LiveTradingBot

__all__ = ["LiveTradingBot"]


def __getattr__(name: str) -> object:
    """Import the bot when it is asked for: the operator and the validator want its neighbours only."""
    if name == "LiveTradingBot":
        from bots.bot import LiveTradingBot

        return LiveTradingBot
    raise AttributeError(f"module 'bots' has no attribute {name!r}")
