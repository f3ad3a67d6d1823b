"""What the person at `tradingbot top` has chosen to see, and what each key makes of it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bots.seen.overview import Order

_PAGE = 10
# What terminals send; of two spellings both are in use.
_SEQUENCES = {
    "\x1b[A": "up", "\x1bOA": "up", "\x1b[B": "down", "\x1bOB": "down", "\x1b[5~": "page up", "\x1b[6~": "page down",
    "\x1b[H": "home", "\x1bOH": "home", "\x1b[1~": "home",
    "\x1b": "escape", "\r": "enter", "\n": "enter", "\x7f": "backspace", "\x08": "backspace",
}  # fmt: skip
_STEPS = {"up": -1, "k": -1, "down": 1, "j": 1, "page up": -_PAGE, "page down": _PAGE, " ": _PAGE}


@dataclass(frozen=True, slots=True)
class View:
    """How rows are sorted, which words they must hold, and which of them is the first to be seen."""

    order: Order = Order.TROUBLE
    words: str = ""
    typing: bool = False
    first: int = 0

    def press(self, key: str, bots: int) -> "View | None":
        """Return the view after a key, while there are so many bots; None if the person has seen enough."""
        if self.typing:
            return self._type(key)
        if key in ("q", "Q"):
            return None
        if key == "s":
            return replace(self, order=self.order.next(), first=0)
        if key == "/":
            return replace(self, typing=True, first=0)
        if key == "escape":
            return replace(self, words="", first=0)
        if key == "home":
            return replace(self, first=0)
        if key in _STEPS:
            return replace(self, first=max(0, min(self.first + _STEPS[key], bots - 1)))
        return self

    def _type(self, key: str) -> "View":
        match key:
            case "enter":
                return replace(self, typing=False)
            case "escape":
                return replace(self, typing=False, words="")
            case "backspace":
                return replace(self, words=self.words[:-1])
        return replace(self, words=self.words + key) if len(key) == 1 and key.isprintable() else self


def keys_in(typed: str) -> Iterator[str]:
    """Yield the keys of what a terminal sent, by name where they have no letter; others are left out."""
    while typed:
        for length in (4, 3):
            if typed[:length] in _SEQUENCES:
                yield _SEQUENCES[typed[:length]]
                typed = typed[length:]
                break
        else:
            # The beginning of a sequence that means nothing here: nothing of it may pass for letters.
            if typed[0] == "\x1b" and len(typed) > 1:
                return
            yield _SEQUENCES.get(typed[0], typed[0])
            typed = typed[1:]
