"""Asking a running bot how it is, over HTTP."""

import http.client
import json
import urllib.request
from typing import Any

from strategies.errors import BotUnreachableError

_TIMEOUT_SECONDS = 5.0


def fetch_status(address: str) -> dict[str, Any]:
    """Return the status that the bot at this address tells.

    Raises
    ------
    BotUnreachableError
        If nobody answers there, or what answers is no bot.
    """
    url = address if address.endswith("/status") else f"{address}/status"
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310  # http(s) was checked
            told = json.load(answer)
    except (OSError, ValueError, http.client.HTTPException) as error:
        cause = getattr(error, "reason", None) or error
        # In one line: what answers may quote itself.
        why = " ".join(str(getattr(cause, "strerror", None) or cause).split())
        raise BotUnreachableError(
            f"no bot answers at {address} ({why}); name its document, or the address that it told at its start"
        ) from error
    if not isinstance(told, dict) or "data_feed_status" not in told:
        raise BotUnreachableError(f"what answers at {address} is not a bot")
    return told
