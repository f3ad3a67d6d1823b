"""One connection to a gateway, from its handshake to its end, of which everybody who waits on it hears."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from ib_async.client import Client
from ib_async.util import getLoop

from adapters.ibkr.address import Address
from adapters.ibkr.codes import ID_TAKEN, Trouble
from adapters.ibkr.inbox import Inbox, Update
from adapters.ibkr.news import Gone, OrderNews, Restored
from adapters.ibkr.patience import Patience
from adapters.ibkr.questions import Answer
from adapters.ibkr.reading import Reader
from adapters.ibkr.upstream import Upstream
from adapters.live.reading import MOST_SKEW_SECONDS, readable
from strategies.errors import VenueLostError

LOGGER = logging.getLogger("tradingbot.ibkr")
# What it says of lost connections is told by the bot itself, once; what it cannot read remains audible.
logging.getLogger("ib_async.client").setLevel(logging.CRITICAL)

_BEATS_PER_IDLE = 5
_LONGEST_MESSAGE = 0xFFFFFF


class Session:
    """A socket that stands until `lost` says why it does not.

    Parameters
    ----------
    listen : callable
        Hears all news of orders, and that the connection is gone or restored.
    """

    def __init__(
        self, address: Address, patience: Patience, listen: Callable[[OrderNews | Gone | Restored], None]
    ) -> None:
        self.lost: str | None = None
        self.id_taken = False
        self.skew: float | None = None
        self._address, self._patience, self._listen = address, patience, listen
        self.upstream = Upstream(str(address), patience.outage, self._tell, lambda: self.lost is not None)
        self._inbox = Inbox(listen, self._system)
        self._client: Any = Client(self._inbox)  # type: ignore[no-untyped-call]
        self._client.decoder = Reader(self._inbox, 0)  # type: ignore[arg-type]
        # A message that it held back would be of unknown fate; we send far fewer than are allowed.
        self._client.MaxRequests = 0
        self._client.conn.hasData -= self._client._onSocketHasData
        self._client.conn.hasData += self._arrived
        self._client.conn.disconnected += self._disconnected
        self._ended = asyncio.Event()
        self._turns: dict[str, asyncio.Lock] = {}
        self._watching: asyncio.Task[None] | None = None

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that the gateway is logged in to."""
        return self._inbox.accounts

    @property
    def server_version(self) -> int:
        """The version of the protocol that it speaks."""
        version: int = self._client.serverVersion()
        return version

    @property
    def has_upstream(self) -> bool:
        """Whether the gateway itself has a connection to Interactive Brokers."""
        return self.upstream.is_there

    async def open(self) -> None:
        """Connect, and prove by its time that the gateway answers.

        Raises
        ------
        VenueLostError
            If nobody listens, or it does not let us in.
        """
        at, patience = self._address, self._patience
        # The library keeps the first event loop it sees for good, and a process may come to have another.
        getLoop.cache_clear()
        connecting = asyncio.create_task(self._client.connectAsync(at.host, at.port, at.client_id, patience.connect))
        ending = asyncio.create_task(self._ended.wait())
        try:
            await asyncio.wait({connecting, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not connecting.done():
                self._lose(f"the gateway at {at} closed the connection before it was ready")
            elif (error := connecting.exception()) is not None:
                self._lose(_why_not(at, error))
            self.require()
            self._watching = asyncio.create_task(self._watch())
            await self.measure_skew()
        except BaseException:
            self.close()
            raise
        finally:
            connecting.cancel()
            ending.cancel()
            await asyncio.gather(connecting, ending, return_exceptions=True)

    def require(self) -> None:
        """Raise VenueLostError if the socket does not stand any more."""
        if self.lost is not None:
            raise VenueLostError(self.lost)

    def require_upstream(self) -> None:
        """Raise VenueLostError unless the gateway itself has Interactive Brokers."""
        self.require()
        if not self.has_upstream:
            raise VenueLostError(f"the gateway at {self._address} has no connection to Interactive Brokers [1100]")

    def next_id(self) -> int:
        """Return a number that was not used yet, for a request or an order."""
        self.require()
        number: int = self._client.getReqId()
        return number

    def send(self, message: Callable[[Any], None]) -> None:
        """Send a message that has no answer of its own.

        Raises
        ------
        VenueLostError
            If it was not sent.
        """
        self.require()
        try:
            message(self._client)
        except ConnectionError:
            raise VenueLostError(f"the gateway at {self._address} is not connected") from None

    async def ask(self, what: str, message: Callable[[Any, int], None], seconds: float | None = None) -> Answer:
        """Ask a question that has a number, and return what comes.

        Raises
        ------
        VenueLostError
            If there is no answer.
        """
        number = self.next_id()
        return await self._answered(number, what, lambda client: message(client, number), seconds)

    async def ask_as(self, number: int, what: str, message: Callable[[Any], None]) -> Answer:
        """Ask a question under a number that the asker has taken, because it is needed afterwards.

        Raises
        ------
        VenueLostError
            If there is no answer.
        """
        return await self._answered(number, what, message, None)

    async def ask_plainly(self, key: str, what: str, message: Callable[[Any], None]) -> Answer:
        """Ask a question that has none; one of a kind at a time, so that answers are not mixed up.

        Raises
        ------
        VenueLostError
            If there is no answer.
        """
        async with self._turns.setdefault(key, asyncio.Lock()):
            return await self._answered(key, what, message, None)

    def follow(self, number: int) -> "asyncio.Queue[Update]":
        """Return where updates of a numbered request arrive; the last one says that the connection is gone."""
        queue: asyncio.Queue[Update] = asyncio.Queue()
        self._inbox.followers[number] = queue
        if self.lost is not None:
            queue.put_nowait(Gone(self.lost))
        return queue

    def unfollow(self, number: int) -> None:
        """Stop following."""
        self._inbox.followers.pop(number, None)

    async def measure_skew(self) -> float:
        """Return by how many seconds the gateway's clock is ahead of ours, half a second more or less."""
        answer = await self.ask_plainly("currentTime", "its time", lambda client: client.reqCurrentTime())
        with readable(f"the time of the gateway at {self._address}"):
            skew = float(answer.items[0]) + 0.5 - time.time()
            if abs(skew) > MOST_SKEW_SECONDS:
                raise ValueError("it is years from this machine's")
        self.skew = skew
        return skew

    def now(self) -> float:
        """Return the gateway's time, in seconds since 1970, by what is known of its clock."""
        return time.time() + (self.skew or 0.0)

    def close(self) -> None:
        """End the connection; whatever is still to be sent is sent."""
        self._end("the connection was closed", abort=False)

    async def _answered(
        self, key: int | str, what: str, message: Callable[[Any], None], seconds: float | None
    ) -> Answer:
        self.require()
        answer = self._inbox.questions.ask(key)
        try:
            self.send(message)
            return await asyncio.wait_for(answer, seconds or self._patience.answer)
        except TimeoutError:
            raise VenueLostError(f"the gateway at {self._address} does not answer when asked for {what}") from None
        finally:
            self._inbox.questions.forget(key)

    async def _watch(self) -> None:
        """Ask a silent gateway for its time: a socket whose other end is gone looks just like a quiet one."""
        idle = self._patience.idle
        while True:
            await asyncio.sleep(idle / _BEATS_PER_IDLE)
            asked_at = time.monotonic()
            if asked_at - self._inbox.heard_at < idle:
                continue
            try:
                await asyncio.wait_for(self.measure_skew(), self._patience.heartbeat)
            except (TimeoutError, VenueLostError):
                if self._inbox.heard_at < asked_at:
                    silence = time.monotonic() - self._inbox.heard_at
                    self._lose(f"the gateway at {self._address} has been silent for {silence:.0f} s")
                    return

    def _system(self, trouble: Trouble) -> None:
        if trouble.code == ID_TAKEN:
            self.id_taken = True
        else:
            self.upstream.hear(trouble)

    def _tell(self, news: Gone | Restored) -> None:
        self._inbox.tell_followers(news)
        self._listen(news)

    def _arrived(self, data: bytes) -> None:
        """Let the client read what has arrived; after something that is no message, nothing can be read any more."""
        try:
            self._client._onSocketHasData(data)
        except Exception as error:
            LOGGER.debug("the gateway cannot be understood", exc_info=error)
            self._lose(f"what listens at {self._address} does not speak as TWS does")
            return
        if int.from_bytes(self._client._data[:4]) > _LONGEST_MESSAGE:
            self._lose(f"the gateway at {self._address} sends what is no message")

    def _disconnected(self, _message: str) -> None:
        self._ended.set()
        if self._watching is not None:
            self._lose(f"the gateway at {self._address} closed the connection")

    def _lose(self, why: str) -> None:
        self._end(why, abort=True)

    def _end(self, why: str, *, abort: bool) -> None:
        if self.lost is not None:
            return
        self.lost = why
        if self._watching is not None:
            self._watching.cancel()
        transport = self._client.conn.transport
        if abort and transport is not None:
            # Closing would wait for what can never be sent.
            transport.abort()
        elif transport is not None:
            self._client.disconnect()
        self._inbox.questions.give_up(why)
        self._tell(Gone(why))


def _why_not(at: Address, error: BaseException) -> str:
    if isinstance(error, ConnectionRefusedError):
        return f"nobody listens at {at}: start TWS or IB Gateway, enable its API, and look at the port [502]"
    if isinstance(error, TimeoutError):
        return f"the gateway at {at} does not answer [502]"
    return f"there is no way to the gateway at {at}: {str(error) or type(error).__name__} [502]"
