"""What is asked of a bot while it runs: halts, resumes and holds. This edge brings the clocks; the trader decides."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bots.trading.halts import BY_API, HaltMode
from bots.trading.trader import Trader
from strategies.errors import TradingBotError

_HEAR_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Hold:
    """No entries for a while: until when by the clock that only goes forward, and as people are told."""

    end: float
    told: datetime


def longer(standing: Hold | None, asked: Hold) -> Hold:
    """Return the hold that counts: a shorter one takes nothing away from what another was promised."""
    return asked if standing is None or asked.end > standing.end else standing


class Changes:
    """Takes words for the trader; a hold outlives a trader that fails, and a halt stands in the journal.

    Parameters
    ----------
    trader : callable
        Returns the trader that takes a word now.
    pursue : callable
        Does what a word asks for, as far as that can be done now.
    failed : callable
        Called with the error where a word is not taken, by the journal most likely: the trader is ahead of it then.
    count : callable
        Called with the name of each change.
    """

    def __init__(
        self,
        trader: Callable[[], Trader],
        pursue: Callable[[], None],
        failed: Callable[[Exception], None],
        count: Callable[[str], None],
    ) -> None:
        self._trader, self._pursue, self._failed, self._count = trader, pursue, failed, count
        self._loop = asyncio.get_running_loop()
        self._hold: Hold | None = None
        self._latest: Trader | None = None

    @property
    def hold_until(self) -> datetime | None:
        """Until when entries are held, by the wall clock."""
        return None if self._hold is None or self._loop.time() >= self._hold.end else self._hold.told

    def halt(self, mode: HaltMode, reason: str, *, by: str = BY_API) -> None:
        """Make no entry from now on, and close everything if that is the mode; in the journal when this returns."""
        if self._say(lambda trader: trader.halt(mode, reason, _now(), by=by)):
            self._count("halt")
        self._pursue()

    def resume(self, *, by: str = BY_API) -> None:
        """Go on after a halt."""
        if self._say(lambda trader: trader.resume(_now(), by=by)):
            self._count("resume")
        self._pursue()

    def hear(self) -> None:
        """Hear of a halt that was written into the journal, or lifted there."""
        try:
            is_news = self._latest is not None and self._latest.has_unheard()
        except TradingBotError:
            # Asked again in a moment. Whoever has to write will tell of a journal that stays away.
            return
        if is_news:
            # What fails was told to `failed`.
            with contextlib.suppress(Exception):
                self._say(lambda trader: trader.hear(_now()))
            self._pursue()

    def hold(self, seconds: int) -> None:
        """Make no entry for so many seconds, or with 0 end a hold."""
        if seconds == 0:
            self._hold = None
            self._say(lambda trader: trader.release_entries(_now(), by=BY_API))
        else:
            asked = Hold(self._loop.time() + seconds, _now() + timedelta(seconds=seconds))
            self._hold = counts = longer(self._hold, asked)
            self._say(lambda trader: trader.hold_entries(counts.told, _now(), by=BY_API))
            self._loop.call_at(counts.end, self._end, counts)
        self._count("hold")

    def remind(self, trader: Trader) -> None:
        """Tell a trader that was just built of a hold that lasts; its end is told to the last one built."""
        self._latest = trader
        if (until := self.hold_until) is not None:
            trader.guard.hold_entries(until)

    def _end(self, hold: Hold) -> None:
        # Unless it was prolonged or lifted in the meantime.
        if hold is self._hold:
            self._hold = None
            if self._latest is not None:
                self._latest.guard.release()

    def _say[T](self, word: Callable[[Trader], T]) -> T:
        trader = self._trader()
        try:
            return word(trader)
        except Exception as error:
            self._failed(error)
            raise


@asynccontextmanager
async def listening(changes: Changes) -> AsyncIterator[None]:
    """Hear meanwhile of halts that are written into the journal or lifted there, whatever else the bot waits for."""
    task = asyncio.create_task(_hear_always(changes))
    try:
        yield
    finally:
        task.cancel()


async def _hear_always(changes: Changes) -> None:
    while True:
        await asyncio.sleep(_HEAR_SECONDS)
        changes.hear()


def _now() -> datetime:
    return datetime.now(UTC)
