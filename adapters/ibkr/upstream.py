"""What lies behind the gateway: Interactive Brokers' servers and data farms, as far as it says that it has them."""

import asyncio
import logging
from collections.abc import Callable

from adapters.ibkr.codes import FARM_BROKEN, FARM_FINE, UPSTREAM_BACK, UPSTREAM_LOST, Trouble
from adapters.ibkr.news import Gone, Restored

LOGGER = logging.getLogger("tradingbot.ibkr")


class Upstream:
    """Hears the gateway's words about its own connections.

    Parameters
    ----------
    gateway : str
        What it is called in sentences.
    outage : float
        After how many seconds without Interactive Brokers that is told.
    tell : callable
        Hears that they are gone for so long, and that they are restored.
    ended : callable
        Says whether the connection to the gateway itself has ended.
    """

    def __init__(
        self, gateway: str, outage: float, tell: Callable[[Gone | Restored], None], ended: Callable[[], bool]
    ) -> None:
        self.farms: dict[str, bool] = {}
        self._gateway, self._outage, self._tell, self._ended = gateway, outage, tell, ended
        self._outages = 0
        self._lost = False

    @property
    def is_there(self) -> bool:
        """Whether the gateway has Interactive Brokers."""
        return not self._lost

    def hear(self, trouble: Trouble) -> None:
        """Take a message that concerns everything."""
        farm = trouble.text.rpartition(":")[2].strip()
        if trouble.code in UPSTREAM_LOST:
            self._lose()
        elif trouble.code in UPSTREAM_BACK:
            self._lost = False
            self._tell(Restored())
        elif trouble.code in FARM_BROKEN:
            self.farms[farm] = False
        elif trouble.code in FARM_FINE:
            was_broken = self.farms.get(farm) is False
            self.farms[farm] = True
            if was_broken and self.is_there:
                self._tell(Restored())
        else:
            LOGGER.debug("the gateway says: %s", trouble)

    def _lose(self) -> None:
        if not self._lost:
            self._lost = True
            self._outages += 1
            asyncio.get_running_loop().call_later(self._outage, self._tell_outage, self._outages)

    def _tell_outage(self, number: int) -> None:
        if self._lost and number == self._outages and not self._ended():
            self._tell(Gone(f"the gateway at {self._gateway} has lost Interactive Brokers for {self._outage:.0f} s"))
