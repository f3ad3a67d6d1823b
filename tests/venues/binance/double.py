"""The double as a test holds it: a server in a thread of its own, played and looked at from any other."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from types import TracebackType
from typing import Self

from strategies.bar import Bar
from tests.venues.binance.account import Account, Fees
from tests.venues.binance.auth import Key
from tests.venues.binance.connection import Rhythm
from tests.venues.binance.hands import Played
from tests.venues.binance.market import Market, moved_to
from tests.venues.binance.matching import Matching
from tests.venues.binance.seeing import Seen
from tests.venues.binance.server import Server
from tests.venues.binance.symbol import Symbol
from tests.venues.binance.troubles import Troubled
from tests.venues.binance.venue import Venue

_HERE = "127.0.0.1"


class BinanceDouble(Seen, Played, Troubled):
    """Binance Spot with one symbol, one account and one key, on a port of its own.

    Parameters
    ----------
    bars : sequence of Bar
        The whole market, oldest first.
    past : int
        How many of them have closed when it begins; the others are played.
    symbol, interval : str or Symbol, str
        What is traded, and the length of the bars.
    balances : mapping
        What the account has, by asset.
    fees : Fees
        What executions cost.
    spread : Decimal
        What lies between bid and ask; the price is in the middle.
    key : Key
        The one API key.
    present : bool
        Whether the bars are moved in time so that the first that is played is the one of this moment.
    rhythm : Rhythm
        Pings and pongs.
    pulse_seconds : float
        How often the streams tell the present prices while nothing is played.
    host, port : str, int
        Where to listen, pods of a cluster reach other addresses than loopback; port 0 lets the system choose.
    """

    def __init__(
        self,
        bars: Sequence[Bar],
        *,
        past: int = 0,
        symbol: str | Symbol = "BTCUSDT",
        interval: str = "1m",
        balances: Mapping[str, Decimal | str | int] | None = None,
        fees: Fees | None = None,
        spread: Decimal = Decimal(0),
        key: Key | None = None,
        present: bool = False,
        rhythm: Rhythm | None = None,
        pulse_seconds: float = 0.5,
        host: str = _HERE,
        port: int = 0,
    ) -> None:
        listed = Symbol.of(symbol) if isinstance(symbol, str) else symbol
        self.bars = tuple(moved_to(datetime.now(UTC), bars, past, interval) if present else bars)
        """The bars as they are told: those that were given, or moved."""
        self.symbol = listed
        market = Market(self.bars, past, interval)
        account = Account(fees or Fees())
        for asset in (listed.base, listed.quote):
            account.of(asset)
        for asset, amount in (balances or {listed.quote: 10_000}).items():
            account.add(asset, Decimal(amount))
        matching = Matching(listed, account, market.price, spread)
        venue = Venue(listed, market, account, matching, key or Key())
        super().__init__(venue, Server(venue, rhythm or Rhythm(), host, port), pulse_seconds)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The one port."""
        return self._server.port

    @property
    def http_url(self) -> str:
        """Base address of REST."""
        return f"http://{self._server.host}:{self.port}"

    @property
    def ws_url(self) -> str:
        """Base address of the market streams."""
        return f"ws://{self._server.host}:{self.port}"

    @property
    def ws_api_url(self) -> str:
        """Address of the web-socket API."""
        return f"{self.ws_url}/ws-api/v3"

    @property
    def endpoints(self) -> dict[str, str]:
        """The addresses as a document's `endpoints` has them."""
        return {"http": self.http_url, "ws": self.ws_url}

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that a bot needs to trade here."""
        key = self._venue.key
        return {"BINANCE_API_KEY": key.key, "BINANCE_API_SECRET": key.secret, "TRADINGBOT_ALLOW_LIVE": "yes"}
