"""The exchange's refusals, by their published codes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refused(Exception):  # noqa: N818 - it is an answer, not a failure of the double
    """An answer that is not 2xx."""

    code: int
    message: str
    status: int = 400


def filter_failure(name: str) -> Refused:
    """Return the refusal of an order that breaks a filter of its symbol."""
    return Refused(-1013, f"Filter failure: {name}")


BAD_SIGNATURE = Refused(-1022, "Signature for this request is not valid.")
BAD_KEY = Refused(-2015, "Invalid API-key, IP, or permissions for action.", 401)
NO_KEY = Refused(-2014, "API-key format invalid.", 401)
OUT_OF_TIME = Refused(-1021, "Timestamp for this request is outside of the recvWindow.")
NO_ORDER = Refused(-2013, "Order does not exist.")
NOTHING_TO_CANCEL = Refused(-2011, "Unknown order sent.")
NO_BALANCE = Refused(-2010, "Account has insufficient balance for requested action.")
DUPLICATE = Refused(-2010, "Duplicate order sent.")
AT_ONCE = Refused(-2010, "Stop price would trigger immediately.")
NO_SYMBOL = Refused(-1121, "Invalid symbol.")
TOO_MUCH = Refused(-1003, "Too much request weight used; please use WebSocket streams for live updates.", 429)
