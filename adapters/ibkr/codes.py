"""What the gateway's error codes mean: worth another try, or a matter for a person. Pure.

The codes are the wire's; what each means is decided here and nowhere else.
"""

from dataclasses import dataclass

from strategies.errors import VenueError, VenueLostError, VenueRefusedError

UPSTREAM_LOST = (1100, 2110)
UPSTREAM_BACK = (1101, 1102)
FARM_BROKEN = (2103, 2105, 2157)
FARM_FINE = (2104, 2106, 2158)
# A subscription that ends so may be asked for again on the same socket.
SUBSCRIPTION_ENDED = (162, 366, 420, 10182, 10225)
ID_TAKEN = 326
# Notes about orders that stand: held until the market opens, held for shares to borrow, changed by a preset.
ORDER_NOTES = (399, 404, 10349)
ORDER_CANCELLED = 202
# Answers to a cancellation that came too late, or for an order that this client id does not have.
NOT_CANCELLABLE = (135, 161, 10147, 10148)
_NO_PERMISSION = (354, 10089, 10090, 10091, 10168, 10186, 10187, 10188)
_NOT_NOW = (100, 366, 420, 502, 504, 507, 1300, 2110, 10182, 10225)

PACING_PAUSE = 60.0
_COMPETING_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error message of the gateway."""

    code: int
    text: str

    @property
    def is_note(self) -> bool:
        """Whether it only informs: what was asked goes on."""
        return 2100 <= self.code < 2200 or self.code in (165, 10167)

    @property
    def is_no_data(self) -> bool:
        """Whether it means that there are no bars in the time asked for."""
        return self.code == 162 and "no data" in self.text.lower()

    @property
    def is_read_only(self) -> bool:
        """Whether the gateway refuses because its API may only look."""
        return self.code == 321 and "read-only" in self.text.lower()

    @property
    def refuses_order(self) -> bool:
        """Whether it means that an order just sent was not taken; each of these is about one message of ours."""
        ours = 102 < self.code < 500 or 10000 < self.code < 10400
        return ours and not self.is_note and self.code not in (*ORDER_NOTES, *NOT_CANCELLABLE, ORDER_CANCELLED)

    def __str__(self) -> str:
        return f"{self.text.strip().rstrip('.')} [{self.code}]"


def as_error(trouble: Trouble, what: str) -> VenueError:
    """Return the error that a trouble is to whoever asked for `what`; it says what to do, if anything helps."""
    text = trouble.text.lower()
    said = f"{what}: Interactive Brokers says: {trouble}"
    code = str(trouble.code)
    if trouble.code == 200:
        return VenueRefusedError(f"{said}; look up the symbol as Interactive Brokers writes it", code)
    if trouble.is_read_only:
        return VenueRefusedError(f"{said}; switch off 'Read-Only API' in the gateway's API settings", code)
    if trouble.code == 10197 or "different ip address" in text:
        remedy = "another login of this user gets the market data: end it, or give the bot a user of its own"
        return VenueLostError(f"{said}; {remedy}", _COMPETING_PAUSE)
    if trouble.code in _NO_PERMISSION or (trouble.code in (162, 420) and "permission" in text):
        return VenueRefusedError(f"{said}; subscribe this user to the market data, with API use", code)
    if trouble.code in (162, 420) and "pacing" in text:
        return VenueLostError(said, PACING_PAUSE)
    if trouble.code == 321 or (10000 < trouble.code < 10400 and trouble.code not in _NOT_NOW):
        return VenueRefusedError(said, code)
    if trouble.code in (503, 505):
        return VenueRefusedError(f"{said}; update TWS or IB Gateway", code)
    # Whatever else it is, asking again does no harm, and the sentence is told each time.
    return VenueLostError(said)


def taken_id(client_id: int, address: str, *, for_good: bool) -> VenueError:
    """Return the error of a refused client id: at first maybe our own old connection, later somebody else's."""
    said = f"the gateway at {address} already has a client with id {client_id} [{ID_TAKEN}]"
    remedy = "give each bot another number as broker.client_id (data.client_id for bars alone)"
    if for_good:
        return VenueRefusedError(f"{said}, and not ours of before: {remedy}", str(ID_TAKEN))
    return VenueLostError(
        f"{said}; it may be our own old connection, which it lets go of soon. If it stays so, {remedy}"
    )
