"""Bots killed, drained away and without room, with real orders at an exchange whose market goes on meanwhile.

In the end nothing is lost there, and nothing is doubled.

TRADINGBOT_E2E_KILLS says how often the bot is killed at random moments, by default 8 times; 100 for the record.
"""

import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.e2e.kube import Kube
from tests.e2e.own_node import OwnNode
from tests.e2e.pods import Pod
from tests.e2e.podwatch import PodWatch
from tests.e2e.venue import LiveBot
from tests.e2e.waiting import NotYetError, wait_for

KILLS = int(os.environ.get("TRADINGBOT_E2E_KILLS", "8"))
WAYS: Mapping[str, Callable[[Pod, OwnNode], object]] = {
    "deleted": lambda pod, _: pod.delete(),
    "deleted with a second of grace": lambda pod, _: pod.delete(grace_seconds=1),
    "deleted by force": lambda pod, _: pod.delete(grace_seconds=0),
    "process killed": lambda pod, node: node.kill(pod),
    "out of memory": lambda pod, node: node.exhaust_memory(pod),
}
# The kubelet makes a container wait that ends again and again; a new pod starts at once.
ONCE_A_POD = ("process killed", "out of memory")


def test_a_bot_killed_at_random_moments_loses_and_doubles_nothing(
    live_bot: LiveBot, node: OwnNode, kube: Kube, namespace: str, tmp_path: Path
) -> None:
    chance, done = random.Random(KILLS), Counter[str]()
    ways = [*islice(cycle(WAYS), KILLS)]
    chance.shuffle(ways)
    # Processes are not watched here: a pod deleted by force is gone before its process is, which the journal's lock and
    # the exchange's orders have to bear.
    with PodWatch(kube, namespace) as watch:
        live_bot.start(tmp_path)
        begun = time.monotonic()
        with live_bot.market():
            for way in ways:
                struck = wait_for("a pod to kill", lambda: life(live_bot.pod), seconds=120)
                if recovered := chance.random() < 0.5:
                    live_bot.wait_ready()
                time.sleep(chance.uniform(0, 4))
                chosen = "deleted" if way in ONCE_A_POD and struck[1] else way
                try:
                    WAYS[chosen](live_bot.pod, node)
                except (ProcessLookupError, FileNotFoundError):
                    # It was gone a moment before: a pod that finds the journal still locked ends by itself.
                    chosen = "already gone"
                done[f"{chosen}, {'recovered' if recovered else 'at any moment'}"] += 1
                wait_for("another life", lambda: life(live_bot.pod), struck.__ne__, seconds=120)
            live_bot.wait_trading()
        seconds = time.monotonic() - begun
        watch.assert_never_two()
    live_bot.assert_nothing_lost_or_doubled(starts=2 * KILLS)
    lives = watch.of("bot")
    pods, restarts = len(lives), sum(each.restarts for each in lives)
    print(f"{dict(done)}, {seconds:.0f} s, {pods} pods, {restarts} restarts, {live_bot.figures()}")


def life(pod: Pod) -> tuple[str, int]:
    """Tell a life of the bot from the next: its pod and how often that started its container again."""
    found = pod.get()
    if "deletionTimestamp" in found["metadata"]:
        raise NotYetError(f"{pod.name} is leaving")
    statuses = found["status"].get("containerStatuses") or [{}]
    return found["metadata"]["uid"], int(statuses[0].get("restartCount", 0))


def test_a_bot_drained_away_with_a_position_comes_back_to_what_the_exchange_did_meanwhile(
    live_bot: LiveBot, node: OwnNode, never_two: PodWatch, tmp_path: Path
) -> None:
    live_bot.start(tmp_path)
    uid = live_bot.pod.uid
    with live_bot.market():
        live_bot.wait_held()
        with node.drained():
            live_bot.pod.wait_gone(uid)
            live_bot.let_bars_close(10)
        live_bot.pod.wait_ready(other_than=uid)
        live_bot.wait_trading()
    live_bot.assert_nothing_lost_or_doubled(starts=2)


@pytest.fixture
def small_disk(live_bot: LiveBot, node: OwnNode, tmp_path: Path) -> Iterator[Path]:
    """The disk of a bot that has started on it, with twelve megabytes in all."""
    live_bot.start(tmp_path)
    live_bot.bot.patch(suspend=True)
    live_bot.bot.wait_phase("Suspended")
    disk = node.disk(live_bot.bot.namespace, "bot-journal")
    with smaller(disk, tmp_path, megabytes=12):
        live_bot.bot.patch(suspend=False)
        live_bot.bot.wait_phase("Running")
        yield disk


def test_a_bot_whose_volume_is_full_sends_nothing_even_if_killed_and_goes_on_once_there_is_room(
    live_bot: LiveBot, small_disk: Path, never_two: PodWatch
) -> None:
    filler = small_disk / "filler"
    with live_bot.market():
        live_bot.wait_held()
        fill(filler)
        # The journal still has room in what it has taken already.
        wait_for("refusal", lambda: live_bot.pod.http("/readyz")[0], lambda code: code == 503)
        sent = len(live_bot.double.orders)
        live_bot.let_bars_close(10)
        assert "the journal cannot be used" in live_bot.pod.logs()
        uid = live_bot.pod.uid
        live_bot.pod.delete()
        live_bot.pod.wait_gone(uid)
        live_bot.let_bars_close(10)
        assert len(live_bot.double.orders) == sent, "nothing is traded that cannot be written down"
        filler.unlink()
        live_bot.wait_trading()
    live_bot.assert_nothing_lost_or_doubled(starts=4)


@contextmanager
def smaller(disk: Path, folder: Path, *, megabytes: int) -> Iterator[None]:
    """Let a disk have so little room for a while, with what was on it; `folder` is the test's own."""
    small = folder / "small"
    small.mkdir()
    with mounted("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", at=small):
        subprocess.run(["cp", "-a", f"{disk}/.", str(small)], check=True)
        with mounted("--bind", str(small), at=disk):
            yield


@contextmanager
def mounted(*what: str, at: Path) -> Iterator[None]:
    """Mount something for a while."""
    subprocess.run(["mount", *what, str(at)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


def fill(file: Path) -> None:
    """Write until there is no room left."""
    with file.open("wb", buffering=0) as written, suppress(OSError):
        while True:
            written.write(bytes(4096))
