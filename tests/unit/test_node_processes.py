"""Processes of the node of the end-to-end tests: one is gone when all of it is."""

import subprocess
import sys
from pathlib import Path

from tests.e2e.cluster.processes import Record, _started, stop

# Its first thread ends, as that of a killed process may before the others; the kernel calls it a zombie from then on.
_HALF_GONE = """
import ctypes, os, threading, time
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
os.write(1, b"begun\\n")
ctypes.CDLL(None).syscall(60, 0)
"""


def test_a_process_of_which_a_thread_still_lives_holds_its_ports_and_is_not_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", _HALF_GONE], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        record = Record("half", [], process.pid, _started(process.pid))
        while _state(process.pid) != "Z":
            pass
        assert record.alive
        process.kill()
        process.wait()
        assert not record.alive
        stop(record)


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
