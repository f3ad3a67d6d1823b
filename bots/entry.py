"""Where the command begins: as a container's first process it hears SIGTERM before anything large is loaded.

The kernel drops a signal for which the first process has no handler, unless it is blocked: then it waits. The image
starts the command with SIGTERM blocked, so that none is lost while Python itself starts.
"""

import os
import signal

from bots.early import leave_when_told


def main() -> None:
    """Run the command."""
    if os.getpid() == 1:
        leave_when_told()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    # Only now: it takes a while.
    from bots.cli import main as command

    command()
