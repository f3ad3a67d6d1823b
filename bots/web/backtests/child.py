"""The command `backtest` as a console runs it: it ends when the console does, however that ends.

The console holds the other end of standard input and never writes into it; the system closes it even for a console
that was killed.
"""

import os
import sys
from threading import Thread

_ENDED_WITH_THE_CONSOLE = 3


def _end_with_the_console() -> None:
    while os.read(0, 4096):
        pass
    os._exit(_ENDED_WITH_THE_CONSOLE)


def main() -> None:
    """Run the command."""
    Thread(target=_end_with_the_console, daemon=True).start()
    # Only now: it takes a while.
    from bots.cli import main as command

    command(["backtest", *sys.argv[1:]])


if __name__ == "__main__":
    main()
