"""The end of a log as a page shows it, and what has come to it since a page was shown it. Pure."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
# By so many of its last lines one knows again what a page has.
_KNOWN_BY = 20

type Line = tuple[str, str]


def lines_of(log: Iterable[str], level: str, words: str) -> list[Line]:
    """Return lines with their levels in small letters: those of a level and above that hold all words.

    Parameters
    ----------
    log : iterable of str
        The lines, oldest first.
    level : str
        One of `LEVELS`; nothing for all.
    words : str
        What a line has to hold, big letters or small.
    """
    least = LEVELS.index(level) if level else 0
    wanted = words.lower().split()
    return [
        (each.lower(), line)
        for each, line in _levelled(log)
        if LEVELS.index(each) >= least and all(word in line.lower() for word in wanted)
    ]


def mark_of(lines: Sequence[Line], level: str, words: str) -> str:
    """Return what tells these lines, as they end, from others."""
    text = repr((level, words.lower().split(), lines[-_KNOWN_BY:]))
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()[:32]


def since(mark: str, lines: Sequence[Line], level: str, words: str) -> Sequence[Line] | None:
    """Return the lines that came since a mark was given; None where nothing is left by which that can be said."""
    for end in range(len(lines), -1, -1):
        if mark_of(lines[:end], level, words) == mark:
            return lines[end:]
    return None


def _levelled(log: Iterable[str]) -> Iterator[Line]:
    """Give each line its level; one that has none, as those of a traceback, belongs to the line before."""
    level = "INFO"
    for line in log:
        head = line[:40] if not line.startswith("{") else line[:200]
        level = next((each for each in LEVELS if each in head), level)
        yield level, line
