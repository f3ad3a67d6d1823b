"""What an answer of Binance means: final or not, worth another try or not. Pure.

The codes are those of the exchange's published list of errors for spot.
"""

from dataclasses import dataclass

from strategies.errors import (
    OrderNotSentError,
    OrderRefusedError,
    OutcomeUnknownError,
    VenueError,
    VenueLostError,
    VenueRefusedError,
)

NO_SUCH_ORDER = -2013
CANCEL_REJECTED = -2011
WRONG_TIME = -1021
WRONG_SYMBOL = -1121
# The request came through, and nobody says what became of it.
_UNKNOWN = {-1000, -1001, -1006, -1007}
# Too many requests, too many orders, overloaded: not dealt with.
_BUSY = {-1003, -1008, -1015, -1016}
_KEYS = {-1002, -1022, -2014, -2015}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is not 2xx; `code` is 0 where the body names none."""

    status: int
    code: int
    message: str
    retry_after: float | None = None

    @property
    def told(self) -> str:
        """The venue's words, short."""
        return f"{self.message} ({self.code or f'HTTP {self.status}'})"


def of_request(refusal: Refusal) -> VenueError:
    """Return the error of a request that changes nothing."""
    if refusal.code in _KEYS or refusal.status in (401, 403):
        return VenueRefusedError(
            f"Binance refuses the keys: {refusal.told}; check BINANCE_API_KEY and BINANCE_API_SECRET, the key's "
            "addresses and permissions, and broker.environment",
            str(refusal.code),
        )
    busy = refusal.status in (418, 429) or refusal.status >= 500 or refusal.code in _UNKNOWN | _BUSY
    if busy or refusal.code == WRONG_TIME:
        return VenueLostError(f"Binance answers: {refusal.told}", refusal.retry_after)
    return VenueRefusedError(f"Binance refuses: {refusal.told}", str(refusal.code))


def of_order(refusal: Refusal) -> VenueError:
    """Return the error of an order: not dealt with for now, refused for sure, or unknown."""
    if refusal.status in (418, 429) or (refusal.code in _BUSY and refusal.status < 500):
        return OrderNotSentError(str(refusal.code), f"Binance answers: {refusal.told}", refusal.retry_after)
    if refusal.code and refusal.code not in _UNKNOWN and refusal.status < 500:
        return OrderRefusedError(str(refusal.code), refusal.told)
    return OutcomeUnknownError(f"Binance answers: {refusal.told}")
