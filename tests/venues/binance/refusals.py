"""What the exchange says no to, in its own codes and words."""

from decimal import Decimal


class RefusedError(Exception):
    """An answer that is not 2xx; `retry_after` is in seconds, `until` in milliseconds of a ban's end."""

    def __init__(self, status: int, code: int, message: str, retry_after: int | None = None) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after

    @property
    def body(self) -> dict[str, object]:
        """The answer's JSON."""
        return {"code": self.code, "msg": self.message}


def bad_request(code: int, message: str) -> RefusedError:
    """Return a refusal of what the client sent."""
    return RefusedError(400, code, message)


def missing(name: str) -> RefusedError:
    """Return the refusal of a request without a parameter that it must have."""
    return bad_request(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def illegal(name: str, legal: str) -> RefusedError:
    """Return the refusal of a parameter that is not written as it must be."""
    return bad_request(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'.")


def not_required(name: str) -> RefusedError:
    """Return the refusal of a parameter that this kind of order does not have."""
    return bad_request(-1106, f"Parameter '{name}' sent when not required.")


def filter_failure(name: str) -> RefusedError:
    """Return the refusal of an order that breaks a filter of its symbol."""
    return bad_request(-1013, f"Filter failure: {name}")


def rejected(message: str) -> RefusedError:
    """Return the refusal of an order by the matching engine."""
    return bad_request(-2010, message)


def too_much_precision(name: str) -> RefusedError:
    """Return the refusal of a number with more decimals than its asset has."""
    return bad_request(-1111, f"Parameter '{name}' has too much precision.")


def invalid_symbol() -> RefusedError:
    """Return the refusal of a symbol that is not listed."""
    return bad_request(-1121, "Invalid symbol.")


def no_such_order() -> RefusedError:
    """Return the answer to a question about an order that is not there."""
    return bad_request(-2013, "Order does not exist.")


def unknown_order() -> RefusedError:
    """Return the answer to the cancelling of an order that does not rest."""
    return bad_request(-2011, "Unknown order sent.")


def insufficient_balance() -> RefusedError:
    """Return the refusal of an order that the account cannot pay."""
    return rejected("Account has insufficient balance for requested action.")


def too_much_weight(limit: int, retry_after: int) -> RefusedError:
    """Return the refusal of an address that has used up its minute."""
    return RefusedError(
        429,
        -1003,
        f"Too much request weight used; current limit is {limit} request weight per 1 MINUTE. Please use WebSocket "
        "Streams for live updates to avoid polling the API.",
        retry_after,
    )


def banned(until_ms: int, retry_after: int) -> RefusedError:
    """Return the refusal of an address that did not stop when it was told to."""
    return RefusedError(
        418,
        -1003,
        f"Way too much request weight used; IP banned until {until_ms}. Please use WebSocket Streams for live updates "
        "to avoid bans.",
        retry_after,
    )


def too_many_orders(limit: int, per: str, retry_after: int) -> RefusedError:
    """Return the refusal of an account with too many unfilled orders."""
    message = f"Too many new orders; current limit is {limit} orders per {per}."
    return RefusedError(429, -1015, message, retry_after)


def text(number: Decimal) -> str:
    """Write a number as the exchange does."""
    return f"{number:.8f}"
