"""An outbox and a channel in memory, as strict as the real ones."""

from collections.abc import Collection
from datetime import UTC, datetime

from bots.notify.message import Identity, Message
from bots.trading.events import Event, EventKind
from bots.trading.keeping import KeptEvent
from strategies.errors import JournalError

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WHOSE = Identity("0003", "ETHUSDT", "live", "ETH", "USDT")


def status(text: str) -> Event:
    """Return a change of the bot's state."""
    return Event(EventKind.STATUS, NOON, text)


class MemoryOutbox:
    """Events in a list, and up to where each channel was told; `broken` lets it refuse."""

    def __init__(self, *events: Event) -> None:
        self.events = list(events)
        self.known: dict[str, int] = {}
        self.broken = False

    def newest(self) -> int:
        """See Outbox."""
        return len(self.events)

    def begin(self, channel: str, after: int | None = None) -> None:
        """See Outbox."""
        self.known.setdefault(channel, after or 0)

    def waiting(self, channel: str, kinds: Collection[str], limit: int) -> list[KeptEvent]:
        """See Outbox."""
        if self.broken:
            raise JournalError("the journal cannot be used")
        kept = [KeptEvent(number, event) for number, event in enumerate(self.events, 1)]
        return [each for each in kept if each.number > self.known[channel] and each.event.kind in kinds][:limit]

    def told(self, channel: str, number: int) -> None:
        """See Outbox."""
        assert number > self.known[channel], "told twice"
        self.known[channel] = number

    def since_last(self, kind: str, kinds: Collection[str]) -> tuple[Event | None, list[Event]]:
        """See Outbox."""
        last = max((place for place, event in enumerate(self.events) if event.kind == kind), default=-1)
        since = [event for event in self.events[last + 1 :] if event.kind in kinds]
        return (self.events[last] if last >= 0 else None), since


class Listener:
    """A channel that keeps what it was sent; `faults` are raised first, one a message."""

    name = "listener"
    kinds = frozenset(EventKind)

    def __init__(self, *faults: Exception) -> None:
        self.sent: list[Message] = []
        self.faults = list(faults)
        self.closed = False

    async def send(self, message: Message) -> None:
        """See Notifier."""
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(message)

    async def close(self) -> None:
        """See Notifier."""
        self.closed = True

    @property
    def titles(self) -> list[str]:
        """What the messages are about."""
        return [message.title for message in self.sent]
