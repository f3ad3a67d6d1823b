"""Secrets live in the environment: a document that holds one is refused without repeating it."""

import re
from collections.abc import Iterator
from itertools import pairwise

from bots.config.faults import Place
from bots.config.raw import walk

ALARMING = {
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "credential",
    "credentials",
    "chatid",
    "chatids",
}
ALARMING_PAIRS = {("api", "key"), ("private", "key"), ("access", "key"), ("chat", "id"), ("chat", "ids")}
LONGEST_KEY = 200
MAIL = {"smtp", "email", "mail"}
MAIL_VARIABLES = {
    "host": "SMTP_HOST",
    "server": "SMTP_HOST",
    "port": "SMTP_PORT",
    "user": "SMTP_USER",
    "username": "SMTP_USER",
    "from": "EMAIL_FROM",
    "sender": "EMAIL_FROM",
    "to": "EMAIL_TO",
    "recipient": "EMAIL_TO",
    "recipients": "EMAIL_TO",
}


def words(key: str) -> list[str]:
    """Split api_key, apiKey, API-KEY into their words, in small letters; of a huge key its beginning."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", key[:LONGEST_KEY])]


def is_secret(key: str) -> bool:
    """Say whether a key of that name would hold a secret, or the account that belongs to one."""
    parts = words(key)
    return bool(ALARMING.intersection(parts)) or any(pair in ALARMING_PAIRS for pair in pairwise(parts))


def variable_for(place: Place) -> str | None:
    """Name the environment variable that the key at this place should have been; None where the key is harmless."""
    key = words(str(place[-1]))
    around = {word for part in place for word in words(str(part))}
    if around & MAIL and key and key[-1] in MAIL_VARIABLES:
        return MAIL_VARIABLES[key[-1]]
    if not is_secret(str(place[-1])):
        return None
    if {"chat", "chatid", "chatids"} & set(key):
        return "TELEGRAM_CHAT_IDS"
    if around & MAIL:
        return "SMTP_PASSWORD"
    if around & {"telegram", "bot"} or key == ["token"]:
        return "TELEGRAM_BOT_TOKEN"
    if {"secret", "private", "passphrase", "password"} & set(key):
        return "BINANCE_API_SECRET"
    return "BINANCE_API_KEY"


def secrets_in(value: object) -> Iterator[tuple[Place, str]]:
    """Find the keys that hold secrets, each with a sentence that names the variable to use; values stay unsaid."""
    for place, _ in walk(value):
        variable = variable_for(place) if place and isinstance(place[-1], str) else None
        if variable is not None:
            yield place, f"does not belong in a document, remove it and set the environment variable {variable}"
