"""The bots as pages and the API know them: the port. A folder of documents stands behind it, or a cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from bots.seen.rows import Row
from bots.trading.halts import HaltMode
from bots.trading.records import Trade


class Action(StrEnum):
    """What a person can do to a bot that there is."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"
    HALT = "halt"
    RESUME = "resume"
    CLOSE = "close"
    DELETE = "delete"


class OnLeaving(StrEnum):
    """What becomes of the position of a bot that is stopped or deleted."""

    KEEP = "keep"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Who:
    """Who acts, as audit log and journal are told: a user's name, and how the person came."""

    user: str
    way: str = "web"

    def __str__(self) -> str:
        """Return it as a bot writes it down beside a halt."""
        return f"{self.user} ({self.way})"


@dataclass(frozen=True, slots=True)
class Entry:
    """One bot of the fleet, as it was last seen.

    Parameters
    ----------
    name : str
        Names it here and in addresses: letters, digits, `.`, `-` and `_`. In a cluster `namespace.name`.
    row : Row
        How it is; `row.bot` is what people call it.
    wanted : bool
        Whether it shall run: at home whether it was started, in a cluster whether it is not suspended.
    actions : frozenset of Action
        What can be done to it now.
    equity : tuple of float
        Its equity of late, oldest first, few enough points to be drawn small.
    alarms : tuple of str
        What a person should look at, the most urgent first.
    faults : int
        How many faults its document has; such a bot cannot be started.
    """

    name: str
    row: Row
    wanted: bool = False
    actions: frozenset[Action] = frozenset()
    equity: tuple[float, ...] = ()
    alarms: tuple[str, ...] = ()
    faults: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """A bot's document as text, and the mark of this version of it: whoever saves shows from which it was made."""

    text: str
    version: str


class Bots(Protocol):
    """The bots of one console.

    Looking at the fleet costs nothing; all else asks the bot, its journal or the API server, within seconds.
    What is asked of one bot raises `NoSuchBotError` where there is none of that name, and a `TradingBotError`
    with a sentence for people where it cannot be had or done; `BotUnreachableError` where the bot does not answer.
    """

    @property
    def kind(self) -> str:
        """Say where bots live: `folder` or `cluster`."""
        ...

    @property
    def place(self) -> str:
        """Name the folder, or the namespaces, for people."""
        ...

    async def begin(self) -> None:
        """Begin to follow the bots."""
        ...

    async def close(self) -> None:
        """Let go of them; bots that run go on."""
        ...

    def fleet(self) -> Sequence[Entry]:
        """Return all bots as they were last seen, by name."""
        ...

    def entry(self, name: str) -> Entry:
        """Return one of them."""
        ...

    @property
    def version(self) -> int:
        """Count the changes that `fleet` has seen."""
        ...

    async def changed(self, since: int) -> int:
        """Wait until `version` is another than `since`, and return it."""
        ...

    async def status(self, name: str) -> Mapping[str, Any]:
        """Return what a bot says of itself, as `GET /status` does; a stopped one by its journal, where that is here."""
        ...

    async def trades(self, name: str) -> Sequence[Trade]:
        """Return its trades, oldest first, open ones last."""
        ...

    async def curve(self, name: str, points: int) -> Sequence[Mapping[str, Any]]:
        """Return its equity and drawdown in all, as `GET /curve` does."""
        ...

    async def bars(self, name: str, limit: int) -> Mapping[str, Any]:
        """Return its last bars, as `GET /bars` does; none of one that does not run."""
        ...

    async def orders(self, name: str, limit: int) -> Sequence[Mapping[str, Any]]:
        """Return its last orders, newest first, as `GET /orders` does."""
        ...

    async def events(self, name: str, limit: int) -> Sequence[Mapping[str, Any]]:
        """Return what happened to it, newest first, as `GET /events` does."""
        ...

    async def log_tail(self, name: str, lines: int) -> Sequence[str]:
        """Return the last lines of its log."""
        ...

    async def document(self, name: str) -> Written:
        """Return its document."""
        ...

    async def create(self, name: str, text: str, who: Who) -> Entry:
        """Make a bot that does not run yet.

        Raises
        ------
        DocumentError
            If name or document have faults.
        NameTakenError
            If there is one of that name.
        """
        ...

    async def save(self, name: str, text: str, version: str, who: Who) -> Written:
        """Replace its document; at home a bot that runs goes on with the old one until it is restarted.

        Raises
        ------
        DocumentError
            If the document has faults.
        ChangedMeanwhileError
            If `version` is not the one that there is.
        """
        ...

    async def start(self, name: str, who: Who) -> None:
        """Let it run."""
        ...

    async def stop(self, name: str, position: OnLeaving, who: Who) -> None:
        """Let it end, and close its position before where that is asked."""
        ...

    async def restart(self, name: str, who: Who) -> None:
        """Stop it, its position kept, and start it with its document as it is now."""
        ...

    async def halt(self, name: str, mode: HaltMode, reason: str, who: Who) -> None:
        """Let it make no entries until it is resumed; `CLOSE_POSITIONS` sells everything."""
        ...

    async def resume(self, name: str, who: Who) -> None:
        """Let it make entries again."""
        ...

    async def delete(self, name: str, position: OnLeaving, who: Who) -> None:
        """Remove it: it is stopped, and its document goes. Its journal stays where it is kept on disk."""
        ...
