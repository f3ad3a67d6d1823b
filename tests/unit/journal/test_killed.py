"""What is left of a journal whose process was killed with SIGKILL."""

import subprocess
import sys

from bots.journal.reading import read_equity
from tests.unit.journal.databases import INTENT, KEY, at, looking, opened, point

KILLED = """
import os, signal, sys
from bots.trading.keeping import Change
from tests.unit.journal.databases import INTENT, at, commit, opened, point

journal = opened(sys.argv[1])
commit(journal, Change(), at(1))
commit(journal, Change(equity=[point(2)]), at(2), urgent=False)
commit(journal, Change(intents=[INTENT]), at(3))
commit(journal, Change(equity=[point(4)]), at(4), urgent=False)
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(url: str) -> None:
    """Let a process commit four bars, the third urgently, and be killed."""
    ended = subprocess.run([sys.executable, "-c", KILLED, url], capture_output=True, text=True, check=False)
    assert ended.returncode == -9, ended.stderr


def test_what_was_urgent_is_there_with_all_before_it_and_nothing_after_it(url: str) -> None:
    killed(url)
    journal = opened(url)
    saved = journal.load()
    journal.close()
    assert saved is not None
    assert saved.unresolved == (INTENT,)
    assert saved.state == at(3)
    with looking(KEY, url) as engine:
        assert read_equity(engine) == [point(2)]
