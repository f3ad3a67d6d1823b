"""The fleet as others see it: a tuple that is ready, and its version, which grows where something visible changed."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bots.web.at_home.documents import Known
from bots.web.at_home.entries import entry_of
from bots.web.at_home.looking import Sight
from bots.web.at_home.wanted import Wish
from bots.web.bots import Entry


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What an entry is made of; of a thousand bots few have others than a moment ago."""

    known: Known | None
    sight: Sight
    wish: Wish | None
    curve: tuple[float, ...]

    def same(self, other: "Facts") -> bool:
        """Say whether others are the very same."""
        return (
            self.known is other.known
            and self.sight is other.sight
            and self.wish is other.wish
            and self.curve is other.curve
        )


@dataclass(frozen=True, slots=True)
class _Made:
    facts: Facts
    entry: Entry
    visible: Entry


class Published:
    """The entries of all bots."""

    def __init__(self) -> None:
        self.version = 0
        self.fleet: tuple[Entry, ...] = ()
        self._made: dict[str, _Made] = {}
        self._trouble = ""
        self._news = asyncio.Event()

    def entry(self, name: str) -> Entry | None:
        """Return a bot's entry."""
        made = self._made.get(name)
        return None if made is None else made.entry

    async def changed(self, since: int) -> int:
        """Wait until `version` is another."""
        while self.version == since:
            await self._news.wait()
        return self.version

    def publish(self, seen: Iterable[tuple[str, Facts]], trouble: str) -> None:
        """Take in all bots as they are; `trouble` concerns each of them."""
        before = self._made if trouble == self._trouble else {}
        made, news = {}, False
        for name, facts in seen:
            last = before.get(name)
            if last is None or not last.facts.same(facts):
                new = _made(name, facts, trouble)
                news = news or last is None or new.visible != last.visible
                last = new
            made[name] = last
        news = news or made.keys() != self._made.keys()
        self._made, self._trouble = made, trouble
        self.fleet = tuple(made[name].entry for name in sorted(made))
        if news:
            self.version += 1
            waking, self._news = self._news, asyncio.Event()
            waking.set()


def _made(name: str, facts: Facts, trouble: str) -> _Made:
    entry = entry_of(name, facts.known, facts.sight, facts.wish, facts.curve)
    if trouble:
        entry = replace(entry, alarms=(trouble, *entry.alarms))
    # When it was asked is no news.
    return _Made(facts, entry, replace(entry, row=replace(entry.row, answered=None)))
