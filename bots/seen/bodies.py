"""What the bodies of changes say, read strictly: a key that is not known is a mistake, not a wish to be ignored."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots.trading.halts import HaltMode

LONGEST_HOLD = 300
LONGEST_REASON = 200
MOST_EVENTS = 500
_MOST_CHANNELS = 32
_CHANNEL = re.compile(r"console/[a-z0-9][a-z0-9/-]{0,55}", re.ASCII)
_MODES = ", ".join(f'"{mode}"' for mode in HaltMode)


class BadBodyError(ValueError):
    """A body is not what its address takes; the message is one line for the person who sent it."""


@dataclass(frozen=True, slots=True)
class HaltAsked:
    """What a body of /halt asks for."""

    mode: HaltMode
    reason: str


def read_halt(body: bytes) -> HaltAsked:
    """Read {"mode": ..., "reason": ...}."""
    told = _object(body, "mode", "reason")
    mode, reason = told.get("mode"), told.get("reason")
    if mode not in tuple(HaltMode):
        raise BadBodyError(f"mode is one of {_MODES}")
    # A line of its own in the log, and nothing that could pass for another one.
    if not isinstance(reason, str) or not reason.strip() or len(reason) > LONGEST_REASON or not reason.isprintable():
        raise BadBodyError(f"reason is a line of text, 1 to {LONGEST_REASON} characters")
    return HaltAsked(HaltMode(mode), reason.strip())


def read_hold(body: bytes) -> int:
    """Read {"seconds": ...}."""
    seconds = _object(body, "seconds").get("seconds")
    if type(seconds) is not int or not 0 <= seconds <= LONGEST_HOLD:
        raise BadBodyError(f"seconds is a whole number from 1 to {LONGEST_HOLD}, or 0 to end a hold")
    return seconds


def read_resume(body: bytes) -> None:
    """Read {}, or nothing at all."""
    if body.strip():
        _object(body)


@dataclass(frozen=True, slots=True)
class Told:
    """What a body of /outbox says: up to which event a channel was told."""

    channel: str
    number: int


def read_told(body: bytes) -> Told:
    """Read {"channel": ..., "told": ...}."""
    said = _object(body, "channel", "told")
    number = said.get("told")
    if type(number) is not int or number < 1:
        raise BadBodyError("told is the number of an event, a whole one from 1 on")
    return Told(_channel(said.get("channel")), number)


def read_channels(named: Sequence[str]) -> list[str]:
    """Read the channels of a question."""
    if not 0 < len(named) <= _MOST_CHANNELS:
        raise BadBodyError(f"name 1 to {_MOST_CHANNELS} channels, as channel=console/NAME each")
    return list(dict.fromkeys(map(_channel, named)))


def read_limit(asked: str | None) -> int:
    """Read how many events of a channel are asked for at most."""
    if asked is None:
        return MOST_EVENTS
    if not re.fullmatch("[0-9]{1,4}", asked, re.ASCII) or not 0 < int(asked) <= MOST_EVENTS:
        raise BadBodyError(f"limit is a number from 1 to {MOST_EVENTS}")
    return int(asked)


def _channel(named: Any) -> str:
    # The channels of the bot's own are nobody else's to move.
    if not isinstance(named, str) or not _CHANNEL.fullmatch(named):
        raise BadBodyError('channel is "console/" and a name of small letters, digits, "-" and "/"')
    return named


def _object(body: bytes, *keys: str) -> Mapping[str, Any]:
    try:
        told = json.loads(body.decode("utf-8"), object_pairs_hook=_once_each)
    except BadBodyError:
        raise
    # RecursionError: some versions of Python do not even read as many brackets as fit in.
    except (ValueError, RecursionError) as error:
        raise BadBodyError("the body is not JSON") from error
    if not isinstance(told, dict):
        raise BadBodyError("the body is not a JSON object")
    if unknown := [key for key in told if key not in keys]:
        known = ", ".join(keys) or "none"
        raise BadBodyError(f"{unknown[0][:40]!a} is no key of this body; its keys: {known}")
    return told


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadBodyError("a key is given twice")
    return found
