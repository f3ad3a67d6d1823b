"""Hands a console what waits for its channels, and notes what it has told; whose numbers move says holding_back.py."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence

from bots.config.outputs import Notifications
from bots.notify.courier import Courier
from bots.notify.holding_back import PREFIX, HoldingBack, kinds_for, left_to_tell
from bots.notify.message import ILLUSTRATED, Identity, Illustrate
from bots.trading.events import Event, EventKind
from bots.trading.keeping import KeptEvent, Outbox
from strategies.errors import JournalError

_MOST = 500
# Trading waits meanwhile; what lies behind these is handed out next time.
_PAGES = 10
_ALL = tuple(str(kind) for kind in EventKind)
_ERRORS = (str(EventKind.ERROR),)
# Of what is older, none is drawn: a console asks for a picture just before it tells.
_DRAWN = 100


class HandingOver:
    """The bot's outbox as a console sees it; used in the bot's own loop.

    Parameters
    ----------
    outbox : Outbox
        The journal's events.
    asked : Notifications
        The document's section: it says what is told by which kind of channel, whoever tells it.
    whose : callable
        Returns whose messages they are.
    holding : HoldingBack
        Told of every question.
    couriers : sequence of Courier
        The bot's own channels.
    clock : callable
        Returns seconds that only go forward.
    illustrate : callable, optional
        Draws what is handed out.
    """

    def __init__(
        self,
        outbox: Outbox,
        asked: Notifications,
        whose: Callable[[], Identity],
        holding: HoldingBack,
        couriers: Sequence[Courier],
        clock: Callable[[], float],
        illustrate: Illustrate | None = None,
    ) -> None:
        self.whose = whose
        self._outbox, self._asked, self._holding, self._clock = outbox, asked, holding, clock
        self._couriers: Mapping[str, Courier] = {courier.notifier.name: courier for courier in couriers}
        self._begun: set[str] = set()
        self._since: int | None = None
        self._handed: dict[str, tuple[int, int]] = {}
        self._illustrate, self._to_draw = illustrate, dict[int, Event]()
        self._finishing, self._told_all = False, asyncio.Event()

    @property
    def leaves_it_to_a_console(self) -> bool:
        """Say whether a console is to tell at all."""
        return self._holding.expected

    def begin(self) -> None:
        """Have a console told of all from now on, though it finds the bot only in a while.

        Raises
        ------
        JournalError
            If the journal cannot be used.
        """
        self._since = self._outbox.newest()

    def waiting(self, channels: Sequence[str], limit: int) -> dict[str, list[KeptEvent]]:
        """Return what a console is to tell by each of its channels, so many events at most.

        A channel that is new begins with the process.

        Raises
        ------
        JournalError
            If the journal cannot be used.
        """
        self._holding.note(self._clock(), channels)
        return {channel: self._waiting(channel, limit) for channel in channels}

    def told(self, channel: str, number: int) -> bool:
        """Note what a console has told; False where that was never handed out, or not by this process.

        Raises
        ------
        JournalError
            If the journal cannot be used.
        """
        first, last = self._handed.get(channel, (1, 0))
        if not first <= number <= last:
            return False
        for moved in (channel, *self._holding.follows(channel, self._couriers)):
            # Never back: the bot may have told later ones itself.
            if (untold := self._outbox.waiting(moved, _ALL, 1)) and untold[0].number <= number:
                self._outbox.told(moved, number)
        if self._finishing:
            self._look_whether_all_was_told()
        return True

    async def picture_of(self, number: int) -> bytes | None:
        """Return the picture of an event that was handed out lately; None where it has none."""
        event = self._to_draw.get(number)
        return None if event is None or self._illustrate is None else await self._illustrate(event, self.whose())

    async def finish(self, seconds: float) -> None:
        """Let a console that was heard take the last words of a bot that stops, but wait only so long."""
        if self._holding.channels and self._holding.silent_in(self._clock()) is not None:
            self._finishing = True
            with contextlib.suppress(JournalError):
                self._look_whether_all_was_told()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told_all.wait(), seconds)

    def _look_whether_all_was_told(self) -> None:
        if not any(self._waiting(channel, _MOST) for channel in self._holding.channels):
            self._told_all.set()

    def _waiting(self, channel: str, limit: int) -> list[KeptEvent]:
        kinds = kinds_for(channel, self._asked)
        if not kinds:
            return []
        if channel not in self._begun:
            self._outbox.begin(channel, self._since)
            self._begun.add(channel)
        own = self._couriers.get(channel.removeprefix(PREFIX))
        for _ in range(_PAGES):
            waiting = self._outbox.waiting(channel, kinds, limit)
            untold = None
            if waiting and own is not None:
                untold = {kept.number for kept in self._outbox.waiting(own.notifier.name, _ERRORS, limit)}
            passed, left = left_to_tell(waiting, untold, None if own is None else own.sending)
            if passed is not None:
                self._outbox.told(channel, passed)
            if left or passed is None:
                self._note_handed(channel, left)
                return left
        return []

    def _note_handed(self, channel: str, left: Sequence[KeptEvent]) -> None:
        if left:
            self._handed[channel] = (left[0].number, left[-1].number)
        self._to_draw |= {kept.number: kept.event for kept in left if kept.event.kind in ILLUSTRATED}
        for number in sorted(self._to_draw)[:-_DRAWN]:
            del self._to_draw[number]
