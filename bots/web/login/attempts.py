"""How often somebody may try to log in: after a few failures with growing distance, by name and by address."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_MOST_KEPT = 10_000
_FORGOTTEN_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How many failures are free, and the longest wait after more of them."""

    free: int
    longest: float

    def wait(self, failures: int) -> float:
        """Return for how many seconds nobody is listened to after so many failures."""
        over = failures - self.free
        return 0.0 if over < 0 else min(self.longest, 2.0 ** min(over, 20))


# Strangers who know a name must not be able to keep its person out for long.
_OF_A_NAME = Patience(free=5, longest=60.0)
_OF_AN_ADDRESS = Patience(free=10, longest=900.0)


@dataclass(slots=True)
class _Tried:
    failures: int = 0
    last: float = 0.0
    told: bool = False


class Attempts:
    """Attempts to log in, successful ones forgotten.

    Parameters
    ----------
    now : callable
        A clock in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._tried: OrderedDict[tuple[str, str], _Tried] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def begin(self, user: str, address: str) -> float:
        """Return for how many seconds this may not be tried; with 0 it is, and counts as failed until `succeeded`."""
        now, keys = self._now(), self._keys(user, address)
        waits = [self._left(key, patience, now) for key, patience in keys]
        if (longest := max(waits)) > 0:
            return longest
        # Counted before the password is looked at: a hundred at the same time are a hundred.
        for key, _ in keys:
            tried = self._tried.setdefault(key, _Tried())
            tried.failures, tried.last, tried.told = tried.failures + 1, now, False
            self._tried.move_to_end(key)
        while len(self._tried) > _MOST_KEPT:
            self._tried.popitem(last=False)
        return 0.0

    def told_before(self, user: str, address: str) -> bool:
        """Say whether somebody who has to wait has heard so since the last attempt that counted."""
        now = self._now()
        waited_for = [
            self._tried[key] for key, patience in self._keys(user, address) if self._left(key, patience, now) > 0
        ]
        before = all(tried.told for tried in waited_for)
        for tried in waited_for:
            tried.told = True
        return before

    def succeeded(self, user: str, address: str) -> None:
        """Forget the failures under a name that has got in; of its address only this attempt was none."""
        name, of_address = (key for key, _ in self._keys(user, address))
        self._tried.pop(name, None)
        # Or else whoever has a name of their own could guess at others' without end.
        if (tried := self._tried.get(of_address)) is not None:
            tried.failures -= 1
        network = _network(address)
        self._known[user, network] = None
        self._known.move_to_end((user, network))
        while len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)

    def __len__(self) -> int:
        """Return how many names and addresses are remembered."""
        return len(self._tried)

    def _keys(self, user: str, address: str) -> list[tuple[tuple[str, str], Patience]]:
        network = _network(address)
        # Who has come in from there before is not kept out by strangers elsewhere who guess at this name.
        name = ("name and address", f"{user} {network}") if (user, network) in self._known else ("name", user)
        return [(name, _OF_A_NAME), (("address", network), _OF_AN_ADDRESS)]

    def _left(self, key: tuple[str, str], patience: Patience, now: float) -> float:
        tried = self._tried.get(key)
        if tried is None:
            return 0.0
        if now - tried.last > _FORGOTTEN_SECONDS:
            del self._tried[key]
            return 0.0
        return tried.last + patience.wait(tried.failures) - now


def _network(address: str) -> str:
    """Return whose address it is: of IPv6 everybody has as many as they like."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, 64), strict=False).network_address)
    return str(known)
