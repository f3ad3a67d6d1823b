"""A source followed as a bot follows it: first the past, then the stream, until its line is told to be lost."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from adapters.live.following import Follower
from adapters.live.line import Line
from adapters.live.source import LiveSource, Quote
from strategies.bar import Bar

_HISTORY = 5
_NEVER_AGAIN = timedelta(days=1)


@dataclass
class Followed:
    """What the bot was given, and what it was told of its line."""

    bars: list[Bar] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


async def followed(source: LiveSource, interval: timedelta) -> Followed:
    """Follow a source until its first loss; whatever else ends it is raised."""
    given, lost = Followed(), asyncio.Event()

    def told(words: str, trouble: bool) -> None:
        given.words.append(words)
        if trouble:
            lost.set()

    follower = Follower(source, interval, Line("the feed", told), _NEVER_AGAIN, given.bars.append, given.quotes.append)

    async def follow() -> None:
        given.bars += await follower.history(_HISTORY)
        await follower.run()

    following, losing = asyncio.create_task(follow()), asyncio.create_task(lost.wait())
    await asyncio.wait({following, losing}, return_when=asyncio.FIRST_COMPLETED)
    for task in (following, losing):
        task.cancel()
    outcome, _ = await asyncio.gather(following, losing, return_exceptions=True)
    if isinstance(outcome, Exception):
        raise outcome
    return given
