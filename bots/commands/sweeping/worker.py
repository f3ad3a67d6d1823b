"""A process that trades one combination after another: numbers in on standard input, lines of JSON out.

It ends with its parent, however that ends.
"""

import ctypes
import gc
import json
import os
import pickle
import signal
import sys

_PR_SET_PDEATHSIG = 1
READY = "ready"
OUT_OF_MEMORY = 137


def main(parent: int) -> None:
    """Work until standard input ends."""
    _end_with(parent)
    # What a stranger's package prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    # Before the imports, which take a while, the parent knows already how to reach this process.
    from bots.commands.sweeping.one import trade
    from bots.commands.sweeping.shared_bars import read_shared

    task, descriptor, price_decimals, volume_decimals = pickle.load(sys.stdin.buffer)  # noqa: S301  # the parent's
    file = read_shared(descriptor, price_decimals, volume_decimals)
    # What is there now stays to the end: the collector need not look at it after every combination.
    gc.collect()
    gc.freeze()
    gc.disable()
    print(json.dumps(READY), file=answers)
    for line in iter(sys.stdin.buffer.readline, b""):
        number = int(line)
        try:
            answer = trade(task, number, file)
        except MemoryError:
            # Its memory is in pieces now; another process goes on.
            os._exit(OUT_OF_MEMORY)
        except Exception as error:
            words = " ".join(str(error).split())[:300]
            answer = {"number": number, "values": list(task.grid.values(number))}
            answer["failed"] = f"{type(error).__name__}: {words}".rstrip(": ")
        print(json.dumps(answer, ensure_ascii=False, separators=(",", ":")), file=answers)
        gc.collect()


def _end_with(parent: int) -> None:
    """End when the parent does; elsewhere than on Linux that is seen once a combination is done."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
