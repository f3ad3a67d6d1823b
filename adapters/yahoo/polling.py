"""Asking for each bar just after it closes, and again if it is not there yet."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

from adapters.yahoo.bars import settles_at
from adapters.yahoo.clock import Clock
from adapters.yahoo.history import Answer
from adapters.yahoo.market import Market
from adapters.yahoo.timetable import Timetable
from strategies.bar import Bar
from strategies.errors import VenueLostError

# So long after its close a bar is first asked for, and not by all bots of the world in the same second.
FIRST_SECONDS = (2.0, 4.0)
_LEAST_PAUSE = 1.0
_LONGEST_PAUSE = 900.0
# A clock may be put right, and a machine sleep, while we wait for tomorrow's opening.
_LONGEST_SLEEP = 300.0
# A failure is not told until it has lasted: three questions, a minute each where Yahoo wants to be left alone.
_TRIES = 3
_LONGEST_BACKOFF = 60.0
_LONGEST_LAG = timedelta(minutes=35)
_NONE = timedelta(0)

type Ask = Callable[[datetime], Awaitable[Answer]]


class Poller:
    """The bars of one subscription, from its first contact on.

    Between two questions the pauses double, so that a bar is noticed at most twice as late as it comes, and one that
    never comes costs few requests. How late bars usually come is learnt, as many exchanges' prices do.

    Parameters
    ----------
    now : callable
        Yahoo's time, as far as it is known.
    ask : callable
        Says what Yahoo has of the bars from one on.
    """

    def __init__(self, table: Timetable, market: Market, clock: Clock, now: Callable[[], datetime], ask: Ask) -> None:
        self._table, self._market, self._clock, self._now, self._ask = table, market, clock, now, ask
        self._begin = self._asked = now()
        self._lag = _NONE
        self._ended: datetime | None = None
        self._answer = Answer([], [], None)

    async def connect(self, begin: datetime) -> None:
        """Make the first contact; bars that are complete by then are not handed on.

        Raises
        ------
        VenueLostError, VenueRefusedError
            See `History.answer`.
        """
        self._begin = begin
        self._take(await self._ask(begin))

    async def bars(self) -> AsyncIterator[Bar]:
        """Yield each bar once it is complete, for ever.

        Raises
        ------
        VenueLostError, VenueRefusedError
            See `History.answer`; a failure that passes is not told.
        """
        due = self._last_due()
        tries = int(due is not None and due <= self._asked)
        while due is not None:
            following = self._table.next_close(due)
            await self._until(self._next_question(due, following, tries))
            before = self._asked
            fresh = self._take(await self._patiently())
            if fresh:
                self._learn(tries, before)
                due, tries = self._table.next_close(self._ended or due), 0
            elif following is not None and self._asked >= self._first_question(following):
                due, tries = following, 1
            else:
                tries += 1
            for bar in fresh:
                yield bar
        raise VenueLostError("the calendar knows of no further session")

    def _last_due(self) -> datetime | None:
        """Return the close that passed last, if its bar is not known, or else the next."""
        due = self._table.next_close(self._ended or self._begin)
        while due is not None and due <= self._asked:
            following = self._table.next_close(due)
            if following is None or following > self._asked:
                break
            due = following
        return due

    def _next_question(self, due: datetime, following: datetime | None, tries: int) -> datetime:
        if tries == 0:
            moment = self._first_question(due) + _seconds(random.uniform(0.0, FIRST_SECONDS[1] - FIRST_SECONDS[0]))
        else:
            moment = self._asked + _seconds(min(2.0**tries, _LONGEST_PAUSE) * random.uniform(0.8, 1.2))
            settles = settles_at(self._answer.rows, self._table, self._market, due)
            if settles is not None and self._asked < settles < moment:
                moment = settles
            if following is not None:
                moment = min(moment, self._first_question(following))
        return max(moment, self._asked + _seconds(_LEAST_PAUSE))

    def _first_question(self, due: datetime) -> datetime:
        return due + self._lag + _seconds(FIRST_SECONDS[0])

    def _learn(self, tries: int, before: datetime) -> None:
        """Learn how late bars come: a bar that came was not there when it was asked for before."""
        if self._ended is None:
            return
        if tries == 0:
            self._lag *= 0.95
        else:
            self._lag = min(max(before - self._ended, _NONE), _LONGEST_LAG)

    def _take(self, answer: Answer) -> list[Bar]:
        """Return what is new in an answer."""
        self._answer, self._asked = answer, self._now()
        fresh = [bar for bar in answer.bars if self._ended is None or self._table.end_of(bar.time) > self._ended]
        if fresh:
            self._begin, self._ended = fresh[-1].time, self._table.end_of(fresh[-1].time)
        return fresh

    async def _patiently(self) -> Answer:
        """Ask, and again if there is no answer; a failure that lasts is raised."""
        for tries in range(1, _TRIES + 1):
            try:
                return await self._ask(self._begin)
            except VenueLostError as error:
                pause = error.retry_after if error.retry_after is not None else 2.0**tries
                if tries == _TRIES or pause > _LONGEST_BACKOFF:
                    raise
                await self._clock.sleep(pause * random.uniform(1.0, 1.2))
        raise AssertionError("the last try returns or raises")

    async def _until(self, moment: datetime) -> None:
        while (left := (moment - self._now()).total_seconds()) > 0:
            await self._clock.sleep(min(left, _LONGEST_SLEEP))


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
