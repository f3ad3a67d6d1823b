"""The one connection that a process has to a gateway under one client id, shared by bars and orders."""

import asyncio
import time
from collections.abc import Callable
from weakref import WeakKeyDictionary

from adapters.ibkr.address import Address
from adapters.ibkr.codes import taken_id
from adapters.ibkr.news import Gone, OrderNews, Restored
from adapters.ibkr.patience import Patience
from adapters.ibkr.session import Session
from strategies.errors import VenueError, VenueLostError, VenueRefusedError

type Listener = Callable[[OrderNews | Gone | Restored], None]


class Gateway:
    """Opens a connection when it is first asked for one, and another when that is lost."""

    def __init__(self, address: Address, patience: Patience) -> None:
        self.address, self.patience = address, patience
        self.listeners: list[Listener] = []
        self.users: set[object] = set()
        self._session: Session | None = None
        self._opening: asyncio.Task[Session] | None = None
        self._taken_since: float | None = None

    async def session(self) -> Session:
        """Return a connection that stands.

        Raises
        ------
        VenueLostError
            If there is none to be had now.
        VenueRefusedError
            If the client id is somebody else's.
        """
        if self._session is not None and self._session.lost is None:
            return self._session
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open())
        try:
            return await asyncio.shield(self._opening)
        except VenueLostError as error:
            # Several may wait for one attempt: each gets an error of its own.
            raise VenueLostError(str(error), error.retry_after) from None
        except VenueRefusedError as error:
            raise VenueRefusedError(str(error), error.code) from None

    async def _open(self) -> Session:
        session = Session(self.address, self.patience, self._tell)
        try:
            await session.open()
        except VenueLostError:
            if session.id_taken:
                raise self._taken() from None
            raise
        self._taken_since = None
        self._session = session
        return session

    def _taken(self) -> VenueError:
        now = time.monotonic()
        self._taken_since = self._taken_since or now
        for_good = now - self._taken_since >= self.patience.id_held
        return taken_id(self.address.client_id, str(self.address), for_good=for_good)

    def _tell(self, news: OrderNews | Gone | Restored) -> None:
        for listener in tuple(self.listeners):
            listener(news)

    async def release(self, user: object) -> None:
        """Let go of it; whoever is the last closes the connection."""
        self.users.discard(user)
        if self.users:
            return
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._session is not None:
            self._session.close()


_gateways: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[Address, Patience], Gateway]]" = WeakKeyDictionary()


def shared_gateway(address: Address, patience: Patience, user: object) -> Gateway:
    """Return this loop's connection to that address; `user` holds it until `release`."""
    known = _gateways.setdefault(asyncio.get_running_loop(), {})
    gateway = known.get((address, patience))
    if gateway is None or not gateway.users:
        gateway = known[(address, patience)] = Gateway(address, patience)
    gateway.users.add(user)
    return gateway
