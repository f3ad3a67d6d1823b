"""Reading messages of the gateway by ib_async, without passing over those that cannot be read."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from ib_async.decoder import Decoder

LOGGER = logging.getLogger("tradingbot.ibkr")
_LONGEST_KIND = 9


class Reader(Decoder):
    """Calls the inbox for each message; one that it cannot read it tells the inbox, too."""

    def wrap(self, methodName: str, types: Sequence[type], skip: int = 2) -> Callable[[list[str]], None]:  # noqa: N803
        """Return what reads a message of plain values; the library's own would keep what it cannot read to itself."""

        def read(fields: list[str]) -> None:
            method = getattr(self.wrapper, methodName, None)
            if method is not None:
                method(*(_value(kind, field) for kind, field in zip(types, fields[skip:], strict=False)))

        return read

    def interpret(self, fields: list[str]) -> None:
        """Read one message."""
        inbox: Any = self.wrapper
        kind = fields[0][:_LONGEST_KIND] if fields else ""
        handler = self.handlers.get(int(kind)) if kind.isdecimal() else None
        if handler is None:
            LOGGER.debug("the gateway sent a message of the kind %r, which is not known here", kind)
            return
        try:
            handler(fields)
        except Exception:
            LOGGER.exception("a message of the gateway of the kind %s cannot be read", kind)
            inbox.unreadable(kind)


def _value(kind: type, field: str) -> Any:
    """Return a field's value; one that is empty stands for nothing of its kind."""
    if kind is bool:
        return bool(int(field or 0))
    return kind(field) if field or kind is str else kind()
