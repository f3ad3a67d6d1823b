"""Which bots there are and where they answer: the port, and bots that are listed by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from bots.seen.authorisation import read_token
from strategies.errors import BotUnreachableError, StartError


@dataclass(frozen=True, slots=True)
class BotAt:
    """A bot: what people call it, where it answers, and the token of its changing API."""

    name: str
    url: str
    token: str = field(repr=False)
    key: tuple[str, str] = ("", "")


class Fleet(Protocol):
    """Knows the bots."""

    async def bots(self) -> Sequence[BotAt]:
        """Return those that there are now.

        Raises
        ------
        ClusterError
            If that cannot be found out.
        """
        ...

    async def document(self, bot: BotAt) -> Mapping[str, Any]:
        """Return a bot's document; raises a TradingBotError that says where it is, where it cannot be had here."""
        ...

    def where_its_log_is(self, bot: BotAt) -> str:
        """Say where a bot's log can be read."""
        ...

    async def close(self) -> None:
        """Let go of what is open."""
        ...


class Listed:
    """Bots that were named by hand.

    Parameters
    ----------
    addresses : mapping
        Their addresses by their names.
    token_file : Path, optional
        Holds the token of all of them.
    """

    def __init__(self, addresses: Mapping[str, str], token_file: Path | None) -> None:
        self._addresses, self._token_file = dict(addresses), token_file

    async def bots(self) -> Sequence[BotAt]:
        """See Fleet."""
        # Read anew each time, as bots do.
        token = (read_token(self._token_file) or b"").decode("utf-8", "replace")
        return [BotAt(name, url, token) for name, url in self._addresses.items()]

    async def document(self, bot: BotAt) -> Mapping[str, Any]:
        """See Fleet."""
        raise BotUnreachableError(f"the document of {bot.name} lies where it was started, the console has none")

    def where_its_log_is(self, bot: BotAt) -> str:
        """See Fleet."""
        return f"the log of {bot.name} lies where it was started: logs/ of its working directory"

    async def close(self) -> None:
        """See Fleet."""


def read_addresses(given: Sequence[str]) -> dict[str, str]:
    """Read what was given as NAME=URL.

    Raises
    ------
    StartError
        If one of them is something else, or a name is given twice.
    """
    addresses: dict[str, str] = {}
    for each in given:
        name, _, url = each.partition("=")
        if not name or name in addresses or not _is_address(url):
            raise StartError(f"--bot {each!r} is no NAME=URL such as 0001=http://127.0.0.1:8080, or named twice")
        addresses[name] = url.rstrip("/")
    return addresses


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
