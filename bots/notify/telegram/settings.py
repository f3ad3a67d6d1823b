"""What Telegram needs from the environment: the bot's token, the chats, and where the Bot API is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from strategies.errors import StartError

API_URL = "https://api.telegram.org"
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{20,100}")
# Chat ids have up to 52 significant bits; those of groups are below zero.
_CHAT = re.compile(r"-?[0-9]{1,17}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """Whom to write to, and how."""

    token: str = field(repr=False)
    chats: tuple[int, ...]
    url: str = API_URL


def settings_from(environ: Mapping[str, str]) -> TelegramSettings:
    """Read them.

    Raises
    ------
    StartError
        If a variable is missing or malformed: all that is wrong in one line, without what the variables hold.
    """
    faults = []
    token = environ.get("TELEGRAM_BOT_TOKEN", "").strip()
    if not _TOKEN.fullmatch(token):
        how = "is not set" if not token else "is no token"
        faults.append(f"TELEGRAM_BOT_TOKEN {how}, BotFather gives one such as 123456789:AAF-letters_and_digits")
    # Whatever is no chat id may be a token that was pasted into the wrong place, so it is not repeated.
    named = [part.strip() for part in environ.get("TELEGRAM_CHAT_IDS", "").split(",") if part.strip()]
    if not named:
        faults.append("TELEGRAM_CHAT_IDS is not set, name the ids of chats, separated by commas")
    for place, part in enumerate(named, 1):
        if not _CHAT.fullmatch(part):
            faults.append(f"entry {place} of TELEGRAM_CHAT_IDS is no chat id, ids are whole numbers such as 123456789")
    url = environ.get("TELEGRAM_API_URL", "").strip().rstrip("/") or API_URL
    if not _is_address(url):
        faults.append(
            "TELEGRAM_API_URL is no address such as https://api.telegram.org, leave it out for Telegram's own"
        )
    if faults:
        raise StartError(f"nothing is sent to Telegram, check the environment: {'; '.join(faults)}")
    return TelegramSettings(token, tuple(dict.fromkeys(map(int, named))), url)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and "{" not in url
    except ValueError:
        return False
