"""What the bodies of changes say, read strictly: a key that is not known is a mistake, not a wish to be ignored."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots.trading.halts import BY_API, HaltMode

LONGEST_HOLD = 300
LONGEST_REASON = 200
LONGEST_NAME = 60
MOST_EVENTS = 500
MOST_LINES = 1000
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
    by: str = BY_API


def read_halt(body: bytes) -> HaltAsked:
    """Read {"mode": ..., "reason": ...}, with "by" or without."""
    told = _object(body, "mode", "reason", "by")
    mode, reason = told.get("mode"), told.get("reason")
    if mode not in tuple(HaltMode):
        raise BadBodyError(f"mode is one of {_MODES}")
    return HaltAsked(HaltMode(mode), _line(reason, "reason", LONGEST_REASON), _who(told))


def read_hold(body: bytes) -> int:
    """Read {"seconds": ...}."""
    seconds = _object(body, "seconds").get("seconds")
    if type(seconds) is not int or not 0 <= seconds <= LONGEST_HOLD:
        raise BadBodyError(f"seconds is a whole number from 1 to {LONGEST_HOLD}, or 0 to end a hold")
    return seconds


def read_resume(body: bytes) -> str:
    """Read {"by": ...}, {} or nothing at all; return who resumes."""
    return _who(_object(body, "by")) if body.strip() else BY_API


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


def read_lines(asked: str | None) -> int:
    """Read how many lines are asked for."""
    if asked is None or not re.fullmatch("[0-9]{1,4}", asked, re.ASCII) or not 0 < int(asked) <= MOST_LINES:
        raise BadBodyError(f"lines is a number from 1 to {MOST_LINES}")
    return int(asked)


def read_count(asked: str | None, name: str, least: int, usual: int, most: int) -> int:
    """Read how many of something are asked for."""
    if asked is None:
        return usual
    if not re.fullmatch("[0-9]{1,4}", asked, re.ASCII) or not least <= int(asked) <= most:
        raise BadBodyError(f"{name} is a number from {least} to {most}")
    return int(asked)


def read_event(asked: str | None) -> int:
    """Read which event is asked for."""
    if asked is None or not re.fullmatch("[0-9]{1,18}", asked, re.ASCII):
        raise BadBodyError("name an event by its number, as event=NUMBER")
    return int(asked)


def _who(told: Mapping[str, Any]) -> str:
    return _line(told["by"], "by", LONGEST_NAME) if "by" in told else BY_API


def _line(told: Any, key: str, longest: int) -> str:
    # A line of its own in the log, and nothing that could pass for another one.
    if not isinstance(told, str) or not told.strip() or len(told) > longest or not told.isprintable():
        raise BadBodyError(f"{key} is a line of text, 1 to {longest} characters")
    return told.strip()


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
