"""Who may ask: keys, signatures and the time at which a request was made. Pure."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.venues.binance.refusals import RefusedError, bad_request, illegal, missing

# The example keys of the exchange's own documentation: they open nothing.
API_KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
API_SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"

_MICROSECONDS_FROM = 10**14
_AHEAD_MS = 1000
_RECV_WINDOW = re.compile(r"[0-9]{1,5}(\.[0-9]{1,3})?")


@dataclass(slots=True)
class Key:
    """An HMAC key and what it may do."""

    key: str = API_KEY
    secret: str = field(default=API_SECRET, repr=False)
    may_read: bool = True
    may_trade: bool = True
    may_withdraw: bool = False
    is_restricted_to_addresses: bool = True
    revoked: bool = False

    def check(self, shown: str | None, *, trade: bool) -> None:
        """Refuse a key that is none, not this one, or may not.

        Raises
        ------
        RefusedError
            -2014 or -2015.
        """
        if shown is None or not re.fullmatch(r"[A-Za-z0-9]{64}", shown):
            raise RefusedError(401, -2014, "API-key format invalid.")
        if shown != self.key or self.revoked or not (self.may_trade if trade else self.may_read):
            raise RefusedError(401, -2015, "Invalid API-key, IP, or permissions for action.")

    def check_signature(self, payload: str, signature: str) -> None:
        """Refuse a signature that is not this key's for that payload; capitals do not matter.

        Raises
        ------
        RefusedError
            -1022.
        """
        right = hmac.new(self.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, signature.lower()):
            raise bad_request(-1022, "Signature for this request is not valid.")


def check_time(params: Mapping[str, str], server_ms: int) -> None:
    """Refuse a request that was made too long ago, or by a clock that is ahead.

    Raises
    ------
    RefusedError
        -1021, or what is wrong with `timestamp` and `recvWindow`.
    """
    stamp, window = params.get("timestamp", ""), params.get("recvWindow", "5000")
    if not stamp:
        raise missing("timestamp")
    if not re.fullmatch(r"[0-9]{1,20}", stamp):
        raise illegal("timestamp", "^[0-9]{1,20}$")
    if not _RECV_WINDOW.fullmatch(window):
        raise illegal("recvWindow", "^[0-9]{1,5}(\\.[0-9]{1,3})?$")
    if float(window) > 60_000:
        raise bad_request(-1131, "recvWindow must be less than 60000")
    made = int(stamp) / 1000 if int(stamp) >= _MICROSECONDS_FROM else int(stamp)
    if made >= server_ms + _AHEAD_MS:
        raise bad_request(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if server_ms - made > float(window):
        raise bad_request(-1021, "Timestamp for this request is outside of the recvWindow.")


def without_signature(text: str) -> str:
    """Return a query or a body as it was signed: all of it but the signature."""
    return "&".join(part for part in text.split("&") if part and not part.startswith("signature="))


def sorted_payload(params: Mapping[str, str]) -> str:
    """Return what is signed on the web-socket API: all parameters but the signature, by name."""
    return "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "signature")
