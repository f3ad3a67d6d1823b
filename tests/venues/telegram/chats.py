"""The chats of one bot: who is there, what stands in them, how often one may write."""

import math
import time
from dataclasses import dataclass, field

from tests.venues.telegram.entities import plain_text, units
from tests.venues.telegram.records import Shown
from tests.venues.telegram.refusals import BLOCKED, RefusedError, bad_request, too_many

_MOST_TEXT, _MOST_CAPTION = 4096, 1024


@dataclass(slots=True)
class Pace:
    """How often a chat may be written to; a bot that was told to wait and does not, is told to wait longer."""

    seconds: float = 1.0
    free_at: float = 0.0

    def spend(self, now: float) -> None:
        if now < self.free_at:
            raise too_many(max(1, math.ceil(self.free_at - now)))
        self.free_at = now + self.seconds


@dataclass(slots=True)
class Chats:
    """All of them."""

    known: set[int] = field(default_factory=set)
    blocked: set[int] = field(default_factory=set)
    shown: list[Shown] = field(default_factory=list)
    paces: dict[int, Pace] = field(default_factory=dict)
    seconds_between: float = 1.0

    def check(self, chat: int) -> None:
        """Refuse chats that there are not, that blocked the bot, or that were written to just now."""
        if chat not in self.known:
            raise bad_request("chat not found")
        if chat in self.blocked:
            raise RefusedError(*BLOCKED)
        self.pace(chat).spend(time.monotonic())

    def pace(self, chat: int) -> Pace:
        return self.paces.setdefault(chat, Pace(self.seconds_between))

    def show(self, chat: int, html: str, **also: object) -> Shown:
        """Put a message into a chat."""
        text = readable(html, caption="picture" in also)
        shown = Shown(chat, len(self.shown) + 1, text, html, **also)  # type: ignore[arg-type]
        self.shown.append(shown)
        return shown

    def find(self, chat: int, number: int) -> Shown | None:
        return next((each for each in self.shown if (each.chat, each.number) == (chat, number)), None)


def readable(html: str, *, caption: bool = False) -> str:
    """Return what is read of a text, or refuse it."""
    text = plain_text(html)
    if not text.strip() and not caption:
        raise bad_request("message text is empty")
    if units(text) > (_MOST_CAPTION if caption else _MOST_TEXT):
        raise bad_request("message caption is too long" if caption else "message is too long")
    return text
