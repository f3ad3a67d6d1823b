"""Telling those who have subscribed to the account what happens to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.venues.binance.connection import Connection
from tests.venues.binance.misbehaviour import UserDataFaults


@dataclass(frozen=True, slots=True)
class Subscription:
    """One account followed on one connection."""

    connection: Connection
    number: int


class UserData:
    """All subscriptions; used in the server's loop only."""

    def __init__(self) -> None:
        self.tells: Callable[[Mapping[str, Any]], None] = lambda event: None
        """Hears of each event as it goes out."""
        self._subscriptions: list[Subscription] = []
        self._numbers: dict[Connection, int] = {}
        self._held: list[dict[str, Any]] = []

    @property
    def subscribers(self) -> int:
        """How many follow the account now."""
        return len(self._subscriptions)

    def subscribe(self, connection: Connection) -> int | None:
        """Let a connection follow; return the subscription's number, or None if it follows already."""
        if self.of(connection):
            return None
        number = self._numbers.get(connection, 0)
        self._numbers[connection] = number + 1
        self._subscriptions.append(Subscription(connection, number))
        return number

    def of(self, connection: Connection) -> list[Subscription]:
        """Return a connection's subscriptions."""
        return [each for each in self._subscriptions if each.connection is connection]

    def end(self, ended: Sequence[Subscription], now: int) -> None:
        """Tell that subscriptions end, and end them."""
        for each in ended:
            each.connection.send(_wrapped(each, {"e": "eventStreamTerminated", "E": now}))
            self._subscriptions.remove(each)

    def forget(self, connection: Connection) -> None:
        """Let go of a connection that is no more."""
        self._subscriptions = [each for each in self._subscriptions if each.connection is not connection]
        self._numbers.pop(connection, None)

    def all(self) -> list[Subscription]:
        """Return every subscription."""
        return list(self._subscriptions)

    def tell(self, events: Sequence[dict[str, Any]], faults: UserDataFaults) -> None:
        """Tell of what happened at one moment, in order, as far as nothing is wrong with the stream."""
        if faults.lose:
            return
        ordered = list(reversed(events)) if faults.reverse else list(events)
        repeated = [event for event in ordered for _ in range(faults.copies)]
        if faults.hold:
            self._held += repeated
            return
        self._send(repeated)

    def release(self) -> None:
        """Tell what was held back."""
        held, self._held = self._held, []
        self._send(held)

    def _send(self, events: Sequence[dict[str, Any]]) -> None:
        for event in events:
            for each in self._subscriptions:
                each.connection.send(_wrapped(each, event), partial(self.tells, event))


def _wrapped(subscription: Subscription, event: dict[str, Any]) -> dict[str, Any]:
    return {"subscriptionId": subscription.number, "event": event}
