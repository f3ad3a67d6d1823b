"""What a bot of a folder may be called: the name of its document's file, and so of its journal."""

import re

from strategies.errors import DocumentError, Fault

# The same as that of bots.bot, which loads what trades; a test holds the two together.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)


def check_name(name: str) -> None:
    """Raise DocumentError where a bot cannot be called so."""
    if not NAME.fullmatch(name):
        told = f"{name!r} cannot name a bot, use letters, digits, '.', '-' and '_', 40 at most"
        raise DocumentError("new bot", [Fault("name", told)])
