"""A line that a person can follow while the bot runs."""

import logging
import sys
import time
from collections.abc import Callable
from typing import TextIO

_TERMINAL_SECONDS = 0.2
_LOG_SECONDS = 30.0
_CLEAR = "\r\x1b[K"


class Progress:
    """Redraws one line on a terminal; elsewhere writes one into the log now and then."""

    def __init__(self, line: Callable[[], str], logger: logging.Logger, stream: TextIO = sys.stderr) -> None:
        self.line = line
        self._logger = logger
        self._stream = stream
        self._terminal = stream.isatty()
        self._every = _TERMINAL_SECONDS if self._terminal else _LOG_SECONDS
        self._next = time.monotonic() + self._every
        self._drawn = False

    def bar(self) -> None:
        """Hear of a bar."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self._every
        if self._terminal:
            self._stream.write(_CLEAR + self.line())
            self._stream.flush()
            self._drawn = True
        else:
            self._logger.info("%s", self.line())

    def clear(self) -> None:
        """Make room for a line of the log."""
        if self._drawn:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._drawn = False
