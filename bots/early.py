"""What a process does when it is told to end before anything has begun."""

import os
import signal
from types import FrameType


def leave_when_told() -> None:
    """End at once at SIGTERM, until somebody takes it: nothing has begun that had to be brought to its end."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(0)
