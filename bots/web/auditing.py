"""The audit log: who did what, when and from where, one JSON object a line."""

import json
import logging
import math
import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bots.web.bots import Who

LOGGER = logging.getLogger("tradingbot.web.audit")
# From where the request came that is dealt with; the gate says so.
ADDRESS: ContextVar[str] = ContextVar("address", default="")
_BYTES_EACH = 4_000_000
_OLDER = 4
_REMEMBERED = 1000
_USUAL_LINE = 400
_LONGEST = 2000
_SECRET = ("password", "token", "secret", "cookie", "csrf", "api_key")

type Line = Mapping[str, Any]


class AuditLog:
    """Writes down what people do.

    Parameters
    ----------
    file : Path, optional
        Where; without it, and where it cannot be written, lines go to the process' log.
    now : callable
        Says the time.
    """

    def __init__(self, file: Path | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._file, self._now = file, now
        self._last: deque[Line] = deque(_lines_of(file), maxlen=_REMEMBERED)

    def note(self, who: Who, action: str, bot: str = "", outcome: str = "done", **more: object) -> None:
        """Write a line.

        Parameters
        ----------
        who : Who
            Who it was, or said to be.
        action : str
            What was done or asked for: `login`, `halt`.
        bot : str
            To which bot.
        outcome : str
            `done`, or why it was not.
        more
            The details. Secrets have no place in them; what is named like one is not written.
        """
        line = {
            "time": self._now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "user": _short(who.user),
            "way": who.way,
            "address": _short(ADDRESS.get()),
            "action": _short(action),
            "bot": _short(bot),
            "outcome": _short(outcome),
            "more": {key: _plain(key, value) for key, value in more.items()},
        }
        self._last.append(line)
        # ASCII: what could steer a terminal, or pass for another line, is written as an escape.
        text = json.dumps(line)
        if self._file is not None:
            try:
                _append(self._file, f"{text}\n".encode())
            except OSError as error:
                LOGGER.error("cannot write %s: %s", self._file, error.strerror)
            else:
                return
        LOGGER.info("%s", text)

    def last(self, limit: int) -> Sequence[Line]:
        """Return the last lines, newest first."""
        return list(self._last)[::-1][:limit]


def _plain(key: str, value: object) -> object:
    if any(word in key.lower() for word in _SECRET):
        return "(not written)"
    if isinstance(value, Mapping):
        return {_short(str(inner)): _plain(str(inner), each) for inner, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain("", each) for each in value]
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _append(file: Path, line: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size + len(line) > _BYTES_EACH:
        for number in range(_OLDER, 0, -1):
            younger = _older(file, number - 1)
            if younger.exists():
                younger.replace(_older(file, number))
    # In one piece: two consoles of one folder write one file.
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.write(number, line)
    finally:
        os.close(number)


def _older(file: Path, number: int) -> Path:
    return file.with_name(f"{file.name}.{number}") if number else file


def _lines_of(file: Path | None) -> list[Line]:
    """Return what the file, and the one before it, end with."""
    if file is None:
        return []
    return [line for each in (_older(file, 1), file) for line in _end_of(each)]


def _end_of(file: Path) -> list[Line]:
    found: list[Line] = []
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, opened.seek(0, os.SEEK_END) - _REMEMBERED * _USUAL_LINE))
            text = opened.read()
    except OSError:
        return []
    for each in text.splitlines():
        try:
            line = json.loads(each)
        except ValueError:
            # The first may be cut, and a full disk cuts the last.
            continue
        if isinstance(line, dict) and isinstance(line.get("time"), str):
            found.append(line)
    return found
