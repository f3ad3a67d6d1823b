"""HTML as the Bot API takes it: few tags, each closed, and nothing of what is a tag's but tags."""

import re
from html import unescape

from tests.venues.telegram.refusals import bad_request

_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "a", "blockquote", "tg-spoiler"}
_TAG = re.compile(r"<(/?)([a-z-]*)((?:\s[^<>]*)?)>")
_NAMED = re.compile(r"&(?!(?:lt|gt|amp|quot|#[0-9]+|#x[0-9a-fA-F]+);)")


def units(text: str) -> int:
    """Return a text's length in units of UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def plain_text(html: str) -> str:
    """Return what is shown of HTML, or refuse it."""
    text, at, open_tags = "", 0, []
    while (found := html.find("<", at)) >= 0:
        text += html[at:found]
        tag = _TAG.match(html, found)
        offset = len(html[:found].encode())
        if tag is None or tag[2] not in _TAGS:
            named = tag[2] if tag else html[found + 1 : found + 12]
            raise bad_request(f'can\'t parse entities: Unsupported start tag "{named}" at byte offset {offset}')
        if not tag[1]:
            open_tags.append(tag[2])
        elif not open_tags or open_tags.pop() != tag[2]:
            raise bad_request(f"can't parse entities: Unmatched end tag at byte offset {offset}")
        at = tag.end()
    if open_tags:
        raise bad_request(f"can't parse entities: Can't find end tag corresponding to start tag \"{open_tags[-1]}\"")
    # Entities that it does not know, it shows as they are.
    return unescape(_NAMED.sub("&amp;", text + html[at:]))
