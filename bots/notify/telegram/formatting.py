"""Texts as Telegram takes them: its HTML, within its lengths. Pure."""

import re
from collections.abc import Sequence
from html import escape

LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024
_CUT = "…"
# A title is what a locked screen shows; a longer one must not take the room of everything else.
_LONGEST_TITLE = 600
# Half of a surrogate pair is no text, and control characters show as nothing or as worse.
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def length(text: str) -> int:
    """Return a text's length as Telegram counts it: in units of UTF-16, tags left out."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def formatted(title: str, lines: Sequence[str] = (), block: str = "", longest: int = LONGEST_TEXT) -> str:
    """Return a bold title, lines, and a block in letters of one width; what is too long ends in an ellipsis."""
    title = _cut(_showable(title), _LONGEST_TITLE)
    html, room = f"<b>{escape(title, quote=False)}</b>", longest - length(title)
    for text, before, after in (("\n".join(lines), "", ""), (block, "<pre>", "</pre>")):
        kept = _cut(_showable(text), room - 1)
        if kept:
            html += f"\n{before}{escape(kept, quote=False)}{after}"
            room -= length(kept) + 1
    return html


def fits(title: str, lines: Sequence[str], longest: int) -> bool:
    """Say whether a text is within a length, nothing cut off."""
    return length("\n".join((title, *lines))) <= longest and length(title) <= _LONGEST_TITLE


def _showable(text: str) -> str:
    return _UNSHOWABLE.sub("?", text).strip("\n")


def _cut(text: str, longest: int) -> str:
    if length(text) <= longest:
        return text
    # Never a half of a pair at the end.
    kept = text.encode("utf-16-le")[: 2 * max(0, longest - 1)].decode("utf-16-le", "ignore")
    return kept + _CUT if kept else ""
