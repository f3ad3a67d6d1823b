"""Who may change a bot over HTTP: whoever shows the token that lies in a file. The token is never told to anybody."""

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

_SCHEME = "bearer"


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a change is not taken: the HTTP status, and a sentence for the person who asked."""

    status: int
    text: str


NOT_CONFIGURED = Denial(
    403,
    "this bot takes no changes, because it has no token: let TRADINGBOT_TOKEN_FILE name a file that holds one, "
    "and send it as `Authorization: Bearer TOKEN`",
)
NO_TOKEN = Denial(401, "send the bot's token as `Authorization: Bearer TOKEN`")
WRONG_TOKEN = Denial(401, "this is not the bot's token")


def read_token(file: Path | None) -> bytes | None:
    """Return the token that the file holds now, without the white space around it; None where there is none.

    Read at each use: Kubernetes replaces a mounted secret under the running process.
    """
    if file is None:
        return None
    try:
        return file.read_bytes().strip() or None
    except OSError:
        return None


def deny(token: bytes | None, header: str | None) -> Denial | None:
    """Say why whoever sent this Authorization header may change nothing, or None if they may."""
    if token is None:
        return NOT_CONFIGURED
    scheme, _, shown = (header or "").strip().partition(" ")
    if scheme.lower() != _SCHEME or not shown.strip():
        return NO_TOKEN
    # Hashes are of one length, so that the time tells nothing of the token's length either.
    mine, theirs = (hashlib.sha256(text).digest() for text in (token, shown.strip().encode("utf-8", "surrogateescape")))
    return None if hmac.compare_digest(mine, theirs) else WRONG_TOKEN
