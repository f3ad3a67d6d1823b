"""What Telegram hands over, as values: what people write, and which buttons they press. Pure; anything may come in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bots.config.wording import one_line

_LONGEST_TEXT = 400
_LONGEST_NAME = 60
# What Telegram's numbers fit into; larger ones are nobody's.
_LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class Text:
    """Somebody wrote something."""

    chat: int
    text: str
    sent: datetime


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody pressed a button below a message."""

    chat: int
    who: str
    said: str
    key: str
    message: int


def heard(update: object) -> Text | Press | None:
    """Return what an update says; None where it is none of these, or makes no sense."""
    outer = _mapping(update)
    if message := _mapping(outer.get("message")):
        chat, seconds, text = _chat(message), _number(message.get("date")), message.get("text")
        if chat is None or seconds is None or not isinstance(text, str) or not text.strip():
            return None
        return Text(chat, text[:_LONGEST_TEXT], _time(seconds))
    press = _mapping(outer.get("callback_query"))
    message = _mapping(press.get("message"))
    chat, number = _chat(message), _number(message.get("message_id"))
    key, said = press.get("id"), press.get("data")
    if chat is None or number is None or not isinstance(key, str) or not isinstance(said, str):
        return None
    return Press(chat, _who(_mapping(press.get("from"))), said[:_LONGEST_TEXT], key, number)


def whose(update: object) -> int | None:
    """Return the chat that an update comes from, whatever else it says."""
    outer = _mapping(update)
    message = _mapping(outer.get("message")) or _mapping(_mapping(outer.get("callback_query")).get("message"))
    return _chat(message)


def offset_after(updates: Iterable[object], before: int | None) -> int | None:
    """Return the number from which on updates are new."""
    numbers = [number for each in updates if (number := _number(_mapping(each).get("update_id"))) is not None]
    return max(numbers) + 1 if numbers else before


def _who(person: Mapping[str, Any]) -> str:
    parts = [person.get(name) for name in ("first_name", "last_name")]
    told = " ".join(part for part in parts if isinstance(part, str))
    username = person.get("username")
    told = told or (username if isinstance(username, str) else "")
    return one_line(told)[:_LONGEST_NAME] or "somebody"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _chat(message: Mapping[str, Any]) -> int | None:
    return _number(_mapping(message.get("chat")).get("id"))


def _number(value: object) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST
    return value if whole and isinstance(value, int) else None


def _time(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        # No time at all: older than anything.
        return datetime.min.replace(tzinfo=UTC)
