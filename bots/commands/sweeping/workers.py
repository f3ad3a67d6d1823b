"""The processes that trade: each has its next number waiting, and one that dies takes nothing with it but its own."""

import json
import os
import pickle
import selectors
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from adapters.bars_file import BarsFile
from bots.commands.sweeping.one import Task
from bots.commands.sweeping.shared_bars import shared
from bots.commands.sweeping.worker import OUT_OF_MEMORY, READY
from strategies.errors import SweepError

# As many numbers lie at a worker, so that it need not wait for the next one.
_AHEAD = 2
_CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    "from bots.commands.sweeping.worker import main; main(int(sys.argv[1]))"
)


class Workers:
    """Trades combinations on several processes.

    Parameters
    ----------
    task : Task
        What they trade.
    file : BarsFile
        On which bars.
    jobs : int
        How many processes there are.
    """

    def __init__(self, task: Task, file: BarsFile, jobs: int) -> None:
        self._task, self._jobs = task, jobs
        self._decimals = (file.price_decimals, file.volume_decimals)
        self._bars = shared(file.bars)
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()

    def trade(self, numbers: Iterator[int]) -> Iterator[dict[str, Any]]:
        """Yield the line of each combination as it is done, in whatever order.

        Raises
        ------
        SweepError
            If a process dies before it could begin.
        """
        again: deque[int] = deque()

        def next_number() -> int | None:
            return again.popleft() if again else next(numbers, None)

        for _ in range(self._jobs):
            if not self._feed(worker := self._start(), next_number):
                worker.finish()
                break
        while self._workers:
            for key, _ in self._selector.select():
                worker = key.data
                for answer in worker.answers():
                    yield answer
                    self._feed(worker, next_number)
                if not worker.is_closed:
                    continue
                self._forget(worker)
                if worker.given:
                    yield self._lost(worker)
                    again.extend(worker.given)
                    if again:
                        self._feed(self._start(), next_number)

    def end(self) -> None:
        """End all processes at once, whatever they do."""
        for worker in self._workers:
            worker.process.kill()
        for worker in list(self._workers):
            self._forget(worker)
        self._selector.close()
        self._bars.close()

    def _start(self) -> "_Worker":
        worker = _Worker(self._bars.fileno())
        self._workers.append(worker)
        self._selector.register(worker.output, selectors.EVENT_READ, worker)
        worker.send(pickle.dumps((self._task, self._bars.fileno(), *self._decimals)))
        return worker

    def _feed(self, worker: "_Worker", next_number: Any) -> bool:
        """Give a worker all it may have; say whether it has anything to do."""
        while len(worker.given) < _AHEAD and (number := next_number()) is not None:
            worker.given.append(number)
            worker.send(b"%d\n" % number)
        if not worker.given:
            worker.finish()
        return bool(worker.given)

    def _forget(self, worker: "_Worker") -> None:
        self._workers.remove(worker)
        self._selector.unregister(worker.output)
        worker.close()

    def _lost(self, worker: "_Worker") -> dict[str, Any]:
        """Tell the combination during which a process died as failed; what waited behind it is traded by another."""
        if not worker.is_ready:
            raise SweepError(f"a process that trades cannot begin: {worker.last_words or worker.end_in_words()}")
        number = worker.given.popleft()
        values = list(self._task.grid.values(number))
        return {"number": number, "values": values, "failed": worker.end_in_words()}


class _Worker:
    """One process, what it was given and has not answered, and the begin of a line that is still to come."""

    def __init__(self, bars: int) -> None:
        self.given: deque[int] = deque()
        self.is_ready = self.is_closed = False
        self.last_words = ""
        self._rest = b""
        self._told = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the process
        self.process = subprocess.Popen(  # noqa: S603  # ourselves
            [sys.executable, "-P", "-c", _CODE, str(os.getpid()), json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._told,
            pass_fds=(bars,),
            # Ctrl+C is for the parent alone.
            process_group=0,
            # Threads of a library for vectors would only wait for each other: every core has a process already.
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
        if self.process.stdin is None or self.process.stdout is None:
            raise AssertionError("both are pipes")
        self.input, self.output = self.process.stdin, self.process.stdout

    def send(self, data: bytes) -> None:
        """Give it something; if it is dead, its end will be seen where answers are read."""
        # Closed: it has nothing to do any more.
        with suppress(BrokenPipeError):
            self.input.write(data)
            self.input.flush()

    def finish(self) -> None:
        """Let it end once it has done what it was given."""
        with suppress(BrokenPipeError):
            self.input.close()

    def answers(self) -> Iterator[dict[str, Any]]:
        """Yield what it has answered meanwhile."""
        data = os.read(self.output.fileno(), 1 << 16)
        self.is_closed = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            answer = json.loads(line)
            if answer == READY:
                self.is_ready = True
            else:
                self.given.remove(answer["number"])
                yield answer

    def close(self) -> None:
        """Wait for its end and let go of it."""
        self.finish()
        self.process.wait()
        self.output.close()
        self._told.seek(0)
        lines = self._told.read()[-2000:].decode(errors="replace").strip().splitlines()
        self.last_words = "".join(letter if letter.isprintable() else " " for letter in (lines or [""])[-1])[:300]
        self._told.close()

    def end_in_words(self) -> str:
        """Say how it ended."""
        code = self.process.wait()
        if code in (-signal.SIGKILL, OUT_OF_MEMORY):
            return "its process was killed, probably for want of memory; fewer --jobs need less"
        if code < 0:
            return f"its process ended by {signal.Signals(-code).name}"
        return f"its process ended with {code}: {self.last_words}".rstrip(": ")
