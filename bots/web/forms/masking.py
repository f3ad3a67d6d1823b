"""Documents as pages may show them: where one holds a secret, which it must not, its value stays unsaid."""

import re

from bots.config.credentials import is_secret, secrets_in
from bots.config.raw import parse
from bots.web.forms.spans import find, spans
from strategies.errors import Fault

HIDDEN = '"(a secret, not shown)"'
_PAIR = re.compile(r'"([^"\\\n]{1,200})"(\s*:\s*)("(?:[^"\\\n]|\\.)*"?|[^\s,{}\[\]]+)')


def masked(text: str) -> str:
    """Return a document without the values of its secrets."""
    root = spans(text)
    value = parse(text)
    if root is None or isinstance(value, Fault):
        return _PAIR.sub(_hidden, text)
    found = [span for place, _ in secrets_in(value) if (span := find(root, place)) is not None]
    end = len(text) + 1
    for span in sorted(found, key=lambda each: each.start, reverse=True):
        # A secret inside another one went with it.
        if span.end <= end:
            text, end = text[: span.start] + HIDDEN + text[span.end :], span.start
    return text


def _hidden(found: re.Match[str]) -> str:
    return f'"{found[1]}"{found[2]}{HIDDEN}' if is_secret(found[1]) else found[0]
