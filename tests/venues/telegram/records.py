"""What the double was sent, and what it shows in its chats."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """A call of a method; `status` is 0 where the connection was cut instead of an answer."""

    time: float
    method: str
    params: Mapping[str, Any]
    status: int


@dataclass(slots=True)
class Shown:
    """A message in a chat as a person sees it. `text` is what is read, `html` what was sent."""

    chat: int
    number: int
    text: str
    html: str
    silent: bool = False
    picture: bytes | None = None
    buttons: tuple[tuple[str, str], ...] = ()
    edited: bool = False


@dataclass(slots=True)
class Records:
    """Everything, in the order in which it happened."""

    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """What Telegram would let pass, though it can only be a mistake: a parameter that no method has, say."""
