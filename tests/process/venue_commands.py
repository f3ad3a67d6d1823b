"""Runs `tradingbot` with a scripted venue, which may kill the process: `python -m tests.process.venue_commands ...`.

The environment says how: BARS is how many hours the venue has, DIE_AT the step at which the process kills itself and
DIE_AFTER which time it is reached; SLOW lets each answer take so many seconds; FULL_AT limits files to so many bytes.
"""

import asyncio
import os
import resource
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from adapters import registry
from bots.cli import main
from bots.commands.downloading import part_file
from bots.commands.downloading.part_file import PartFile
from tests import scripted_venue
from tests.scripted_venue import ScriptedSource, bars_of, play, recent_bars

# step -> owner, name, whether the process dies before it or after it
STEPS: dict[str, tuple[Any, str, bool]] = {
    "while the venue answers": (ScriptedSource, "closed_bars", True),
    "before a page is written": (PartFile, "append", True),
    "after a page was written": (PartFile, "append", False),
    "between two pieces of a page": (os, "write", False),
    "before the part becomes the file": (PartFile, "finish", True),
    "after Parquet was drafted": (part_file, "parquet_from_csv", False),
    "after the part became the file": (PartFile, "finish", False),
}


def die_at(step: str, count: int) -> None:
    """Make the process kill itself when a step is reached for the `count`th time."""
    owner, name, before = STEPS[step]
    original: Callable[..., Any] = getattr(owner, name)
    left = [count]

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        left[0] -= 1
        if before and left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        if name == "write":
            # In pieces, and the last one torn.
            args = (args[0], bytes(args[1])[:1000])
        answer = original(*args, **kwargs)
        if not before and left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(owner, name, wrapped)


def answer_slowly(seconds: float) -> None:
    """Let every answer take a while."""
    original = ScriptedSource.closed_bars

    async def slow(self: ScriptedSource, *args: Any) -> Any:
        await asyncio.sleep(seconds)
        return await original(self, *args)

    setattr(ScriptedSource, ScriptedSource.closed_bars.__name__, slow)


def run() -> None:
    """Run the command."""
    registry.SOURCES["scripted"] = scripted_venue.SOURCE
    if "BARS" in os.environ:
        play(bars=bars_of(int(os.environ["BARS"]), timedelta(hours=1)))
    else:
        play(bars=recent_bars(100))
    if "DIE_AT" in os.environ:
        die_at(os.environ["DIE_AT"], int(os.environ["DIE_AFTER"]))
    if "SLOW" in os.environ:
        answer_slowly(float(os.environ["SLOW"]))
    if "FULL_AT" in os.environ:
        limit = int(os.environ["FULL_AT"])
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    main()


if __name__ == "__main__":
    # Whoever is started in the background is born deaf to Ctrl+C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run()
