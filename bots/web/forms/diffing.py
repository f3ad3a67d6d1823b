"""What differs between two texts, line by line, with a little of what stays around it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Literal

_AROUND = 3
_MOST_LINES = 4000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a difference; `old` and `new` number it in the two texts, None where it is not in one."""

    kind: Literal["same", "removed", "added", "gap"]
    text: str
    old: int | None = None
    new: int | None = None
    other: str | None = None
    """The line that it was, or has become, where lines were changed one by one."""

    @property
    def parts(self) -> tuple[str, str, str]:
        """Return what comes before the part that was changed, that part, and what comes after it."""
        if self.other is None:
            return self.text, "", ""
        before = _alike(self.text, self.other)
        rest, others = self.text[before:], self.other[before:]
        after = _alike(rest[::-1], others[::-1])
        return self.text[:before], rest[: len(rest) - after], rest[len(rest) - after :]


def difference(before: str, after: str) -> list[Line]:
    """Return what differs; nothing where the texts are the same."""
    old, new = before.splitlines(), after.splitlines()
    if old == new:
        return []
    if len(old) + len(new) > _MOST_LINES:
        # Comparing takes the square of their number; no document of a person has so many.
        return [Line("gap", f"{len(old):,} lines have become {len(new):,}, too many to be compared here")]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return list(_lines(matcher, old, new))


def _lines(matcher: SequenceMatcher[str], old: list[str], new: list[str]) -> Iterator[Line]:
    shown = 0
    for group in matcher.get_grouped_opcodes(_AROUND):
        first = group[0][1]
        if first > shown:
            yield Line("gap", f"{first - shown} lines stay as they are")
        for kind, old_from, old_to, new_from, new_to in group:
            if kind == "equal":
                for number in range(old_to - old_from):
                    yield Line("same", old[old_from + number], old_from + number + 1, new_from + number + 1)
                continue
            paired = old_to - old_from == new_to - new_from
            by = new_from - old_from
            for number in range(old_from, old_to):
                yield Line("removed", old[number], number + 1, None, new[number + by] if paired else None)
            for number in range(new_from, new_to):
                yield Line("added", new[number], None, number + 1, old[number - by] if paired else None)
        shown = group[-1][2]
    if shown < len(old):
        yield Line("gap", f"{len(old) - shown} lines stay as they are")


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts begin with that are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
