"""A document's file wrapped into the manifest of a TradingBot, for `kubectl apply`."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from bots.config import Document, document_from_bytes
from bots.config.raw import decode, read_bytes
from bots.config.wording import shown
from bots.resource.names import API_VERSION, KIND, NAME, NAME_LIMIT
from bots.resource.plain_yaml import Number, to_yaml
from strategies.errors import DocumentError, Fault

_BINANCE = ("BINANCE_API_KEY", "BINANCE_API_SECRET")
_TELEGRAM = ("TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_IDS")
_EMAIL = ("SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD", "EMAIL_FROM", "EMAIL_TO")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A TradingBot as a file, and what its author should know."""

    text: str
    warnings: tuple[str, ...]


def manifest(
    file: Path,
    name: str | None = None,
    namespace: str | None = None,
    secret: str | None = None,
    image: str | None = None,
) -> Manifest:
    """Return the TradingBot of a document's file, which must be good.

    Raises
    ------
    DocumentError
        If the document has faults, or no name for the bot can be made of the file's.
    """
    content = read_bytes(file)
    document = document_from_bytes(content, str(file))
    bot = bot_name(file) if name is None else name
    metadata = {"name": _good(bot, file)} | ({"namespace": namespace} if namespace else {})
    spec = {key: value for key, value in (("image", image), ("secretRef", secret and {"name": secret})) if value}
    head = to_yaml({"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata})
    wanted = () if secret else variables(document)
    body = to_yaml({"spec": {**spec, "config": _written(content)}})
    if wanted:
        body = body.replace("spec:\n", f"spec:\n{_hint(bot, wanted)}", 1)
    warnings = [f"{fault.place}: {fault.message}" for fault in document.warnings()]
    if wanted or (document.mode == "live" and not secret):
        warnings.append(_advice(document, wanted))
    return Manifest(f"# Made by `tradingbot manifest {file.name}`.\n{head}{body}", tuple(warnings))


def bot_name(file: Path) -> str:
    """Return a name for the bot of a file: my_bot.json is my-bot, and 0001.json is bot-0001."""
    words = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")
    return f"bot-{words}" if words[:1].isdigit() else words


def variables(document: Document) -> tuple[str, ...]:
    """Return the environment variables without which a document's bot cannot do what it says."""
    notifications = document.notifications
    found: tuple[str, ...] = _BINANCE if document.broker.type == "binance" else ()
    if notifications.enabled and notifications.telegram.enabled:
        found += _TELEGRAM
    if notifications.enabled and notifications.email.enabled:
        found += _EMAIL
    return found


def _good(name: str, file: Path) -> str:
    told = None
    if not re.fullmatch(NAME, name):
        told = "begins with a small letter and has small letters, digits and '-' after it"
    elif len(name) > NAME_LIMIT:
        told = f"has at most {NAME_LIMIT} characters"
    if told is not None:
        raise DocumentError(
            str(file), [Fault("metadata.name", f"{shown(name)} is no name of a bot, which {told}: give one by --name")]
        )
    return name


def _written(content: bytes) -> object:
    """Return the document with its numbers as written, without the reference to its schema."""
    values = json.loads(str(decode(content)), parse_float=Number, parse_int=Number)
    return {key: value for key, value in values.items() if key != "$schema"}


def _hint(bot: str, wanted: tuple[str, ...]) -> str:
    return f"  # Needs a Secret with {_joined(wanted)}:\n  # secretRef:\n  #   name: {bot}\n"


def _advice(document: Document, wanted: tuple[str, ...]) -> str:
    reason = "real money is traded" if document.mode == "live" else "messages are sent"
    keys = f"a Secret with {_joined(wanted)}" if wanted else "a Secret with the account's credentials"
    return f"spec.secretRef: {reason}, make {keys} and name it by --secret"


def _joined(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
