"""Reading messages of the gateway by ib_async, without passing over those that cannot be read."""

import logging
from typing import Any

from ib_async.decoder import Decoder

LOGGER = logging.getLogger("tradingbot.ibkr")


class Reader(Decoder):
    """Calls the inbox for each message; one that it cannot read it tells the inbox, too."""

    def interpret(self, fields: list[str]) -> None:
        """Read one message."""
        inbox: Any = self.wrapper
        kind = fields[0]
        handler = self.handlers.get(int(kind)) if kind.isdecimal() else None
        if handler is None:
            LOGGER.debug("the gateway sent a message of the kind %s, which is not known here", kind)
            return
        try:
            handler(fields)
        except Exception:
            LOGGER.exception("a message of the gateway of the kind %s cannot be read", kind)
            inbox.unreadable(kind)
