"""What is sent to people, and the port of whoever sends it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bots.trading.events import Event, EventKind

ILLUSTRATED = (EventKind.TRADE_EXIT, EventKind.DAILY_SUMMARY)
"""What comes with a picture: a trade among its bars, and the account's last weeks."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose message it is: the bot, and what its figures are in."""

    bot: str
    symbol: str
    mode: str
    base: str
    quote: str

    @property
    def told_mode(self) -> str:
        """Paper or real money; the latter stands out."""
        return "LIVE" if self.mode == "live" else "paper"


type Illustrate = Callable[[Event, Identity], Awaitable[bytes | None]]
"""Returns the picture of an event as PNG; None where it has none, or none can be drawn."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: a title that says it all on a locked screen, and what else one wants to know, line by line.

    A `quiet` one should wake nobody up, an `alarming` one may.
    """

    title: str
    lines: tuple[str, ...] = ()
    alarming: bool = False
    picture: bytes | None = None
    quiet: bool = False

    @property
    def text(self) -> str:
        """All of it as plain text."""
        return "\n".join((self.title, *self.lines))


class Notifier(Protocol):
    """Sends messages to one place where people read."""

    @property
    def name(self) -> str:
        """Name of the channel, without any secret: it stands in the journal, in logs and in metrics."""
        ...

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of events that are told here."""
        ...

    async def send(self, message: Message) -> None:
        """Send it.

        Raises
        ------
        NotToldError
            If it was not sent; MessageRefusedError if it never can be.
        """
        ...

    async def close(self) -> None:
        """Let go of what is open."""
        ...
