"""The token of each bot's changing API, made from the operator's own key: nothing has to be stored or read back."""

import hashlib
import hmac
from pathlib import Path

from strategies.errors import StartError

_LEAST_BYTES = 32


def read_key(path: Path) -> bytes:
    """Return the operator's key.

    Raises
    ------
    StartError
        If there is none, or if it is too short to keep a secret.
    """
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise StartError(f"the operator's key {path} cannot be read: {error.strerror}; the chart mounts it") from error
    if len(key) < _LEAST_BYTES:
        raise StartError(f"the operator's key {path} has {len(key)} bytes, {_LEAST_BYTES} at least are needed")
    return key


def token_for(bot: tuple[str, str], key: bytes) -> str:
    """Return the token of a bot, named by its namespace and name: HMAC-SHA256 (RFC 2104) over namespace/name."""
    return hmac.new(key, "/".join(bot).encode(), hashlib.sha256).hexdigest()
