"""What the exchange counts, and when it has had enough: request weight by address, unfilled orders. Pure."""

import math
from dataclasses import dataclass

from tests.venues.binance.refusals import banned, too_many_orders, too_much_weight

_FIRST_BAN_SECONDS = 120
_LONGEST_BAN_SECONDS = 3 * 24 * 3600


@dataclass(slots=True)
class _Address:
    minute: int = -1
    used: int = 0
    warnings: int = 0
    bans: int = 0
    banned_until: float = 0.0


class Weights:
    """The weight that each address has used in the present minute; times are seconds of the wall clock.

    Parameters
    ----------
    limit : int
        What an address may use in one minute.
    ban_after : int
        How many answers 429 in one minute an address may ignore before it is banned.
    """

    def __init__(self, limit: int = 6000, ban_after: int = 5) -> None:
        self.limit, self.ban_after = limit, ban_after
        self.refused = 0
        """How many requests were refused, by 429 or 418."""
        self.highest = 0
        """The most that any address has used in one minute."""
        self._addresses: dict[str, _Address] = {}

    def spend(self, address: str, weight: int, now: float) -> int:
        """Count a request; return what its address has used in this minute.

        Raises
        ------
        RefusedError
            429 beyond the limit, 418 for an address that goes on after it.
        """
        counted = self._at(address, now)
        if now < counted.banned_until:
            self.refused += 1
            raise banned(int(counted.banned_until * 1000), math.ceil(counted.banned_until - now))
        counted.used += weight
        self.highest = max(self.highest, counted.used)
        if counted.used <= self.limit:
            return counted.used
        self.refused += 1
        counted.warnings += 1
        if counted.warnings > self.ban_after:
            seconds = min(_FIRST_BAN_SECONDS * 2**counted.bans, _LONGEST_BAN_SECONDS)
            counted.bans += 1
            self.ban(address, seconds, now)
            raise banned(int(counted.banned_until * 1000), seconds)
        raise too_much_weight(self.limit, math.ceil(60 - now % 60))

    def ban(self, address: str, seconds: float, now: float) -> None:
        """Refuse an address with 418 for so long."""
        self._at(address, now).banned_until = now + seconds

    def used(self, address: str, now: float) -> int:
        """Return what an address has used in this minute."""
        return self._at(address, now).used

    def by_address(self, now: float) -> dict[str, int]:
        """Return what each address has used in this minute."""
        return {address: self.used(address, now) for address in tuple(self._addresses)}

    def _at(self, address: str, now: float) -> _Address:
        counted = self._addresses.setdefault(address, _Address())
        minute = int(now // 60)
        if minute != counted.minute:
            counted.minute, counted.used, counted.warnings = minute, 0, 0
        return counted


@dataclass(slots=True)
class _Window:
    seconds: int
    limit: int
    told: str
    number: int = -1
    count: int = 0


class OrderCounts:
    """Orders of the account that were placed and not filled: one that is executed does not count any more."""

    def __init__(self, in_ten_seconds: int = 50, in_a_day: int = 160_000) -> None:
        self._windows = {"10S": _Window(10, in_ten_seconds, "10 SECOND"), "1D": _Window(86_400, in_a_day, "1 DAY")}
        self._placed: dict[int, dict[str, int]] = {}

    def allow(self, in_ten_seconds: int) -> None:
        """Have another limit for ten seconds."""
        self._windows["10S"].limit = in_ten_seconds

    def check(self, now: float) -> None:
        """Refuse an order where there are too many.

        Raises
        ------
        RefusedError
            -1015 with the seconds until the window ends.
        """
        self._turn(now)
        for window in self._windows.values():
            if window.count >= window.limit:
                raise too_many_orders(window.limit, window.told, math.ceil(window.seconds - now % window.seconds))

    def placed(self, order_id: int, now: float) -> None:
        """Count an order that was taken."""
        self._turn(now)
        for window in self._windows.values():
            window.count += 1
        self._placed[order_id] = {name: window.number for name, window in self._windows.items()}

    def executed(self, order_id: int) -> None:
        """Count an order no more, since it trades."""
        for name, number in self._placed.pop(order_id, {}).items():
            window = self._windows[name]
            if window.number == number and window.count:
                window.count -= 1

    def counts(self, now: float) -> dict[str, int]:
        """Return the counts by the names that they have in headers."""
        self._turn(now)
        return {name: window.count for name, window in self._windows.items()}

    def limits(self) -> dict[str, int]:
        """Return the limits by the same names."""
        return {name: window.limit for name, window in self._windows.items()}

    def _turn(self, now: float) -> None:
        for window in self._windows.values():
            number = int(now // window.seconds)
            if number != window.number:
                window.number, window.count = number, 0


class Pace:
    """How many messages a connection may send in a second."""

    def __init__(self, limit: int = 5) -> None:
        self._limit = limit
        self._times: list[float] = []

    def allows(self, now: float) -> bool:
        """Count a message; say whether it was not too many."""
        self._times = [at for at in self._times if now - at < 1.0]
        self._times.append(now)
        return len(self._times) <= self._limit
