"""Every trouble of the table in docs/operate.md, with real orders and a position open: what the docs say comes true."""

import os
import re
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import pytest

from tests.process.running import ROOT
from tests.venues.binance import BinanceDouble
from tests.venues.bots import VenueBot
from tests.venues.test_binance_bots import live
from tests.venues.test_binance_faults import agree, broken, double_of, drive_until_held, drive_until_traded
from tests.venues.troubled import FAILS, FAILS_ONCE, NO_NAMES, READ_ONLY

pytestmark = pytest.mark.slow

PROGRAM = ("-m", "tests.venues.troubled_bot")
ROW = re.compile(r"^\| ([^|]+) \| (\d{3}|no answer) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
# A trouble that lasts is told at its beginning and its end, not for as long as it lasts.
MOST_ERRORS = 8
BARS = 14
MANY_BARS = 2500


@dataclass(frozen=True, slots=True)
class Scene:
    """A bot with a position, and all that can be broken around it."""

    double: BinanceDouble
    bot: VenueBot
    folder: Path

    def say(self, word: str) -> None:
        """Let something go wrong inside the bot, or with "" nothing any more."""
        trouble = self.folder / "trouble"
        if word:
            trouble.write_text(word, encoding="utf-8")
        else:
            trouble.unlink(missing_ok=True)


def documented() -> dict[str, tuple[str, tuple[str, ...], str]]:
    """Return the table: what /readyz answers meanwhile, what is told, and how it ends."""
    text = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    section = text.partition("## What each trouble brings\n")[2].partition("\n## ")[0]
    return {
        name: (answer, tuple(re.findall("`([^`]+)`", told)), over) for name, answer, told, over in ROW.findall(section)
    }


@contextmanager
def said(scene: Scene, word: str) -> Iterator[None]:
    scene.say(word)
    scene.double.push(1)
    try:
        yield
    finally:
        scene.say("")


@contextmanager
def without_names(scene: Scene) -> Iterator[None]:
    scene.say(NO_NAMES)
    with scene.double.unreachable():
        pass
    try:
        yield
    finally:
        scene.say("")


@contextmanager
def keys_refused(scene: Scene) -> Iterator[None]:
    scene.double.key.revoked = True
    scene.double.drop_user_data()
    try:
        yield
    finally:
        scene.double.key.revoked = False


@contextmanager
def clock_elsewhere(scene: Scene) -> Iterator[None]:
    scene.double.skew_clock(3600)
    scene.double.push(3)
    yield


@contextmanager
def journal_locked(scene: Scene) -> Iterator[None]:
    other = sqlite3.connect(scene.bot.journal, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    scene.double.push(1)
    try:
        yield
    finally:
        other.close()


@contextmanager
def disk_full(scene: Scene) -> Iterator[None]:
    filler = scene.bot.journal.parent / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    # The journal still has room in what it has taken already.
    while readiness(scene.bot) == "200":
        scene.double.push(10)
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def standing_still(scene: Scene) -> Iterator[None]:
    scene.bot.process.send_signal(SIGSTOP)
    scene.double.push(1)
    try:
        yield
    finally:
        scene.bot.process.send_signal(SIGCONT)


@contextmanager
def killed(scene: Scene) -> Iterator[None]:
    scene.bot.kill()
    yield


STAGES: Mapping[str, Callable[[Scene], AbstractContextManager[None]]] = {
    "The feed's line breaks off": lambda scene: broken(scene.double, "market stream"),
    "The broker's line breaks off": lambda scene: broken(scene.double, "user data stream"),
    "The venue is in maintenance": lambda scene: broken(scene.double, "everything, in maintenance"),
    "The venue cannot be reached": lambda scene: scene.double.unreachable(),
    "Names cannot be resolved": without_names,
    "The keys are refused": keys_refused,
    "The clock jumps": clock_elsewhere,
    "Another program locks the journal": journal_locked,
    "The disk is full": disk_full,
    "The journal becomes read-only": lambda scene: said(scene, READ_ONLY),
    "The strategy raises an error": lambda scene: said(scene, FAILS_ONCE),
    "The strategy raises errors again and again": lambda scene: said(scene, FAILS),
    "The loop stands still": standing_still,
    "The process is killed": killed,
}


def test_every_trouble_of_the_table_is_staged_and_every_stage_is_in_the_table() -> None:
    assert set(documented()) == set(STAGES)


@pytest.mark.parametrize("name", STAGES)
def test_a_trouble_brings_what_the_docs_say_and_the_venue_has_what_the_journal_says(name: str, tmp_path: Path) -> None:
    answer, told, over = documented()[name]
    with double_of(MANY_BARS if "disk" in name else BARS) as double, room_for(name, tmp_path / "journal"):
        document = live(double, tmp_path, by_name=name == "Names cannot be resolved")
        with run(document, tmp_path) as bot:
            drive_until_held(double, bot)
            with STAGES[name](Scene(double, bot, tmp_path)):
                double.wait_until(lambda: readiness(bot) == answer, 60, f"{answer} from /readyz, not {readiness(bot)}")
                double.wait_until(lambda: all(each in bot.printed() for each in told), 60, f"that it tells {told}")
                assert "start it again" in over or bot.process.poll() is None
            if "tradingbot resume" in over:
                bot.command("resume")
            if "start it again" not in over:
                end_well(double, bot)
        if "start it again" in over:
            with run(document, tmp_path) as bot:
                end_well(double, bot)


def end_well(double: BinanceDouble, bot: VenueBot) -> None:
    bot.wait_for("its end", lambda status: status["ready"])
    drive_until_traded(double, bot)
    agree(double, bot)
    assert bot.printed().count(" ERROR ") <= MOST_ERRORS


def run(document: Path, folder: Path) -> VenueBot:
    os.environ["TROUBLE"] = str(folder / "trouble")
    return VenueBot(document, folder, live=True, program=PROGRAM)


def readiness(bot: VenueBot) -> str:
    code, _ = bot.get("/readyz", timeout=2.0)
    return str(code) if code else "no answer"


@contextmanager
def room_for(name: str, folder: Path) -> Iterator[None]:
    """Give the journal a small disk of its own where that is to be filled."""
    if name != "The disk is full":
        yield
        return
    if os.geteuid() != 0:
        pytest.skip("only root can give the journal a disk of its own")
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
