"""Bots' names in the console of a cluster: NAMESPACE.NAME. Pure."""

import re
from collections.abc import Sequence

from bots.config.wording import shown
from bots.resource.names import NAME, NAME_LIMIT
from bots.web.in_cluster.found import Key
from strategies.errors import DocumentError, Fault

_NAMESPACE = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"


def key_of(name: str) -> Key | None:
    """Return namespace and name; None of what is no name of a bot here."""
    namespace, _, bot = name.partition(".")
    good = re.fullmatch(_NAMESPACE, namespace) and len(bot) <= NAME_LIMIT and re.fullmatch(NAME, bot)
    return (namespace, bot) if good else None


def new_key(name: str, namespaces: Sequence[str]) -> Key:
    """Return namespace and name of a bot that is to be made; where there is one namespace only it goes without saying.

    Raises
    ------
    DocumentError
        If no bot can be called so, or be looked after there.
    """
    if "." not in name and len(namespaces) == 1:
        name = f"{namespaces[0]}.{name}"
    key = key_of(name)
    if key is None:
        told = (
            f"{shown(name)} is no name of a bot here, write NAMESPACE.NAME such as trading.btc: the name begins with a "
            f"small letter, has small letters, digits and '-' after it, and {NAME_LIMIT} characters at most"
        )
    elif namespaces and key[0] not in namespaces:
        told = f"the namespace {key[0]} is not looked after, choose {' or '.join(namespaces)}"
    else:
        return key
    raise DocumentError(name, [Fault("name", told)])
