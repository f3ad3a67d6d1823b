"""What a feed or a broker tells the bot about its connection, besides bars and fills."""

from collections.abc import Callable
from datetime import UTC, datetime


class Line:
    """The state of one connection to a venue; tells once of an outage and once of its end.

    Parameters
    ----------
    told : callable
        Called with a sentence and whether it is about trouble.
    """

    def __init__(self, name: str, told: Callable[[str, bool], None]) -> None:
        self.name = name
        self.lost_since: datetime | None = None
        self.reason = ""
        self.reconnects = 0
        self.tries = 0
        """How often in this outage a connection was begun anew, and not made."""
        self._told = told
        self._told_refusal = False
        self._late: set[datetime] = set()

    @property
    def is_up(self) -> bool:
        """Say whether there is no outage."""
        return self.lost_since is None

    def lost(self, reason: str, *, refused: bool = False) -> None:
        """Note that there is no connection; the first word of an outage is told, and the first that asks for a person.

        `refused` says that the venue has answered no, to keys for instance: waiting alone will not help.
        """
        self.reason = reason
        if self.lost_since is None or (refused and not self._told_refusal):
            self.lost_since = self.lost_since or datetime.now(UTC)
            self._told_refusal = refused
            self._told(f"{self.name} is lost: {reason}", True)

    def failed_to_reconnect(self, reason: str, *, refused: bool = False) -> None:
        """Note that a connection was begun anew and not made."""
        self.tries += 1
        self.lost(reason, refused=refused)

    def back(self, detail: str = "") -> None:
        """Note that there is one again."""
        if self.lost_since is not None:
            seconds = (datetime.now(UTC) - self.lost_since).total_seconds()
            self.lost_since, self.reason, self.tries = None, "", 0
            self._told_refusal = False
            self.reconnects += 1
            self._told(f"{self.name} is back after {seconds:.0f} s{detail and f', {detail}'}", False)

    def warn(self, sentence: str) -> None:
        """Tell of trouble that is no outage."""
        self._told(sentence, True)

    def mark_late(self, bar_time: datetime) -> None:
        """Note a bar that is handed on later than it closed, from behind a gap: it may exit, never enter."""
        self._late.add(bar_time)

    def take_late(self, bar_time: datetime) -> bool:
        """Say whether a bar was marked, and forget it."""
        if bar_time not in self._late:
            return False
        self._late.discard(bar_time)
        return True
